"""What ends a number's session, and when it begins to take commands. No browser; the Redis is real."""

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
from wa_worker import session as session_module
from wa_worker.contract.commands import Backfill
from wa_worker.contract.streams import WORKER_GROUP, commands_stream, dead_stream, entry_of
from wa_worker.profile import Profile
from wa_worker.session import NumberSession

HALF_AN_EMOJI = "\ud83d"


@pytest.fixture
async def session(
    redis: Redis, redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> NumberSession:
    monkeypatch.setattr(session_module, "_LOCK_SECONDS", 0.02)
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


async def test_commands_wait_until_the_profile_is_ours(session: NumberSession, redis: Redis, tmp_path: Path) -> None:
    other = Profile(tmp_path, INBOX)
    assert other.try_lock()
    stream = commands_stream(INBOX)
    await redis.xgroup_create(stream, WORKER_GROUP, id="0", mkstream=True)
    entry: dict[Any, Any] = entry_of(Backfill(inbox_id=INBOX))
    await redis.xadd(stream, entry)
    running = asyncio.create_task(session.run())
    await asyncio.sleep(0.3)
    assert await _group(redis, "last-delivered-id") == "0-0"
    other.unlock()
    await until(lambda: _is_done(redis))
    await _end(running)


async def _group(redis: Redis, what: str) -> Any:
    return (await redis.xinfo_groups(commands_stream(INBOX)))[0][what]


async def _is_done(redis: Redis) -> bool:
    return await _group(redis, "last-delivered-id") != "0-0" and not await _group(redis, "pending")


async def _end(running: asyncio.Task[None]) -> None:
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
