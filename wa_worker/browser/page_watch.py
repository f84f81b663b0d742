"""Polls one loaded page: derives its status, reports it, and does what the status needs (renew a QR, reload).

The status comes from polls alone; events of the page only bring the next poll forward.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from wa_worker.browser.liveness import Liveness, Verdict
from wa_worker.browser.watchdog import Advice, Watchdog
from wa_worker.config import WorkerSettings
from wa_worker.contract.events import SessionStatus
from wa_worker.contract.reasons import NumberReason
from wa_worker.page.calls import PageError, PageTimeout, PageUnavailable
from wa_worker.page.state import Evidence, Observation, StateMachine
from wa_worker.page.whatsapp_page import WhatsAppPage

_log: Final = structlog.get_logger(__name__)
_SLOW: Final = 1.0
#: While the pairing page may be open in the app, or the page is loading.
_QUICK: Final = 0.2
_MOST_UNANSWERED: Final = 3
_CALM: Final = frozenset({SessionStatus.LIVE, SessionStatus.PAUSED, SessionStatus.INCOMPATIBLE})
#: Statuses in which the page does what it should. A live page must first show that it receives.
_WELL: Final = frozenset({SessionStatus.WAITING_FOR_SCAN, *_CALM} - {SessionStatus.LIVE})


class BrowserLost(Exception):
    """This Chromium no longer works; a new one is needed."""


@dataclass
class QrRounds:
    """Counts how often an idle QR was renewed. Kept over reloads; an admin's request resets it."""

    allowed: int
    used: int = 0

    @property
    def are_used(self) -> bool:
        return self.used >= self.allowed


@dataclass(frozen=True)
class Patience:
    """Time limits of a page, in seconds."""

    watchdog: float
    probe: float
    answer: float
    look: float
    missing: float
    confirm: float

    @classmethod
    def of(cls, settings: WorkerSettings) -> "Patience":
        """Read the limits from the settings."""
        return cls(
            watchdog=settings.watchdog_seconds,
            probe=settings.probe_seconds,
            answer=settings.answer_seconds,
            look=settings.look_seconds,
            missing=settings.missing_seconds,
            confirm=settings.confirm_seconds,
        )


class PageWatch:
    """Polls one page until it logs out, is told to leave, or is lost."""

    def __init__(
        self,
        page: WhatsAppPage,
        *,
        rounds: QrRounds,
        was_paired: Callable[[], bool],
        logout_reason: Callable[[], str],
        report: Callable[[Observation, Evidence], None],
        on_well: Callable[[], None],
        patience: Patience,
    ) -> None:
        self._page = page
        self._rounds = rounds
        self._was_paired = was_paired
        self._logout_reason = logout_reason
        self._report = report
        self._on_well = on_well
        self._patience = patience
        self._watchdog = Watchdog(time.monotonic(), patience.watchdog)
        self._machine = StateMachine(patience.missing, patience.confirm)
        self._liveness = Liveness(patience.probe)
        self._soon = asyncio.Event()
        self._must_leave = False
        self._lost: str | None = None
        self._unanswered_polls = 0
        self._sync_percent: int | None = None
        self._renewed_at = 0.0
        page.on_gone(self._on_gone)

    def request_poll(self) -> None:
        """Poll now: something happened in the page."""
        self._soon.set()

    def note_received(self) -> None:
        """Note that something came from WhatsApp."""
        self._liveness.note_received(time.monotonic())

    def leave(self) -> None:
        """Return from `run` at the next opportunity."""
        self._must_leave = True
        self._soon.set()

    async def run(self) -> None:
        """Poll until a logout or `leave`. Raises BrowserLost when this Chromium no longer works."""
        while not self._must_leave:
            observation = await self._poll()
            if observation is not None:
                if observation.status is SessionStatus.LOGGED_OUT:
                    return
                await self._act(observation)
            await self._pause(observation)

    async def _poll(self) -> Observation | None:
        """Poll once; None if the page did not answer."""
        if self._lost:
            raise BrowserLost(self._lost)
        self._soon.clear()
        try:
            evidence = await self._page.evidence(self._patience.look)
        except PageTimeout:
            self._count_unanswered_poll()
            return None
        except PageError as error:
            raise BrowserLost(str(error)) from error
        self._unanswered_polls = 0
        observation = self._machine.observe(
            evidence,
            time.monotonic(),
            was_paired=self._was_paired(),
            are_qr_rounds_used=self._rounds.are_used,
            logout_reason=self._logout_reason(),
        )
        self._sync_percent = evidence.sync_percent
        self._report(observation, evidence)
        return observation

    def _count_unanswered_poll(self) -> None:
        """Count a poll without an answer. A page that hangs can't be reloaded either, so its Chromium is replaced."""
        self._unanswered_polls += 1
        _log.warning("page.poll_timed_out", polls=self._unanswered_polls)
        if self._unanswered_polls >= _MOST_UNANSWERED:
            raise BrowserLost("the page does not answer")

    async def _act(self, observation: Observation) -> None:
        now = time.monotonic()
        if observation.reason == NumberReason.QR_EXPIRED and not self._rounds.are_used and now - self._renewed_at > 5:
            self._renewed_at = now
            self._rounds.used += 1
            await self._renew_qr()
        if observation.status in _WELL:
            self._on_well()
        await self._check_receiving(observation, now)
        match self._watchdog.advise(observation.status, now, self._sync_percent):
            case Advice.RELOAD:
                _log.warning("page.reloaded", status=observation.status.value)
                await self._reload()
            case Advice.RELAUNCH:
                raise BrowserLost("no QR and no connection after several loads")
            case Advice.WAIT:
                pass

    async def _check_receiving(self, observation: Observation, now: float) -> None:
        """Reload a live page that no longer receives; if that does not help, replace its Chromium."""
        if observation.status is not SessionStatus.LIVE:
            self._liveness.note_not_live()
            return
        if not self._liveness.is_due(now):
            return
        match self._liveness.note_answer(time.monotonic(), is_answered=await self._is_answered()):
            case Verdict.RECEIVES:
                self._on_well()
            case Verdict.UNSURE:
                _log.warning("page.deafness_suspected")
            case Verdict.DEAF:
                _log.warning("page.deafness_confirmed")
                self._report(Observation(SessionStatus.RECONNECTING, NumberReason.DEAF), Evidence())
                await self._reload()
            case Verdict.DEAF_AGAIN:
                raise BrowserLost("deaf")

    async def _is_answered(self) -> bool:
        try:
            return await self._page.probe(self._patience.answer)
        except PageUnavailable:
            # Between two loads: not a matter of hearing.
            return True
        except PageError as error:
            _log.warning("page.probe_failed", error=str(error)[:200])
            return False

    async def _renew_qr(self) -> None:
        try:
            await self._page.refresh_qr()
        except PageError as error:
            _log.warning("qr.renewal_failed", error=str(error)[:200])

    async def _reload(self) -> None:
        try:
            await self._page.reload()
        except PageError as error:
            raise BrowserLost(str(error)) from error

    async def _pause(self, observation: Observation | None) -> None:
        is_calm = observation is None or observation.status in _CALM or observation.reason == NumberReason.OFFLINE
        try:
            async with asyncio.timeout(_SLOW if is_calm else _QUICK):
                await self._soon.wait()
        except TimeoutError:
            pass

    def _on_gone(self, how: str) -> None:
        self._lost = f"page {how}"
        self._soon.set()
