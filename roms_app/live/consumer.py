"""Reads events from the streams and stores them: read at least once, stored exactly once.

One owner per inbox (a lease) keeps the order. An owner that lost its lease can neither commit nor acknowledge any more.
Acknowledgement follows the commit and the announcements: a crash at any point repeats work that is safe to repeat, and
loses none.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Concatenate, Final, ParamSpec, TypeVar
from uuid import uuid4

import structlog
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import ResponseError, WatchError
from sqlalchemy.exc import DataError, IntegrityError, MultipleResultsFound, NoResultFound, SQLAlchemyError
from sqlalchemy.orm import Session

from roms_app.errors import LeaseLost, TemporarilyUnavailable
from roms_app.live import lease, metrics, transactions
from roms_app.live.connection import BLOCK_MS, get_redis
from roms_app.live.health import health
from roms_app.live.lease import Lease
from roms_app.live.supervise import is_cancelled, supervised, wait_for
from roms_app.live.transactions import reading, writing
from roms_app.models.base import now_ms
from roms_app.services import inboxes, stream_owners
from roms_app.services.intake import intake
from wa_worker.contract.events import EVENTS, AnyEvent
from wa_worker.contract.streams import APP_GROUP, DATA_FIELD, ENTRY_FIELD, dead_entry, dead_stream, events_stream

log = structlog.get_logger(__name__)
BATCH: Final = 200
#: How often the list of numbers is compared with the database. Changes also wake the consumers.
_DISCOVER_SECONDS: Final = 2.0
#: How often the owner looks for entries that another consumer has read.
LOOK_SECONDS: Final = 5.0
#: The errors of SQLAlchemy that an entry causes: its rows are invalid or missing.
_ENTRYS_FAULTS: Final = (DataError, IntegrityError, NoResultFound, MultipleResultsFound)
Entry = tuple[str, dict[str, str]]
P = ParamSpec("P")
T = TypeVar("T")


class Consumer:
    """The owner of one inbox's event stream, while it holds the lease."""

    def __init__(self, redis: Redis, inbox_id: int) -> None:
        self._redis = redis
        self._inbox_id = inbox_id
        self._stream = events_stream(inbox_id)
        self._name = uuid4().hex
        #: The epoch of this ownership; set by `_consume`.
        self._lease = Lease(redis, f"wa:{inbox_id}:owner")
        self._epoch = 0

    async def run(self) -> None:
        """Own the stream until the lease is lost (LeaseLost) or Redis is away (RedisError)."""
        await lease.while_held(self._redis, f"wa:{self._inbox_id}:owner", self._consume)

    async def _consume(self, held: Lease) -> None:
        self._lease = held
        await self._make_group()
        self._epoch = await self._transact(stream_owners.take_over, self._inbox_id)
        await self._take_over()
        looked_at = time.monotonic()
        while not is_cancelled():
            # A process that was paused must not take entries from the current owner.
            held.require_time()
            # A consumer name without pending entries is useless; see `_take_over`.
            replies = await self._redis.xreadgroup(
                APP_GROUP, self._name, {self._stream: ">"}, count=BATCH, block=BLOCK_MS
            )
            if replies:
                await self.handle(replies[0][1])
            else:
                health.lag_ms[self._inbox_id] = 0
            if time.monotonic() - looked_at >= LOOK_SECONDS:
                held.require_time()
                await self._take_over()
                looked_at = time.monotonic()

    async def _make_group(self) -> None:
        try:
            await self._redis.xgroup_create(self._stream, APP_GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def _take_over(self) -> None:
        """Handle the entries that earlier owners left pending.

        This includes an entry that an owner read just before it noticed that its lease was lost.
        Uses no minimum idle time: the lease guarantees that nobody else handles them.
        """
        start = "0-0"
        while True:
            start, entries, *_ = await self._redis.xautoclaim(
                self._stream, APP_GROUP, self._name, min_idle_time=0, start_id=start, count=BATCH
            )
            if entries:
                await self.handle(entries)
            if start == "0-0":
                break
        for consumer in await self._redis.xinfo_consumers(self._stream, APP_GROUP):
            if consumer["pending"] == 0 and consumer["name"] != self._name:
                await self._redis.xgroup_delconsumer(self._stream, APP_GROUP, consumer["name"])

    async def handle(self, entries: Sequence[Entry]) -> None:
        """Commit a batch, wait until it is announced, then acknowledge it. Bad entries go to the dead letters."""
        metrics.RECEIVED.inc(len(entries))
        good, bad = self._parse(entries)
        if good:
            bad += await self._commit(good)
            await transactions.settle()
            health.lag_ms[self._inbox_id] = max(0, now_ms() - good[-1][1].occurred_at)
        await self.acknowledge(entries, bad)

    def _parse(self, entries: Sequence[Entry]) -> tuple[list[tuple[Entry, AnyEvent]], list[tuple[Entry, str]]]:
        good: list[tuple[Entry, AnyEvent]] = []
        bad: list[tuple[Entry, str]] = []
        for entry in entries:
            try:
                event = EVENTS.validate_json(entry[1][DATA_FIELD])
            except KeyError:
                bad.append((entry, f"There is no field {DATA_FIELD}."))
            except ValidationError as error:
                bad.append((entry, _first_words(error)))
            else:
                if event.inbox_id == self._inbox_id:
                    good.append((entry, event.model_copy(update={"streamed_at": _streamed_at(entry)})))
                else:
                    bad.append((entry, f"It belongs to number {event.inbox_id}."))
        return good, bad

    async def _commit(self, good: Sequence[tuple[Entry, AnyEvent]]) -> list[tuple[Entry, str]]:
        """Store all entries in one transaction; if that fails, store each by itself. Returns the bad ones."""
        try:
            await self._write([event for _, event in good])
        except LeaseLost:
            raise
        except Exception as error:
            if len(good) == 1:
                entry = good[0][0]
                log.warning("entry.dead_lettered", inbox_id=self._inbox_id, entry=entry[0], exc_info=error)
                return [(entry, _words(error))]
            first = error
        else:
            return []
        log.warning("batch.split", inbox_id=self._inbox_id, entries=len(good))
        spoilt = [one for pair in good for one in await self._commit([pair])]
        if _words(first) not in [reason for _, reason in spoilt]:
            # No single entry fails like this, so nothing else would log the error.
            log.warning("batch.failed", inbox_id=self._inbox_id, entries=len(good), exc_info=first)
        return spoilt

    async def _write(self, events: Sequence[AnyEvent]) -> None:
        """Store events in one transaction. Raises the errors that an entry causes, and LeaseLost."""
        await self._transact(_receive, self._inbox_id, self._epoch, events)
        metrics.count_stored(events)

    async def _transact(self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Like `writing`, but waits until errors of the database itself are over."""
        delay, said = 0.05, ""
        while True:
            try:
                return await writing(fn, *args, **kwargs)
            except (LeaseLost, *_ENTRYS_FAULTS):
                raise
            except (TemporarilyUnavailable, SQLAlchemyError) as error:
                # Log the traceback once, and not with each retry.
                is_news = _words(error) != said
                said = _words(error)
                log.warning(
                    "batch.commit_failed", inbox_id=self._inbox_id, error=said[:200], exc_info=is_news and error
                )
            await asyncio.sleep(delay)
            delay = min(delay * 2, 2.0)

    async def acknowledge(self, entries: Sequence[Entry], bad: Sequence[tuple[Entry, str]]) -> None:
        """In one step: add bad entries to the dead letters, acknowledge all, and trim the stream.

        Raises LeaseLost if another process has the lease now: it has these entries, too.
        """
        while True:
            with suppress(WatchError):
                await self._acknowledge(entries, bad)
                return

    async def _acknowledge(self, entries: Sequence[Entry], bad: Sequence[tuple[Entry, str]]) -> None:
        """Raises WatchError if the lease was renewed or lost meanwhile."""
        async with self._redis.pipeline(transaction=True) as pipeline:
            await pipeline.watch(self._lease.name)
            await self._lease.require()
            pipeline.multi()
            for (entry_id, fields), reason in bad:
                letter = dead_entry(self._stream, entry_id, fields, reason, now_ms())
                pipeline.xadd(dead_stream(self._inbox_id), dict[Any, Any](letter))
            pipeline.xack(self._stream, APP_GROUP, *(entry_id for entry_id, _ in entries))
            # Entries are handled in their order, so all entries before this one are in the database.
            pipeline.xtrim(self._stream, minid=entries[0][0], approximate=True)
            await pipeline.execute()
        metrics.DEAD.inc(len(bad))


async def consume_all() -> None:
    """Run one supervised consumer for each active inbox in the database."""
    running: dict[int, asyncio.Task[None]] = {}
    try:
        while not is_cancelled():
            active = await reading(inboxes.list_active)
            for inbox_id in active.keys() - running.keys():
                running[inbox_id] = asyncio.create_task(_supervised_consumer(inbox_id))
            for inbox_id in running.keys() - active.keys():
                running.pop(inbox_id).cancel()
            await wait_for(transactions.here().consumers_woken, _DISCOVER_SECONDS)
    finally:
        for task in running.values():
            task.cancel()
        await asyncio.gather(*running.values(), return_exceptions=True)


async def _supervised_consumer(inbox_id: int) -> None:
    async def run() -> None:
        try:
            await Consumer(get_redis(), inbox_id).run()
        finally:
            # Another process may read it from now on.
            health.forget(inbox_id)

    await supervised(f"consumer {inbox_id}", run)


def _receive(session: Session, inbox_id: int, epoch: int, events: Sequence[AnyEvent]) -> None:
    stream_owners.require(session, inbox_id, epoch)
    intake.receive_batch(session, events)


def _streamed_at(entry: Entry) -> int:
    """The time at which the entry was first put on its stream.

    A replayed dead letter carries this time itself. It is never later than the entry.
    """
    entry_id, fields = entry
    times = [one.partition("-")[0] for one in (entry_id, fields.get(ENTRY_FIELD, entry_id))]
    return min(int(time) for time in times if time.isascii() and time.isdecimal())


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _first_words(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"]
