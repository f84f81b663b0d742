"""A task that is cancelled during a Redis command ends, and a command that takes too long raises an error."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import TimeoutError as RedisTimeout

from devtools.waiting import PATIENCE
from roms_app.live import connection


async def _read(redis: Redis) -> None:
    await redis.xread({"nothing": "0-0"}, block=2)


async def _write(redis: Redis) -> None:
    async with redis.pipeline(transaction=False) as pipeline:
        pipeline.xadd("something", {"a": "b"}, maxlen=5)
        await pipeline.execute()


@pytest.mark.parametrize("step", [_read, _write])
async def test_no_cancellation_is_swallowed(redis: Redis, step: Callable[[Redis], Awaitable[None]]) -> None:
    dice = random.Random(1)

    async def go_on() -> None:
        while True:
            await step(redis)

    for _ in range(100):
        running = asyncio.create_task(go_on())
        await asyncio.sleep(dice.random() * 0.008)
        for _ in range(dice.randrange(6)):
            await asyncio.sleep(0)
        running.cancel()
        _, pending = await asyncio.wait([running], timeout=PATIENCE)
        assert not pending


async def test_what_takes_too_long_ends_as_an_error_of_redis(redis: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_SECONDS", 0.1)
    with pytest.raises(RedisTimeout):
        await redis.blpop(["nothing"], timeout=5)
    pipeline = redis.pipeline()
    pipeline.ping()
    monkeypatch.setattr(connection, "_SECONDS", 0.0)
    with pytest.raises(RedisTimeout):
        await pipeline.execute()
    monkeypatch.setattr(connection, "_SECONDS", 5.0)
    assert await redis.ping(), "the next one has a connection of its own"
