"""Carries commands to the workers: what the outbox holds in its order, and what people ask for at once."""

from collections.abc import Sequence
from typing import Any, Final

from pydantic import BaseModel
from redis.asyncio import Redis
from redis.exceptions import RedisError

from roms_app.errors import TemporarilyUnavailable
from roms_app.live import transactions
from roms_app.live.connection import get_redis
from roms_app.live.supervise import is_cancelled, wait_for
from roms_app.live.transactions import reading, writing
from roms_app.models.base import now_ms
from roms_app.services import relaying
from roms_app.services.relaying import Due
from wa_worker.contract.commands import Command
from wa_worker.contract.streams import commands_stream, entry_of

#: A reply that nobody answered for is relayed again after this; the worker looks its id up before it sends.
UNANSWERED_MS: Final = 30_000
_SWEEP_SECONDS: Final = 1.0
#: Commands are kept in the database; the stream may forget old ones.
_STREAM_LENGTH: Final = 10_000
#: Two processes must not interleave one chat's replies.
_LOCK: Final = "roms:relay"


async def command(model: Command) -> None:
    """Ask the worker of a number for something. Raises TemporarilyUnavailable when Redis is away."""
    await _add(get_redis(), [model])


async def relay_forever() -> None:
    """Relay what is due: at once when a reply was committed here, and by a slow sweep. Raises RedisError."""
    woken = transactions.here().outbox_woken
    while not is_cancelled():
        await relay_due(get_redis())
        await wait_for(woken, _SWEEP_SECONDS)


async def relay_due(redis: Redis) -> int:
    """Put every due reply on its stream, in order. Returns how many."""
    total, unanswered_since = 0, now_ms() - UNANSWERED_MS
    while await reading(relaying.list_due, unanswered_since, 1):
        async with redis.lock(_LOCK, timeout=10, sleep=0.005):
            due = await writing(relaying.take_due, unanswered_since, now_ms())
            await relay_taken(redis, due)
        total += len(due)
    return total


async def relay_taken(redis: Redis, due: Sequence[Due]) -> None:
    """Put what was taken on its streams. What does not get there is given back. Raises TemporarilyUnavailable."""
    try:
        await _add(redis, [command for one in due for command in one.commands])
    except TemporarilyUnavailable:
        await writing(relaying.give_back, due)
        raise


async def _add(redis: Redis, models: Sequence[Command]) -> None:
    try:
        async with redis.pipeline(transaction=False) as pipeline:
            for model in models:
                pipeline.xadd(commands_stream(model.inbox_id), _entry(model), maxlen=_STREAM_LENGTH, approximate=True)
            await pipeline.execute()
    except (RedisError, OSError) as error:
        raise TemporarilyUnavailable("Redis does not answer.", "Nothing is lost; try again in a moment.") from error


def _entry(model: BaseModel) -> dict[Any, Any]:
    return dict(entry_of(model))
