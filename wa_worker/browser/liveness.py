"""Whether a connected page still hears: after a silence its server is asked through it. Pure: no clock of its own.

"Connected but deaf" is the state in which the page says MAIN and nothing comes any more: its socket is dead without its
knowing, or its own store throws. No flag tells; only an answer does.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

#: So soon after a load, and after a question without an answer, it is asked again.
_SOON_SECONDS: Final = 2.0
#: One lost answer may be head_start.
_SILENT_PROBES: Final = 2


def is_heard(raw: Mapping[str, Any]) -> bool:
    """Of a raw event of the page: it came from WhatsApp's server. What we do ourselves, a deaf page tells too."""
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
    """One page's hearing, while its number is live. Seconds of one monotonic clock."""

    def __init__(self, silence: float) -> None:
        self._silence = silence
        self._heard_at: float | None = None
        self._in_vain = 0
        self._was_deaf = False

    def heard(self, now: float) -> None:
        """Something came from WhatsApp by itself."""
        if self._heard_at is not None and self._in_vain == 0:
            self._heard_at = now

    def rest(self) -> None:
        """The number is not live: nothing is expected of the page."""
        self._heard_at = None
        self._in_vain = 0

    def is_due(self, now: float) -> bool:
        """Ask now. Soon after the number came live, and then only in silence."""
        if self._heard_at is None:
            self._heard_at = now - self._silence + min(_SOON_SECONDS, self._silence)
        return now - self._heard_at >= self._silence

    def note(self, now: float, *, is_answered: bool) -> Verdict:
        """The question was answered, or was not in time."""
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
