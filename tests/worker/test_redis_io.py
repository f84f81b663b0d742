"""A task that is cancelled in the middle of talking to Redis ends, at whatever step it was."""

import asyncio
import random
from typing import Any

import pytest
from redis.asyncio import Redis

from devtools.waiting import PATIENCE
from tests.support.servers import RedisServer
from wa_worker.stream import redis_io


async def test_no_cancellation_is_swallowed(redis: Redis, redis_server: RedisServer) -> None:
    """With redis-py's own `socket_timeout` one in six was: the worker then hung at SIGTERM."""
    client = redis_io.reading_client(redis_server.url)
    dice = random.Random(1)

    async def follow() -> None:
        while True:
            await client.xread({"nothing": "0-0"}, block=2)

    for _ in range(150):
        reading = asyncio.create_task(follow())
        await asyncio.sleep(dice.random() * 0.008)
        for _ in range(dice.randrange(6)):
            await asyncio.sleep(0)
        reading.cancel()
        _, pending = await asyncio.wait([reading], timeout=PATIENCE)
        assert not pending
    await client.aclose()


async def test_a_command_that_takes_too_long_ends(
    redis: Redis, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = redis_io.writing_client(redis_server.url)
    monkeypatch.setattr(type(client), "_seconds", 0.1)
    with pytest.raises(OSError):
        await client.blpop(["nothing"], timeout=5)
    assert await client.ping(), "the next one has a connection of its own"
    await client.aclose()


async def test_what_is_no_utf8_ends_no_reader(redis: Redis, redis_server: RedisServer) -> None:
    await redis.xadd("s", {"data": b"\xff\xfe{"})
    for connect in (redis_io.reading_client, redis_io.writing_client):
        client: Any = connect(redis_server.url)
        answer = await client.xread({"s": "0"})
        assert answer[0][1][0][1] == {"data": "\ufffd\ufffd{"}
        await client.aclose()
