"""Tests of the watermark of entries that the app has consumed, also when Redis loses data. The Redis is real."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from wa_worker.contract.events import SessionChanged, SessionStatus
from wa_worker.contract.streams import APP_GROUP, entry_of, events_stream
from wa_worker.ownership.lease import Lease
from wa_worker.receiving.checkpoint import Checkpoint
from wa_worker.receiving.consumed_watermark import ConsumedWatermark

CHAT = "200201@lid"
STREAM = events_stream(7)


class Stand:
    """A number whose app reads when it is told to."""

    def __init__(self, redis: Redis, folder: Path) -> None:
        self.redis = redis
        self.lease = Lease(redis, 7, profile_id="p", worker="w")
        self.checkpoint = Checkpoint(folder / "c.json")
        self.forgotten = 0
        self.watermark = ConsumedWatermark(redis, 7, self.lease, self.checkpoint, self._note_forgotten)

    def _note_forgotten(self) -> None:
        self.forgotten += 1

    async def publish(self, key: str) -> None:
        """One message, verified at once."""
        entry: dict[Any, Any] = entry_of(SessionChanged(inbox_id=7, status=SessionStatus.LIVE))
        await self.lease.publish([(STREAM, entry)])
        self.checkpoint.note_verified(CHAT, key, 10)

    async def read(self) -> list[str]:
        """The app's group gets all that is there."""
        answer = await self.redis.xreadgroup(APP_GROUP, "app", {STREAM: ">"})
        return [entry_id for entry_id, _ in answer[0][1]] if answer else []

    async def make_group(self) -> None:
        await self.redis.xgroup_create(STREAM, APP_GROUP, id="0", mkstream=True)

    async def taken(self) -> str | None:
        await self.watermark.update()
        position = self.checkpoint.consumed(CHAT)
        return position and position[0]


@pytest.fixture
async def stand(redis: Redis, tmp_path: Path) -> Stand:
    stand = Stand(redis, tmp_path)
    await stand.lease.take(may_inherit=False)
    return stand


async def test_only_what_was_acknowledged_is_taken(stand: Stand) -> None:
    await stand.publish("A")
    assert await stand.taken() is None, "there is no app"
    await stand.make_group()
    await stand.publish("B")
    assert await stand.taken() is None, "nothing was read"
    first, second = await stand.read()
    await stand.redis.xack(STREAM, APP_GROUP, second)
    assert await stand.taken() is None, "the first is not done"
    await stand.redis.xack(STREAM, APP_GROUP, first)
    assert await stand.taken() == "A", "what was offered"
    assert await stand.taken() == "B"
    await stand.checkpoint.save()


async def test_what_an_emptied_redis_has_not_handed_out_is_never_taken(stand: Stand) -> None:
    """The app reads on in the emptied one, further than what it never got."""
    await stand.make_group()
    await stand.publish("A")
    assert await stand.taken() is None
    await stand.redis.flushall()
    await stand.make_group()
    assert await stand.taken() is None, "an emptied stream has nothing left to read"
    await stand.publish("B")
    await stand.redis.xack(STREAM, APP_GROUP, *await stand.read())
    assert await stand.taken() is None
    assert stand.forgotten == 1, "the token was gone"


async def test_a_lease_that_ran_out_may_have_been_emptied(stand: Stand) -> None:
    await stand.redis.delete("wa:7:lease")
    await stand.lease.renew()
    await stand.watermark.update()
    await stand.watermark.update()
    assert stand.forgotten == 1


async def test_an_answer_of_before_positions_were_given_up_counts_no_more(stand: Stand) -> None:
    await stand.make_group()
    await stand.publish("A")
    await stand.redis.xack(STREAM, APP_GROUP, *await stand.read())
    looking = asyncio.create_task(stand.watermark.update())
    await asyncio.sleep(0)
    stand.checkpoint.go_back()
    await looking
    assert stand.checkpoint.consumed(CHAT) is None
