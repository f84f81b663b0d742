"""One process of ROMS: started so that it can't outlive us, stopped with all that it started itself.

Three ties hold, because each alone has a hole. The kernel sends SIGTERM to a child when we die, however we die;
each child has a process group of its own; and each carries a mark in its environment that all its descendants
inherit, also those that left the group (Chromium does) or whose parent was killed (granian's worker).
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
from roms_app.ops.tether import tied_to_us

MARK: Final = "ROMS_SUPERVISED"
#: WhatsApp's profile in Chromium and Redis's log want time to be written out.
GRACE_SECONDS: Final = 20.0


@dataclass(frozen=True)
class Service:
    """What to run, under which name."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    #: Added to `env` when it died and is started again.
    env_again: Mapping[str, str] = field(default_factory=dict[str, str])


class Process:
    """A running service."""

    def __init__(self, service: Service, mark: str, child: asyncio.subprocess.Process) -> None:
        self.service = service
        self.mark = mark
        self._child = child

    @property
    def pid(self) -> int:
        """Of the service itself; also the id of its process group."""
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
            preexec_fn=tied_to_us(),
        )
        return cls(service, mark, child)

    async def wait(self) -> int:
        """Wait for its end, then end whatever it left behind; returns its exit code (negative: a signal)."""
        code = await self._child.wait()
        await asyncio.to_thread(sweep, self.mark, 0.0)
        return code

    async def stop(self, grace: float = GRACE_SECONDS) -> None:
        """SIGTERM, and after `grace` seconds SIGKILL for it and all its descendants."""
        with suppress(ProcessLookupError):
            self._child.terminate()
        try:
            await asyncio.wait_for(asyncio.shield(self._child.wait()), grace)
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            # Before the sweep: that waits for the process too, and asyncio would report one that it doesn't know.
            await self._child.wait()
        await asyncio.to_thread(sweep, self.mark, 0.0)


def run_mark(data_dir: Path) -> str:
    """What all processes of the ROMS with this data folder carry."""
    return hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]


def sweep(mark: str, grace: float = 10.0) -> int:
    """End all processes that carry `mark`, or one below it; returns how many there were."""
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
