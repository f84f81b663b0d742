"""Relays commands to the workers: entries of the outbox in their order, and direct requests at once."""

from collections.abc import Sequence
from contextlib import suppress
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
from wa_worker.contract.commands import COMMANDS, Command, SendMedia, SendText
from wa_worker.contract.streams import DATA_FIELD, commands_stream, entry_of

#: A reply without an answer is relayed again after this time. The worker looks its id up before it sends.
UNANSWERED_MS: Final = 30_000
_SWEEP_SECONDS: Final = 1.0
#: How many entries of a stream are searched for a reply. A reply further back is put there again, which does no harm.
_SEARCHED: Final = 1000
#: Two processes must not interleave the replies of one chat.
_LOCK: Final = "roms:relay"


async def command(model: Command) -> None:
    """Send a command to the worker of a number. Raises TemporarilyUnavailable when Redis is away."""
    await _add(get_redis(), [model])


async def relay_forever() -> None:
    """Relay due entries: at once when a reply was committed here, and by a slow sweep. Raises RedisError."""
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
    """Put the taken entries on their streams. Raises TemporarilyUnavailable.

    Redis may have accepted them even then, so they stay marked: nobody can cancel a reply that may be sent.
    """
    try:
        due = await _without_copies(redis, due)
    except (RedisError, OSError) as error:
        raise _away() from error
    await _add(redis, [command for one in due for command in one.commands])


async def _without_copies(redis: Redis, due: Sequence[Due]) -> list[Due]:
    """The entries without those that are already on their stream: these are ahead of everything that is added now."""
    known = {
        inbox_id: await _sends_on(redis, inbox_id)
        for inbox_id in {one.commands[-1].inbox_id for one in due if one.is_on_its_way}
    }
    return [one for one in due if not (one.is_on_its_way and _id_of(one) in known[one.commands[-1].inbox_id])]


async def _sends_on(redis: Redis, inbox_id: int) -> set[str]:
    """The ids of the replies on a number's stream: unread, being sent, or finished."""
    found: set[str] = set()
    for _, fields in await redis.xrevrange(commands_stream(inbox_id), count=_SEARCHED):
        with suppress(KeyError, ValueError):
            command = COMMANDS.validate_json(fields[DATA_FIELD])
            if isinstance(command, SendText | SendMedia):
                found.add(command.wa_message_id)
    return found


def _id_of(due: Due) -> str:
    return getattr(due.commands[-1], "wa_message_id", "")


async def _add(redis: Redis, models: Sequence[Command]) -> None:
    """Add all commands or none.

    The stream is not trimmed here: its reader does, and a number that nobody holds gets no commands.
    """
    try:
        async with redis.pipeline(transaction=True) as pipeline:
            for model in models:
                pipeline.xadd(commands_stream(model.inbox_id), _entry(model))
            await pipeline.execute()
    except (RedisError, OSError) as error:
        raise _away() from error


def _away() -> TemporarilyUnavailable:
    return TemporarilyUnavailable("Redis does not answer.", "Nothing is lost; try again in a moment.")


def _entry(model: BaseModel) -> dict[Any, Any]:
    return dict(entry_of(model))
