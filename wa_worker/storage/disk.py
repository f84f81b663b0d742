"""Watches the disk's free space: a browser that can't write loses its pairing, so an alert comes early."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

_CHECK_SECONDS: Final = 5.0
#: The disk has room again only a bit above the limit, so that the alert does not change every few seconds.
_AGAIN: Final = 1.1


class DiskGuard:
    """Checks the free space of a folder's disk. `is_full`: also while writes fail; `on_change` gets its changes."""

    def __init__(
        self,
        folder: Path,
        min_mb: int,
        *,
        has_failed: Callable[[], bool],
        on_change: Callable[[bool], None],
    ) -> None:
        self._folder = folder
        self._min_bytes = min_mb * 1_000_000
        self._has_failed = has_failed
        self._on_change = on_change
        self.is_full = False

    def has_room(self) -> bool:
        """Whether files may be written."""
        return not self.is_full

    def check(self) -> None:
        """Check once."""
        limit = self._min_bytes * (_AGAIN if self.is_full else 1.0)
        is_full = self._has_failed() or _free_bytes(self._folder) < limit
        if is_full is not self.is_full:
            self.is_full = is_full
            self._on_change(is_full)

    async def run(self, every: float = _CHECK_SECONDS) -> None:
        """Check again and again. Never returns."""
        while True:
            self.check()
            await asyncio.sleep(every)


def _free_bytes(folder: Path) -> int:
    """How much a process without privileges may still write."""
    return shutil.disk_usage(folder).free
