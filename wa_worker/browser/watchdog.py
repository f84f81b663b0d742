"""Decides when to reload a page that shows nothing useful, and when to replace its Chromium. Pure."""

from enum import Enum
from typing import Final

from wa_worker.contract.events import SessionStatus

#: Statuses in which the page does what it should, however long they last.
_SETTLED: Final = frozenset(
    {
        SessionStatus.WAITING_FOR_SCAN,
        SessionStatus.PAUSED,
        SessionStatus.LIVE,
        SessionStatus.LOGGED_OUT,
    }
)
#: Statuses that may last longer, because a person or WhatsApp has to act: how many times as long.
_SLOW: Final = {SessionStatus.CONFIRM_ON_PHONE: 5, SessionStatus.SYNCING: 5, SessionStatus.INCOMPATIBLE: 30}


class Advice(Enum):
    """What to do about the page."""

    WAIT = "wait"
    RELOAD = "reload"
    RELAUNCH = "relaunch"


class Watchdog:
    """After 120 s without a QR or a connection: reload; the fourth time: a new Chromium. Progress resets the count."""

    def __init__(self, now: float, patience: float = 120.0, reloads: int = 3) -> None:
        self._patience = patience
        self._reloads_allowed = reloads
        self._reloads = 0
        self._since = now
        self._percent = -1

    def advise(self, status: SessionStatus, now: float, percent: int | None = None) -> Advice:
        """Call at every poll. `now`: seconds of a monotonic clock; `percent`: how much of the history is loaded."""
        if status is not SessionStatus.SYNCING:
            percent = None
        # Compared with all loads before: a page that begins to load again and again makes no progress.
        has_risen = percent is not None and percent > self._percent
        if status in _SETTLED or has_risen:
            self._percent = -1 if percent is None else percent
            self._since = now
            self._reloads = 0
            return Advice.WAIT
        if now - self._since < self._patience * _SLOW.get(status, 1):
            return Advice.WAIT
        self._since = now
        self._reloads += 1
        return Advice.RELOAD if self._reloads <= self._reloads_allowed else Advice.RELAUNCH
