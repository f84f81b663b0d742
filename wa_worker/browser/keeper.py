"""Keeps a Chromium alive for one number: launch, page, close, back-off, and a new profile when an admin asks.

What comes through the page is passed to `SessionCallbacks` (``session/number.py``).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import structlog
from playwright.async_api import BrowserContext, Playwright
from playwright.async_api import Error as PlaywrightError

from wa_worker.browser.callbacks import SessionCallbacks
from wa_worker.browser.chromium import has_sandbox
from wa_worker.browser.driver import BrowserUnavailable, running_driver
from wa_worker.browser.launch import launch_context
from wa_worker.browser.page_watch import BrowserLost, PageWatch, Patience, QrRounds
from wa_worker.browser.watched import watched
from wa_worker.contract.events import Alert, SessionStatus
from wa_worker.contract.reasons import NumberReason
from wa_worker.ownership.profile import Profile, ProfileInUse
from wa_worker.page.calls import PageError
from wa_worker.page.state import Observation
from wa_worker.page.whatsapp_page import WhatsAppPage
from wa_worker.process.closing import finish

_log: Final = structlog.get_logger(__name__)
_CLOSE_SECONDS: Final = 6.0
#: For the launch and the first load together.
_START_SECONDS: Final = 90.0
#: A launch that takes longer raises the alert while it goes on: an admin may be waiting for the QR.
_SLOW_SECONDS: Final = 7.0
_NO_SANDBOX: Final = (
    "ROMS runs as root, where Chromium has no sandbox. Run it as a user of its own, or set ROMS_ALLOW_NO_SANDBOX=true"
)
_LONGEST_WAIT: Final = 60.0
#: Failures in a row that raise the alert.
_FAILURES_ALERTED: Final = 2


@contextlib.asynccontextmanager
async def _lost_after(deadline: float) -> AsyncIterator[None]:
    """Give a time-out to what has none of its own. Raises BrowserLost."""
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError as error:
        raise BrowserLost("Chromium does not come up") from error


class BrowserKeeper:
    """One number's browser. `page` is None while there is none."""

    def __init__(
        self,
        callbacks: SessionCallbacks,
        profile: Profile,
        *,
        chromium: str,
        bundle: Path,
        url: str,
        rounds: QrRounds,
        patience: Patience,
        has_groups: bool = False,
        may_lack_sandbox: bool = False,
    ) -> None:
        self.page: WhatsAppPage | None = None
        self._callbacks = callbacks
        self._profile = profile
        self._chromium = chromium
        self._bundle = bundle
        self._url = url
        self._rounds = rounds
        self._has_groups = has_groups
        self._may_lack_sandbox = may_lack_sandbox
        self._watch: PageWatch | None = None
        self._patience = patience
        self._must_reset = asyncio.Event()
        #: The result for the caller of `reset`.
        self._was_reset: asyncio.Future[None] | None = None
        self._failures = 0
        self._has_alerted = False
        self._is_recycling = False

    async def reset(self) -> None:
        """Put the profile aside and start again at the QR; returns once it is aside. One reset at a time.

        Raises OSError when the disk refuses; nothing has changed then.
        """
        self._was_reset = asyncio.get_running_loop().create_future()
        self._must_reset.set()
        if self._watch:
            self._watch.leave()
        await self._was_reset

    def reset_qr_rounds(self) -> None:
        """Let an idle QR be renewed as often as at the start: an admin wants to scan it."""
        self._rounds.used = 0

    def recycle(self) -> None:
        """Close this Chromium in good order and start a fresh one."""
        if self._watch:
            self._is_recycling = True
            self._watch.leave()

    def note_received(self) -> None:
        """Note that something came from WhatsApp."""
        if self._watch:
            self._watch.note_received()

    def request_poll(self) -> None:
        """Poll the page now: something happened in it."""
        if self._watch:
            self._watch.request_poll()

    async def run(self) -> None:
        """Run Chromium whenever there is something to do in it, with back-off when it fails. Never returns."""
        while True:
            if self._must_reset.is_set():
                await self._reset_profile()
            if self._profile.pairing.logged_out_reason is not None:
                self._on_well()
                self._callbacks.publish_status(
                    Observation(SessionStatus.LOGGED_OUT, self._profile.pairing.logged_out_reason)
                )
                await self._must_reset.wait()
                continue
            try:
                await self._live_in_browser()
            except (BrowserLost, BrowserUnavailable, PageError, PlaywrightError, OSError) as error:
                await self._back_off(error)

    async def _back_off(self, error: Exception) -> None:
        """Wait before the next launch, longer after each failure in a row."""
        wait = float(min(2**self._failures, _LONGEST_WAIT))
        self._failures += 1
        _log.warning("browser.lost", error=str(error).split("\n", 1)[0][:300], retry_in=wait)
        self._say_absent(NumberReason.DEAF if str(error) == "deaf" else NumberReason.BROWSER_LOST)
        if isinstance(error, BrowserUnavailable):
            self._alert(str(error))
        elif self._failures >= _FAILURES_ALERTED:
            self._alert()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._must_reset.wait()

    def _on_well(self) -> None:
        self._failures = 0
        self._clear_alert()

    def _alert(self, reason: str = "") -> None:
        self._has_alerted = True
        self._callbacks.alert(Alert.BROWSER_FAILING, True, reason)

    def _clear_alert(self) -> None:
        if self._has_alerted:
            self._has_alerted = False
            self._callbacks.alert(Alert.BROWSER_FAILING, False)

    async def _reset_profile(self) -> None:
        failed: OSError | None = None
        try:
            await self._await_free_profile()
            self._profile.put_aside()
            self.reset_qr_rounds()
            self._callbacks.on_reset()
        except OSError as error:
            failed = error
        self._must_reset.clear()
        if self._was_reset is None or self._was_reset.done():
            return
        if failed:
            self._was_reset.set_exception(failed)
        else:
            self._was_reset.set_result(None)

    async def _live_in_browser(self) -> None:
        """Run one Chromium from its launch to its close. Returns after a logout or a reset."""
        if not self._may_lack_sandbox and not has_sandbox():
            raise BrowserUnavailable(_NO_SANDBOX)
        self._say_absent(NumberReason.RECYCLING if self._is_recycling else NumberReason.STARTING)
        self._is_recycling = False
        await self._await_free_profile()
        async with running_driver() as playwright:
            deadline = asyncio.get_running_loop().time() + _START_SECONDS
            context = await self._launch(playwright, deadline)
            try:
                self._profile.note_launched()
                async with _lost_after(deadline):
                    page = await WhatsAppPage.open(
                        context, self._bundle, self._url, self._callbacks.deliver, has_groups=self._has_groups
                    )
                await self._watch_page(page)
            finally:
                self.page = self._watch = None
                self._callbacks.on_page_gone()
                with contextlib.suppress(PlaywrightError, TimeoutError):
                    # The context, not the browser: so the profile is written out.
                    await finish(context.close(), _CLOSE_SECONDS)

    async def _launch(self, playwright: Playwright, deadline: float) -> BrowserContext:
        """Start Chromium on the number's profile. Raises BrowserUnavailable."""
        loop = asyncio.get_running_loop()
        slow = f"Chromium has not started within {_SLOW_SECONDS:.0f} s ({self._chromium})"
        alarm = loop.call_later(_SLOW_SECONDS, self._alert, slow)
        try:
            async with asyncio.timeout_at(deadline):
                context = await launch_context(playwright, self._chromium, self._profile.browser)
        except TimeoutError as error:
            raise BrowserUnavailable(f"Chromium does not start: no answer from {self._chromium}") from error
        finally:
            alarm.cancel()
        if not self._failures:
            self._clear_alert()
        return context

    async def _watch_page(self, page: WhatsAppPage) -> None:
        self.page = page
        self._watch = PageWatch(
            page,
            rounds=self._rounds,
            was_paired=lambda: self._profile.pairing.is_paired,
            logout_reason=self._callbacks.logout_reason,
            report=self._callbacks.on_poll,
            on_well=self._on_well,
            patience=self._patience,
        )
        if self._must_reset.is_set():
            # Asked for while Chromium was starting.
            return
        await watched(self._watch.run(), self._callbacks.page_coroutines(page))

    async def _await_free_profile(self) -> None:
        """Wait until a Chromium that we did not start has left the profile."""
        while True:
            with contextlib.suppress(ProfileInUse):
                await self._profile.clear_leftovers()
                return
            self._say_absent(NumberReason.PROFILE_IN_USE)
            await asyncio.sleep(1.0)

    def _say_absent(self, reason: NumberReason) -> None:
        is_paired = self._profile.pairing.is_paired
        self._callbacks.publish_status(
            Observation(SessionStatus.RECONNECTING if is_paired else SessionStatus.NOT_PAIRED, reason)
        )
