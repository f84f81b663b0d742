"""Dead letters: stream entries that could not be processed.

They are kept with the reason until somebody replays them.
"""

from dataclasses import dataclass

from redis.asyncio import Redis

from wa_worker.contract.streams import (
    CONTROL_STREAM,
    DATA_FIELD,
    ENTRY_FIELD,
    commands_stream,
    dead_stream,
    events_stream,
)

_PAGE = 500


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One entry as `roms dead list` shows it."""

    inbox_id: int
    #: The id on the dead stream, which `replay` takes.
    id: str
    #: The stream that it came from, and its id there.
    source: str
    entry_id: str
    data: str
    reason: str
    #: Epoch ms.
    at: int


async def list_dead(redis: Redis, inbox_id: int | None = None) -> list[DeadLetter]:
    """Dead letters of one inbox or of all inboxes, oldest first."""
    letters: list[DeadLetter] = []
    for stream, owner in await _streams(redis, inbox_id):
        start = "-"
        while page := await redis.xrange(stream, min=start, count=_PAGE):
            letters += [_letter(owner, entry_id, fields) for entry_id, fields in page]
            start = f"({page[-1][0]}"
    return letters


async def replay(redis: Redis, inbox_id: int, entry_id: str | None = None) -> int:
    """Put one dead letter, or all of an inbox, back on the stream it came from. Returns how many.

    Moved in one step, so that an interruption neither loses nor doubles one. Harmless if it was handled meanwhile.
    A shape that the worker could not read came from WhatsApp's page, not from a stream: it stays where it is.
    """
    streams = (events_stream(inbox_id), commands_stream(inbox_id), CONTROL_STREAM)
    wanted = [letter for letter in await list_dead(redis, inbox_id) if entry_id in (None, letter.id)]
    letters = [letter for letter in wanted if letter.source in streams]
    for letter in letters:
        async with redis.pipeline(transaction=True) as pipeline:
            pipeline.xadd(letter.source, {DATA_FIELD: letter.data, ENTRY_FIELD: letter.entry_id})
            pipeline.xdel(dead_stream(inbox_id), letter.id)
            await pipeline.execute()
    return len(letters)


async def _streams(redis: Redis, inbox_id: int | None) -> list[tuple[str, int]]:
    if inbox_id is not None:
        return [(dead_stream(inbox_id), inbox_id)]
    names = [name async for name in redis.scan_iter(match="wa:*:dead", count=1000)]
    owners = [(name, name.split(":")[1]) for name in names]
    return sorted([(name, int(owner)) for name, owner in owners if owner.isdecimal()], key=lambda pair: pair[1])


def _letter(inbox_id: int, entry_id: str, fields: dict[str, str]) -> DeadLetter:
    return DeadLetter(
        inbox_id=inbox_id,
        id=entry_id,
        source=fields.get("source", ""),
        entry_id=fields.get("entry_id", ""),
        data=fields.get("data", ""),
        reason=fields.get("reason", ""),
        at=int(fields.get("at", "0")),
    )
