"""Tests of the download queue with a fake page: failed tries, final failures, and restarts."""

import asyncio
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from devtools.waiting import PATIENCE
from tests.media import samples
from tests.worker.test_mapping import mapped
from wa_worker.contract.commands import FetchMedia
from wa_worker.contract.events import Event, MediaFailed, MediaStored
from wa_worker.files import downloads
from wa_worker.files.downloads import Downloads
from wa_worker.media import subprocess_decoder
from wa_worker.media.keys import sha256_of
from wa_worker.media.store import open_store
from wa_worker.page.calls import PageError, PageUnavailable
from wa_worker.page.media_calls import DownloadFailed, FileOf, FileTooBig
from wa_worker.storage.state_file import StateFile

PHOTO = samples.picture()


class Played:
    """The page, the stream and the disk that a queue of downloads meets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answers: list[bytes | PageError] = []
        self.asked: list[str] = []
        self.told: list[Event] = []
        self.has_room = True

    async def download(self, which: FileOf, *, max_bytes: int, seconds: float) -> tuple[bytes, dict[str, Any]]:
        self.asked.append(which.message_id)
        answer = self.answers.pop(0) if self.answers else PHOTO
        if isinstance(answer, PageError):
            raise answer
        return answer, {}

    def put(self, event: Event) -> None:
        self.told.append(event)

    async def publish(self, event: Event) -> None:
        self.told.append(event)

    async def live_page(self) -> "Played":
        return self

    def queue(self, *, kept_free: int = 0) -> Downloads:
        stand_in: Any = self
        return Downloads(
            7,
            stand_in,
            open_store("", self.folder, kept_free=kept_free),
            self.folder / "downloads.json",
            live_page=self.live_page,
            has_room=lambda: self.has_room,
            max_bytes=1_000_000,
            seconds=PATIENCE,
        )


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Played:
    monkeypatch.setattr(downloads, "_WAIT_SECONDS", (0.0, 0.0))
    monkeypatch.setattr(downloads, "_LOOK_SECONDS", 0.02)
    return Played(tmp_path)


@contextmanager
def running(queue: Downloads) -> Iterator[None]:
    task = asyncio.create_task(queue.run())
    try:
        yield
    finally:
        task.cancel()


async def settled(played: Played, count: int = 1) -> list[Event]:
    async with asyncio.timeout(PATIENCE):
        while len(played.told) < count:
            await asyncio.sleep(0.01)
    return played.told


def photo(number: int = 1, **more: Any) -> tuple[Any, str]:
    file = {"mimetype": "image/jpeg", "size": len(PHOTO)}
    return mapped(type="image", text="", id=f"A{number}", file=file, **more), f"false_200201@lid_A{number}"


async def test_a_file_is_kept_and_told_and_told_again_without_a_second_download(played: Played) -> None:
    queue = played.queue()
    with running(queue):
        queue.note(*photo())
        (event,) = await settled(played)
        assert isinstance(event, MediaStored)
        assert (played.folder / "media" / event.media_key).read_bytes() == PHOTO
        queue.note(*photo())
        again = (await settled(played, 2))[1]
        assert isinstance(again, MediaStored)
        assert (again.media_key, played.asked) == (event.media_key, ["A1"])


@pytest.mark.parametrize(
    ("answers", "reason", "is_permanent", "tries"),
    [
        ([DownloadFailed("media_not_found")] * 3, "expired", False, 3),
        ([DownloadFailed("msg_not_found")], "gone", True, 1),
        ([FileTooBig("9 bytes")], "too_big", True, 1),
        ([DownloadFailed("what?")] * 3, "page_failed", False, 3),
        ([PageUnavailable("crashed")] * 3, "interrupted", False, 3),
        ([b""] * 3, "corrupt", False, 3),
    ],
)
async def test_how_a_download_ends(
    played: Played, answers: list[Any], reason: str, is_permanent: bool, tries: int
) -> None:
    played.answers = list(answers)
    queue = played.queue()
    with running(queue):
        queue.note(*photo())
        (event,) = await settled(played)
        assert isinstance(event, MediaFailed)
        assert (event.reason, event.is_permanent, len(played.asked)) == (reason, is_permanent, tries)
        await queue.fetch(
            FetchMedia(inbox_id=7, chat_jid=event.chat_jid, wa_message_id=event.wa_message_id, is_from_me=False)
        )
        assert isinstance((await settled(played, 2))[1], MediaStored)


async def test_a_full_store_is_told_and_a_full_disk_is_waited_for(played: Played) -> None:
    queue = played.queue(kept_free=1 << 60)
    with running(queue):
        queue.note(*photo())
        (event,) = await settled(played)
        assert isinstance(event, MediaFailed)
        assert (event.reason, event.is_permanent) == ("store_full", False)
    played.has_room, played.told, played.asked = False, [], []
    queue = played.queue()
    with running(queue):
        queue.note(*photo(2))
        await asyncio.sleep(0.1)
        assert (played.asked, played.told) == ([], [])
        played.has_room = True
        assert isinstance((await settled(played))[0], MediaStored)


async def test_what_waits_is_on_disk_and_goes_on_and_what_kills_the_browser_ends(played: Played) -> None:
    queue = played.queue()
    queue.note(*photo(1))
    queue.note(*photo(2))
    task = asyncio.create_task(queue.run())
    played.has_room = False
    async with asyncio.timeout(PATIENCE):
        while not (played.folder / "downloads.json").exists():
            await asyncio.sleep(0.01)
    task.cancel()
    file = played.folder / "downloads.json"
    waiting = json.loads(file.read_text())
    assert [one["message_id"] for one in waiting["wanted"]] == ["A1", "A2"]
    # Six times the worker died in the middle of the first one. It would be there now: nobody finds out.
    waiting["wanted"][0]["starts"] = 6
    file.write_text(json.dumps(waiting))
    played.has_room = True
    queue = played.queue()
    with running(queue):
        told = await settled(played, 2)
        ends = {event.wa_message_id: event for event in told if isinstance(event, MediaFailed | MediaStored)}
        assert (type(ends["A1"]), type(ends["A2"]), played.asked) == (MediaFailed, MediaStored, ["A2"])
        assert isinstance(ends["A1"], MediaFailed)
        assert (ends["A1"].reason, ends["A1"].is_permanent) == ("interrupted", False)
        await queue.fetch(
            FetchMedia(inbox_id=7, chat_jid=ends["A1"].chat_jid, wa_message_id="A1", is_from_me=ends["A1"].is_from_me)
        )
        assert isinstance((await settled(played, 3))[2], MediaStored), "who asks again starts the count anew"


async def test_what_kills_its_decoder_is_kept_without_a_thumbnail(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess_decoder, "_COMMAND", (sys.executable, "-c", "import os; os.abort()"))
    subprocess_decoder._stop()
    queue = played.queue()
    with running(queue):
        queue.note(*photo())
        (event,) = await settled(played)
        assert isinstance(event, MediaStored)
        assert (event.mimetype, event.thumbnail_key) == ("application/octet-stream", None)
        assert (played.folder / "media" / event.media_key).read_bytes() == PHOTO


async def test_files_that_wait_to_be_looked_into_keep_no_thread_from_the_disk(played: Played) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))
    queue = played.queue()
    state = StateFile(played.folder / "checkpoint.json")
    state.note_change()
    with running(queue):
        # Another file keeps its decoder busy.
        with subprocess_decoder._turn:
            queue.note(*photo(1))
            queue.note(*photo(2))
            async with asyncio.timeout(PATIENCE):
                while len(played.asked) < 2:
                    await asyncio.sleep(0.01)
            saving = asyncio.create_task(state.save(lambda: {"n": 1}))
            # Not by cancelling it: a save ends only with its write.
            await asyncio.wait({saving}, timeout=PATIENCE)
            assert (saving.done(), played.told) == (True, [])
        assert [type(event) for event in await settled(played, 2)] == [MediaStored] * 2


async def test_a_picture_longer_than_an_event_can_say_is_kept(played: Played) -> None:
    """A stranger's few bytes, whose head says 100,001 pixels: they decode."""
    played.answers = [samples.picture("PNG", size=(100_001, 2))]
    queue = played.queue()
    with running(queue):
        queue.note(*photo())
        (event,) = await settled(played)
        assert isinstance(event, MediaStored)
        assert (event.mimetype, event.width, event.height) == ("image/png", 100_000, 2)


