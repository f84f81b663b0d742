"""The most telling faults against one whole running system, with little traffic; `make faults` has them all, with much.

Every part is a real process: app, worker, simulator, Redis, and the Chromium that runs WhatsApp's page.
"""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from devtools.faults.ground import Ground
from devtools.faults.injuries import FAULTS, Fault, stop_worker
from devtools.faults.report import Row
from devtools.faults.rows import Size, carry_out
from devtools.system import System, running
from tests.support import problems

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]
SIZE = Size(messages=200, replies=40, customers=10, rate=50.0)
#: Seconds. How quick it is on a quiet machine is the matter of `make faults`.
LIMIT = 90.0
#: Longer than a lease lives.
STOPPED_SECONDS = 16.0


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Supervisor, app, worker with its Chromium, simulator and Redis, in a folder of their own."""
    with running(tmp_path_factory.mktemp("roms"), ROMS_SELF_CHECK="false") as system:
        problems.watch(system.log_path)
        yield system


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground(system: System) -> AsyncIterator[Ground]:
    """Four agents at their desks."""
    async with Ground(system, f"sqlite:///{system.data_dir / 'roms.db'}") as ground:
        yield ground


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def inbox_id(ground: Ground) -> int:
    """One paired number for all."""
    return await ground.new_number("Faults")


async def _survives(ground: Ground, inbox_id: int, fault: Fault, turn: int) -> None:
    row = Row(fault.name, seed=1, limit=LIMIT)
    await carry_out(ground, inbox_id, fault, SIZE, row, turn)
    assert row.is_clean, "\n".join([repr(row), *row.examples])
    assert row.messages_in > SIZE.messages
    assert row.replies_sent > SIZE.replies


@pytest.mark.parametrize(("turn", "name"), list(enumerate(["browser", "worker+redis", "reload"])))
async def test_nothing_is_lost_doubled_or_out_of_order(ground: Ground, inbox_id: int, turn: int, name: str) -> None:
    await _survives(ground, inbox_id, FAULTS[name], turn)


async def test_a_worker_that_stood_still_beside_a_second_one_does_no_harm(ground: Ground, inbox_id: int) -> None:
    await ground.start_second_worker()
    fault = Fault("stopped", "SIGSTOP of the worker, then SIGCONT", stop_worker(STOPPED_SECONDS), limit=LIMIT)
    try:
        await _survives(ground, inbox_id, fault, turn=3)
    finally:
        ground.stop_second_worker()
