"""A process that has lost its lease writes nothing, neither to the database nor to Redis."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from devtools.waiting import PATIENCE
from roms_app.errors import LeaseLost
from roms_app.live import consumer, dead
from roms_app.live.consumer import Consumer
from roms_app.live.lease import Lease
from roms_app.models.base import now_ms
from roms_app.models.tables import CONTACT, INBOX
from tests.flow.conftest import Flow, running
from tests.support.cast import jid, received
from wa_worker.contract.events import AnyEvent, ContactChanged, SessionChanged, SessionStatus
from wa_worker.contract.streams import APP_GROUP, entry_of


class Sleeper(Consumer):
    """A consumer that has read its batch and pauses before it writes it."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.has_read = asyncio.Event()
        self.goes_on = asyncio.Event()

    async def _write(self, events: Sequence[AnyEvent]) -> None:
        self.has_read.set()
        await self.goes_on.wait()
        await super()._write(events)


def named(flow: Flow, name: str) -> ContactChanged:
    return ContactChanged(inbox_id=flow.inbox_id, chat_jid=jid(1), push_name=name)


async def lose(flow: Flow) -> None:
    """End the lease while its owner is paused."""
    await flow.redis.delete(f"wa:{flow.inbox_id}:owner")


async def test_who_has_lost_the_lease_commits_nothing(flow: Flow) -> None:
    at = now_ms() - 60_000
    old = SessionChanged(inbox_id=flow.inbox_id, status=SessionStatus.RECONNECTING, occurred_at=at)
    new = old.model_copy(update={"status": SessionStatus.LIVE, "occurred_at": at + 1})
    sleeper = Sleeper(flow.redis, flow.inbox_id)
    await flow.emit(received(flow.inbox_id), named(flow, "Old"), old)
    asleep = asyncio.create_task(sleeper.run())
    await asyncio.wait_for(sleeper.has_read.wait(), PATIENCE)
    await lose(flow)
    async with flow.consuming():
        await flow.emit(named(flow, "New"), new)
        await flow.drained()
        sleeper.goes_on.set()
        with pytest.raises(LeaseLost):
            await asyncio.wait_for(asleep, PATIENCE)
        assert flow.read(select(CONTACT.c.push_name)).scalars().all() == ["New"]
        assert flow.read(select(INBOX.c.status).where(INBOX.c.id == flow.inbox_id)).scalar_one() == "live"
        assert flow.bodies() == ["Halo"]
        assert await dead.list_dead(flow.redis) == [], "no entry's fault"
        await flow.emit(received(flow.inbox_id, body="Masih ada?"))
        await flow.drained()
    assert flow.bodies() == ["Halo", "Masih ada?"], "the owner goes on"


async def test_who_has_lost_the_lease_acknowledges_nothing(flow: Flow) -> None:
    entries = [(id, {"data": "{"}) for id in await flow.emit(received(flow.inbox_id))]
    sleeper = Sleeper(flow.redis, flow.inbox_id)
    async with running(sleeper.run()):
        await asyncio.wait_for(sleeper.has_read.wait(), PATIENCE)
        await lose(flow)
        other = Lease(flow.redis, f"wa:{flow.inbox_id}:owner")
        await other.acquire()
        with pytest.raises(LeaseLost):
            await sleeper.acknowledge(entries, [(entries[0], "bad")])
        assert (await flow.redis.xpending(flow.stream, APP_GROUP))["pending"] == 1
        assert await dead.list_dead(flow.redis) == []
        await other.release()


async def test_a_lease_that_is_renewed_meanwhile_is_no_lost_one(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    """The renewal touches the key that the acknowledgement watches."""

    tries: list[int] = []

    class Renewed(Consumer):
        async def _acknowledge(self, *args: Any) -> None:
            tries.append(len(tries))
            watched = self._lease.require

            async def require() -> None:
                await watched()
                await flow.redis.pexpire(self._lease.name, 60_000)

            with monkeypatch.context() as patch:
                if len(tries) == 1:
                    patch.setattr(self._lease, "require", require)
                await super()._acknowledge(*args)

    await flow.emit(received(flow.inbox_id))
    async with flow.consuming(Renewed):
        await flow.drained()
    assert flow.bodies() == ["Halo"]
    assert len(tries) == 2


async def test_what_a_former_owner_read_too_late_is_taken_over(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    """The owner was paused between checking the lease and reading, so the entry stays pending with it."""
    monkeypatch.setattr(consumer, "LOOK_SECONDS", 0.0)
    async with flow.consuming():
        await flow.emit(received(flow.inbox_id, body="one"))
        await flow.drained()
        # Woken, the owner is not waiting for anything: the next entry goes to whoever asks first.
        async with flow.redis.pipeline(transaction=True) as pipeline:
            pipeline.xadd(flow.stream, dict(entry_of(received(flow.inbox_id, body="two"))))
            pipeline.xreadgroup(APP_GROUP, "former owner", {flow.stream: ">"})
            await pipeline.execute()
        assert "former owner" in [each["name"] for each in await flow.redis.xinfo_consumers(flow.stream, APP_GROUP)]
        await flow.emit(received(flow.inbox_id, body="three"))
        await flow.drained()
    assert sorted(flow.bodies()) == ["one", "three", "two"]


async def test_after_a_standstill_nothing_is_read(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Lease(flow.redis, "wa:9:owner")
    with pytest.raises(LeaseLost):
        held.require_time()
    await held.acquire()
    held.require_time()
    now = consumer.time.monotonic()
    monkeypatch.setattr("roms_app.live.lease.time.monotonic", lambda: now + 120)
    with pytest.raises(LeaseLost):
        held.require_time()
