"""The pipeline recovers after Redis was killed and restarted."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import select

from devtools.waiting import PATIENCE, until_async
from roms_app.errors import TemporarilyUnavailable
from roms_app.live import connection, consumer, dead, pipeline, relay, transactions
from roms_app.live.announcer import Announcer
from roms_app.live.consumer import Consumer
from roms_app.live.health import health
from roms_app.live.supervise import supervised
from roms_app.live.transactions import reading, writing
from roms_app.models.tables import CONVERSATION
from roms_app.services import conversations, outbox
from tests.flow.conftest import Flow, running
from tests.support.cast import Cast, received
from tests.support.servers import RedisServer
from wa_worker.contract.commands import RefreshQr
from wa_worker.contract.streams import APP_GROUP, LIVE_STREAM, commands_stream


@pytest.fixture
async def frail(killable_redis: RedisServer, cast: Cast) -> AsyncIterator[Flow]:
    """The pipeline on a Redis that this test may kill."""
    client: Redis = connection.make_redis(killable_redis.url)
    connection.use_redis(client)
    yield Flow(client, cast.shop)
    connection.use_redis(None)
    await client.aclose()


@pytest.mark.usefixtures("long_lease")
async def test_redis_away_after_commit_announces_later_and_in_order(
    frail: Flow, killable_redis: RedisServer, cast: Cast
) -> None:
    async with frail.consuming():
        await frail.emit(received(frail.inbox_id))
        await frail.drained()
    killable_redis.kill()
    for n in range(5):
        await writing(outbox.queue_reply, cast.budi, 1, f"reply {n}")
    assert frail.bodies() == ["Halo", *(f"reply {n}" for n in range(5))], "committed all the same"
    with pytest.raises(TemporarilyUnavailable):
        await relay.command(RefreshQr(inbox_id=frail.inbox_id))
    killable_redis.start()
    await asyncio.wait_for(transactions.settle(), PATIENCE)
    assert await frail.announced_messages() == ["Halo", *(f"reply {n}" for n in range(5))]


@pytest.mark.usefixtures("long_lease")
async def test_redis_killed_between_commit_and_acknowledgement(frail: Flow, killable_redis: RedisServer) -> None:
    class Bereft(Consumer):
        async def acknowledge(self, *given: Any) -> None:
            killable_redis.kill()
            await super().acknowledge(*given)

    # Otherwise a Redis that is killed may forget its last second, and with it what was delivered.
    await frail.redis.config_set("appendfsync", "always")
    bodies = [f"message {n}" for n in range(20)]
    await frail.emit(*(received(frail.inbox_id, body=body) for body in bodies))
    with pytest.raises(RedisError):
        await asyncio.wait_for(Bereft(frail.redis, frail.inbox_id).run(), PATIENCE)
    assert frail.bodies() == bodies, "committed before Redis died"
    killable_redis.start()
    assert (await frail.redis.xpending(frail.stream, APP_GROUP))["pending"] == 20, "and not acknowledged"
    # The lease came back with Redis. Its end is not waited for here.
    await frail.redis.delete(f"wa:{frail.inbox_id}:owner")
    async with frail.consuming():
        await frail.drained()
    assert frail.bodies() == bodies
    assert frail.read(select(CONVERSATION.c.unread_count)).scalars().all() == [20]
    assert await dead.list_dead(frail.redis) == []
    assert sorted(await frail.announced_messages()) == sorted(bodies * 2)


async def test_consumer_and_relay_resume_by_themselves(frail: Flow, killable_redis: RedisServer, cast: Cast) -> None:
    async with running(supervised("pipeline", pipeline.run)):
        await frail.emit(*(received(frail.inbox_id, body=f"before {n}") for n in range(10)))
        await until_async(lambda: _count(frail, 10))
        await until_async(_is_measured)
        killable_redis.kill()
        await until_async(_is_away)
        await writing(outbox.queue_reply, cast.budi, 1, "meanwhile")
        killable_redis.start()
        await frail.emit(*(received(frail.inbox_id, body=f"after {n}") for n in range(10)))
        await until_async(lambda: _count(frail, 21))
        await until_async(lambda: frail.redis.exists(commands_stream(frail.inbox_id)))
        await until_async(_is_measured)
    expected = [f"before {n}" for n in range(10)] + ["meanwhile"] + [f"after {n}" for n in range(10)]
    assert frail.bodies() == expected


async def test_emptied_redis_is_set_up_again(frail: Flow) -> None:
    async with running(supervised("consumers", consumer.consume_all)):
        await frail.emit(received(frail.inbox_id))
        await until_async(lambda: _count(frail, 1))
        await frail.redis.flushall()
        await frail.emit(received(frail.inbox_id))
        await until_async(lambda: _count(frail, 2))


async def test_too_many_announcements_become_one_that_says_read_again(frail: Flow, killable_redis: RedisServer) -> None:
    killable_redis.kill()
    announcer = Announcer(limit=10)
    for n in range(25):
        announcer.put([f'{{"n":{n}}}'])
    killable_redis.start()
    await asyncio.wait_for(announcer.settle(), PATIENCE)
    entries = [fields["data"] for _, fields in await frail.redis.xrange(LIVE_STREAM)]
    assert '{"type":"reload"}' in entries
    kept = [entry for entry in entries if "reload" not in entry]
    assert kept == [f'{{"n":{n}}}' for n in range(25 - len(kept), 25)], "what follows it is whole"


@pytest.mark.usefixtures("long_lease")
async def test_resolve_works_without_redis(frail: Flow, killable_redis: RedisServer, cast: Cast) -> None:
    async with frail.consuming():
        await frail.emit(received(frail.inbox_id))
        await frail.drained()
    killable_redis.kill()
    await writing(conversations.resolve, cast.budi, 1)
    (row,) = await reading(conversations.list_rows, cast.budi, tab="mine", status="resolved")
    assert row.status == "resolved"
    killable_redis.start()
    await asyncio.wait_for(transactions.settle(), PATIENCE)


async def _count(flow: Flow, expected: int) -> bool:
    return len(flow.bodies()) >= expected


async def _is_measured() -> bool:
    return bool(health.lag_ms)


async def _is_away() -> bool:
    return not health.lag_ms
