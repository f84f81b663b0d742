"""The one way from a number to its event stream: a queue, written in order, in batches, until Redis has it.

Nothing is dropped while Redis is away, up to a bound; beyond it the page's own store is the spool, and
`on_recovered` lets the session look back once Redis has returned. The same holds while the app reads nothing for so
long that Redis would be filled. Every write is fenced by the number's lease.
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
#: So many events that the app has not read yet are enough: Redis holds them in memory.
_MOST_UNREAD: Final = 100_000
_COUNT_SECONDS: Final = 5.0
#: Redis may be away for so long before somebody is told: a restart takes less.
_AWAY_SECONDS: Final = 5.0


def printable(text: str) -> str:
    """Text from outside that Redis will take whatever it holds: half an emoji in an error's words is escaped."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


@dataclass
class _Item:
    stream: str
    # As redis-py types them; all are text.
    fields: dict[Any, Any]
    done: Callable[[], None] | None


class Publisher:
    """Puts events on ``wa:{inbox}:events``, and what fits no event on the dead letters, in order of `put`."""

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
        """Redis has been away for so long that live messages are left to the look-back."""
        return len(self._queue) >= _BOUND

    def put(self, event: Event, done: Callable[[], None] | None = None) -> None:
        """Queue an event; `done` is called once Redis has it."""
        self._add(_Item(events_stream(self._inbox_id), entry_of(event), done))

    def put_dead(self, source: str, entry_id: str, fields: dict[str, str], reason: str) -> None:
        """Queue a dead letter."""
        entry = dead_entry(source, entry_id, fields, printable(reason), now_ms())
        self._add(_Item(dead_stream(self._inbox_id), entry, None))

    def put_poisoned(self, entry_id: str, command: AnyCommand, error: Exception) -> None:
        """Queue a dead letter for a command that failed as nobody foresaw; `roms dead replay` gives it again."""
        source = commands_stream(self._inbox_id)
        self.put_dead(source, entry_id, entry_of(command), f"{type(error).__name__}: {error}")

    def put_marker(self, done: Callable[[], None]) -> None:
        """Call `done` once Redis has everything that was put before."""
        self._add(_Item("", {}, done))

    async def publish(self, event: Event) -> None:
        """Queue an event and wait until Redis has it."""
        self.put(event)
        await self.settle()

    async def settle(self) -> None:
        """Wait until Redis has everything that was put before."""
        written = asyncio.Event()
        self.put_marker(written.set)
        await written.wait()

    async def wait_room(self) -> None:
        """Return at once, unless the queue is full: then once Redis has what is in it."""
        if self.is_full:
            await self.settle()

    async def flush(self, seconds: float) -> bool:
        """Wait until all is written. False: Redis is away."""
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    async def run(self) -> None:
        """Write for ever. Raises LeaseLost; what is queued then is the next owner's to find."""
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
        """One step a batch. Repeats until it succeeded: an entry may come twice, none is missed."""
        wait = 0.02
        away_since: float | None = None
        is_told = False
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
            if not is_told and time.monotonic() - away_since > _AWAY_SECONDS:
                is_told = True
                self._on_away()
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)
        if away_since is not None:
            _log.info("redis.reconnected", inbox_id=self._inbox_id)
            self._on_recovered()

    async def _has_room(self) -> bool:
        """Asked now and then only; while there is none, each time."""
        if time.monotonic() - self._counted_at < _COUNT_SECONDS:
            return True
        is_roomy = await unread(self._redis, events_stream(self._inbox_id), APP_GROUP) < _MOST_UNREAD
        if is_roomy:
            self._counted_at = time.monotonic()
        return is_roomy


async def end_with(publishing: asyncio.Task[None]) -> None:
    """A number that can't publish must not look live: raise what ended the publisher, so that all is started anew."""
    await asyncio.wait([publishing])
    publishing.result()
    raise RuntimeError("the publisher ended")
