"""Tells the workers which numbers to hold, by comparing the desired numbers with the workers' heartbeats.

Level-triggered: a lost or repeated command does no harm, because the next round corrects it.
"""

import asyncio
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any, Final

import structlog
from pydantic import ValidationError
from redis.asyncio import Redis

from roms_app.errors import TemporarilyUnavailable
from roms_app.live import transactions
from roms_app.live.connection import get_redis
from roms_app.live.relay import command
from roms_app.live.supervise import is_cancelled, wait_for
from roms_app.live.transactions import reading, writing
from roms_app.models import Agent
from roms_app.services import inboxes
from roms_app.services.access import require_admin
from wa_worker.contract.commands import Logout, StartNumber, StopNumber
from wa_worker.contract.streams import CONTROL_STREAM, HEARTBEAT_PREFIX, Heartbeat, entry_of

_ROUND_SECONDS: Final = 3.0
#: How long a removed number may take to be unlinked from its phone. A worker that is away must not prevent the removal.
LOGOUT_SECONDS: Final = 10.0
#: A worker sends a heartbeat every 5 s, so a command that is repeated sooner is useless.
_REPEAT_ROUNDS: Final = 2
_STREAM_LENGTH: Final = 1000
#: A heartbeat lives for 15 s, and a restarted worker takes its numbers within seconds.
AWAY_SECONDS: Final = 20.0
log = structlog.get_logger(__name__)


async def control_forever() -> None:
    """Compare at once when a number was added or removed here, and every few seconds. Raises RedisError."""
    woken = transactions.here().control_woken
    cooldowns: dict[int, int] = {}
    monitor = WorkerLossMonitor()
    while not is_cancelled():
        active = await reading(inboxes.list_active)
        held = await control_round(get_redis(), active, cooldowns)
        await monitor.note(active.keys(), held)
        await wait_for(woken, _ROUND_SECONDS)


async def control_round(redis: Redis, active: Mapping[int, StartNumber], cooldowns: dict[int, int]) -> set[int]:
    """Send start commands for active numbers that no worker holds as desired, and stop commands for inactive held ones.

    `cooldowns`: inbox id → rounds until the command may be repeated; kept by the caller between rounds. Returns the
    held ids.
    """
    beats = await read_heartbeats(redis)
    held = {inbox_id for beat in beats for inbox_id in beat.inbox_ids}
    with_groups = {inbox_id for beat in beats for inbox_id in beat.group_inbox_ids}
    otherwise = {id for id in active.keys() & held if active[id].has_groups != (id in with_groups)}
    wrong = (active.keys() - held) | (held - active.keys()) | otherwise
    for inbox_id in [known for known in cooldowns if known not in wrong]:
        del cooldowns[inbox_id]
    for inbox_id in sorted(wrong):
        if cooldowns.get(inbox_id, 0) > 0:
            cooldowns[inbox_id] -= 1
            continue
        cooldowns[inbox_id] = _REPEAT_ROUNDS - 1
        desired = active.get(inbox_id) or StopNumber(inbox_id=inbox_id)
        await redis.xadd(CONTROL_STREAM, dict[Any, Any](entry_of(desired)), maxlen=_STREAM_LENGTH, approximate=True)
    return held


class WorkerLossMonitor:
    """Corrects the status of numbers in the database when their worker died or came back.

    A dead worker reports nothing by itself.
    `seconds`: how long a number must be held or free before that counts.
    """

    def __init__(self, seconds: float = AWAY_SECONDS) -> None:
        self._seconds = seconds
        #: The time (monotonic seconds) since which each active number is held (True) or free (False).
        self._since: dict[int, tuple[bool, float]] = {}

    async def note(self, active: Collection[int], held: Collection[int]) -> None:
        """Record which active numbers are held, and correct their status. Call it every few seconds."""
        now = time.monotonic()
        was = self._since
        self._since = {id: was[id] if id in was and was[id][0] is (id in held) else (id in held, now) for id in active}
        lasting = {id: is_held for id, (is_held, since) in self._since.items() if now - since >= self._seconds}
        free = [id for id, is_held in lasting.items() if not is_held]
        away, back = await reading(
            inboxes.list_wrong_statuses, free, [id for id, is_held in lasting.items() if is_held]
        )
        if away:
            log.warning("worker.lost", inbox_ids=away)
            await writing(inboxes.note_worker_away, away)
        if back:
            await writing(inboxes.note_worker_back, back)


async def remove_number(admin: Agent, inbox_id: int) -> None:
    """Remove a number. A live one is unlinked from its phone first, if that succeeds within seconds.

    Raises NotFound, NotAllowed.
    """
    require_admin(admin)
    if await reading(inboxes.is_live, inbox_id):
        with suppress(TemporarilyUnavailable):
            await command(Logout(inbox_id=inbox_id))
            await _unlinked(inbox_id)
    await writing(inboxes.archive, admin, inbox_id)


async def _unlinked(inbox_id: int) -> None:
    give_up = asyncio.get_running_loop().time() + LOGOUT_SECONDS
    while await reading(inboxes.is_live, inbox_id) and asyncio.get_running_loop().time() < give_up:
        await asyncio.sleep(0.1)


async def read_heartbeats(redis: Redis) -> list[Heartbeat]:
    """The heartbeats of the living workers."""
    keys = sorted([key async for key in redis.scan_iter(match=f"{HEARTBEAT_PREFIX}*", count=1000)])
    beats: list[Heartbeat] = []
    for value in await redis.mget(keys) if keys else []:
        try:
            beats.append(Heartbeat.model_validate_json(value or ""))
        except ValidationError:
            continue
    return beats
