"""Nothing dies for good, and nothing outlives the supervisor, however it ends."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from devtools.waiting import PATIENCE, undone_by, until
from roms_app.errors import ConfigurationError
from roms_app.ops.paths import ROOT
from roms_app.ops.processes import MARK, Service, run_mark, sweep
from roms_app.ops.supervisor import Plan, Supervisor

NAMES = ("redis", "simulator", "app", "worker")


class Supervised:
    """The process of `supervised.py`, and what it started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = (folder / "log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.setup.supervised", str(folder)],
            cwd=ROOT,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        with undone_by(self.end):
            until(lambda: (folder / "ready").exists(), what="all services are up")

    def end(self) -> None:
        """Hard, with all that it started."""
        self.process.kill()
        self.process.wait()
        sweep(run_mark(self.folder), 0.0)
        self.log.close()

    def pid(self, name: str) -> int:
        return int((self.folder / name).read_text() or 0)

    def pids(self) -> list[int]:
        return [self.pid(f"{name}.pid") for name in NAMES] + [self.pid("app.child")]

    def said(self) -> str:
        return (self.folder / "log").read_text()


def is_alive(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    running = Supervised(tmp_path)
    yield running
    running.end()


def test_sigterm_stops_all_in_order(supervised: Supervised) -> None:
    pids = supervised.pids()
    supervised.process.terminate()
    assert supervised.process.wait(PATIENCE) == 0
    order = (supervised.folder / "order").read_text().split()
    assert set(order[:2]) == {"app", "worker"}
    assert order[2:] == ["simulator", "redis"]
    assert not [pid for pid in pids if is_alive(pid)]


@pytest.mark.parametrize("name", NAMES)
def test_a_killed_service_is_started_again_and_leaves_nothing(supervised: Supervised, name: str) -> None:
    old, child = supervised.pid(f"{name}.pid"), supervised.pid("app.child")
    os.kill(old, signal.SIGKILL)
    until(lambda: supervised.pid(f"{name}.pid") != old, what=f"another {name}")
    assert f"{name} was ended by SIGKILL; starting it again in 0.2 s." in supervised.said()
    if name == "app":
        assert not is_alive(child)
    assert is_alive(supervised.pid(f"{name}.pid"))
    assert all(is_alive(supervised.pid(f"{other}.pid")) for other in NAMES)


def test_a_killed_supervisor_leaves_no_orphan_of_its_own(supervised: Supervised) -> None:
    services = [supervised.pid(f"{name}.pid") for name in NAMES]
    supervised.process.kill()
    supervised.process.wait()
    until(lambda: not [pid for pid in services if is_alive(pid)], what="no service left")


def test_the_next_start_ends_what_ignored_everything(supervised: Supervised) -> None:
    wild = supervised.pid("app.child")
    supervised.process.kill()
    supervised.process.wait()
    assert is_alive(wild)
    (supervised.folder / "ready").unlink()
    again = Supervised(supervised.folder)
    assert not is_alive(wild)
    again.process.terminate()
    assert again.process.wait(PATIENCE) == 0
    again.log.close()


def test_a_process_that_ignores_sigterm_is_killed_after_the_grace(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); 0\nwhile True: time.sleep(1)"
    service = Service("deaf", [sys.executable, "-c", deaf], dict(os.environ))
    asyncio.run(_run_and_stop(Plan(run=run_mark(tmp_path), layers=[[service]], grace=0.3)))
    assert sweep(run_mark(tmp_path), 0.0) == 0


async def _run_and_stop(plan: Plan) -> None:
    supervisor = Supervisor(plan, lambda _: None)
    await asyncio.wait_for(supervisor.run(supervisor.request_stop), PATIENCE)


def _failing(tmp_path: Path, code: int) -> tuple[Plan, Path]:
    starts = tmp_path / "starts"
    program = f"open({str(starts)!r}, 'a').write('x'); raise SystemExit({code})"

    async def never() -> None:
        await asyncio.Event().wait()

    service = Service("app", [sys.executable, "-c", program], dict(os.environ))
    return Plan(run=run_mark(tmp_path), layers=[[service]], ready={"app": never}, patience=30), starts


def test_what_never_comes_up_ends_the_start(tmp_path: Path) -> None:
    plan, starts = _failing(tmp_path, 1)
    with pytest.raises(ConfigurationError, match="app ended with exit code 1"):
        asyncio.run(Supervisor(plan, lambda _: None).run(lambda: None))
    assert starts.read_text() == "xxx"


def test_a_wrong_setting_ends_the_start_at_once(tmp_path: Path) -> None:
    plan, starts = _failing(tmp_path, os.EX_CONFIG)
    with pytest.raises(ConfigurationError):
        asyncio.run(Supervisor(plan, lambda _: None).run(lambda: None))
    assert starts.read_text() == "x"


def test_a_start_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    plan, _ = _failing(tmp_path, 1)
    sleeper = Service("app", [sys.executable, "-c", "import time; time.sleep(60)"], dict(os.environ))
    slow = Plan(run=plan.run, layers=[[sleeper]], ready=plan.ready, patience=0.5)
    with pytest.raises(ConfigurationError, match="did not become ready"):
        asyncio.run(Supervisor(slow, lambda _: None).run(lambda: None))
    assert sweep(plan.run, 0.0) == 0


def test_other_processes_are_not_swept(tmp_path: Path) -> None:
    env = {**os.environ, MARK: f"{run_mark(tmp_path)}0/app"}
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env=env) as other:
        assert sweep(run_mark(tmp_path), 0.0) == 0
        assert other.poll() is None
        other.kill()


def test_what_is_started_again_is_told_so(tmp_path: Path) -> None:
    script = f"import os; print(os.environ['TURN'], file=open('{tmp_path}/turns', 'a')); raise SystemExit(1)"
    service = Service("app", [sys.executable, "-c", script], {"TURN": "first"}, env_again={"TURN": "again"})

    async def never() -> None:
        await asyncio.Event().wait()

    plan = Plan(run=run_mark(tmp_path), layers=[[service]], ready={"app": never})
    with pytest.raises(ConfigurationError):
        asyncio.run(Supervisor(plan, lambda _: None).run(lambda: None))
    assert (tmp_path / "turns").read_text().split() == ["first", "again", "again"]
