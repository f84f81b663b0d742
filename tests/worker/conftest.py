"""Fixtures of the worker's tests: everything real, on free ports, in a temporary folder."""

import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import problems
from tests.worker.cast import INBOX, RedisServer, Simulator, Stream, Worker
from wa_worker.ownership.profile import Profile


@dataclass
class Stage:
    """All parts of one number."""

    folder: Path
    redis: RedisServer
    simulator: Simulator
    worker: Worker
    stream: Stream

    def start(self, **env: str) -> "Stage":
        """Start the worker, with other settings if given; returns itself."""
        self.worker.configure(**env)
        self.worker.start()
        return self

    def pair(self) -> None:
        """Scan as soon as the QR is there, and wait until the number is live."""
        self.stream.await_status("waiting_for_scan")
        self.simulator.scan()
        self.stream.await_status("live")

    def restart_in_order(self) -> None:
        """End the worker and start it: a pairing that is seconds old may not be on Chromium's disk before."""
        self.worker.end()
        self.worker.start()
        self.stream.await_status("live")

    def chromium_pid(self) -> int:
        """The number's Chromium."""
        pid = Profile(self.folder, INBOX).chromium_pid()
        assert pid is not None
        return pid


@contextmanager
def standing(**env: str) -> Iterator[Stage]:
    """Everything but the worker runs, and the demo number shall be held. `env`: the worker's."""
    # Not pytest's own folder: its names are too long for a unix socket.
    with tempfile.TemporaryDirectory(prefix="roms-") as name, ExitStack() as started:
        folder = Path(name)
        # Last of all, before the folder is removed.
        started.callback(problems.look)
        redis = RedisServer(folder)
        redis.start()
        started.callback(redis.end, signal.SIGKILL)
        simulator = Simulator(folder)
        simulator.start()
        started.callback(simulator.end, signal.SIGKILL)
        worker = Worker(folder, redis.url, simulator.port, **env)
        started.callback(worker.end)
        stream = Stream(redis.url)
        stream.start_number()
        try:
            yield Stage(folder, redis, simulator, worker, stream)
        finally:
            print(worker.log)


@contextmanager
def running(**env: str) -> Iterator[Stage]:
    """The same with the worker; the number is not yet paired."""
    with standing(**env) as stage:
        yield stage.start()


@pytest.fixture
def backstage() -> Iterator[Stage]:
    """A number of one's own, whose worker the test starts."""
    with standing() as stage:
        yield stage


@pytest.fixture
def stage(backstage: Stage) -> Stage:
    """A number of one's own, not yet paired."""
    return backstage.start()


@pytest.fixture
def paired(stage: Stage) -> Stage:
    """The same, paired and live."""
    stage.pair()
    return stage


@pytest.fixture(scope="module")
def _shared() -> Iterator[Stage]:
    with running() as stage:
        stage.pair()
        yield stage


@pytest.fixture
def shop(_shared: Stage) -> Stage:
    """A live number that a module's tests share: each uses customers of its own and sees only its own events."""
    _shared.stream.begin_here()
    return _shared
