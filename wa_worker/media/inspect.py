"""What a file is, by its content: never by its name, and by its sender's word only between types of equal harmlessness.

What comes from customers may be broken or meant to harm. Nothing raises out of `inspect`: what can't be read is
``application/octet-stream``, a document that nobody shows. Takes processor time: call it in a thread.
"""

from dataclasses import dataclass
from typing import Final

import puremagic
import structlog

from wa_worker.contract.commands import MediaKind
from wa_worker.media import archives, containers, images

_log: Final = structlog.get_logger(__name__)
OCTET_STREAM: Final = "application/octet-stream"

#: Documents that a first look tells for certain; of anything else nothing is believed.
_DOCUMENTS: Final = {
    "application/pdf": "pdf",
    "application/rtf": "rtf",
    "application/x-7z-compressed": "7z",
    "application/gzip": "gz",
}
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
#: Old Office files look all the same from outside: which one it is, the sender may say.
_OLE_TYPES: Final = {
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
}
_TEXTS: Final = {"text/csv": "csv", "text/plain": "txt"}
_MARKUP: Final = ("<", "\ufeff<")


@dataclass(frozen=True)
class Inspected:
    """What a file is. `thumbnail` is a small WebP; `kind` is as what it can be sent; sizes in pixels."""

    mimetype: str
    ext: str
    kind: MediaKind
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    thumbnail: bytes | None = None


#: A document that nobody shows.
UNKNOWN: Final = Inspected(OCTET_STREAM, "bin", MediaKind.DOCUMENT)


def inspect(data: bytes, told_mimetype: str = "", filename: str | None = None) -> Inspected:
    """Look into a file. `told_mimetype` and `filename` only choose where the content leaves a choice. Never raises."""
    try:
        return _image(data) or _sound_or_film(data) or _document(data, _told(told_mimetype, filename)) or UNKNOWN
    except Exception as error:
        # Deliberately every error: decoders of four libraries meet files that were made to break them.
        _log.warning("media.inspection_failed", error=type(error).__name__)
        return UNKNOWN


def _image(data: bytes) -> Inspected | None:
    if images.format_of(data) is None:
        return None
    found = images.read(data)
    if found is None:
        return UNKNOWN
    return Inspected(found.mimetype, found.ext, MediaKind.IMAGE, found.width, found.height, thumbnail=found.thumbnail)


def _sound_or_film(data: bytes) -> Inspected | None:
    container = containers.container_of(data)
    if container is None:
        return None
    found = containers.read(data, container)
    if found is None:
        return UNKNOWN
    kind = MediaKind.VIDEO if found.is_video else MediaKind.AUDIO
    return Inspected(found.mimetype, found.ext, kind, found.width, found.height, found.duration_ms, found.thumbnail)


def _document(data: bytes, told: str) -> Inspected | None:
    found = archives.read(data) or _ole(data, told) or _known(data) or _text(data, told)
    return Inspected(*found, MediaKind.DOCUMENT) if found else None


def _ole(data: bytes, told: str) -> tuple[str, str] | None:
    if not data.startswith(_OLE) or told not in _OLE_TYPES:
        return None
    return told, _OLE_TYPES[told]


def _known(data: bytes) -> tuple[str, str] | None:
    try:
        guesses = puremagic.magic_string(data[:8192])
    except (puremagic.PureError, ValueError):
        return None
    for guess in guesses:
        # A type that the first bytes name, not one that a word somewhere in the file lets it guess.
        if guess.mime_type in _DOCUMENTS and guess.offset == 0:
            return guess.mime_type, _DOCUMENTS[guess.mime_type]
    return None


def _text(data: bytes, told: str) -> tuple[str, str] | None:
    """Plain text: readable, and no markup that a browser could take for a page."""
    text = data.decode("utf-8") if b"\x00" not in data[:65_536] and _is_utf8(data) else ""
    if not text.strip() or text.lstrip().startswith(_MARKUP):
        return None
    mimetype = told if told in _TEXTS else "text/plain"
    return mimetype, _TEXTS[mimetype]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _told(mimetype: str, filename: str | None) -> str:
    """What the sender says: the type, else what the name ends with."""
    said = mimetype.partition(";")[0].strip().lower()
    if said and said != OCTET_STREAM:
        return said
    ending = (filename or "").rpartition(".")[2].lower()
    by_ending = {ext: kind for kind, ext in (*_OLE_TYPES.items(), *_TEXTS.items())}
    return by_ending.get(ending, "")
