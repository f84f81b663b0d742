"""Publishes a number's events: a queue that is written to its stream in order, in batches, until Redis has them.

While Redis is away, events wait in the queue up to a bound. Beyond it the page's own store keeps them, and
`on_recovered` makes the session backfill once Redis has returned. The same happens while the app reads nothing for so
long that Redis would fill up. Every write is fenced by the number's lease.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from wa_worker.contract.base import now_ms
from wa_worker.contract.commands import AnyCommand
from wa_worker.contract.events import Event
from wa_worker.contract.streams import APP_GROUP, commands_stream, dead_entry, dead_stream, entry_of, events_stream
from wa_worker.ownership.lease import Lease
from wa_worker.stream.trimming import unread

_log: Final = structlog.get_logger(__name__)
_BATCH: Final = 200
_BOUND: Final = 20_000
_LONGEST_WAIT: Final = 1.0
#: Unread events beyond which nothing more is written: Redis holds them in memory.
_MOST_UNREAD: Final = 100_000
_COUNT_SECONDS: Final = 5.0
#: How long Redis may be away before `on_away` is called: a restart takes less.
_AWAY_SECONDS: Final = 5.0


def printable(text: str) -> str:
    """Make text from outside valid UTF-8, as Redis needs it: half an emoji is escaped."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


@dataclass
class _Item:
    stream: str
    #: Typed as in redis-py; all are text.
    fields: dict[Any, Any]
    done: Callable[[], None] | None


class Publisher:
    """Writes events to ``wa:{inbox}:events``, and dead letters to ``wa:{inbox}:dead``, in the order of `put`."""

    def __init__(
        self,
        redis: Redis,
        inbox_id: int,
        on_recovered: Callable[[], None],
        *,
        lease: Lease,
        on_away: Callable[[], None] = lambda: None,
    ) -> None:
        self._redis = redis
        self._inbox_id = inbox_id
        self._on_recovered = on_recovered
        self._on_away = on_away
        self._lease = lease
        self._counted_at = 0.0
        self._queue: deque[_Item] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def is_full(self) -> bool:
        """Whether the queue is full: Redis has been away for long, and live events are left to a backfill."""
        return len(self._queue) >= _BOUND

    def put(self, event: Event, done: Callable[[], None] | None = None) -> None:
        """Queue an event; `done` is called once Redis has it."""
        self._add(_Item(events_stream(self._inbox_id), entry_of(event), done))

    def put_dead(self, source: str, entry_id: str, fields: dict[str, str], reason: str) -> None:
        """Queue a dead letter."""
        entry = dead_entry(source, entry_id, fields, printable(reason), now_ms())
        self._add(_Item(dead_stream(self._inbox_id), entry, None))

    def put_poisoned(self, entry_id: str, command: AnyCommand, error: Exception) -> None:
        """Queue a dead letter for a command that failed unexpectedly; `roms dead replay` issues it again."""
        source = commands_stream(self._inbox_id)
        self.put_dead(source, entry_id, entry_of(command), f"{type(error).__name__}: {error}")

    def put_marker(self, done: Callable[[], None]) -> None:
        """Call `done` once Redis has everything that was queued before."""
        self._add(_Item("", {}, done))

    async def publish(self, event: Event) -> None:
        """Queue an event and wait until Redis has it."""
        self.put(event)
        await self.settle()

    async def settle(self) -> None:
        """Wait until Redis has everything that was queued before."""
        written = asyncio.Event()
        self.put_marker(written.set)
        await written.wait()

    async def wait_room(self) -> None:
        """If the queue is full, wait until Redis has what is in it."""
        if self.is_full:
            await self.settle()

    async def flush(self, seconds: float) -> bool:
        """Wait at most so many `seconds` until all is written. False if it is not."""
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    async def run(self) -> None:
        """Write the queue. Raises LeaseLost; the next holder's backfill finds what is queued then."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                batch = [self._queue[i] for i in range(min(_BATCH, len(self._queue)))]
                await self._write([item for item in batch if item.stream])
                for item in batch:
                    self._queue.popleft()
                    if item.done:
                        item.done()
            self._idle.set()

    def _add(self, item: _Item) -> None:
        self._queue.append(item)
        self._idle.clear()
        self._wake.set()

    async def _write(self, batch: list[_Item]) -> None:
        """Write a batch in one step, with retries until it succeeds: an entry may come twice, none is lost."""
        wait = 0.02
        away_since: float | None = None
        is_reported = False
        while batch:
            try:
                if await self._has_room():
                    await self._lease.publish([(item.stream, item.fields) for item in batch])
                    break
                error = "the app reads nothing"
            except (RedisError, OSError) as failure:
                error = str(failure)[:200]
            if away_since is None:
                away_since = time.monotonic()
                _log.warning("redis.disconnected", inbox_id=self._inbox_id, error=error)
            if not is_reported and time.monotonic() - away_since > _AWAY_SECONDS:
                is_reported = True
                self._on_away()
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)
        if away_since is not None:
            _log.info("redis.reconnected", inbox_id=self._inbox_id)
            self._on_recovered()

    async def _has_room(self) -> bool:
        """Whether the stream has room. Counts only now and then, unless it is full."""
        if time.monotonic() - self._counted_at < _COUNT_SECONDS:
            return True
        is_roomy = await unread(self._redis, events_stream(self._inbox_id), APP_GROUP) < _MOST_UNREAD
        if is_roomy:
            self._counted_at = time.monotonic()
        return is_roomy


async def end_with(publishing: asyncio.Task[None]) -> None:
    """Raise what ended the publisher, to end the session: a number that can't publish must not look live."""
    await asyncio.wait([publishing])
    publishing.result()
    raise RuntimeError("the publisher ended")
