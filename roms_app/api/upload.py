"""`POST /media/upload?conversation=42`: uploads a file that an agent wants to send to the media store.

The size is counted while the body is read, whatever its header says. An agent who may not answer the conversation is
refused before anything is read. The page sends the file by the token in the answer (services/uploads.py).
"""

import asyncio
import errno
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from typing import BinaryIO, Final

import structlog
from sqlmodel import Session
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from roms_app.api.clean_up import remove_ended_uploads
from roms_app.api.cookie import agent_of
from roms_app.api.media_store import get_media_store
from roms_app.api.security import is_same_origin
from roms_app.config import get_settings
from roms_app.domain.text import storable
from roms_app.errors import InvalidInput, NotAllowed, NotFound, RomsError, TemporarilyUnavailable, not_understood
from roms_app.live.transactions import reading, writing
from roms_app.models import Agent
from roms_app.services import uploads
from roms_app.services.access import access_conversation, id_of, require_may_reply
from roms_app.services.uploads import Quota, UploadedFile
from roms_app.states.guard import words_of
from wa_worker.contract.commands import MediaKind
from wa_worker.media.inspect import Inspected
from wa_worker.media.keys import media_key, sha256_of, thumbnail_key
from wa_worker.media.store import MediaStoreError, MediaStoreFull
from wa_worker.media.subprocess_decoder import inspect_apart
from wa_worker.media.subprocess_voice import VoiceFailed, to_voice_note_apart
from wa_worker.media.voice import VoiceTooLong, VoiceUnreadable

log = structlog.get_logger(__name__)

#: Bytes for the boundaries and headers around the one file.
_ENVELOPE: Final = 64 * 1024
_NAME_LENGTH: Final = 200
#: Several times a quarter of an hour of a browser's recording.
_VOICE_BYTES: Final = 32 * 1024 * 1024
#: Longer than one inspection may take, with the turn of another file before it.
_LOOK_SECONDS: Final = 240.0
#: The most simultaneous uploads of one agent: some pages with two each, and a recording.
_AT_ONCE: Final = 8
#: The most simultaneous uploads of all agents, whose bodies share the disk.
_ALL_AT_ONCE: Final = 48
#: The disk is full, or the user's quota is used up.
_NO_SPACE: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
#: Types that WhatsApp shows in the thread. Other images and videos are sent as documents.
_PICTURES: Final = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
_FILMS: Final = frozenset({"video/mp4"})
#: Each inspection holds a whole file in memory.
_looking = asyncio.Semaphore(2)
#: Separate threads: passwords are verified in the loop's threads, and a login must not wait for files.
_lookers = ThreadPoolExecutor(2, thread_name_prefix="roms-files")
_under_way: Counter[int] = Counter()


class _TooBig(Exception):
    """The body has more than `limit` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.megabytes = limit // (1024 * 1024)


_STATUS: Final = {NotAllowed: 403, NotFound: 404, TemporarilyUnavailable: 503}


async def upload(request: Request) -> Response:
    """Accept one file.

    Answers 200 with its description; 400, 401, 403, 404, 413 or 503 with a sentence under ``error``.
    """
    language = get_settings().default_language
    try:
        if not is_same_origin(request):
            raise NotAllowed("This came from another site.")
        agent = await agent_of(request)
        if agent is None:
            return JSONResponse({"error": "Sign in again."}, 401)
        language = agent.language
        with _one_more(agent):
            return JSONResponse(await _taken(request, agent), headers={"Cache-Control": "no-store"})
    except ClientDisconnect:
        # The client has disconnected, so nobody receives this.
        return Response(status_code=400)
    except _TooBig as error:
        limit = InvalidInput("Files may have {limit} MB.", "Make it smaller, or send a link.", limit=error.megabytes)
        return _refusal(limit, language, 413)
    except RomsError as error:
        return _refusal(error, language, _STATUS.get(type(error), 400))


def _refusal(error: RomsError, language: str, status: int) -> Response:
    """`can_retry`: the same file may be accepted later."""
    return JSONResponse({"error": words_of(error, language), "can_retry": not error.is_permanent}, status)


@contextmanager
def _one_more(agent: Agent) -> Iterator[None]:
    """Count an upload. Bodies stay on the disk until their turn, so the number is limited."""
    agent_id = id_of(agent)
    if _under_way[agent_id] >= _AT_ONCE:
        raise TemporarilyUnavailable(
            "Many of your files are on their way already.", "Try again when they are uploaded."
        )
    if _under_way.total() >= _ALL_AT_ONCE:
        raise TemporarilyUnavailable("Many files are on their way already.", "Try again in a moment.")
    _under_way[agent_id] += 1
    try:
        yield
    finally:
        _under_way[agent_id] -= 1
        if not _under_way[agent_id]:
            del _under_way[agent_id]


async def _taken(request: Request, agent: Agent) -> dict[str, object]:
    conversation = request.query_params.get("conversation", "")
    if not conversation.isdecimal() or len(conversation) > 15:
        raise NotFound("There is no such conversation.", "It may have been merged with another; look in the list.")
    conversation_id = int(conversation)
    inbox_id = await reading(_inbox_of, agent, conversation_id)
    await _require_room(agent)
    is_voice = request.query_params.get("voice") == "1"
    body = await _read(request, _limit(is_voice))
    try:
        data, file, thumbnail = await _described(inbox_id, body, is_voice=is_voice)
    finally:
        await body.close()
    token = await writing(uploads.keep_upload, agent, conversation_id, file, _quota())
    try:
        await _put(file.key, data)
        if file.thumbnail_key and thumbnail:
            await _put(file.thumbnail_key, thumbnail)
    except TemporarilyUnavailable:
        await writing(uploads.drop_upload, token)
        raise
    return {"token": token, **asdict(file)}


def _quota() -> Quota:
    settings = get_settings()
    return Quota(settings.upload_agent_mb * 1024 * 1024, settings.upload_total_mb * 1024 * 1024)


async def _require_room(agent: Agent) -> None:
    """Checked before the body is read. Raises TemporarilyUnavailable."""
    await reading(uploads.require_room, agent, 1, _quota())


def _inbox_of(session: Session, agent: Agent, conversation_id: int) -> int:
    conversation = access_conversation(session, agent, conversation_id)
    require_may_reply(agent)
    return conversation.inbox_id


def _limit(is_voice: bool) -> int:
    most = get_settings().media_max_bytes
    return min(most, _VOICE_BYTES) if is_voice else most


async def _read(request: Request, limit: int) -> UploadFile:
    """The one file of the body, on disk. The caller closes it."""
    try:
        parser = MultiPartParser(request.headers, _counted(request, limit), max_files=1, max_fields=0)
        form = await parser.parse()
    except (MultiPartException, KeyError) as error:
        raise not_understood() from error
    except OSError as error:
        if error.errno not in _NO_SPACE:
            raise
        await remove_ended_uploads()
        raise _no_space() from error
    file = next((each for each in form.values() if isinstance(each, UploadFile)), None)
    if file is None:
        raise not_understood()
    if (file.size or 0) > limit:
        await file.close()
        raise _TooBig(limit)
    return file


async def _counted(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    total = 0
    async for chunk in request.stream():
        total += len(chunk)
        if total > limit + _ENVELOPE:
            raise _TooBig(limit)
        yield chunk


async def _described(inbox_id: int, body: UploadFile, *, is_voice: bool) -> tuple[bytes, UploadedFile, bytes | None]:
    """The file's bytes, its description, and its thumbnail."""
    filename = None if is_voice else _name(body.filename)
    data, found = await _looked_into(body, filename, is_voice=is_voice)
    sha256 = sha256_of(data)
    key = media_key(inbox_id, sha256, found.ext)
    small = thumbnail_key(inbox_id, sha256) if found.thumbnail else None
    size = (found.width, found.height, found.duration_ms)
    file = UploadedFile(found.kind, key, small, found.mimetype, len(data), sha256, filename, *size)
    return data, file, found.thumbnail


