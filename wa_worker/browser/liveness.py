"""Decides whether a connected page still receives: after a silence it asks WhatsApp's server through it. Pure.

A page can be "connected but deaf": it reports MAIN and receives nothing, because its socket is dead without its
knowledge, or its own store throws. No flag shows that; only an answer from the server does.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

#: So soon after a load, and after a question without an answer, it is asked again.
_SOON_SECONDS: Final = 2.0
#: One lost answer may be head_start.
_SILENT_PROBES: Final = 2


def is_heard(raw: Mapping[str, Any]) -> bool:
    """Whether a raw event came from WhatsApp's server. A deaf page still reports what we do ourselves."""
    match raw["event"]:
        case "message" | "edited" | "revoked":
            return not raw["fromMe"]
        case "ack":
            return int(raw["ack"]) >= 1
        case "reaction":
            return not raw["isOurs"]
        case _:
            return False


class Verdict(Enum):
    """What the last answer, or its absence, means."""

    HEARS = "hears"
    UNSURE = "unsure"
    DEAF = "deaf"
    #: It was loaded again because it was deaf, and still is.
    DEAF_AGAIN = "deaf_again"


class Liveness:
    """Whether one page still receives, while its number is live. Times: seconds of one monotonic clock."""

    def __init__(self, silence: float) -> None:
        self._silence = silence
        self._heard_at: float | None = None
        self._in_vain = 0
        self._was_deaf = False

    def heard(self, now: float) -> None:
        """Note that something came from WhatsApp unasked."""
        if self._heard_at is not None and self._in_vain == 0:
            self._heard_at = now

    def rest(self) -> None:
        """Note that the number is not live: nothing is expected of the page."""
        self._heard_at = None
        self._in_vain = 0

    def is_due(self, now: float) -> bool:
        """Whether to ask now: soon after the number became live, and later only after a silence."""
        if self._heard_at is None:
            self._heard_at = now - self._silence + min(_SOON_SECONDS, self._silence)
        return now - self._heard_at >= self._silence

    def note(self, now: float, *, is_answered: bool) -> Verdict:
        """Note whether the question was answered in time."""
        if is_answered:
            self._in_vain, self._was_deaf, self._heard_at = 0, False, now
            return Verdict.HEARS
        self._in_vain += 1
        if self._in_vain < _SILENT_PROBES:
            self._heard_at = now - self._silence + min(_SOON_SECONDS, self._silence)
            return Verdict.UNSURE
        verdict = Verdict.DEAF_AGAIN if self._was_deaf else Verdict.DEAF
        self._was_deaf = True
        self.rest()
        return verdict
