"""One file that is wanted, and how a try to get it may end. Pure."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Final

from wa_worker.contract.base import LONGEST_SIDE
from wa_worker.contract.events import MediaFacts, MessageReceived, MessageSent
from wa_worker.page.media_calls import FileOf

#: wa-js' and the bridge's words for what will not change.
_GONE: Final = {"msg_not_found": "gone", "message_not_contains_media": "gone", "view_once": "gone"}
_EXPIRED: Final = ("media_not_found", "media gone", "404", "410")


@dataclass
class Wanted:
    """A file to fetch. `key`: the page's whole key of its message."""

    chat: str
    message_id: str
    is_from_me: bool
    key: str | None = None
    mimetype: str = ""
    filename: str | None = None
    size: int = 0
    is_late: bool = False
    #: How often it was begun; on disk before each beginning.
    starts: int = 0

    @property
    def name(self) -> str:
        """One a message."""
        return f"{self.is_from_me}:{self.chat}:{self.message_id}"


class DownloadError(Exception):
    """A try ended; `reason` is the word that `MediaFailed` carries."""

    def __init__(self, reason: str, detail: str = "", *, is_permanent: bool = False) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.is_permanent = is_permanent


def wanted_in(stored: dict[str, Any]) -> list[Wanted]:
    """What waited when the worker ended; nothing when another version wrote it otherwise."""
    try:
        return [Wanted(**one) for one in stored.get("wanted", [])]
    except TypeError:
        return []


def wanted_of(message: MessageReceived | MessageSent, facts: MediaFacts, key: str) -> Wanted:
    """The file of a message that was announced."""
    return Wanted(
        message.chat_jid,
        message.wa_message_id,
        isinstance(message, MessageSent),
        key,
        facts.mimetype,
        facts.filename,
        facts.size_bytes,
        is_late=message.is_history or message.is_backfill,
    )


def file_of(wanted: Wanted) -> FileOf:
    """How the page is asked for it."""
    return FileOf(wanted.chat, wanted.message_id, wanted.is_from_me, wanted.key, is_again=wanted.starts > 1)


def explained(word: str) -> DownloadError:
    """wa-js' word as ours."""
    if word in _GONE:
        return DownloadError(_GONE[word], word, is_permanent=True)
    is_expired = any(sign in word for sign in _EXPIRED)
    return DownloadError("expired" if is_expired else "page_failed", word)


def is_whole(sha256: str, told: object) -> bool:
    """The content is what its sender hashed, as far as WhatsApp tells."""
    try:
        hashed = base64.b64decode(str(told or ""), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return True
    return len(hashed) != 32 or hashed.hex() == sha256


def side_of(pixels: int | None) -> int | None:
    """A width or height as far as an event holds it."""
    return None if pixels is None else min(pixels, LONGEST_SIDE)
