"""One process of ROMS: it can't outlive us, and it is stopped with all its descendants.

Three mechanisms work together, because each alone has a gap. The kernel sends SIGTERM to a child when we die in any
way. Each child has its own process group. Each carries a mark in its environment that all its descendants inherit,
including those that left the group (Chromium does) or whose parent was killed (granian's worker).
"""

import asyncio
import hashlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from roms_app.ops.paths import ROOT
from roms_app.ops.tether import terminate_with_parent

MARK: Final = "ROMS_SUPERVISED"
#: Chromium needs time to write WhatsApp's profile to disk, and Redis its log.
GRACE_SECONDS: Final = 20.0


@dataclass(frozen=True)
class Service:
    """A command to run, and its name."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    #: Added to `env` when the process is restarted.
    env_again: Mapping[str, str] = field(default_factory=dict[str, str])


class Process:
    """A running service."""

    def __init__(self, service: Service, mark: str, child: asyncio.subprocess.Process) -> None:
        self.service = service
        self.mark = mark
        self._child = child

    @property
    def pid(self) -> int:
        """The process id of the service itself; also the id of its process group."""
        return self._child.pid

    @classmethod
    async def start(cls, service: Service, run: str) -> "Process":
        """Start `service` as part of `run` (see `run_mark`). Raises OSError when its program can't be started."""
        mark = f"{run}/{service.name}"
        child = await asyncio.create_subprocess_exec(
            *service.command,
            cwd=ROOT,
            env={**service.env, MARK: mark},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=terminate_with_parent(),
        )
        return cls(service, mark, child)

    async def wait(self) -> int:
        """Wait until it ends, then end its remaining descendants. Returns its exit code (negative: a signal)."""
        code = await self._child.wait()
        await asyncio.to_thread(sweep, self.mark, 0.0)
        return code

    async def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Send SIGTERM, and after `grace` seconds SIGKILL to it and all its descendants."""
        with suppress(ProcessLookupError):
            self._child.terminate()
        try:
            await asyncio.wait_for(asyncio.shield(self._child.wait()), grace)
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            # Before the sweep, which also waits for the process: asyncio would report a process that it doesn't know.
            await self._child.wait()
        await asyncio.to_thread(sweep, self.mark, 0.0)


def run_mark(data_dir: Path) -> str:
    """The mark of all processes of the ROMS with this data folder."""
    return hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]


def sweep(mark: str, grace: float = 10.0) -> int:
    """End all processes that carry `mark`, or a mark below it. Returns their number."""
    found = [process for process in psutil.process_iter() if process.pid != os.getpid() and _carries(process, mark)]
    if grace:
        _signal(found, lambda process: process.terminate())
        _, found_alive = psutil.wait_procs(found, timeout=grace)
    else:
        found_alive = found
    _signal(found_alive, lambda process: process.kill())
    psutil.wait_procs(found_alive, timeout=5)
    return len(found)


def _carries(process: psutil.Process, mark: str) -> bool:
    try:
        carried = process.environ().get(MARK, "")
    except (psutil.Error, OSError):
        return False
    return carried == mark or carried.startswith(f"{mark}/")


def _signal(processes: Sequence[psutil.Process], act: Callable[[psutil.Process], None]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            act(process)
