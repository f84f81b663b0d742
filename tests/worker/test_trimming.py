"""Only what the reader has finished with is trimmed."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.worker.cast import RedisServer
from wa_worker.contract.streams import APP_GROUP, events_stream
from wa_worker.stream import trimming
from wa_worker.stream.redis_io import writing_client

STREAM = events_stream(7)


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory(prefix="roms-") as name:
        server = RedisServer(Path(name))
        server.start()
        yield server
        server.end()


async def test_pending_and_unread_entries_stay(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trimming, "_KEPT", 10)
    client = redis.Redis.from_url(server.url, decode_responses=True)
    ids = [client.xadd(STREAM, {"data": str(n)}) for n in range(1000)]
    async with writing_client(server.url) as writing:
        await trimming.trim_streams(writing, [7])
        assert client.xlen(STREAM) == 1000, "nobody has read it yet"

        client.xgroup_create(STREAM, APP_GROUP, id="0")
        client.xreadgroup(APP_GROUP, "a", {STREAM: ">"}, count=900)
        client.xack(STREAM, APP_GROUP, *ids[:500], *ids[501:900])
        await trimming.trim_streams(writing, [7])
    left = [entry_id for entry_id, _ in client.xrange(STREAM)]
    assert left[0] <= ids[500], "what is pending stays"
    assert len(left) < 1000
    assert left[-1] == ids[-1]


async def test_a_redis_that_is_emptied_meanwhile_ends_nothing(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trimming, "_KEPT", 10)
    client = redis.Redis.from_url(server.url, decode_responses=True)
    for n in range(100):
        client.xadd(STREAM, {"data": str(n)})
    client.xgroup_create(STREAM, APP_GROUP, id="$")
    async with writing_client(server.url) as writing:
        ask = writing.xrevrange
        asked: list[Any] = []

        async def emptied_just_before(*args: Any, **more: Any) -> Any:
            client.flushall()
            asked.append(await ask(*args, **more))
            return asked[-1]

        monkeypatch.setattr(writing, "xrevrange", emptied_just_before)
        await trimming.trim_streams(writing, [7])
    assert asked == [[]]
    assert not client.exists(STREAM)
