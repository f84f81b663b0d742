"""Inspects files: finds a file's type by its content, never by its name.

The sender's statement only decides between types that are equally harmless. A customer's file may be broken or
malicious. `inspect` never raises: a file that can't be read is ``application/octet-stream``, a document that no browser
shows. It takes CPU time: call it in a thread.
"""

from dataclasses import dataclass
from typing import Final

import puremagic
import structlog

from wa_worker.contract.commands import MediaKind
from wa_worker.media import archives, containers, images

_log: Final = structlog.get_logger(__name__)
OCTET_STREAM: Final = "application/octet-stream"

#: Documents that the first bytes prove; other guesses of the library are ignored.
_DOCUMENTS: Final = {
    "application/pdf": "pdf",
    "application/rtf": "rtf",
    "application/x-7z-compressed": "7z",
    "application/gzip": "gz",
}
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
#: Old Office files all begin alike: the sender's statement decides which one it is.
_OLE_TYPES: Final = {
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
}
_TEXTS: Final = {"text/csv": "csv", "text/plain": "txt"}
_MARKUP: Final = ("<", "\ufeff<")


@dataclass(frozen=True)
class Inspected:
    """What a file is. `kind`: how it can be sent; `width` and `height` in pixels; `thumbnail`: a small WebP."""

    mimetype: str
    ext: str
    kind: MediaKind
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    thumbnail: bytes | None = None


#: A document that no browser shows.
UNKNOWN: Final = Inspected(OCTET_STREAM, "bin", MediaKind.DOCUMENT)


def inspect(data: bytes, stated_mimetype: str = "", filename: str | None = None) -> Inspected:
    """Inspect a file. `stated_mimetype` and `filename` only decide where the content leaves a choice. Never raises."""
    try:
        return _image(data) or _audio_or_video(data) or _document(data, _stated(stated_mimetype, filename)) or UNKNOWN
    except Exception as error:
        # Deliberately every error: four libraries decode files that may have been made to break them.
        _log.warning("media.inspection_failed", error=type(error).__name__)
        return UNKNOWN


def _image(data: bytes) -> Inspected | None:
    if images.format_of(data) is None:
        return None
    found = images.read(data)
    if found is None:
        return UNKNOWN
    return Inspected(found.mimetype, found.ext, MediaKind.IMAGE, found.width, found.height, thumbnail=found.thumbnail)


def _audio_or_video(data: bytes) -> Inspected | None:
    container = containers.container_of(data)
    if container is None:
        return None
    found = containers.read(data, container)
    if found is None:
        return UNKNOWN
    kind = MediaKind.VIDEO if found.is_video else MediaKind.AUDIO
    return Inspected(found.mimetype, found.ext, kind, found.width, found.height, found.duration_ms, found.thumbnail)


def _document(data: bytes, stated: str) -> Inspected | None:
    found = archives.read(data) or _ole(data, stated) or _known(data) or _text(data, stated)
    return Inspected(*found, MediaKind.DOCUMENT) if found else None


def _ole(data: bytes, stated: str) -> tuple[str, str] | None:
    if not data.startswith(_OLE) or stated not in _OLE_TYPES:
        return None
    return stated, _OLE_TYPES[stated]


def _known(data: bytes) -> tuple[str, str] | None:
    try:
        guesses = puremagic.magic_string(data[:8192])
    except (puremagic.PureError, ValueError):
        return None
    for guess in guesses:
        # Only a match at the beginning counts, not a word somewhere in the file.
        if guess.mime_type in _DOCUMENTS and guess.offset == 0:
            return guess.mime_type, _DOCUMENTS[guess.mime_type]
    return None


def _text(data: bytes, stated: str) -> tuple[str, str] | None:
    """Recognize plain text that has no markup which a browser could take for a page."""
    text = data.decode("utf-8") if b"\x00" not in data[:65_536] and _is_utf8(data) else ""
    if not text.strip() or text.lstrip().startswith(_MARKUP):
        return None
    mimetype = stated if stated in _TEXTS else "text/plain"
    return mimetype, _TEXTS[mimetype]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _stated(mimetype: str, filename: str | None) -> str:
    """Return the type that the sender states, by MIME type or else by the extension of the name; "" if none."""
    said = mimetype.partition(";")[0].strip().lower()
    if said and said != OCTET_STREAM:
        return said
    ending = (filename or "").rpartition(".")[2].lower()
    by_ending = {ext: kind for kind, ext in (*_OLE_TYPES.items(), *_TEXTS.items())}
    return by_ending.get(ending, "")
