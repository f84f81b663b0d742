"""Keeps a number's state over restarts in small JSON files, which a crash never leaves half written."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import structlog

_log: Final = structlog.get_logger(__name__)


def write_atomically(path: Path, text: str) -> None:
    """Replace a file so that a reader sees the old or the new one, also after a crash."""
    temporary = path.with_suffix(".new")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a file; empty if the file is missing or can't be read."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


class StateFile:
    """A file whose owner notes each change and saves now and then.

    A full disk is reported, not fatal: the old file stays, and the next save tries again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_dirty = False
        self._saving = asyncio.Lock()
        #: The last write failed: the disk is full or broken.
        self.has_failed = False

    def read(self) -> dict[str, Any]:
        """Return the object in the file; empty if the file is missing or can't be read."""
        return read_json(self._path)

    def note_change(self) -> None:
        """Note that the file is outdated."""
        self._is_dirty = True

    async def save(self, value: Callable[[], Any]) -> None:
        """Write what `value` returns if the file is outdated.

        A cancelled caller still waits for the end of the write: a thread can't be stopped.
        """
        async with self._saving:
            if not self._is_dirty:
                return
            text = json.dumps(value())
            self._is_dirty = False
            writing = asyncio.get_running_loop().run_in_executor(None, write_atomically, self._path, text)
            cancelled: asyncio.CancelledError | None = None
            while not writing.done():
                try:
                    await asyncio.wait({writing})
                except asyncio.CancelledError as error:
                    cancelled = error
            try:
                writing.result()
            except OSError as error:
                self._is_dirty = True
                if not self.has_failed:
                    _log.warning("state_file.write_failed", file=self._path.name, error=str(error))
                self.has_failed = True
            else:
                self.has_failed = False
            if cancelled:
                raise cancelled
