"""Fetches profile pictures when a customer writes: each at most once a day, one after the other and slowly.

Only a small WebP that we encode ourselves is kept: no agent's browser sees the bytes that came from outside.
"""

import asyncio
import random
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, Protocol

import structlog

from wa_worker.contract.base import now_ms
from wa_worker.contract.events import ContactChanged, MessageReceived, MessageSent
from wa_worker.media.keys import picture_key, sha256_of
from wa_worker.media.store import MediaStore, MediaStoreError
from wa_worker.media.subprocess_decoder import inspect_in_turn
from wa_worker.page.calls import PageError
from wa_worker.storage.state_file import StateFile
from wa_worker.stream.publisher import Publisher

_log: Final = structlog.get_logger(__name__)
_DAY_MS: Final = 86_400_000
#: How soon a picture that could not be fetched is tried again.
_AGAIN_MS: Final = 3_600_000
_MOST_QUEUED: Final = 500
_MOST_KNOWN: Final = 5000
_LOOK_SECONDS: Final = 1.0


class PicturePage(Protocol):
    """The part of the page that profile pictures use."""

    async def picture_url(self, chat: str) -> str | None:
        """Return the picture's address; None if there is none that we may see."""
        ...

    async def picture(self, url: str) -> bytes:
        """Return the content of a picture."""
        ...


class Pictures:
    """Fetches the pictures of one number's contacts."""

    def __init__(
        self,
        inbox_id: int,
        publisher: Publisher,
        store: MediaStore,
        path: Path,
        *,
        live_page: Callable[[], Awaitable[PicturePage]],
        has_room: Callable[[], bool],
        pause_seconds: float,
    ) -> None:
        self._inbox_id = inbox_id
        self._publisher = publisher
        self._store = store
        self._file = StateFile(path)
        self._live_page = live_page
        self._has_room = has_room
        #: Between two pictures: WhatsApp watches for accounts that look at many profiles in a row.
        self._pause_seconds = pause_seconds
        #: By chat: until when it is not asked for again (epoch ms), and the picture's key ("": there is none).
        self._known = _known(self._file.read())
        self._queue: OrderedDict[str, None] = OrderedDict()
        self._wake = asyncio.Event()

    def note(self, message: MessageReceived | MessageSent, _key: str) -> None:
        """Queue the picture of a chat in which a message was sent or received."""
        chat = message.chat_jid
        is_due = self._known.get(chat, (0, ""))[0] <= now_ms()
        if is_due and not message.is_history and len(self._queue) < _MOST_QUEUED:
            self._queue[chat] = None
            self._wake.set()

    async def run(self) -> None:
        """Fetch pictures. Never returns."""
        while True:
            await self._wake.wait()
            if not self._queue:
                self._wake.clear()
                continue
            if not self._has_room():
                await asyncio.sleep(_LOOK_SECONDS)
                continue
            page = await self._live_page()
            chat, _ = self._queue.popitem(last=False)
            await self._refresh(page, chat)
            await asyncio.sleep(self._pause_seconds * random.uniform(0.7, 1.6))

    async def _refresh(self, page: PicturePage, chat: str) -> None:
        before = self._known.get(chat, (0, ""))[1]
        try:
            key = await self._fetch(page, chat)
        except Exception as error:
            # Deliberately every error: a stranger chose the content, and one picture must not end the session.
            is_foreseen = isinstance(error, PageError | MediaStoreError)
            name = type(error).__name__
            _log.info("picture.fetch_failed", inbox_id=self._inbox_id, error=name, exc_info=not is_foreseen)
            await self._remember(chat, now_ms() + _AGAIN_MS, before)
            return
        if key != before:
            self._publisher.put(ContactChanged(inbox_id=self._inbox_id, chat_jid=chat, picture_key=key))
        await self._remember(chat, now_ms() + _DAY_MS, key)

    async def _fetch(self, page: PicturePage, chat: str) -> str:
        """Store the current picture and return its key; "" if there is none."""
        url = await page.picture_url(chat)
        if not url:
            return ""
        found = await inspect_in_turn(await page.picture(url))
        if found.thumbnail is None:
            return ""
        key = picture_key(self._inbox_id, sha256_of(found.thumbnail), "webp")
        await self._store.put(key, found.thumbnail)
        return key

    async def _remember(self, chat: str, until: int, key: str) -> None:
        self._known[chat] = (until, key)
        self._known.move_to_end(chat)
        while len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        self._file.note_change()
        await self._file.save(lambda: self._known)


def _known(stored: dict[str, Any]) -> OrderedDict[str, tuple[int, str]]:
    """Read what is on disk; empty if another version wrote it in another form."""
    try:
        return OrderedDict((chat, (int(until), str(key))) for chat, (until, key) in stored.items())
    except (TypeError, ValueError):
        return OrderedDict()
