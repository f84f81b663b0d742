"""A file to download, and the reasons why a download may fail. Pure."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Final

from wa_worker.contract.base import LONGEST_SIDE
from wa_worker.contract.events import MediaFacts, MessageReceived, MessageSent
from wa_worker.contract.reasons import MediaFailure
from wa_worker.page.media_calls import FileOf

#: wa-js' and the bridge's words for files that can't be had any more.
_GONE: Final = frozenset({"msg_not_found", "message_not_contains_media", "view_once"})
#: Words of errors which mean that WhatsApp's server no longer has the file.
_EXPIRED: Final = ("media_not_found", "media gone", "404", "410")


@dataclass
class Wanted:
    """A file to download. `key`: the message's full key in the page."""

    chat: str
    message_id: str
    is_from_me: bool
    key: str | None = None
    mimetype: str = ""
    filename: str | None = None
    size: int = 0
    is_late: bool = False
    #: How many tries have begun; saved before each begins.
    starts: int = 0

    @property
    def name(self) -> str:
        """A name that no other message's file has."""
        return f"{self.is_from_me}:{self.chat}:{self.message_id}"


class DownloadError(Exception):
    """A try failed. `reason`: the word in `MediaFailed`."""

    def __init__(self, reason: MediaFailure, detail: str = "", *, is_permanent: bool = False) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.is_permanent = is_permanent


def wanted_in(stored: dict[str, Any]) -> list[Wanted]:
    """Read the queue from disk; empty if another version wrote it in another form."""
    try:
        return [Wanted(**one) for one in stored.get("wanted", [])]
    except TypeError:
        return []


def wanted_of(message: MessageReceived | MessageSent, facts: MediaFacts, key: str) -> Wanted:
    """Return the file of a published message. `key`: the message's full key in the page."""
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
    """Return how the page is asked for the file."""
    return FileOf(wanted.chat, wanted.message_id, wanted.is_from_me, wanted.key, is_again=wanted.starts > 1)


def error_of(word: str) -> DownloadError:
    """Return the error for wa-js' word."""
    if word in _GONE:
        return DownloadError(MediaFailure.GONE, word, is_permanent=True)
    is_expired = any(sign in word for sign in _EXPIRED)
    return DownloadError(MediaFailure.EXPIRED if is_expired else MediaFailure.PAGE_FAILED, word)


def is_intact(sha256: str, expected: object) -> bool:
    """Whether content with this SHA-256 (hex) has the hash that WhatsApp expects (base64), if it knows one."""
    try:
        hashed = base64.b64decode(str(expected or ""), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return True
    return len(hashed) != 32 or hashed.hex() == sha256


def side_of(pixels: int | None) -> int | None:
    """Cut a width or height to what an event holds."""
    return None if pixels is None else min(pixels, LONGEST_SIDE)
