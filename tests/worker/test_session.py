"""What ends a number's session. No browser; the Redis is real."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from tests.support.servers import RedisServer
from tests.worker.cast import INBOX
from tests.worker.sessions import make_session
from wa_worker.contract.streams import commands_stream, dead_stream
from wa_worker.session import NumberSession

HALF_AN_EMOJI = "\ud83d"


@pytest.fixture
async def session(
    redis: Redis, redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> NumberSession:
    return await make_session(redis_server.url, tmp_path, monkeypatch)


async def until(look: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(30):
        while not await look():
            await asyncio.sleep(0.02)


async def test_a_session_does_not_outlive_its_publisher(session: NumberSession, redis: Redis) -> None:
    running = asyncio.create_task(session.run())
    await until(lambda: redis.exists(commands_stream(INBOX)))
    session.publisher.put_marker(lambda: [][0])
    async with asyncio.timeout(30):
        with pytest.raises(ExceptionGroup) as caught:
            await running
    assert caught.group_contains(IndexError)
    assert session.profile.try_lock(), "the next session may begin"


async def test_half_an_emoji_from_the_page_is_kept_aside_and_ends_nothing(session: NumberSession, redis: Redis) -> None:
    running = asyncio.create_task(session.run())
    session.deliver([{"event": f"no such {HALF_AN_EMOJI}", "chat": "1@lid", "text": HALF_AN_EMOJI}])
    await until(lambda: redis.xlen(dead_stream(INBOX)))
    assert not running.done()
    await _end(running)
    [(_, letter)] = await redis.xrange(dead_stream(INBOX))
    assert "\\ud83d" in letter["data"]
    assert "\\ud83d" in letter["reason"]


async def _end(running: asyncio.Task[None]) -> None:
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
