"""Serves files to browsers: files of messages, thumbnails, and contacts' pictures.

Every request is checked against the conversation. A file that the agent may not see and one that does not exist get the
same 404. Files come from strangers, so only images, videos and audio are shown inline. Everything else is downloaded,
and nothing in a file can run here.
"""

import re
from collections.abc import AsyncIterator, Callable
from typing import Final
from urllib.parse import quote

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from roms_app.api.cookie import agent_of
from roms_app.api.media_store import get_media_store
from roms_app.errors import NotFound, TemporarilyUnavailable
from roms_app.live.transactions import reading
from roms_app.models import Agent
from roms_app.services import files
from roms_app.services.files import StoredFile
from wa_worker.media.store import MediaMissing, MediaStoreError

#: Types that browsers show without running any of their content.
INLINE: Final = frozenset(
    {
        "image/jpeg", "image/png", "image/webp", "image/gif", "image/avif",
        "video/mp4", "video/webm", "video/ogg", "video/quicktime", "video/3gpp",
        "audio/mpeg", "audio/mp4", "audio/aac", "audio/ogg", "audio/opus", "audio/webm", "audio/wav", "audio/x-wav",
        "audio/flac", "audio/amr", "audio/3gpp",
    }
)  # fmt: skip
#: Words in the names of types that are web pages or contain some.
_PAGES: Final = frozenset({"html", "xhtml", "xml", "svg", "xsl", "xslt", "multipart", "mhtml", "rfc822"})
_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}")
_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
#: Characters that names may not have: controls, direction marks, and those that separate folders or end a quoted
#: string.
_UNSAFE: Final = re.compile(
    '[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"\\\\/:*?<>|;%]'
)
_NAME_LENGTH: Final = 150
#: A file's bytes never change. Another agent of this browser must ask anew.
_FOREVER: Final = "private, max-age=31536000, immutable"
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; media-src 'self'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Accept-Ranges": "bytes",
    "Vary": "Cookie",
}

Access = Callable[[Session, Agent, int], StoredFile]


async def message_file(request: Request) -> Response:
    """`GET /media/message/17`; with `?download=1` as a download."""
    return await _serve(request, "message_id", files.access_file)


async def message_thumbnail(request: Request) -> Response:
    """`GET /media/message/17/thumbnail`."""
    return await _serve(request, "message_id", files.access_thumbnail)


async def contact_picture(request: Request) -> Response:
    """`GET /media/contact/4`; `?v=` changes with the picture."""
    return await _serve(request, "contact_id", files.access_picture)


async def _serve(request: Request, name: str, access: Access) -> Response:
    """Answers 200 or 206 with the bytes, 304, 401, 404, 416, or 503."""
    try:
        agent = await agent_of(request)
        if agent is None:
            return _refusal(401, "Sign in again.")
        file = await reading(access, agent, _number(request.path_params[name]))
        return await _answer(request, file)
    except (NotFound, MediaMissing):
        return _refusal(404, "There is no such file.")
    except (TemporarilyUnavailable, MediaStoreError):
        return _refusal(503, "The file can't be read now. Try again in a moment.")


def _number(text: str) -> int:
    """The id in the path. Raises NotFound for text that can't be an id."""
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise NotFound("There is no such file.")
    return int(text)


async def _answer(request: Request, file: StoredFile) -> Response:
    """The response with the file. Raises MediaMissing, MediaStoreError."""
    size = await get_media_store().size(file.key)
    headers = _headers_of(request, file)
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    wanted = _range(request, headers["ETag"], size)
    if wanted is None:
        return Response(status_code=416, headers={**_HEADERS, "Content-Range": f"bytes */{size}"})
    start, end = wanted
    headers["Content-Length"] = str(end - start)
    is_part = end - start < size
    if is_part:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    status = 206 if is_part else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return StreamingResponse(_bytes(file.key, start, end), status_code=status, headers=headers)


async def _bytes(key: str, start: int, end: int) -> AsyncIterator[bytes]:
    async for piece in get_media_store().stream(key, start, end):
        yield piece


def _headers_of(request: Request, file: StoredFile) -> dict[str, str]:
    told = file.mimetype.partition(";")[0].strip().lower()
    is_shown = told in INLINE
    mimetype = told if is_shown or (_TYPE.fullmatch(told) and not _can_run(told)) else "application/octet-stream"
    disposition = "inline" if is_shown and request.query_params.get("download") != "1" else "attachment"
    is_versioned = "contact_id" not in request.path_params or "v" in request.query_params
    return {
        **_HEADERS,
        "Content-Type": mimetype,
        "Content-Disposition": f"{disposition}; {_filename(file)}",
        "Cache-Control": _FOREVER if is_versioned else "private, no-cache",
        # The key is derived from the content.
        "ETag": f'"{file.key.rpartition("/")[2]}"',
    }


def _can_run(mimetype: str) -> bool:
    """Whether a browser might treat it as a page or script.

    Compares whole words: office types contain "openxmlformats".
    """
    words = re.split(r"[/.+-]", mimetype)
    return any(word in _PAGES or word.endswith("script") for word in words)


def _filename(file: StoredFile) -> str:
    """The name in both forms of RFC 6266: for browsers with UTF-8, and for those without."""
    name = _UNSAFE.sub("_", file.filename).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if len(name) > _NAME_LENGTH:
        name = stem[: _NAME_LENGTH - 12] + dot + ending[:11] if stem else name[:_NAME_LENGTH]
    name = name or "file." + file.key.rpartition(".")[2]
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _range(request: Request, etag: str, size: int) -> tuple[int, int] | None:
    """The requested range as [start, end); the whole file unless exactly one range is requested.

    None: the range can't be satisfied.
    """
    found = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if found is None or found.group(0) == "bytes=-" or request.headers.get("if-range", etag) != etag:
        return 0, size
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size) if int(last) and size else None
    start, end = int(first), min(size, int(last) + 1) if last else size
    if last and int(last) < start:
        return 0, size
    return (start, end) if start < size else None


def _refusal(status: int, words: str) -> Response:
    return PlainTextResponse(words, status, headers={"Cache-Control": "no-store"})
