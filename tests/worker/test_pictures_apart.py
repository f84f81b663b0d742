"""A stranger's profile picture can harm neither the worker nor other pictures."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from devtools.waiting import PATIENCE
from tests.media import samples
from tests.worker.test_mapping import mapped
from wa_worker.contract.events import ContactChanged, Event
from wa_worker.files.pictures import Pictures
from wa_worker.media import subprocess_decoder
from wa_worker.media.store import open_store


class Played:
    """The page and the stream that a number's pictures meet."""

    def __init__(self, folder: Path) -> None:
        self.told: asyncio.Queue[Event] = asyncio.Queue()
        self.asked: asyncio.Queue[str] = asyncio.Queue()
        stand_in: Any = self
        self.pictures = Pictures(
            7,
            stand_in,
            open_store("", folder, kept_free=0),
            folder / "pictures.json",
            live_page=self.live_page,
            has_room=lambda: True,
            pause_seconds=0,
        )

    async def live_page(self) -> "Played":
        return self

    async def picture_url(self, chat: str) -> str | None:
        self.asked.put_nowait(chat)
        return "https://pps.whatsapp.net/v/1"

    async def picture(self, url: str) -> bytes:
        return samples.picture()

    def put(self, event: Event) -> None:
        self.told.put_nowait(event)

    def hear(self, chat: str) -> None:
        """Somebody writes."""
        message: Any = mapped(chat=chat)
        self.pictures.note(message, "")

    async def key(self) -> str | None:
        """Of the next picture that is told."""
        event = await asyncio.wait_for(self.told.get(), PATIENCE)
        assert isinstance(event, ContactChanged)
        return event.picture_key


@pytest.fixture
async def played(tmp_path: Path) -> AsyncIterator[Played]:
    subprocess_decoder._stop()
    played = Played(tmp_path)
    async with _running(played):
        yield played
    subprocess_decoder._stop()


@asynccontextmanager
async def _running(played: Played) -> AsyncIterator[None]:
    task = asyncio.create_task(played.pictures.run())
    yield
    assert not task.done(), task
    task.cancel()


async def test_a_picture_is_looked_into_by_another_process(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = sys.executable, "-c", "import os; os.abort()"
    with monkeypatch.context() as patch:
        patch.setattr(subprocess_decoder, "_COMMAND", dead)
        played.hear("200201@lid")
        assert (await asyncio.wait_for(played.asked.get(), PATIENCE)) == "200201@lid"
        # In order: once the next one is asked for, this one has ended, and without a picture.
        played.hear("200202@lid")
        assert (await asyncio.wait_for(played.asked.get(), PATIENCE)) == "200202@lid"
        assert played.told.empty()


@pytest.mark.causes(r"picture\.fetch_failed")
async def test_what_nobody_foresaw_costs_this_picture_and_no_other(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(subprocess_decoder, "inspect_apart", Mock(side_effect=OSError("no more processes")))
        played.hear("200201@lid")
        assert (await asyncio.wait_for(played.asked.get(), PATIENCE)) == "200201@lid"
        played.hear("200202@lid")
        assert (await asyncio.wait_for(played.asked.get(), PATIENCE)) == "200202@lid"
    played.hear("200203@lid")
    assert (await played.key() or "").startswith("7/pictures/")
