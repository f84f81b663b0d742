"""Noted changes reach the disk, even after disk errors and cancelled saves."""

import asyncio
import contextlib
import threading
from pathlib import Path

import pytest

from devtools.waiting import PATIENCE
from wa_worker.storage import state_file
from wa_worker.storage.state_file import StateFile, write_atomically


class Disk:
    """Writes only when it is let, and counts. It fails while `error` is set."""

    def __init__(self) -> None:
        self.error: OSError | None = None
        self.writes = 0
        self.most_at_once = 0
        self.began = threading.Event()
        self.may_write = threading.Event()
        self._now = 0
        self._count = threading.Lock()

    def write(self, path: Path, text: str) -> None:
        with self._count:
            self.writes += 1
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        self.began.set()
        try:
            assert self.may_write.wait(PATIENCE)
            if self.error:
                raise self.error
            write_atomically(path, text)
        finally:
            with self._count:
                self._now -= 1


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk()
    monkeypatch.setattr(state_file, "write_atomically", disk.write)
    return disk


@pytest.fixture
def file(tmp_path: Path) -> StateFile:
    return StateFile(tmp_path / "s.json")


async def test_only_what_changed_is_written(file: StateFile, disk: Disk) -> None:
    disk.may_write.set()
    await file.save(lambda: {"n": 1})
    assert (disk.writes, file.read()) == (0, {})
    file.note_change()
    await file.save(lambda: {"n": 1})
    await file.save(lambda: {"n": 2})
    assert (disk.writes, file.read()) == (1, {"n": 1})


async def test_what_could_not_be_written_is_written_the_next_time(file: StateFile, disk: Disk) -> None:
    disk.may_write.set()
    disk.error = OSError("full")
    file.note_change()
    await file.save(lambda: {"n": 1})
    assert (file.has_failed, file.read()) == (True, {})
    disk.error = None
    await file.save(lambda: {"n": 1})
    assert (file.has_failed, file.read()) == (False, {"n": 1})


async def cancelled_in_mid_write(file: StateFile, disk: Disk) -> asyncio.Task[None]:
    """A save of ``{"n": 1}`` that was cancelled twice while its thread writes, and the thread still does."""
    file.note_change()
    saving = asyncio.create_task(file.save(lambda: {"n": 1}))
    assert await asyncio.to_thread(disk.began.wait, 30)
    for _ in range(2):
        saving.cancel()
        await turns()
    return saving


async def turns() -> None:
    """Everything that needs no disk has continued."""
    for _ in range(20):
        await asyncio.sleep(0)


async def ended(saving: asyncio.Task[None]) -> bool:
    """True: as cancelled."""
    async with asyncio.timeout(PATIENCE):
        with contextlib.suppress(asyncio.CancelledError):
            await saving
    return saving.cancelled()


async def test_a_save_that_is_cancelled_keeps_the_file_until_its_thread_has_ended(file: StateFile, disk: Disk) -> None:
    saving = await cancelled_in_mid_write(file, disk)
    file.note_change()
    last = asyncio.create_task(file.save(lambda: {"n": 2}))
    await turns()
    is_done_early = saving.done()
    disk.may_write.set()
    assert await ended(saving)
    await last
    assert (is_done_early, disk.most_at_once, disk.writes) == (False, 1, 2)
    assert file.read() == {"n": 2}


async def test_a_write_that_fails_after_its_save_was_cancelled_is_made_up_for(file: StateFile, disk: Disk) -> None:
    disk.error = OSError("full")
    saving = await cancelled_in_mid_write(file, disk)
    disk.may_write.set()
    assert await ended(saving)
    disk.error = None
    await file.save(lambda: {"n": 2})
    assert (file.has_failed, file.read()) == (False, {"n": 2})
