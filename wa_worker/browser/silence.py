"""Detects a page that shows a message in its chat list but never reported it. Pure.

WhatsApp's server answers such a page, so ``browser/liveness.py`` finds nothing wrong; but the library's hooks are dead,
or the page's way out is stuck.
"""

from collections.abc import Callable, Sequence
from typing import Final

from wa_worker.page.history_calls import ChatHead
from wa_worker.page.message_keys import is_received

#: Seconds between two reloads: a reload may not help, because the page may not be silent after all.
_LOAD_SECONDS: Final = 600.0


class SilenceDetector:
    """Watches one page's chat list."""

    def __init__(self) -> None:
        #: The newest message of a chat, unreported at the last poll.
        self._suspects: dict[str, str] = {}
        self._found: dict[str, str] = {}
        self._loaded_at: float | None = None

    def check(self, heads: Sequence[ChatHead], since: float, was_reported: Callable[[str], bool]) -> bool:
        """Whether a customer's message after `since` (epoch s) was unreported at this poll and the last; once each."""
        unreported = {
            head["chat"]: key
            for head in heads
            if (key := head["newest"]) and is_received(key) and head["t"] > since and not was_reported(key)
        }
        found = {
            chat: key
            for chat, key in unreported.items()
            if self._suspects.get(chat) == key and self._found.get(chat) != key
        }
        self._suspects = unreported
        self._found = {chat: key for chat, key in self._found.items() if unreported.get(chat) == key} | found
        return bool(found)

    def may_load(self, now: float) -> bool:
        """Whether to reload the page; otherwise a backfill must be enough. `now`: seconds of one monotonic clock."""
        if self._loaded_at is not None and now - self._loaded_at < _LOAD_SECONDS:
            return False
        self._loaded_at = now
        return True
