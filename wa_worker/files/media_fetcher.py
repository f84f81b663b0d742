"""What is fetched because a message came: its file, and its writer's picture. One place for both, a number."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from wa_worker.config import WorkerSettings
from wa_worker.contract.commands import Channel, FetchMedia
from wa_worker.contract.events import MessageReceived, MessageSent
from wa_worker.files.downloads import Downloads
from wa_worker.files.pictures import Pictures
from wa_worker.media.store import MediaStore
from wa_worker.page.whatsapp_page import WhatsAppPage
from wa_worker.stream.publisher import Publisher

#: Between two profile pictures. The simulator watches nobody.
_PAUSE_SECONDS: Final = {Channel.WHATSAPP: 8.0, Channel.DEMO: 0.1}


class MediaFetcher:
    """One number's files and pictures."""

    def __init__(
        self,
        settings: WorkerSettings,
        channel: Channel,
        inbox_id: int,
        folder: Path,
        publisher: Publisher,
        store: MediaStore,
        *,
        live_page: Callable[[], Awaitable[WhatsAppPage]],
        has_room: Callable[[], bool],
    ) -> None:
        self._downloads = Downloads(
            inbox_id,
            publisher,
            store,
            folder / "downloads.json",
            live_page=live_page,
            has_room=has_room,
            max_bytes=settings.media_max_mb * 1024 * 1024,
            seconds=settings.media_seconds,
        )
        self._pictures = Pictures(
            inbox_id,
            publisher,
            store,
            folder / "pictures.json",
            live_page=live_page,
            has_room=has_room,
            pause_seconds=_PAUSE_SECONDS[channel],
        )

    def note(self, message: MessageReceived | MessageSent, key: str) -> None:
        """A message was put on the stream; `key` is the page's whole key of it."""
        self._downloads.note(message, key)
        self._pictures.note(message, key)

    async def fetch(self, command: FetchMedia) -> None:
        """Somebody asks for a file again. Returns once that is on disk."""
        await self._downloads.fetch(command)

    async def run(self) -> None:
        """Fetch for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._downloads.run())
            group.create_task(self._pictures.run())
