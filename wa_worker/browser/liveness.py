"""Decides whether a connected page still receives: after a silence it asks WhatsApp's server through it. Pure.

A page can be "connected but deaf": it reports MAIN and receives nothing, because its socket is dead without its
knowledge, or its own store throws. No flag shows that; only an answer from the server does.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

#: How soon to ask after a load, and again after a question without an answer.
_SOON_SECONDS: Final = 2.0
#: Questions without an answer after which a page is deaf: one alone may be chance.
_SILENT_PROBES: Final = 2


def is_from_server(raw: Mapping[str, Any]) -> bool:
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

    RECEIVES = "receives"
    UNSURE = "unsure"
    DEAF = "deaf"
    #: It was reloaded because it was deaf, and still is.
    DEAF_AGAIN = "deaf_again"


class Liveness:
    """Whether one page still receives, while its number is live. Times: seconds of one monotonic clock."""

    def __init__(self, silence: float) -> None:
        self._silence = silence
        self._received_at: float | None = None
        self._unanswered = 0
        self._was_deaf = False

    def note_received(self, now: float) -> None:
        """Note that something came from WhatsApp unasked."""
        if self._received_at is not None and self._unanswered == 0:
            self._received_at = now

    def note_not_live(self) -> None:
        """Note that the number is not live: nothing is expected of the page."""
        self._received_at = None
        self._unanswered = 0

    def is_due(self, now: float) -> bool:
        """Whether to ask now: soon after the number became live, and later only after a silence."""
        if self._received_at is None:
            self._received_at = now - self._silence + min(_SOON_SECONDS, self._silence)
        return now - self._received_at >= self._silence

    def note_answer(self, now: float, *, is_answered: bool) -> Verdict:
        """Note whether the question was answered in time."""
        if is_answered:
            self._unanswered, self._was_deaf, self._received_at = 0, False, now
            return Verdict.RECEIVES
        self._unanswered += 1
        if self._unanswered < _SILENT_PROBES:
            self._received_at = now - self._silence + min(_SOON_SECONDS, self._silence)
            return Verdict.UNSURE
        verdict = Verdict.DEAF_AGAIN if self._was_deaf else Verdict.DEAF
        self._was_deaf = True
        self.note_not_live()
        return verdict
