"""The whole ROMS that tests and tools start: what can't be started leaves nothing running."""

from pathlib import Path

import psutil
import pytest

from devtools.system import System
from roms_app.ops.processes import run_mark, sweep
from wa_worker.storage.private_files import open_to_others


class _NeverReady(System):
    """Fails as soon as its processes run."""

    started: psutil.Process | None = None

    def _is_ready(self) -> bool:
        if worker := self.processes("worker"):
            self.started = worker[0]
            raise RuntimeError("it will never be ready")
        return False


def test_a_start_that_fails_leaves_nothing_running(tmp_path: Path) -> None:
    system = _NeverReady(tmp_path)
    with pytest.raises(RuntimeError, match="never be ready"):
        system.start()
    try:
        assert system.started is not None
        assert not system.started.is_running()
        assert not system.is_running
        assert sweep(run_mark(tmp_path), 0.0) == 0
        assert {"roms.db", "redis"} <= {path.name for path in tmp_path.iterdir()}
        assert list(open_to_others(tmp_path)) == [], "each part makes files for its own user only"
    finally:
        system.stop()
