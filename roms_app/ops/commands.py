"""Running a tool to its end: npm, Playwright's installer, apt. Its output is shown only when it fails."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from roms_app.ops.tether import tied_to_us

#: The last lines of a failed tool nearly always hold its reason.
SHOWN_LINES = 15


#: What runs now, in whichever thread, and whether more may be started.
_running: set[subprocess.Popen[str]] = set()
_ending = threading.Event()


class CommandFailed(Exception):
    """A tool ended with an error, could not be started, or took too long. `reason` is its last line."""

    def __init__(self, command: Sequence[str], output: str) -> None:
        lines = [line for line in output.strip().splitlines() if line.strip()]
        self.reason = lines[-1].strip() if lines else "it said nothing"
        self.tail = "\n".join(lines[-SHOWN_LINES:])
        super().__init__(f"{' '.join(command)}: {self.reason}")


def run(
    command: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None, timeout: float = 900
) -> str:
    """Run `command` without standard input; returns what it printed. Raises CommandFailed."""
    try:
        tool = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=tied_to_us(),
        )
    except OSError as error:
        raise CommandFailed(command, str(error)) from error
    with tool:
        _running.add(tool)
        try:
            if _ending.is_set():
                raise CommandFailed(command, "the set-up was stopped")
            output, _ = tool.communicate(timeout=timeout)
        except subprocess.TimeoutExpired as error:
            raise CommandFailed(command, f"no answer within {timeout:.0f} s") from error
        finally:
            _kill(tool)
            _running.discard(tool)
    if tool.returncode != 0:
        raise CommandFailed(command, output)
    return output


def end_all() -> None:
    """End every tool that runs and let none begin: for a process that stops while its threads wait for tools."""
    _ending.set()
    for tool in list(_running):
        _kill(tool)


def _kill(tool: subprocess.Popen[str]) -> None:
    """Also what it started itself: a build that goes on by itself would meet the next one."""
    with suppress(ProcessLookupError):
        os.killpg(tool.pid, signal.SIGKILL)


def as_root(command: Sequence[str]) -> list[str] | None:
    """`command` as it runs with an administrator's rights without asking anybody; None if it can't."""
    if os.geteuid() == 0:
        return list(command)
    if not shutil.which("sudo"):
        return None
    try:
        run(["sudo", "-n", "true"], timeout=10)
    except CommandFailed:
        return None
    return ["sudo", "-n", *command]


def apt_install(*packages: str) -> None:
    """Install Debian packages without a question. Raises CommandFailed, also when this user may not install any."""
    install = as_root(["apt-get", "install", "-y", "--no-install-recommends", *packages])
    update = as_root(["apt-get", "update"])
    if not shutil.which("apt-get") or install is None or update is None:
        raise CommandFailed(["apt-get"], "apt-get needs an administrator's rights")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(update, env=env)
    run(install, env=env)
