"""Keeps ROMS' files readable only for its own user: customers' messages, and the sessions of paired numbers.

Only files that ROMS itself makes in its data folder are changed: the folder may hold others, or be a home folder by
mistake.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

_OURS: Final = (
    *("roms.db*", "roms.lock", "redis", "media", "profiles", "simulator", "wa-js"),
    *("chromium-passed.json", "demo-password"),
)
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def keep_private() -> None:
    """Make this process, and those that it starts, create files that only their user can read."""
    os.umask(_OTHERS)


def open_to_others(data: Path) -> Iterator[Path]:
    """Yield what ROMS made in the data folder and other users of this machine can read, write or enter."""
    ours = sorted({path for pattern in _OURS for path in data.glob(pattern)})
    with suppress(OSError):
        # A folder with other files is not ours to close.
        if set(data.iterdir()) <= {*ours} and _is_open(data.lstat().st_mode):
            yield data
    for path in ours:
        # A link that an administrator made to a larger disk is followed; links below it, as Chromium's, are not.
        yield from _open_below(path.resolve())


def make_private(data: Path) -> list[Path]:
    """Remove all rights of other users to what ROMS made. Returns the paths that this user may not change.

    Takes about a second for 100,000 files.
    """
    failed: list[Path] = []
    for path in open_to_others(data):
        try:
            path.chmod(stat.S_IMODE(path.lstat().st_mode) & ~_OTHERS)
        except FileNotFoundError:
            continue
        except OSError:
            failed.append(path)
    return failed


def _open_below(path: Path) -> Iterator[Path]:
    with suppress(OSError):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            return
        if _is_open(mode):
            yield path
        if stat.S_ISDIR(mode):
            for entry in path.iterdir():
                yield from _open_below(entry)


def _is_open(mode: int) -> bool:
    return bool(mode & _OTHERS)
