"""The pipeline as it runs, without a browser: entries go in on a stream, rows and announcements come out."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import select
from sqlmodel import Session

from devtools.waiting import PATIENCE, until_async
from roms_app.database import reading_session
from roms_app.live import lease
from roms_app.live.announcements import ANNOUNCEMENTS, AnyAnnouncement, ConversationAnnounced
from roms_app.live.consumer import Consumer
from roms_app.models.tables import MESSAGE
from tests.support.cast import Cast
from wa_worker.contract.base import ContractModel
from wa_worker.contract.streams import APP_GROUP, DATA_FIELD, LIVE_STREAM, entry_of, events_stream


class Flow:
    """Actions and queries of a pipeline test, in one inbox."""

    def __init__(self, redis: Redis, inbox_id: int) -> None:
        self.redis = redis
        self.inbox_id = inbox_id
        self.stream = events_stream(inbox_id)

    async def emit(self, *events: ContractModel) -> list[str]:
        """Put events on the stream, as the worker does. Returns their entries' ids."""
        async with self.redis.pipeline(transaction=False) as pipeline:
            for event in events:
                pipeline.xadd(self.stream, dict(entry_of(event)))
            return await pipeline.execute()

    @asynccontextmanager
    async def consuming(self, make: Callable[..., Consumer] = Consumer) -> AsyncIterator[None]:
        """A consumer that runs meanwhile."""
        async with running(make(self.redis, self.inbox_id).run()):
            yield

    async def drained(self, seconds: float = PATIENCE) -> None:
        """Wait until every entry is acknowledged."""

        async def is_drained() -> bool:
            groups = [group for group in await self.redis.xinfo_groups(self.stream) if group["name"] == APP_GROUP]
            newest = (await self.redis.xinfo_stream(self.stream))["last-generated-id"]
            return bool(groups) and groups[0]["pending"] == 0 and groups[0]["last-delivered-id"] == newest

        await until_async(is_drained, seconds=seconds, what="all entries acknowledged")

    async def announcements(self) -> list[AnyAnnouncement]:
        """Everything on the `live` stream."""
        return [ANNOUNCEMENTS.validate_json(fields[DATA_FIELD]) for _, fields in await self.redis.xrange(LIVE_STREAM)]

    async def announced_messages(self) -> list[str]:
        """The bodies of all announced messages, in the order of the stream."""
        patches = [patch for patch in await self.announcements() if isinstance(patch, ConversationAnnounced)]
        return [row.body for patch in patches for row in patch.messages if row.kind != "system"]

    def bodies(self, conversation_id: int | None = None) -> list[str]:
        """The bodies of all messages, in the order of their rows."""
        query = select(MESSAGE.c.body).order_by(MESSAGE.c.id)
        if conversation_id is not None:
            query = query.where(MESSAGE.c.conversation_id == conversation_id)
        return list(self.read(query).scalars())

    def read(self, query: Any) -> Any:
        """Run a query outside of the pipeline."""
        session: Session
        with reading_session() as session:
            return session.execute(query).freeze()()


@asynccontextmanager
async def running(loop: Coroutine[Any, Any, None]) -> AsyncIterator["asyncio.Task[None]"]:
    """A loop of the pipeline as a task, cancelled at the end; what it raises by itself fails the test."""
    task = asyncio.create_task(loop)
    try:
        yield task
    finally:
        if task.done():
            task.result()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
def long_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """A consumer that nobody supervises keeps its inbox though the machine stands still for seconds.

    Not where Redis dies meanwhile: it comes back with the lease, and the next owner would wait for its end.
    """
    monkeypatch.setattr(lease, "LEASE_SECONDS", 60.0)


@pytest.fixture
def flow(redis: Redis, cast: Cast, long_lease: None) -> Flow:
    """The shop's pipeline, on either database."""
    return Flow(redis, cast.shop)
