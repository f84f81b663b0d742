"""Which ROMS runs on a data folder, and with which settings. `roms up` writes them into the lock that it holds.

Another command may have other ports in its settings than the running ROMS, and another ROMS may use those ports.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from roms_app.config import Settings
from roms_app.ops import locks

_PLACE: Final = {"host", "port", "public_url", "simulator_port", "simulator_url"}


@contextmanager
def exclusive_run(settings: Settings) -> Iterator[bool]:
    """Be the only ROMS of this data folder inside the block. Yields False when another one runs."""
    with locks.held(_lock(settings), wait=False) as is_ours:
        if is_ours:
            _lock(settings).write_text(settings.model_dump_json(include=_PLACE))
        yield is_ours


def is_running(settings: Settings) -> bool:
    """Whether `roms up` runs on this data folder."""
    with locks.held(_lock(settings), wait=False) as is_free:
        return not is_free


def running_settings(settings: Settings) -> Settings | None:
    """The settings with the host and ports of the ROMS that runs on this data folder; None when none runs."""
    if not is_running(settings):
        return None
    try:
        place = json.loads(_lock(settings).read_text())
    except ValueError:
        # It has just started, or is of a version that wrote nothing.
        return settings
    return settings.model_copy(update={name: place[name] for name in _PLACE & place.keys()})


def _lock(settings: Settings) -> Path:
    return settings.data_dir / "roms.lock"
