"""The pipeline's loops of one app process, as one lifespan task."""

import asyncio
from typing import Final

from roms_app.live.consumer import consume_all
from roms_app.live.control import control_forever
from roms_app.live.relay import relay_forever
from roms_app.live.supervise import is_cancelled, supervised
from roms_app.live.transactions import reading, writing
from roms_app.services import assignment

_SWEEP_SECONDS: Final = 1.0


async def run() -> None:
    """Consume, relay, control and sweep until cancelled."""
    async with asyncio.TaskGroup() as group:
        for name, loop in (
            ("consumers", consume_all),
            ("relay", relay_forever),
            ("control", control_forever),
            ("sweep", sweep_forever),
        ):
            group.create_task(supervised(name, loop))


async def sweep_forever() -> None:
    """Give out what waits and was missed by every trigger, such as an agent whose tab came back."""
    while not is_cancelled():
        if await reading(assignment.can_drain):
            await writing(assignment.drain_queue)
        await asyncio.sleep(_SWEEP_SECONDS)
