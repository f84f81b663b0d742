"""Whether there is room on the disk: a browser that can't write loses its pairing, so this is told early."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

_LOOK_SECONDS: Final = 5.0
#: Well again only with a bit more than the limit, so that nobody is told every few seconds.
_AGAIN: Final = 1.1


class DiskGuard:
    """Looks at the free space of one folder again and again. `is_full` stops whatever only fills the disk further."""

    def __init__(
        self,
        folder: Path,
        min_mb: int,
        *,
        has_failed: Callable[[], bool],
        tell: Callable[[bool], None],
    ) -> None:
        self._folder = folder
        self._min_bytes = min_mb * 1_000_000
        self._has_failed = has_failed
        self._tell = tell
        self.is_full = False

    def has_room(self) -> bool:
        """Whether files may be written."""
        return not self.is_full

    def look(self) -> None:
        """Look now, and tell a change."""
        limit = self._min_bytes * (_AGAIN if self.is_full else 1.0)
        is_full = self._has_failed() or _free_bytes(self._folder) < limit
        if is_full is not self.is_full:
            self.is_full = is_full
            self._tell(is_full)

    async def run(self, every: float = _LOOK_SECONDS) -> None:
        """Look for ever."""
        while True:
            self.look()
            await asyncio.sleep(every)


def _free_bytes(folder: Path) -> int:
    """What a process without privileges may still write."""
    return shutil.disk_usage(folder).free
