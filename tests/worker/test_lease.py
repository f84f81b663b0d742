"""A worker that lost a number publishes nothing more about it. The Redis is real."""

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from devtools.waiting import PATIENCE
from wa_worker.contract.commands import Backfill
from wa_worker.contract.events import SessionChanged, SessionStatus
from wa_worker.contract.streams import WORKER_GROUP, commands_stream, entry_of, events_stream, lease_key
from wa_worker.ownership import lease as lease_module
from wa_worker.ownership.lease import Lease, LeaseLost
from wa_worker.stream.publisher import Publisher

INBOX = 7
EVENT = SessionChanged(inbox_id=INBOX, status=SessionStatus.LIVE)


def lease_of(redis: Redis, worker: str, profile: str = "p") -> Lease:
    return Lease(redis, INBOX, profile_id=profile, worker=worker)


def entries(count: int = 1) -> list[tuple[str, dict[Any, Any]]]:
    return [(events_stream(INBOX), entry_of(EVENT))] * count


async def test_one_holds_it_and_the_next_token_is_greater(redis: Redis) -> None:
    first, second = lease_of(redis, "a"), lease_of(redis, "b", "another")
    assert await first.take(may_inherit=False)
    assert not await second.take(may_inherit=True), "another folder's owner may be alive"
    holder = await second.holder()
    assert holder is not None
    assert (holder.profile_id, holder.worker) == ("p", "a")
    await first.release()
    await asyncio.sleep(0.002)
    assert await second.take(may_inherit=False)
    assert int(second.token.split("|")[0]) > int(first.token.split("|")[0])


async def test_with_the_profiles_lock_a_dead_owners_number_is_inherited_at_once(redis: Redis) -> None:
    dead, heir = lease_of(redis, "a"), lease_of(redis, "b")
    assert await dead.take(may_inherit=False)
    assert not await heir.take(may_inherit=False)
    assert await heir.take(may_inherit=True)
    with pytest.raises(LeaseLost):
        await dead.renew()


async def test_who_lost_it_can_not_publish_acknowledge_or_send(redis: Redis) -> None:
    old, new = lease_of(redis, "a"), lease_of(redis, "b")
    await old.take(may_inherit=False)
    command: dict[Any, Any] = entry_of(Backfill(inbox_id=INBOX))
    entry = await redis.xadd(commands_stream(INBOX), command)
    await redis.xgroup_create(commands_stream(INBOX), WORKER_GROUP, id="0")
    await redis.xreadgroup(WORKER_GROUP, "worker", {commands_stream(INBOX): ">"})
    assert old.is_valid
    await new.take(may_inherit=True)
    with pytest.raises(LeaseLost):
        await old.publish(entries(3))
    with pytest.raises(LeaseLost):
        await old.acknowledge(entry)
    assert await redis.xlen(events_stream(INBOX)) == 0
    assert (await redis.xpending(commands_stream(INBOX), WORKER_GROUP))["pending"] == 1
    assert old.until_ms() == 0, "nothing may be sent"
    assert not old.is_valid
    await new.publish(entries(3))
    await new.acknowledge(entry)
    assert await redis.xlen(events_stream(INBOX)) == 3
    assert (await redis.xpending(commands_stream(INBOX), WORKER_GROUP))["pending"] == 0


async def test_what_the_loser_had_queued_ends_with_it(redis: Redis) -> None:
    old = lease_of(redis, "a")
    await old.take(may_inherit=False)
    publisher = Publisher(redis, INBOX, lambda: None, lease=old)
    await lease_of(redis, "b").take(may_inherit=True)
    publisher.put(EVENT)
    with pytest.raises(LeaseLost):
        async with asyncio.timeout(PATIENCE):
            await publisher.run()
    assert await redis.xlen(events_stream(INBOX)) == 0


async def test_a_token_that_is_gone_is_set_again(redis: Redis) -> None:
    """Redis was emptied, or we were stopped and nobody came."""
    lease = lease_of(redis, "a")
    await lease.take(may_inherit=False)
    await redis.flushall()
    await lease.publish(entries())
    assert await redis.get(lease_key(INBOX)) == lease.token
    assert 0 < await redis.pttl(lease_key(INBOX)) <= lease_module.TTL_MS


async def test_by_our_own_count_it_ends_before_redis_thinks_so(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = lease_of(redis, "a")
    await lease.take(may_inherit=False)
    # Redis first: how long the question takes can then only make ours less. Redis counts whole milliseconds.
    by_redis = await redis.pttl(lease_key(INBOX))
    left = lease.until_ms() - lease_module.time.time() * 1000
    assert left <= by_redis - lease_module._MARGIN_MS + 1
    now = lease_module._now()
    monkeypatch.setattr(lease_module, "_now", lambda: now + 40)
    assert not lease.is_valid, "as after SIGSTOP for 40 s: before anything else happens nothing is sent"
    waiting = asyncio.create_task(lease.wait_valid())
    await asyncio.sleep(0.02)
    assert not waiting.done()
    await lease.renew()
    async with asyncio.timeout(PATIENCE):
        await waiting


async def test_a_clock_that_is_set_back_makes_it_no_longer(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = lease_of(redis, "a")
    await lease.take(may_inherit=False)
    earlier, now = lease_module.time.time() - 3600, lease_module._now()
    monkeypatch.setattr(lease_module.time, "time", lambda: earlier)
    assert 0 < lease.until_ms() - earlier * 1000 <= lease_module.TTL_MS, "the page's clock was set back too"
    monkeypatch.setattr(lease_module, "_now", lambda: now + 20)
    assert not lease.is_valid


async def test_only_the_owner_releases(redis: Redis) -> None:
    old, new = lease_of(redis, "a"), lease_of(redis, "b")
    await old.take(may_inherit=False)
    await new.take(may_inherit=True)
    await old.release()
    assert await redis.get(lease_key(INBOX)) == new.token
