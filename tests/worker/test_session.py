"""Tests of the end and the new beginning of a number's session. No browser; the Redis is real."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from redis.asyncio import Redis

from devtools.waiting import PATIENCE
from tests.support.servers import RedisServer
from tests.worker.cast import INBOX
from tests.worker.sessions import make_session
from wa_worker.browser.keeper import BrowserKeeper
from wa_worker.contract.base import now_ms
from wa_worker.contract.commands import ResetSession
from wa_worker.contract.events import EVENTS, CommandFailed
from wa_worker.contract.streams import WORKER_GROUP, commands_stream, dead_stream, entry_of, events_stream
from wa_worker.ownership import profile
from wa_worker.ownership.profile import Profile
from wa_worker.session.number import NumberSession

HALF_AN_EMOJI = "\ud83d"


@pytest.fixture
async def session(
    redis: Redis, redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> NumberSession:
    return await make_session(redis_server.url, tmp_path, monkeypatch)


async def until(look: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await look():
            await asyncio.sleep(0.02)


async def test_a_session_does_not_outlive_its_publisher(session: NumberSession, redis: Redis) -> None:
    running = asyncio.create_task(session.run())
    await until(lambda: redis.exists(commands_stream(INBOX)))
    session.publisher.put_marker(lambda: [][0])
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(ExceptionGroup) as caught:
            await running
    assert caught.group_contains(IndexError)
    assert session.number.profile.try_lock(), "the next session may begin"


async def test_half_an_emoji_from_the_page_is_kept_aside_and_ends_nothing(session: NumberSession, redis: Redis) -> None:
    running = asyncio.create_task(session.run())
    session.deliver([{"event": f"no such {HALF_AN_EMOJI}", "chat": "1@lid", "text": HALF_AN_EMOJI}])
    await until(lambda: redis.xlen(dead_stream(INBOX)))
    assert not running.done()
    await _end(running)
    [(_, letter)] = await redis.xrange(dead_stream(INBOX))
    assert "\\ud83d" in letter["data"]
    assert "\\ud83d" in letter["reason"]


class Keeper:
    """The session's real keeper, whose Chromium is played: it closes when a reset is asked for."""

    def __init__(self, session: NumberSession, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
        #: What was done, in its order.
        self.done: list[str] = []
        self._keeper = keeper = session.browser
        self._redis = redis
        self._put_aside = session.number.profile.put_aside
        self._acknowledge = session.number.lease.acknowledge
        monkeypatch.setattr(keeper, "run", lambda: BrowserKeeper.run(keeper))
        monkeypatch.setattr(keeper, "_live_in_browser", self._live)
        monkeypatch.setattr(session.number.profile, "put_aside", self._noted_put_aside)
        monkeypatch.setattr(session.number.lease, "acknowledge", self._noted_acknowledge)

    async def _live(self) -> None:
        await self._keeper._must_reset.wait()  # pyright: ignore[reportPrivateUsage]
        # It takes its time to close.
        for _ in range(3):
            await self._redis.exists("a round trip")
        self.done.append("closed")

    def _noted_put_aside(self) -> None:
        self._put_aside()
        self.done.append("put aside")

    async def _noted_acknowledge(self, entry_id: str) -> None:
        self.done.append("acknowledged")
        await self._acknowledge(entry_id)


async def give_reset(redis: Redis, requested_at: int) -> None:
    stream = commands_stream(INBOX)
    entry: dict[Any, Any] = entry_of(ResetSession(inbox_id=INBOX, requested_at=requested_at))
    await redis.xadd(stream, entry)


async def until_carried_out(redis: Redis, count: int) -> None:
    async def look() -> bool:
        groups = await redis.xinfo_groups(commands_stream(INBOX))
        return bool(groups) and groups[0]["entries-read"] == count and groups[0]["pending"] == 0

    await until(look)


async def test_a_reset_is_acknowledged_once_it_is_done_and_its_repeat_does_nothing(
    session: NumberSession, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Keeper(session, redis, monkeypatch)
    await redis.xgroup_create(commands_stream(INBOX), WORKER_GROUP, id="0", mkstream=True)
    requested_at = now_ms()
    await give_reset(redis, requested_at)
    running = asyncio.create_task(session.run())
    await until_carried_out(redis, 1)
    assert keeper.done == ["closed", "put aside", "acknowledged"]
    await give_reset(redis, requested_at)
    await until_carried_out(redis, 2)
    assert keeper.done[3:] == ["acknowledged"]
    await _end(running)


async def test_a_reset_that_the_disk_does_not_let_through_is_told_and_leaves_all_as_it_was(
    session: NumberSession, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Keeper(session, redis, monkeypatch)
    session.number.profile.browser.mkdir()
    session.number.profile.pairing.logged_out_reason = "phone_logout"
    assert session.number.profile.remember()
    await redis.xgroup_create(commands_stream(INBOX), WORKER_GROUP, id="0", mkstream=True)
    with monkeypatch.context() as patch:
        patch.setattr(profile, "write_atomically", Mock(side_effect=OSError("no space left")))
        await give_reset(redis, now_ms())
        running = asyncio.create_task(session.run())
        await until_carried_out(redis, 1)
    assert keeper.done == ["acknowledged"]
    entries: Any = await redis.xrange(events_stream(INBOX))
    events = [EVENTS.validate_json(fields["data"]) for _, fields in entries]
    [failed] = [event for event in events if isinstance(event, CommandFailed)]
    assert (failed.command, failed.reason, failed.detail) == ("ResetSession", "disk_failed", "no space left")
    assert not await redis.exists(dead_stream(INBOX)), "the command is no riddle"
    in_memory = session.number.profile.pairing
    session.number.profile.reload()
    assert session.number.profile.pairing == in_memory, "what was not written counts for nobody"
    assert (in_memory.logged_out_reason, in_memory.reset_at) == ("phone_logout", None)
    assert [path.name for path in session.number.profile.folder.glob("browser*")] == ["browser"]

    await give_reset(redis, now_ms())
    await until_carried_out(redis, 2)
    assert keeper.done[1:] == ["put aside", "acknowledged"]
    session.number.profile.reload()
    assert session.number.profile.pairing.logged_out_reason is None
    await _end(running)


class Killed(BaseException):
    """Simulates the sudden end of a process."""


def test_a_reset_that_a_worker_died_in_is_done_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dying = Profile(tmp_path, INBOX)
    dying.browser.mkdir()
    dying.pairing.logged_out_reason = "phone_logout"
    assert dying.remember()
    with monkeypatch.context() as patch:
        patch.setattr(profile, "write_atomically", Mock(side_effect=Killed))
        with pytest.raises(Killed):
            dying.put_aside()
    following = Profile(tmp_path, INBOX)
    assert following.pairing.reset_at is None, "the command, which is pending still, is carried out"
    following.put_aside()
    pairing = Profile(tmp_path, INBOX).pairing
    assert (pairing.logged_out_reason, pairing.reset_at is None) == (None, False)
    assert not following.browser.exists()


async def _end(running: asyncio.Task[None]) -> None:
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
