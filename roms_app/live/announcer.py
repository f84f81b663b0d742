"""Publishes committed announcements on the `live` stream, in the order of the commits. Does not use the database.

While Redis is away, announcements are queued and retried. If the queue overflows, all of them are dropped and one
"reload everything" takes their place, so that tabs never miss a change without noticing.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

import structlog
from redis.exceptions import RedisError

from roms_app.live.announcements import ReloadAnnounced
from roms_app.live.connection import get_redis
from wa_worker.contract.streams import DATA_FIELD, LIVE_STREAM

log = structlog.get_logger(__name__)
#: Readers follow within seconds. A reader that fell further behind reads the database again.
LIVE_LENGTH = 10_000
_PIPELINE = 500


class Announcer:
    """A queue in front of the `live` stream. All methods run in one event loop."""

    def __init__(self, limit: int = LIVE_LENGTH) -> None:
        self._limit = limit
        self._pending: deque[str] = deque()
        self._pump: asyncio.Task[None] | None = None
        self._is_empty = asyncio.Event()
        self._is_empty.set()

    def put(self, announcements: Sequence[str]) -> None:
        """Queue announcements (JSON), oldest first."""
        if not announcements:
            return
        if len(self._pending) + len(announcements) > self._limit:
            self._pending.clear()
            announcements = [ReloadAnnounced().model_dump_json()]
        self._pending.extend(announcements)
        self._is_empty.clear()
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._send_all())

    async def settle(self) -> None:
        """Wait until all queued announcements are on the stream. Waits as long as Redis is away."""
        await self._is_empty.wait()

    async def _send_all(self) -> None:
        delay = 0.05
        while self._pending:
            batch = [self._pending.popleft() for _ in range(min(len(self._pending), _PIPELINE))]
            try:
                await self._send(batch)
                delay = 0.05
            except (RedisError, OSError) as error:
                self._keep(batch)
                log.warning("announcements.write_failed", announcements=len(self._pending), error=str(error))
                await asyncio.sleep(delay)
                delay = min(delay * 2, 1.0)
        self._is_empty.set()

    def _keep(self, batch: list[str]) -> None:
        self._pending.extendleft(reversed(batch))

    async def _send(self, batch: list[str]) -> None:
        async with get_redis().pipeline(transaction=False) as pipeline:
            for announcement in batch:
                pipeline.xadd(LIVE_STREAM, {DATA_FIELD: announcement}, maxlen=LIVE_LENGTH, approximate=True)
            await pipeline.execute()
