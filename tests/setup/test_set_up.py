"""The steps of set-up run side by side, and what one says does not hide another."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from devtools.waiting import PATIENCE, until
from roms_app.cli import output
from roms_app.errors import ConfigurationError
from roms_app.ops import locks
from roms_app.ops.set_up import side_by_side


def quiet(step: str, /, *, failed: bool = False) -> None:
    """Says nothing."""


def fail(error: Exception) -> None:
    raise error


def lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_steps_do_not_wait_for_each_other() -> None:
    meeting = threading.Barrier(2, timeout=PATIENCE)
    found = side_by_side({"one": meeting.wait, "two": meeting.wait}, quiet)
    assert sorted(found.values()) == [0, 1]


def test_a_step_that_fails_does_not_stop_another() -> None:
    has_failed, finished = threading.Event(), threading.Event()
    error = ConfigurationError("No Chromium.", "Install it.")

    def say(_step: str, /, *, failed: bool = False) -> None:
        if failed:
            has_failed.set()

    def other() -> None:
        assert has_failed.wait(60)
        finished.set()

    with pytest.raises(ConfigurationError) as raised:
        side_by_side({"one": lambda: fail(error), "two": other}, say)
    assert raised.value is error
    assert finished.is_set()


def test_two_that_fail_are_both_told() -> None:
    steps = {
        "one": lambda: fail(ConfigurationError("No Chromium.", "Install it.")),
        "two": lambda: fail(ConfigurationError("No Redis.", "Start it.")),
    }
    with pytest.raises(ConfigurationError) as raised:
        side_by_side(steps, quiet)
    told = f"{raised.value.message}\n{raised.value.mend}"
    for words in ("No Chromium.", "Install it.", "No Redis.", "Start it."):
        assert told.count(words) == 1


def test_what_was_not_foreseen_is_raised_as_it_is() -> None:
    steps = {"one": lambda: fail(ConfigurationError("No.")), "two": lambda: fail(ZeroDivisionError())}
    with pytest.raises(ZeroDivisionError):
        side_by_side(steps, quiet)


def test_each_step_has_its_line_when_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    first_is_there, second_is_done = threading.Event(), threading.Event()

    with output.Steps() as steps:

        def slow() -> None:
            steps.say("Building the pages")
            first_is_there.set()
            assert second_is_done.wait(60)

        def failing() -> None:
            assert first_is_there.wait(60)
            steps.say("Looking for Chromium")
            steps.say("Fetching Chromium")
            try:
                fail(ConfigurationError("No Chromium."))
            finally:
                second_is_done.set()

        with pytest.raises(ConfigurationError):
            side_by_side({"one": slow, "two": failing}, steps.say)
    lines = [line for line in capsys.readouterr().out.splitlines() if line]
    assert sorted(lines) == ["✓ Building the pages", "✓ Looking for Chromium", "✗ Fetching Chromium"]


_SCRIPT = """
import sys
from pathlib import Path
from roms_app.ops import commands, locks
from roms_app.ops import locks
from roms_app.ops.set_up import side_by_side

def say(step, /, *, failed=False):
    pass

def tool(name):
    return lambda: commands.run(["sh", "-c", f"echo $$ > {name}.new; mv {name}.new {name}; sleep 600 & wait"])

def waiting():
    with locks.held(Path("lock"), wait=True):
        raise AssertionError("the lock was free")

side_by_side({"one": tool("one"), "two": tool("two"), "three": waiting}, say)
"""


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_all_steps_and_their_tools(tmp_path: Path, stop: signal.Signals) -> None:
    script = _SCRIPT
    if stop is signal.SIGTERM:
        # As `roms` sets it.
        script = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(143))\n" + script
    with locks.held(tmp_path / "lock", wait=True):
        process = subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            text=True,
            # Ctrl-C is heard as in a terminal, also where the tests themselves run in the background.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        until(lambda: (tmp_path / "one").exists() and (tmp_path / "two").exists())
        tools = [psutil.Process(int((tmp_path / name).read_text())) for name in ("one", "two")]
        tools += [child for tool in tools for child in tool.children()]
        process.send_signal(stop)
        process.communicate(timeout=PATIENCE)
    assert process.returncode in (-signal.SIGINT, 1, 143)
    until(lambda: not any(map(lives, tools)))
