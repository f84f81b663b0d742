"""Runs tools to completion: npm, Playwright's installer, apt. Their output is shown only when they fail."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from roms_app.ops.tether import terminate_with_parent

#: The reason is nearly always in the last lines of a failed tool.
SHOWN_LINES = 15


#: The running tools of all threads, and whether more may be started.
_running: set[subprocess.Popen[str]] = set()
_ending = threading.Event()


class CommandFailed(Exception):
    """A tool failed, could not be started, or took too long. `reason` is its last line."""

    def __init__(self, command: Sequence[str], output: str) -> None:
        lines = [line for line in output.strip().splitlines() if line.strip()]
        self.reason = lines[-1].strip() if lines else "it said nothing"
        self.tail = "\n".join(lines[-SHOWN_LINES:])
        super().__init__(f"{' '.join(command)}: {self.reason}")


def run(
    command: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None, timeout: float = 900
) -> str:
    """Run `command` without standard input. Returns its output. Raises CommandFailed. `timeout`: seconds."""
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
            preexec_fn=terminate_with_parent(),
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
    """Stop all running tools and allow no new ones: for a process that stops while its threads wait for tools."""
    _ending.set()
    for tool in list(_running):
        _kill(tool)


def _kill(tool: subprocess.Popen[str]) -> None:
    """Kill a tool and its own child processes: a build that continues alone would disturb the next one."""
    with suppress(ProcessLookupError):
        os.killpg(tool.pid, signal.SIGKILL)


def as_root(command: Sequence[str]) -> list[str] | None:
    """`command` with root rights and without a password prompt; None if that is not possible."""
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
    """Install Debian packages without a prompt.

    Raises CommandFailed, also when this user may not install packages.
    """
    install = as_root(["apt-get", "install", "-y", "--no-install-recommends", *packages])
    update = as_root(["apt-get", "update"])
    if not shutil.which("apt-get") or install is None or update is None:
        raise CommandFailed(["apt-get"], "apt-get needs an administrator's rights")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(update, env=env)
    run(install, env=env)
