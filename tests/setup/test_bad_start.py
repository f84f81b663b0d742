"""`roms up` where a port or the data folder is taken: one sentence, its mend, exit code 1."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from devtools.waiting import PATIENCE
from roms_app.ops import locks
from roms_app.ops.paths import BIN, ROOT


def start(data: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / "roms", "up"],
        cwd=ROOT,
        env={**os.environ, "ROMS_ENV_FILE": os.devnull, "ROMS_DATA_DIR": str(data), **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


@pytest.mark.parametrize("setting", ["ROMS_PORT", "ROMS_SIMULATOR_PORT"])
def test_a_port_that_is_taken(tmp_path: Path, setting: str) -> None:
    with socket.socket() as taken, socket.socket() as free:
        for each in (taken, free):
            each.bind(("127.0.0.1", 0))
        taken.listen()
        others = {name: str(free.getsockname()[1]) for name in ("ROMS_PORT", "ROMS_SIMULATOR_PORT")}
        port = str(taken.getsockname()[1])
        free.close()
        ran = start(tmp_path, **{**others, setting: port})
    assert ran.returncode == 1
    said = ran.stderr.strip().splitlines()
    assert len(said) == 2, ran.stderr
    assert port in said[0]
    assert setting in said[1]


def test_a_data_folder_on_which_roms_runs(tmp_path: Path) -> None:
    with locks.held(tmp_path / "roms.lock", wait=False) as is_ours:
        assert is_ours
        ran = start(tmp_path)
    assert ran.returncode == 1
    said = ran.stderr.strip().splitlines()
    assert said[0] == f"ROMS already runs on the data folder {tmp_path}."
    assert "ROMS_DATA_DIR" in said[1]
