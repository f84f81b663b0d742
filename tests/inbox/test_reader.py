"""The `live` stream on its way to push, over a real Redis that may go away."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from devtools.waiting import PATIENCE
from roms_app import config
from roms_app.live import connection, gate, push, reader, rights
from roms_app.views.inbox import Counts
from tests.inbox.rows import announced, row
from tests.support.servers import RedisServer
from wa_worker.contract.streams import DATA_FIELD, LIVE_STREAM

Heard = list[tuple[str, Any]]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    """The calls of push; the counts are empty."""
    told: Heard = []

    async def rights_of_team(entry: Any) -> None:
        told.append(("team", entry))

    async def count(_fn: Any, agent_ids: set[int]) -> dict[int, Counts]:
        return {agent_id: Counts(1, 2, agent_id) for agent_id in agent_ids}

    monkeypatch.setattr(push, "announce_conversation", lambda entry: told.append(("conversation", entry)))
    monkeypatch.setattr(push, "announce_inbox", lambda entry: told.append(("inbox", entry)))
    monkeypatch.setattr(rights, "apply_team_announcement", rights_of_team)
    monkeypatch.setattr(push, "announce_team", lambda _entry: None)
    monkeypatch.setattr(
        push, "announce_counts", lambda agent_id, counts: told.append((f"counts of {agent_id}", counts))
    )
    monkeypatch.setattr(gate, "connected_agents", lambda: {2, 3})
    monkeypatch.setattr(push, "announce_queue", lambda: told.append(("queue", None)))
    monkeypatch.setattr(push, "beat", lambda health: told.append(("beat", health.redis)))
    monkeypatch.setattr(push, "reread_all", lambda: told.append(("reread", None)))
    monkeypatch.setattr(reader, "reading", count)
    return told


async def until(heard: Heard, wanted: tuple[str, Any], seconds: float = 15) -> None:
    """Wait for a call of push."""
    async with asyncio.timeout(seconds):
        while wanted not in heard:
            await asyncio.sleep(0.01)


@pytest.fixture
async def live(killable_redis: RedisServer, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Redis]:
    """A reader at work, and a client of its Redis."""
    monkeypatch.setenv("REDIS_URL", killable_redis.url)
    client = connection.make_redis(killable_redis.url)
    await client.xadd(LIVE_STREAM, {DATA_FIELD: json.dumps(announced(row(id=99)))})
    config.get_settings.cache_clear()
    task = asyncio.create_task(reader.run())
    await until(heard, ("beat", True))
    yield client
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await client.aclose()
    config.get_settings.cache_clear()


async def put(client: Redis, entry: Any) -> None:
    text = entry if isinstance(entry, str) else json.dumps(entry)
    await client.xadd(LIVE_STREAM, {DATA_FIELD: text})


async def test_entries_are_handed_on_from_now_on_in_their_order(live: Redis, heard: Heard):
    entries = [announced(row(version=version)) for version in range(1, 4)]
    for entry in entries:
        await put(live, entry)
    await until(heard, ("conversation", entries[-1]))
    assert [entry for kind, entry in heard if kind == "conversation"] == entries


async def test_each_kind_goes_its_way(live: Redis, heard: Heard):
    inbox = {"type": "inbox", "inbox_id": 1, "status": "live", "was_status": "syncing"}
    team = {"type": "team", "agent_id": 2, "is_signed_out": True}
    for entry in (inbox, team, {"type": "reload"}):
        await put(live, entry)
    await until(heard, ("reread", None))
    assert ("inbox", inbox) in heard
    assert ("team", team) in heard


async def test_what_changes_counts_is_counted_again(live: Redis, heard: Heard):
    await put(live, announced(row(), counts_changed=True))
    for agent_id in (2, 3):
        await until(heard, (f"counts of {agent_id}", Counts(1, 2, agent_id)))


async def test_who_answers_other_numbers_gets_other_counts(live: Redis, heard: Heard):
    await put(live, {"type": "team", "agent_id": 2, "has_new_rights": True})
    await until(heard, ("counts of 2", Counts(1, 2, 2)))


@pytest.mark.parametrize(
    "entry",
    [announced(row(), counts_changed=True), announced(row()), {"type": "team", "agent_id": 2}],
    ids=["who has it", "a message", "who is there"],
)
async def test_supervisors_are_told_what_changes_the_queue(live: Redis, heard: Heard, entry: Any):
    await put(live, entry)
    await until(heard, ("queue", None))


async def test_supervisors_are_told_of_a_burst_at_first_and_at_its_end(live: Redis, heard: Heard):
    for version in range(100):
        await put(live, announced(row(version=version), counts_changed=True))
    await until(heard, ("conversation", announced(row(version=99), counts_changed=True)))
    told = heard.count(("queue", None))
    assert told < 20, f"told {told} times of 100 changes"
    heard.clear()
    await until(heard, ("queue", None))


@pytest.mark.parametrize("bad", ["", "{", "[]", "null", "{}", '{"type": "newer"}', '{"type": "inbox"}'])
async def test_an_entry_that_is_no_announcement_stops_nothing(live: Redis, heard: Heard, bad: str):
    await put(live, bad)
    await live.xadd(LIVE_STREAM, {"other": "field"})
    good = announced(row(version=7))
    await put(live, good)
    await until(heard, ("conversation", good))


async def test_redis_goes_and_comes_back(live: Redis, heard: Heard, killable_redis: RedisServer):
    """After a lost connection the badge shows it, and then all tabs reload."""
    heard.clear()
    killable_redis.kill()
    await until(heard, ("beat", False))
    heard.clear()
    killable_redis.start()
    await until(heard, ("reread", None))
    assert ("beat", True) in heard
    again = announced(row(version=9))
    await put(live, again)
    await until(heard, ("conversation", again))


async def test_a_reader_that_was_overtaken_reads_afresh(live: Redis, heard: Heard, monkeypatch: pytest.MonkeyPatch):
    """If unread entries were trimmed from the stream, all tabs must reload."""
    is_stuck, go_on = asyncio.Event(), asyncio.Event()

    async def stick(_entry: Any) -> None:
        is_stuck.set()
        await go_on.wait()

    monkeypatch.setattr(rights, "end_session", stick)
    await put(live, {"type": "session", "session_id": "2"})
    await asyncio.wait_for(is_stuck.wait(), PATIENCE)
    async with live.pipeline(transaction=False) as pipeline:
        for version in range(1200):
            pipeline.xadd(LIVE_STREAM, dict[Any, Any]({DATA_FIELD: json.dumps(announced(row(version=version)))}))
        await pipeline.execute()
    await live.xtrim(LIVE_STREAM, maxlen=600, approximate=False)
    go_on.set()
    await until(heard, ("reread", None))
    good = announced(row(version=5000))
    await put(live, good)
    await until(heard, ("conversation", good))
