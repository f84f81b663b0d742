"""Downloads the files of messages, apart from the messages, so that no file delays a text.

A message is published at once with what its sender says about the file; `MediaStored` or `MediaFailed` follows. Each
number has a bounded queue, kept on disk until each file is stored or has failed. New files go before history.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final, Protocol

import structlog

from wa_worker.contract.base import now_ms
from wa_worker.contract.commands import FetchMedia
from wa_worker.contract.events import MediaFailed, MediaStored, MessageReceived, MessageSent
from wa_worker.contract.reasons import MediaFailure
from wa_worker.media.inspect import Inspected
from wa_worker.media.keys import media_key, sha256_of, thumbnail_key
from wa_worker.media.store import MediaStore, MediaStoreError, MediaStoreFull
from wa_worker.media.subprocess_decoder import inspect_in_turn
from wa_worker.page.calls import PageCallFailed, PageError, PageTimeout
from wa_worker.page.kinds import Raw
from wa_worker.page.media_calls import DownloadFailed, FileOf, FileTooBig
from wa_worker.page.wanted_file import (
    DownloadError,
    Wanted,
    error_of,
    file_of,
    is_intact,
    side_of,
    wanted_in,
    wanted_of,
)
from wa_worker.storage.state_file import StateFile
from wa_worker.stream.publisher import Publisher, printable

_log: Final = structlog.get_logger(__name__)
_AT_A_TIME: Final = 2
#: Failed tries after which a file has failed.
_TRIES: Final = 3
#: Tries in all, with those that ended with the page or the worker: a file that crashes them must not do so for ever.
_STARTS: Final = 6
#: Seconds between two tries.
_WAIT_SECONDS: Final = (1.0, 4.0)
#: How often the queue is saved, and a full disk checked again.
_LOOK_SECONDS: Final = 1.0
_MOST_QUEUED: Final = 5000
#: Stored files that are remembered, to publish them again with their message.
_MOST_REMEMBERED: Final = 500


class MediaPage(Protocol):
    """The part of the page that downloads use."""

    async def download(self, which: FileOf, *, max_bytes: int, seconds: float) -> tuple[bytes, Raw]:
        """Return the content, and what the page knows about the file."""
        ...


class Downloads:
    """Downloads one number's files. `path`: where the queue is kept; `max_bytes` and `seconds` limit one file."""

    def __init__(
        self,
        inbox_id: int,
        publisher: Publisher,
        store: MediaStore,
        path: Path,
        *,
        live_page: Callable[[], Awaitable[MediaPage]],
        has_room: Callable[[], bool],
        max_bytes: int,
        seconds: float,
    ) -> None:
        self._inbox_id = inbox_id
        self._publisher = publisher
        self._store = store
        self._file = StateFile(path)
        self._live_page = live_page
        self._has_room = has_room
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._wanted: OrderedDict[str, Wanted] = OrderedDict()
        self._under_way: set[str] = set()
        self._done: OrderedDict[str, MediaStored] = OrderedDict()
        self._wake = asyncio.Event()
        for wanted in wanted_in(self._file.read()):
            self._remember(wanted)

    def note(self, message: MessageReceived | MessageSent, key: str) -> None:
        """Fetch the file of a published message. A file that is stored already is only published again."""
        if message.media is None:
            return
        wanted = wanted_of(message, message.media, key)
        done = self._done.get(wanted.name)
        if done is not None:
            self._publisher.put(done.model_copy(update={"occurred_at": now_ms()}))
        elif wanted.name not in self._wanted:
            self._want(wanted)

    async def fetch(self, command: FetchMedia) -> None:
        """Fetch a file again, as an agent asked. Returns once the request is on disk."""
        wanted = Wanted(command.chat_jid, command.wa_message_id, command.is_from_me)
        self._done.pop(wanted.name, None)
        if wanted.name not in self._under_way:
            self._want(wanted)
            await self._save()

    async def run(self) -> None:
        """Download files. Never returns."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_saving())
            for _ in range(_AT_A_TIME):
                group.create_task(self._work())

    def _want(self, wanted: Wanted) -> None:
        if wanted.size > self._max_bytes:
            self._publish_failure(wanted, DownloadError(MediaFailure.TOO_BIG, is_permanent=True))
        elif len(self._wanted) >= _MOST_QUEUED:
            # An agent can ask for it in the conversation.
            self._publish_failure(wanted, DownloadError(MediaFailure.TOO_MANY))
        else:
            self._remember(wanted)

    def _remember(self, wanted: Wanted) -> None:
        self._wanted[wanted.name] = wanted
        self._file.note_change()
        self._wake.set()

    def _next(self) -> Wanted | None:
        """The next file: the oldest new one, else the oldest."""
        free = [wanted for name, wanted in self._wanted.items() if name not in self._under_way]
        return next((wanted for wanted in free if not wanted.is_late), free[0] if free else None)

    async def _work(self) -> None:
        while True:
            wanted = self._next() if self._has_room() else None
            if wanted is None:
                self._wake.clear()
                await self._wait()
                continue
            self._under_way.add(wanted.name)
            try:
                await self._fetch(wanted)
                self._wanted.pop(wanted.name, None)
                self._file.note_change()
            finally:
                self._under_way.discard(wanted.name)

    async def _wait(self) -> None:
        """Wait until a file is wanted. While the disk is full, check it again every second."""
        try:
            async with asyncio.timeout(None if self._has_room() else _LOOK_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _fetch(self, wanted: Wanted) -> None:
        """Try until the file is stored or has failed, and publish that."""
        failures = 0
        if wanted.starts >= _STARTS:
            self._publish_failure(wanted, DownloadError(MediaFailure.INTERRUPTED, "begun too often"))
            return
        while True:
            try:
                event = await self._try(wanted)
            except DownloadError as error:
                failures += 1
                if error.is_permanent or failures >= _TRIES or wanted.starts >= _STARTS:
                    self._publish_failure(wanted, error)
                    return
                await asyncio.sleep(_WAIT_SECONDS[min(failures, len(_WAIT_SECONDS)) - 1])
            else:
                self._done[wanted.name] = event
                if len(self._done) > _MOST_REMEMBERED:
                    self._done.popitem(last=False)
                await self._publisher.publish(event)
                return

    async def _try(self, wanted: Wanted) -> MediaStored:
        """Try once. Raises DownloadError."""
        page = await self._live_page()
        wanted.starts += 1
        self._file.note_change()
        await self._save()
        try:
            data, facts = await page.download(file_of(wanted), max_bytes=self._max_bytes, seconds=self._seconds)
            return await self._store_file(wanted, data, facts)
        except DownloadError:
            raise
        except FileTooBig as error:
            raise DownloadError(MediaFailure.TOO_BIG, str(error), is_permanent=True) from error
        except PageTimeout as error:
            raise DownloadError(MediaFailure.TIMEOUT, str(error)) from error
        except DownloadFailed as error:
            raise error_of(str(error)) from error
        except PageError as error:
            is_of_page = isinstance(error, PageCallFailed)
            reason = MediaFailure.PAGE_FAILED if is_of_page else MediaFailure.INTERRUPTED
            raise DownloadError(reason, str(error)) from error
        except MediaStoreFull as error:
            raise DownloadError(MediaFailure.STORE_FULL, error.sentence) from error
        except MediaStoreError as error:
            raise DownloadError(MediaFailure.STORE_FAILED, error.sentence) from error
        except Exception as error:
            # Deliberately every error: a stranger chose the content, and one file must not end the session.
            _log.exception("media.fetch_crashed", inbox_id=self._inbox_id, message=wanted.message_id)
            raise DownloadError(MediaFailure.FAILED, type(error).__name__) from error

    async def _store_file(self, wanted: Wanted, data: bytes, facts: Raw) -> MediaStored:
        sha256 = sha256_of(data)
        if not data or not is_intact(sha256, facts.get("hash")):
            raise DownloadError(MediaFailure.CORRUPT)
        mimetype = wanted.mimetype or str(facts.get("mimetype") or "")
        filename = wanted.filename or facts.get("filename")
        found = await inspect_in_turn(data, mimetype, filename)
        key = media_key(self._inbox_id, sha256, found.ext)
        await self._store.put(key, data)
        small = thumbnail_key(self._inbox_id, sha256) if found.thumbnail else None
        if small and found.thumbnail:
            await self._store.put(small, found.thumbnail)
        return self._stored(wanted, found, key, sha256, len(data), small)

    def _stored(
        self, wanted: Wanted, found: Inspected, key: str, sha256: str, size: int, thumbnail: str | None
    ) -> MediaStored:
        return MediaStored(
            inbox_id=self._inbox_id,
            chat_jid=wanted.chat,
            wa_message_id=wanted.message_id,
            is_from_me=wanted.is_from_me,
            media_key=key,
            mimetype=found.mimetype,
            size_bytes=size,
            sha256=sha256,
            filename=wanted.filename,
            thumbnail_key=thumbnail,
            width=side_of(found.width),
            height=side_of(found.height),
            duration_ms=found.duration_ms,
        )

    def _publish_failure(self, wanted: Wanted, error: DownloadError) -> None:
        message_id, starts = wanted.message_id, wanted.starts
        _log.info("media.fetch_failed", inbox_id=self._inbox_id, message=message_id, reason=error.reason, starts=starts)
        self._publisher.put(
            MediaFailed(
                inbox_id=self._inbox_id,
                chat_jid=wanted.chat,
                wa_message_id=wanted.message_id,
                is_from_me=wanted.is_from_me,
                reason=error.reason,
                detail=printable(error.detail)[:500],
                is_permanent=error.is_permanent,
            )
        )

    async def _keep_saving(self) -> None:
        try:
            while True:
                await asyncio.sleep(_LOOK_SECONDS)
                await self._save()
        finally:
            await asyncio.shield(self._save())

    async def _save(self) -> None:
        """Save the queue. If the disk is full, only a backfill finds the files again after a crash."""
        await self._file.save(lambda: {"wanted": [asdict(wanted) for wanted in self._wanted.values()]})
