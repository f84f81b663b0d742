"""The `roms` command as a person runs it: a process with settings and a data folder of its own."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from devtools.system import free_port
from devtools.waiting import PATIENCE
from roms_app.ops.paths import BIN, ROOT

Roms = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def roms_in(data_dir: Path) -> Roms:
    """Run `roms` with words, and settings by keyword; returns what it said."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("ROMS_") and k != "REDIS_URL"}
    ports = {"ROMS_PORT": str(free_port()), "ROMS_SIMULATOR_PORT": str(free_port())}

    def run(*words: str, answers: str = "", **settings: str) -> "subprocess.CompletedProcess[str]":
        env = {**inherited, "ROMS_ENV_FILE": "", "ROMS_DATA_DIR": str(data_dir), **ports, "COLUMNS": "200", **settings}
        command = [str(BIN / "roms"), *words]
        return subprocess.run(
            command, cwd=ROOT, env=env, input=answers, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    return run


@pytest.fixture
def roms(data_dir: Path) -> Roms:
    """`roms` in a folder that is not there yet."""
    return roms_in(data_dir)
