"""Trims the streams: removes what their reader has finished with, and nothing else."""

from typing import Final

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from wa_worker.contract.streams import APP_GROUP, WORKER_GROUP, commands_stream, events_stream

#: Entries that are kept, read or not. Commands keep them for whoever looks into what happened last. The app itself
#: trims events that it has read, at each acknowledgement.
_KEPT: Final = 10_000


async def trim_streams(redis: Redis, inbox_ids: list[int]) -> None:
    """Trim both streams of each number."""
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
        # The stream has no reader yet: everything is still needed.
        return
    delivered = next((g["last-delivered-id"] for g in groups if g["name"] == group), "0-0")
    finished = min((delivered, pending["min"] or delivered), key=order_of)
    newest = await redis.xrevrange(stream, count=_KEPT)
    if not newest:
        # Redis has just lost its data.
        return
    limit = min((finished, newest[-1][0]), key=order_of)
    await redis.xtrim(stream, minid=limit, approximate=True)


async def unread(redis: Redis, stream: str, group: str) -> int:
    """Count the entries that a group has still to read or to acknowledge; all if there is no such group."""
    length = int(await redis.xlen(stream))
    if length <= 2 * _KEPT:
        # Far from any bound: not worth another request.
        return length
    groups = await redis.xinfo_groups(stream)
    found = next((g for g in groups if g["name"] == group), None)
    if found is None:
        return length
    # None if Redis lost count, because entries were removed out of order.
    lag = found.get("lag")
    return int(found["pending"]) + int(length if lag is None else lag)


def order_of(entry_id: str) -> tuple[int, int]:
    """Return a sort key for the ids of a stream's entries."""
    ms, _, sequence = entry_id.partition("-")
    return int(ms), int(sequence or 0)
