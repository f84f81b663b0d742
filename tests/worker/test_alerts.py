"""A number reports alerts for a full disk, an absent Redis, and an app that reads nothing. The Redis is real."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from devtools.waiting import PATIENCE
from tests.support.servers import RedisServer
from tests.worker.cast import INBOX
from tests.worker.sessions import make_session
from wa_worker.contract.events import EVENTS, Alert, AnyEvent, SessionStatus
from wa_worker.contract.streams import events_stream
from wa_worker.page.state import Evidence, Observation
from wa_worker.session.number import NumberSession
from wa_worker.storage import disk as disk_module
from wa_worker.storage.disk import DiskGuard
from wa_worker.stream import publisher as publisher_module
from wa_worker.stream.redis_io import writing_client

LIVE = (Observation(SessionStatus.LIVE), Evidence(is_ready=True))


@pytest.fixture
async def running(
    killable_redis: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[NumberSession, Redis]]:
    """A session without a browser, live as far as it knows; and a client of its Redis."""
    session = await make_session(killable_redis.url, tmp_path, monkeypatch)
    task = asyncio.create_task(session.run())
    session.publish_status(*LIVE)
    yield session, writing_client(killable_redis.url)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def told(redis: Redis) -> list[AnyEvent]:
    entries: Any = await redis.xrange(events_stream(INBOX))
    return [EVENTS.validate_json(fields["data"]) for _, fields in entries]


async def until_alerts(redis: Redis, expected: list[list[Alert]]) -> None:
    """Each change of the alerts was reported with the unchanged status."""
    seen: list[list[Alert]] = []
    async with asyncio.timeout(PATIENCE):
        while seen != expected:
            await asyncio.sleep(0.02)
            with contextlib.suppress(OSError):
                events = [event for event in await told(redis) if event.type == "SessionChanged"]
                # The same may be said again when Redis is new to the number.
                seen = [alerts for alerts, _ in groupby(event.alerts for event in events)]
                assert all(event.status is SessionStatus.LIVE for event in events)


async def test_a_full_disk_is_told_and_recovers_by_itself(
    running: tuple[NumberSession, Redis], monkeypatch: pytest.MonkeyPatch
) -> None:
    session, redis = running
    await until_alerts(redis, [[]])
    monkeypatch.setattr(disk_module, "_free_bytes", lambda _: 1_000_000)
    session.disk.check()
    assert session.disk.is_full, "nothing is downloaded"
    await until_alerts(redis, [[], [Alert.DISK_FULL]])
    monkeypatch.undo()
    session.disk.check()
    await until_alerts(redis, [[], [Alert.DISK_FULL], []])


def test_the_limit_does_not_flutter_and_a_failed_write_is_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[bool] = []
    failures: list[bool] = []
    free = [500_000_001]
    guard = DiskGuard(Path("/"), 500, has_failed=lambda: bool(failures), on_change=said.append)
    monkeypatch.setattr(disk_module, "_free_bytes", lambda _: free[0])
    for free[0] in (500_000_001, 499_999_999, 500_000_001, 549_000_000, 551_000_000):
        guard.check()
    assert said == [True, False]
    failures.append(True)
    guard.check()
    assert said == [True, False, True]


async def test_redis_away_is_told_on_its_return_and_nothing_is_lost(
    running: tuple[NumberSession, Redis], killable_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, redis = running
    monkeypatch.setattr(publisher_module, "_AWAY_SECONDS", 0.1)
    await until_alerts(redis, [[]])
    killable_redis.kill()
    session.publisher.put_dead("page", "1-0", {"data": "kept"}, "while Redis was away")
    async with asyncio.timeout(PATIENCE):
        while Alert.REDIS_AWAY not in session.status_publisher.alerts:
            await asyncio.sleep(0.02)
    killable_redis.start()
    await until_alerts(redis, [[], [Alert.REDIS_AWAY], []])
    assert await redis.xlen(f"wa:{INBOX}:dead") == 1


async def test_while_the_app_reads_nothing_redis_is_not_filled(
    running: tuple[NumberSession, Redis], monkeypatch: pytest.MonkeyPatch
) -> None:
    session, redis = running
    await until_alerts(redis, [[]])
    most = await redis.xlen(events_stream(INBOX)) + 4
    monkeypatch.setattr(publisher_module, "_MOST_UNREAD", most)
    monkeypatch.setattr(publisher_module, "_COUNT_SECONDS", 0.0)
    monkeypatch.setattr(publisher_module, "_AWAY_SECONDS", 0.1)
    for number in range(10):
        session.publish_status(Observation(SessionStatus.LIVE, str(number)), Evidence())
        await session.publisher.flush(0.2)
    assert await redis.xlen(events_stream(INBOX)) == most
    assert Alert.REDIS_AWAY in session.status_publisher.alerts
    # The app is back and reads; what was held back follows in its order.
    await redis.xtrim(events_stream(INBOX), maxlen=0)
    monkeypatch.setattr(publisher_module, "_MOST_UNREAD", 100)
    assert await session.publisher.flush(30)
    said = [event.reason for event in await told(redis) if event.type == "SessionChanged"]
    assert list(dict.fromkeys(said)) == ["4", "5", "6", "7", "8", "9"]