async def _put(key: str, data: bytes) -> None:
    """Store the bytes. If the disk is full, expired uploads are deleted first. Raises TemporarilyUnavailable."""
    store = get_media_store()
    try:
        try:
            await store.put(key, data)
        except MediaStoreFull:
            await remove_ended_uploads()
            await store.put(key, data)
    except MediaStoreFull as error:
        raise _no_space() from error
    except MediaStoreError as error:
        log.warning("upload.store_failed", why=error.sentence)
        raise TemporarilyUnavailable("The file could not be kept.", "Try again in a moment.") from error


async def _looked_into(body: UploadFile, filename: str | None, *, is_voice: bool) -> tuple[bytes, Inspected]:
    """Inspect the file: its bytes and its type by content. A recording is converted to a voice note first.

    The slot is taken until the thread has finished, even if nobody waits for it any more. A thread can't be stopped, so
    there must never be more than two.
    """
    await _looking.acquire()
    look = partial(_look, body.file, body.content_type or "", filename, is_voice=is_voice)
    work = asyncio.get_running_loop().run_in_executor(_lookers, look)
    work.add_done_callback(_end_look)
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            data, found = await asyncio.shield(work)
    except VoiceTooLong as error:
        raise InvalidInput("The recording is too long.", "Send it in parts.") from error
    except VoiceFailed as error:
        raise InvalidInput("This recording could not be made into a voice note.", "Record it again.") from error
    except VoiceUnreadable as error:
        raise InvalidInput("There is no sound in this recording.", "Record it again.") from error
    except TimeoutError as error:
        raise InvalidInput("The file takes too long to look into.", "Choose another one.") from error
    return data, replace(found, kind=MediaKind.VOICE if is_voice else _sent_as(found))


def _look(body: BinaryIO, told: str, filename: str | None, *, is_voice: bool) -> tuple[bytes, Inspected]:
    data = body.read()
    if not data:
        raise InvalidInput("The file is empty.", "Choose another one.")
    if is_voice:
        data = to_voice_note_apart(data)
    return data, inspect_apart(data, told, filename)


def _end_look(work: "asyncio.Future[tuple[bytes, Inspected]]") -> None:
    _looking.release()
    # If the request is gone, nothing else reads the result.
    if not work.cancelled():
        work.exception()


def _sent_as(found: Inspected) -> MediaKind:
    shown = {MediaKind.IMAGE: _PICTURES, MediaKind.VIDEO: _FILMS}.get(found.kind)
    return found.kind if shown is None or found.mimetype in shown else MediaKind.DOCUMENT


def _name(told: str | None) -> str | None:
    """The last part of the sender's file name, as one line. The extension is kept."""
    name = "".join(each for each in storable(told or "") if each.isprintable())
    name = name.replace("\\", "/").rpartition("/")[2].strip()
    return name[-_NAME_LENGTH:] or None


def _no_space() -> TemporarilyUnavailable:
    return TemporarilyUnavailable("There is no space left for files.", "Tell the admin of your team.")
