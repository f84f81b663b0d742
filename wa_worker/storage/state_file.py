"""What a number remembers over restarts: small JSON files that a crash never leaves half written."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import structlog

_log: Final = structlog.get_logger(__name__)


def write_atomically(path: Path, text: str) -> None:
    """Replace a file so that a reader, or a crash, sees the old or the new one, never half of it."""
    temporary = path.with_suffix(".new")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file; empty when it is not there or can't be read."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


class StateFile:
    """One file whose owner notes each change and saves now and then.

    A full disk is reported, not fatal: the old file stays, and the next save tries again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_dirty = False
        self._saving = asyncio.Lock()
        #: It could not be written the last time: the disk is full, or broken.
        self.has_failed = False

    def read(self) -> dict[str, Any]:
        """The object in it; empty when it is not there or can't be read."""
        return read_json(self._path)

    def note_change(self) -> None:
        """What is on disk is not what its owner holds."""
        self._is_dirty = True

    async def save(self, value: Callable[[], Any]) -> None:
        """Write what `value` returns, if something changed since the last time.

        Who is cancelled waits for the end of the write all the same: a thread can't be stopped.
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
