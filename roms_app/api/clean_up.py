"""Deletes files that agents uploaded and did not send: regularly, and when space is short."""

import asyncio
import contextlib
from typing import Final

import structlog

from roms_app.api.media_store import get_media_store
from roms_app.live.supervise import supervised
from roms_app.live.transactions import reading, writing
from roms_app.models.base import now_ms
from roms_app.services import uploads
from wa_worker.media.store import MediaMissing, MediaStoreError

log = structlog.get_logger(__name__)
_EVERY_SECONDS: Final = 30 * 60.0


async def run() -> None:
    """The lifespan task."""
    await supervised("clean-up", _by_the_clock)


async def _by_the_clock() -> None:
    while True:
        await remove_ended_uploads()
        await asyncio.sleep(_EVERY_SECONDS)


async def remove_ended_uploads() -> None:
    """Delete files first, then their rows: it must work on a full disk too. Raises TemporarilyUnavailable.

    If the media store can't delete a file now, its row stays for the next run.
    """
    try:
        while (ended := await reading(uploads.ended_uploads)).token_hashes:
            for key in ended.keys:
                await _remove(key)
            await writing(uploads.forget, ended.token_hashes)
    except MediaStoreError as error:
        log.warning("upload.removal_failed", why=error.sentence)


async def _remove(key: str) -> None:
    """Not deleted if it was stored again since: then another upload owns it, whose row exists or is about to."""
    store = get_media_store()
    with contextlib.suppress(MediaMissing):
        if await store.written_at(key) < now_ms() - uploads.KEPT_MS:
            await store.delete(key)
