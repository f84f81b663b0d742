"""A whole ROMS, every process real, on free ports and in a folder of its own.

The browser tests, the benchmark and the screenshots start this one; it is started like a real one, with `roms up`.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx
import psutil

from devtools.waiting import PATIENCE, undone_by, until
from roms_app.config import Settings
from roms_app.ops.environment import own_redis_socket
from roms_app.ops.processes import run_mark, sweep

ROOT = Path(__file__).resolve().parent.parent
#: How each process is known by its command line.
MARKS = {
    "app": "granian",
    "worker": "wa_worker",
    "simulator": "wa_worker.simulator",
    "redis": "redis",
}


def free_port() -> int:
    """A TCP port on loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class System:
    """One running ROMS. Use `running()`; `kill()` stops one of its processes hard."""

    data_dir: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    simulator_port: int = field(default_factory=free_port)
    _supervisor: subprocess.Popen[bytes] | None = None
    _log: IO[bytes] | None = None

    @property
    def url(self) -> str:
        """The URL of the app."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def simulator_url(self) -> str:
        """The URL of the simulator, with `/ctl`, `/state` and `/phone`."""
        return f"http://127.0.0.1:{self.simulator_port}"

    @property
    def redis_url(self) -> str:
        """The URL of its Redis."""
        own = own_redis_socket(Settings(data_dir=self.data_dir))
        return self.settings.get("REDIS_URL") or f"unix://{own}"

    @property
    def env(self) -> dict[str, str]:
        """The environment of every process of this system."""
        own = {
            # Not the developer's own settings, which may name their real database.
            "ROMS_ENV_FILE": "",
            "ROMS_DATA_DIR": str(self.data_dir),
            "ROMS_PORT": str(self.port),
            "ROMS_PUBLIC_URL": self.url,
            "ROMS_SIMULATOR_PORT": str(self.simulator_port),
            "ROMS_SIMULATOR_URL": f"http://127.0.0.1:{self.simulator_port}",
            "ROMS_WA_JS_PATH": os.environ.get("ROMS_WA_JS_PATH", str(ROOT / "data/wa-js/wppconnect-wa.js")),
            "ROMS_LOG_FORMAT": "console",
            "PYTHONPATH": str(ROOT),
        }
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("ROMS_") and k != "REDIS_URL"}
        return {**inherited, **own, **self.settings}

    @property
    def is_running(self) -> bool:
        """Return True while the system's supervisor runs."""
        return self._supervisor is not None and self._supervisor.poll() is None

    @property
    def log_path(self) -> Path:
        """The log file of all processes."""
        return self.data_dir / "up.log"

    def start(self, timeout: float = 120) -> None:
        """Start and wait until the app answers. When that fails, nothing is left running."""
        with undone_by(self.stop):
            self._start(timeout)

    def _start(self, timeout: float) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._log = self.log_path.open("ab")
        roms = Path(sys.executable).parent / "roms"
        self._supervisor = subprocess.Popen(  # noqa: S603
            [str(roms), "up"], cwd=ROOT, env=self.env, stdout=self._log, stderr=self._log, start_new_session=True
        )
        try:
            until(self._is_ready, f"{self.url}/readyz", timeout)
        except TimeoutError as error:
            tail = self.log_path.read_text(errors="replace")[-4000:]
            raise TimeoutError(f"{error} What it printed:\n{tail}") from None

    def _is_ready(self) -> bool:
        if self._supervisor and self._supervisor.poll() is not None:
            tail = self.log_path.read_text(errors="replace")[-4000:]
            raise RuntimeError(f"roms up ended with {self._supervisor.returncode}:\n{tail}")
        return httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200

    def stop(self) -> None:
        """Stop like Ctrl-C; kill if that takes too long."""
        if self._supervisor and self.is_running:
            self._supervisor.send_signal(signal.SIGTERM)
            try:
                self._supervisor.wait(40)
            except subprocess.TimeoutExpired:
                os.killpg(self._supervisor.pid, signal.SIGKILL)
                self._supervisor.wait()
        # This includes processes that a killed supervisor has left.
        sweep(run_mark(Settings(data_dir=self.data_dir).data_dir), 0.0)
        if self._log:
            self._log.close()

    def processes(self, name: str) -> list[psutil.Process]:
        """The process `name` (app | worker | simulator | redis) and everything below it."""
        assert self._supervisor is not None
        found = [p for p in psutil.Process(self._supervisor.pid).children() if _is(p, name)]
        return [q for p in found for q in (p, *p.children(recursive=True))]

    def kill(self, name: str) -> int:
        """SIGKILL `name` and all below it, as a crash of the machine would; returns the old pid."""
        victims = until(lambda: self.processes(name), f"a running {name}")
        for process in victims:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(victims, timeout=10)
        return int(victims[0].pid)

    def until_restarted(self, name: str, old_pid: int, timeout: float = 60) -> None:
        """Wait until the supervisor has started `name` again, and the app is ready."""
        until(lambda: [p for p in self.processes(name) if p.pid != old_pid], f"{name} to be started again", timeout)
        until(self._is_ready, "the app to be ready again", timeout)

    def ctl(self, phone: int | str, cmd: str, **arguments: Any) -> dict[str, Any]:
        """Send one command to the simulator's `/ctl`."""
        body = {"phone": str(phone), "cmd": cmd, **arguments}
        answer = httpx.post(f"{self.simulator_url}/ctl", json=body, timeout=PATIENCE)
        answer.raise_for_status()
        return answer.json()

    def simulator_state(self, phone: int | str) -> dict[str, Any]:
        """The simulator's `/state` of one phone."""
        return httpx.get(f"{self.simulator_url}/state", params={"phone": str(phone)}, timeout=PATIENCE).json()


def _is(process: psutil.Process, name: str) -> bool:
    try:
        words = process.cmdline()
    except psutil.Error:
        return False
    if name in ("worker", "simulator"):
        # The whole word: set-up's self-check is `wa_worker.self_check`.
        return MARKS[name] in words
    line = " ".join(words)
    if name == "redis":
        return "valkey" in line or ("redis" in line and "granian" not in line)
    return MARKS[name] in line


@contextlib.contextmanager
def running(data_dir: Path, **settings: str) -> Iterator[System]:
    """A started system that is stopped at the end, whatever happens."""
    system = System(data_dir, settings)
    system.start()
    try:
        yield system
    finally:
        system.stop()
