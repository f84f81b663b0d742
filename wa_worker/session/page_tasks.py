"""Runs beside a page: backfills, checks contacts and ticks, and replaces a Chromium that has grown."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, Final

import structlog

from wa_worker.browser.recycle import RecycleTimer, memory_mb
from wa_worker.browser.silence import SilenceDetector
from wa_worker.config import WorkerSettings
from wa_worker.ownership.profile import Profile
from wa_worker.page.calls import PageError
from wa_worker.page.whatsapp_page import WhatsAppPage
from wa_worker.receiving.backfill import Backfiller
from wa_worker.receiving.inbound import Inbound
from wa_worker.session.connectivity import Connectivity

_log: Final = structlog.get_logger(__name__)
_CONTACTS_SECONDS: Final = 10.0
_TICKS_SECONDS: Final = 10.0
#: Messages younger than this have their ticks checked again and again; older ones only after an absence.
_YOUNG_SECONDS: Final = 1800
#: Messages whose ticks are asked for in one call.
_TICKS_A_CALL: Final = 100
#: A page that does not report a message is found after two of these.
_SILENCE_SECONDS: Final = 15.0
#: Messages that came so soon after the number became live may be part of what WhatsApp delivers after an absence.
DELIVERY_SECONDS: Final = 5.0
#: Failed backfills after which nothing is held any more, until one succeeds or another page is loaded.
_FAILED_BACKFILLS: Final = 3
#: The wait after the first failed backfill; after each further one it is longer by this, up to thirty times.
_AGAIN_SECONDS: Final = 1.0


class PageTasks:
    """One number's page tasks. `is_unused`: whether nothing waits to be sent; `recycle` replaces the Chromium."""

    def __init__(
        self,
        settings: WorkerSettings,
        connectivity: Connectivity,
        inbound: Inbound,
        backfiller: Backfiller,
        profile: Profile,
        *,
        is_unused: Callable[[], bool],
        recycle: Callable[[], None],
    ) -> None:
        self._connectivity = connectivity
        self._inbound = inbound
        self._backfiller = backfiller
        self._backfill_seconds = settings.look_back_seconds
        self._profile = profile
        self._is_unused = is_unused
        self._recycle = recycle
        self._recycling = RecycleTimer(
            settings.chromium_max_mb, settings.recycle_at, datetime.now(), settings.recycle_fresh_seconds
        )
        self._recycle_look_seconds = settings.recycle_look_seconds
        self._idle_seconds = settings.idle_seconds
        self._must_backfill = asyncio.Event()
        self._must_repeat = False
        self._must_republish_contacts = False
        self._must_ask_ticks = False
        self._received_at = 0.0

    def backfill_now(self, *, repeat: bool = False) -> None:
        """Backfill as soon as the number is live. `repeat`: publish again what is not verified."""
        self._must_repeat = self._must_repeat or repeat
        self._must_backfill.set()

    def republish_contacts(self) -> None:
        """Publish all contacts again: Redis has lost them."""
        self._inbound.contacts.forget()
        self._must_republish_contacts = True

    def note_received(self) -> None:
        """Note that something came from WhatsApp: the number is not idle."""
        self._received_at = asyncio.get_running_loop().time()

    def page_coroutines(self, page: WhatsAppPage) -> list[Coroutine[Any, Any, None]]:
        """The coroutines for a page that has just loaded."""
        self._recycling.note_fresh(datetime.now())
        return [
            self._keep_backfilling(page),
            self._heal_contacts(page),
            self._heal_ticks(page),
            self._detect_silence(page),
            self._recycle_when_due(),
        ]

    async def _keep_backfilling(self, page: WhatsAppPage) -> None:
        """Backfill at once when the number becomes live or on request; otherwise every few minutes."""
        failures = 0
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._backfill_seconds):
                    await self._must_backfill.wait()
            await self._connectivity.wait_live()
            try:
                await self._backfill_once(page, hold=failures < _FAILED_BACKFILLS)
                failures = 0
            except Exception as error:
                # Deliberately everything: live messages wait for the backfill, so it is tried again, and then not held.
                failures += 1
                _log.warning("backfill.interrupted", error=repr(error)[:200], failures=failures)
                if failures >= _FAILED_BACKFILLS:
                    # Better published out of order than not at all. The checkpoint has not moved.
                    self._inbound.hold(set())
                await asyncio.sleep(min(failures, 30) * _AGAIN_SECONDS)

    async def _backfill_once(self, page: WhatsAppPage, *, hold: bool) -> None:
        """Backfill once. Raises what the backfill raises; the request then still stands."""
        self._must_backfill.clear()
        repeat, self._must_repeat = self._must_repeat, False
        # An absence that begins meanwhile is not covered by this backfill.
        absences = self._connectivity.absences
        after_absence = self._connectivity.is_absent or repeat
        self._must_ask_ticks = self._must_ask_ticks or after_absence
        try:
            await self._backfiller.run(
                page,
                after_absence=after_absence,
                is_caught_up=self._connectivity.is_caught_up,
                repeat=repeat,
                hold=hold,
            )
        except BaseException:
            # Also if cancelled because its page is gone: the next page must do it.
            self.backfill_now(repeat=repeat)
            raise
        self._connectivity.mark_backfilled(absences)
        if not self._connectivity.is_absent:
            self._backfiller.checkpoint.note_alive()

    async def _heal_contacts(self, page: WhatsAppPage) -> None:
        """Ask now and then for phone numbers behind LIDs: WhatsApp often learns them without an event."""
        while True:
            await asyncio.sleep(_CONTACTS_SECONDS)
            await self._connectivity.wait_live()
            with contextlib.suppress(PageError):
                self._inbound.contacts.publish_changed(
                    await page.changed_contacts(is_anew=self._must_republish_contacts)
                )
                self._must_republish_contacts = False

    async def _heal_ticks(self, page: WhatsAppPage) -> None:
        """Read ticks that came while the page was loading: they may have no event, but the page's store has them."""
        while True:
            await asyncio.sleep(_TICKS_SECONDS)
            await self._connectivity.wait_live()
            with contextlib.suppress(PageError):
                self._inbound.ticks.publish_again(await page.acks(int(time.time()) - _YOUNG_SECONDS), only_news=True)
                if self._must_ask_ticks and self._connectivity.is_caught_up:
                    await self._ask_for_ticks(page)

    async def _ask_for_ticks(self, page: WhatsAppPage) -> None:
        """After an absence, ask for ticks of our messages not known to be read, wherever the page keeps them."""
        self._must_ask_ticks = False
        try:
            to_query = self._backfiller.checkpoint.ticks.to_query()
            for start in range(0, len(to_query), _TICKS_A_CALL):
                answers = await page.acks_of(to_query[start : start + _TICKS_A_CALL])
                self._inbound.ticks.publish_again(self._backfiller.checkpoint.ticks.newer_ticks(answers))
        except PageError:
            self._must_ask_ticks = True
            raise

    async def _detect_silence(self, page: WhatsAppPage) -> None:
        """Reload a page that does not report what its chats show, and backfill what it did not report."""
        silence = SilenceDetector()
        while True:
            await asyncio.sleep(_SILENCE_SECONDS)
            await self._connectivity.wait_live()
            with contextlib.suppress(PageError):
                since = self._connectivity.live_since() + DELIVERY_SECONDS
                if silence.check(await page.chats(), since, self._inbound.was_reported):
                    _log.warning("page.silence_detected")
                    if silence.may_load(time.monotonic()):
                        await page.reload()
                    else:
                        self.backfill_now()

    async def _recycle_when_due(self) -> None:
        """Replace a Chromium that has grown too large, or has run through a night, while nobody needs it."""
        while True:
            await asyncio.sleep(self._recycle_look_seconds)
            pid = self._profile.chromium_pid()
            memory = await asyncio.to_thread(memory_mb, pid) if pid else 0.0
            if self._recycling.is_due(datetime.now(), memory, is_idle=self._is_idle()):
                _log.info("browser.recycled", memory_mb=round(memory))
                self._recycle()

    def _is_idle(self) -> bool:
        """Whether nothing is on its way in or out. Messages that come while the new Chromium starts are backfilled."""
        silence = asyncio.get_running_loop().time() - self._received_at
        return self._is_unused() and not self._must_backfill.is_set() and silence >= self._idle_seconds