@pytest.mark.causes(r"media\.fetch_crashed")
@pytest.mark.parametrize("error", [OSError("no more processes"), ZeroDivisionError("in a library")])
async def test_what_nobody_foresaw_costs_this_file_and_no_other(
    played: Played, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(subprocess_decoder, "inspect_apart", Mock(side_effect=error))
        queue = played.queue()
        with running(queue):
            queue.note(*photo(1))
            (event,) = await settled(played)
            assert isinstance(event, MediaFailed)
            assert (event.reason, event.is_permanent, played.asked) == ("failed", False, ["A1"] * 3)
            patch.undo()
            queue.note(*photo(2))
            assert isinstance((await settled(played, 2))[1], MediaStored)


async def test_what_is_new_goes_before_history(played: Played) -> None:
    queue = played.queue()
    for number in range(4):
        message, key = photo(number)
        queue.note(message.model_copy(update={"is_history": number < 3}), key)
    with running(queue):
        await settled(played, 4)
    assert played.asked[0] == "A3"
    assert sha256_of(PHOTO) in str(played.told[0])


@pytest.mark.parametrize("text", ["", "[]", "{", '{"wanted": [{"nonsense": 1}]}', '{"wanted": [7]}'])
async def test_a_file_that_another_version_wrote_stops_nothing(played: Played, text: str) -> None:
    (played.folder / "downloads.json").write_text(text)
    queue = played.queue()
    with running(queue):
        queue.note(*photo())
        assert isinstance((await settled(played))[0], MediaStored)
