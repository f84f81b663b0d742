"""Ctrl-C in a real terminal: it reaches everything in the foreground, also whatever reads our output."""

import os
import pty
import select
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.system import System
from devtools.waiting import PATIENCE
from roms_app.ops.paths import BIN, ROOT
from roms_app.ops.processes import run_mark, sweep

INTERRUPT = b"\x03"


class Terminal:
    """A shell script in a terminal of its own."""

    def __init__(self, script: str, env: dict[str, str]) -> None:
        self.said = ""
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            os.chdir(ROOT)
            # The shell lives on, to tell the exit codes.
            os.execvpe("bash", ["bash", "-c", f"trap : INT\n{script}"], env)

    def read_until(self, word: str) -> None:
        """Wait until the text is on the screen. Raises AssertionError if the script ends without it."""
        deadline = time.monotonic() + PATIENCE
        while word not in self.said:
            assert time.monotonic() < deadline, self.said
            assert self._read(), f"it ended without {word!r}:\n{self.said}"

    def read_all(self) -> str:
        """Read to the end of the script."""
        deadline = time.monotonic() + PATIENCE
        while self._read():
            assert time.monotonic() < deadline, self.said
        return self.said

    def interrupt(self) -> None:
        os.write(self._fd, INTERRUPT)

    def close(self) -> None:
        """Hang up, like closing the terminal's window."""
        os.close(self._fd)
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)

    def _read(self) -> bool:
        """Read once. Returns whether there may be more."""
        if not select.select([self._fd], [], [], 1.0)[0]:
            return True
        try:
            data = os.read(self._fd, 65_536)
        except OSError:
            return False
        self.said += data.decode(errors="replace")
        return bool(data)


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    """The settings of a ROMS that the test starts by itself."""
    yield System(tmp_path, {"ROMS_SELF_CHECK": "false"})
    sweep(run_mark(tmp_path), 0.0)


UP = f"{BIN}/roms up"


@pytest.mark.parametrize(
    ("script", "times"),
    [
        (f"{UP}; echo code=$?", 1),
        (f"{UP}; echo code=$?", 2),
        (f"{UP} | cat; echo code=${{PIPESTATUS[0]}}", 1),
        (f"{UP} 2>&1 | tee $ROMS_DATA_DIR/log; echo code=${{PIPESTATUS[0]}}", 2),
    ],
    ids=["terminal-once", "terminal-twice", "cat-once", "tee-twice"],
)
def test_ctrl_c_stops_quietly_and_leaves_nothing(system: System, script: str, times: int) -> None:
    terminal = Terminal(script, system.env)
    try:
        terminal.read_until("/setup")
        for _ in range(times):
            terminal.interrupt()
        said = terminal.read_all()
    finally:
        terminal.close()
    assert "code=0" in said
    assert "Traceback" not in said
    assert "never retrieved" not in said
    assert "BrokenPipe" not in said
    assert "Unknown child" not in said
    assert sweep(run_mark(system.data_dir), 0.0) == 0
    if "|" not in script:
        assert "Stopped." in said
