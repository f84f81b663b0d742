"""The file side of a number: fetches the file of each new message, and its sender's profile picture."""

import asyncio
from collections.abc import Callable
from typing import Final

from wa_worker.contract.commands import Channel, FetchMedia
from wa_worker.contract.events import MessageReceived, MessageSent
from wa_worker.files.downloads import Downloads
from wa_worker.files.pictures import Pictures
from wa_worker.media.store import MediaStore
from wa_worker.ownership.held_number import HeldNumber
from wa_worker.page.whatsapp_page import PageSource
from wa_worker.stream.publisher import Publisher

#: Seconds between two profile pictures. The simulator watches nobody.
_PAUSE_SECONDS: Final = {Channel.WHATSAPP: 8.0, Channel.DEMO: 0.1}


class MediaFetcher:
    """Fetches one number's files and pictures while `has_room` says that the disk has room."""

    def __init__(
        self,
        number: HeldNumber,
        publisher: Publisher,
        store: MediaStore,
        pages: PageSource,
        *,
        has_room: Callable[[], bool],
    ) -> None:
        settings = number.settings
        self._downloads = Downloads(
            number.inbox_id,
            publisher,
            store,
            number.folder / "downloads.json",
            live_page=pages.live_page,
            has_room=has_room,
            max_bytes=settings.media_max_mb * 1024 * 1024,
            seconds=settings.media_seconds,
        )
        self._pictures = Pictures(
            number.inbox_id,
            publisher,
            store,
            number.folder / "pictures.json",
            live_page=pages.live_page,
            has_room=has_room,
            pause_seconds=_PAUSE_SECONDS[number.channel],
        )

    def note(self, message: MessageReceived | MessageSent, key: str) -> None:
        """Fetch what belongs to a published message. `key`: the message's full key in the page."""
        self._downloads.note(message, key)
        self._pictures.note(message, key)

    async def fetch(self, command: FetchMedia) -> None:
        """Fetch a file again, as an agent asked. Returns once the request is on disk."""
        await self._downloads.fetch(command)

    async def run(self) -> None:
        """Fetch files and pictures. Never returns."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._downloads.run())
            group.create_task(self._pictures.run())
