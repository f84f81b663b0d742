"""The pipeline's loops of one app process, as one lifespan task."""

import asyncio

from roms_app.live.assigner import assign_forever
from roms_app.live.consumer import consume_all
from roms_app.live.control import control_forever
from roms_app.live.relay import relay_forever
from roms_app.live.supervise import supervised
from wa_worker.process.output import steady_output


async def run() -> None:
    """Consume, relay, control and assign until cancelled."""
    steady_output()
    async with asyncio.TaskGroup() as group:
        for name, loop in (
            ("consumers", consume_all),
            ("relay", relay_forever),
            ("control", control_forever),
            ("assigner", assign_forever),
        ):
            group.create_task(supervised(name, loop))
