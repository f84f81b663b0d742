"""Streams don't grow for ever: what the reader has finished with goes, and nothing else."""

from typing import Final

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from wa_worker.contract.streams import APP_GROUP, WORKER_GROUP, commands_stream, events_stream

#: So many are left here, read or not. Commands keep them, for whoever wants to look at what happened last; events that
#: were read the app trims itself, at each acknowledgement.
_KEPT: Final = 10_000


async def trim_streams(redis: Redis, inbox_ids: list[int]) -> None:
    """Both streams of each number."""
    for inbox_id in inbox_ids:
        await _trim(redis, events_stream(inbox_id), APP_GROUP)
        await _trim(redis, commands_stream(inbox_id), WORKER_GROUP)


async def _trim(redis: Redis, stream: str, group: str) -> None:
    """Remove entries older than both the oldest pending one and the last `_KEPT`."""
    if await redis.xlen(stream) <= 2 * _KEPT:
        return
    try:
        groups = await redis.xinfo_groups(stream)
        pending = await redis.xpending(stream, group)
    except ResponseError:
        # Nobody has read it yet: everything is still needed.
        return
    delivered = next((g["last-delivered-id"] for g in groups if g["name"] == group), "0-0")
    finished = min((delivered, pending["min"] or delivered), key=order_of)
    newest = await redis.xrevrange(stream, count=_KEPT)
    if not newest:
        # Redis was emptied just now.
        return
    limit = min((finished, newest[-1][0]), key=order_of)
    await redis.xtrim(stream, minid=limit, approximate=True)


async def unread(redis: Redis, stream: str, group: str) -> int:
    """How many entries a group has still to read or to acknowledge; all of them while it does not exist."""
    length = int(await redis.xlen(stream))
    if length <= 2 * _KEPT:
        # Not worth a second question: far from any bound.
        return length
    groups = await redis.xinfo_groups(stream)
    found = next((g for g in groups if g["name"] == group), None)
    if found is None:
        return length
    # None: Redis lost count, because entries were removed out of order.
    lag = found.get("lag")
    return int(found["pending"]) + int(length if lag is None else lag)


def order_of(entry_id: str) -> tuple[int, int]:
    """By which entries of a stream follow each other."""
    ms, _, sequence = entry_id.partition("-")
    return int(ms), int(sequence or 0)
