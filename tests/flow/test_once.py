"""Events are stored exactly once, whatever is repeated, crashes or can't be parsed."""

import asyncio
import signal
import sys
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import InternalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from structlog.testing import capture_logs

from devtools.waiting import PATIENCE
from roms_app.live import dead
from roms_app.live.consumer import Consumer
from roms_app.models.base import now_ms
from roms_app.models.tables import ATTACHMENT, CONVERSATION, INBOX, MESSAGE, PENDING_EVENT, REACTION
from roms_app.services.intake import intake
from tests.flow.conftest import Flow
from tests.support.cast import Cast, received, sent
from tests.support.servers import RedisServer
from wa_worker.contract.events import (
    MediaFacts,
    MediaStored,
    MessageKind,
    ReactionChanged,
    SessionChanged,
    SessionStatus,
)
from wa_worker.contract.streams import APP_GROUP, DATA_FIELD, dead_entry, dead_stream, entry_of


async def test_same_event_twice_is_one_row_and_two_announcements(flow: Flow) -> None:
    event = received(flow.inbox_id, body="Masih ada?")
    async with flow.consuming():
        await flow.emit(event)
        await flow.drained()
        await flow.emit(event)
        await flow.drained()
    assert flow.bodies() == ["Masih ada?"]
    assert await flow.announced_messages() == ["Masih ada?", "Masih ada?"]
    (chat,) = flow.read(select(CONVERSATION))
    assert chat.unread_count == 1


async def test_same_event_twice_in_one_batch_is_one_row(flow: Flow) -> None:
    event, answer = received(flow.inbox_id), sent(flow.inbox_id)
    await flow.emit(event, answer, event, answer)
    async with flow.consuming():
        await flow.drained()
    assert flow.bodies() == ["Halo", "Baik"]


async def _killed(flow: Flow, redis_server: RedisServer, engine: Engine, when: str) -> None:
    """Let a consumer in a process of its own read what is on the stream, and die."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.flow.killed", redis_server.url,
        engine.url.render_as_string(hide_password=False), str(flow.inbox_id), when,
    )  # fmt: skip
    assert await asyncio.wait_for(process.wait(), PATIENCE) == -signal.SIGKILL


async def test_crash_between_commit_and_acknowledgement(flow: Flow, redis_server: RedisServer, engine: Engine) -> None:
    bodies = [f"message {n}" for n in range(20)]
    await flow.emit(*(received(flow.inbox_id, customer=n % 3, body=body) for n, body in enumerate(bodies)))
    await _killed(flow, redis_server, engine, "after-commit")
    assert flow.bodies() == bodies, "committed before the crash"
    pending = await flow.redis.xpending(flow.stream, APP_GROUP)
    assert pending["pending"] == 20, "and not acknowledged"
    async with flow.consuming():
        await flow.drained()
    assert flow.bodies() == bodies
    announced = await flow.announced_messages()
    assert sorted(announced) == sorted(bodies * 2)


async def test_crash_after_the_commit_doubles_no_file_and_no_reaction(
    flow: Flow, redis_server: RedisServer, engine: Engine
) -> None:
    ids = [f"3AFE{n}" for n in range(6)]
    facts = {"kind": MessageKind.IMAGE, "media": MediaFacts(mimetype="image/png")}
    said = [received(flow.inbox_id, wa_message_id=id, **facts) for id in ids]
    about = [{"inbox_id": flow.inbox_id, "chat_jid": said[0].chat_jid, "wa_message_id": id} for id in ids]
    file = {"media_key": "1/ab/ab.png", "mimetype": "image/png", "size_bytes": 1, "sha256": "ab" * 32}
    stored = [MediaStored(**one, **file, is_from_me=False) for one in about]
    thanks = [ReactionChanged(**one, is_from_me=False, is_ours=False, emoji="🙏", reacted_at=1) for one in about]
    # Half of them are told of before the message itself.
    await flow.emit(*stored[:3], *thanks[:3], *said, *stored[3:], *thanks[3:])
    await _killed(flow, redis_server, engine, "after-commit")
    assert (await flow.redis.xpending(flow.stream, APP_GROUP))["pending"] == 18
    async with flow.consuming():
        await flow.drained()
    assert len(flow.bodies()) == 6
    assert [row.status for row in flow.read(select(ATTACHMENT.c.status))] == ["stored"] * 6
    assert [row.emoji for row in flow.read(select(REACTION.c.emoji))] == ["🙏"] * 6
    assert flow.read(select(PENDING_EVENT.c.id)).all() == []


async def test_dead_consumers_entries_are_taken_over_in_order(
    flow: Flow, redis_server: RedisServer, engine: Engine
) -> None:
    bodies = [f"message {n}" for n in range(300)]
    await flow.emit(*(received(flow.inbox_id, body=body) for body in bodies[:250]))
    await _killed(flow, redis_server, engine, "before-commit")
    assert flow.bodies() == []
    assert (await flow.redis.xpending(flow.stream, APP_GROUP))["pending"] > 0
    await flow.emit(*(received(flow.inbox_id, body=body) for body in bodies[250:]))
    async with flow.consuming():
        await flow.drained()
    assert flow.bodies() == bodies
    consumers = await flow.redis.xinfo_consumers(flow.stream, APP_GROUP)
    assert len(consumers) == 1, "the dead one's name is forgotten"


async def test_order_is_kept_over_a_thousand_interleaved_messages(flow: Flow) -> None:
    events = [received(flow.inbox_id, customer=n % 17, body=f"{n % 17}: {n}") for n in range(1000)]
    async with flow.consuming():
        for start in range(0, 1000, 70):
            await flow.emit(*events[start : start + 70])
        await flow.drained()
    chats = flow.read(select(CONVERSATION)).all()
    assert len(chats) == 17
    for chat in chats:
        bodies = flow.bodies(chat.id)
        customer = int(bodies[0].partition(":")[0])
        assert bodies == [f"{customer}: {n}" for n in range(1000) if n % 17 == customer]
        assert chat.last_message_preview == bodies[-1]
        assert chat.unread_count == len(bodies)


@pytest.mark.causes(r"entry\.dead_lettered")
async def test_poisoned_entry_loses_only_itself(flow: Flow) -> None:
    # A message that fits the contract but not its inbox: the database refuses the whole batch because of it.
    class Poisoned(Consumer):
        async def _write(self, events: Any) -> None:
            if any(event.body == "poison" for event in events):
                raise ValueError("this entry spoils its transaction")
            await super()._write(events)

    bodies = [f"message {n}" for n in range(100)]
    bodies[37] = "poison"
    await flow.emit(*(received(flow.inbox_id, customer=n % 5, body=body) for n, body in enumerate(bodies)))
    with capture_logs() as logs:
        async with flow.consuming(Poisoned):
            await flow.drained()
    assert [str(entry["exc_info"]) for entry in logs if entry.get("exc_info")] == ["this entry spoils its transaction"]
    assert flow.bodies() == [body for body in bodies if body != "poison"]
    (letter,) = await dead.list_dead(flow.redis, flow.inbox_id)
    assert '"poison"' in letter.data
    assert "spoils its transaction" in letter.reason


async def test_what_only_a_batch_fails_of_is_told_too(flow: Flow) -> None:
    class Crowded(Consumer):
        async def _write(self, events: Any) -> None:
            if len(events) > 1:
                raise ValueError("these do not go together")
            await super()._write(events)

    await flow.emit(received(flow.inbox_id), received(flow.inbox_id))
    with capture_logs() as logs:
        async with flow.consuming(Crowded):
            await flow.drained()
    assert [str(entry["exc_info"]) for entry in logs if entry.get("exc_info")] == ["these do not go together"]
    assert flow.bodies() == ["Halo", "Halo"]


async def test_entry_that_the_database_refuses_loses_only_itself(flow: Flow) -> None:
    # A number is 16 characters in the schema and in the contract; this one is past what an INTEGER can hold.
    good = [received(flow.inbox_id, customer=n) for n in range(99)]
    bad = good[0].model_copy(update={"wa_message_id": "POISON", "occurred_at": 1 << 70})
    await flow.emit(*good[:50])
    await flow.redis.xadd(flow.stream, dict(entry_of(bad)))
    await flow.emit(*good[50:])
    async with flow.consuming():
        await flow.drained()
    assert len(flow.bodies()) == 99
    assert len(await dead.list_dead(flow.redis)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        InternalError("INSERT", {}, Exception("cannot execute INSERT in a read-only transaction")),
        PoolTimeout("QueuePool limit reached"),
        ProgrammingError("INSERT", {}, Exception("there is no such table")),
    ],
)
async def test_a_database_that_can_not_write_is_no_entrys_fault(
    flow: Flow, fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive, faults = intake.receive_batch, [fault, fault]

    def receive_later(*args: Any) -> Any:
        if faults:
            raise faults.pop()
        return receive(*args)

    monkeypatch.setattr(intake, "receive_batch", receive_later)
    await flow.emit(received(flow.inbox_id))
    with capture_logs() as logs:
        async with flow.consuming():
            await flow.drained()
    waits = [entry for entry in logs if entry["event"] == "batch.commit_failed"]
    assert len(waits) == 2
    assert sum(bool(entry.get("exc_info")) for entry in waits) == 1, "its traceback once"
    assert flow.bodies() == ["Halo"]
    assert await dead.list_dead(flow.redis) == []


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({DATA_FIELD: "{not json"}, "Invalid JSON"),
        ({"other": "x"}, "no field data"),
        ({DATA_FIELD: '{"type":"Unknown","v":1,"inbox_id":1}'}, "Unknown"),
        ({DATA_FIELD: '{"type":"GapRecovered","v":2,"inbox_id":1,"away_from":1,"away_until":2,"recovered":0}'}, "v"),
        ({DATA_FIELD: '{"type":"GapRecovered","v":1,"inbox_id":99,"away_from":1,"away_until":2,"recovered":0}'}, "99"),
        ({DATA_FIELD: b"\xff\xfe"}, "Invalid JSON"),
    ],
)
async def test_what_can_not_be_understood_is_kept_with_its_reason(
    flow: Flow, fields: dict[str, Any], reason: str
) -> None:
    await flow.redis.xadd(flow.stream, fields)
    await flow.emit(received(flow.inbox_id))
    async with flow.consuming():
        await flow.drained()
    assert flow.bodies() == ["Halo"]
    (letter,) = await dead.list_dead(flow.redis)
    assert reason in letter.reason
    assert letter.source == flow.stream


async def test_dead_letter_is_replayed_once(flow: Flow, cast: Cast) -> None:
    event = received(flow.inbox_id, body="late")
    letter = {"source": flow.stream, "entry_id": "1-0", "reason": "newer", "at": "1", **entry_of(event)}
    await flow.redis.xadd(dead_stream(flow.inbox_id), letter)
    async with flow.consuming():
        assert await dead.replay(flow.redis, flow.inbox_id) == 1
        await flow.drained()
        assert await dead.replay(flow.redis, flow.inbox_id) == 0
    assert flow.bodies() == ["late"]
    assert await dead.list_dead(flow.redis) == []


def told(flow: Flow, status: SessionStatus, reason: str, ago: int, host: str = "one") -> SessionChanged:
    """A worker's report of the number's state, `ago` ms before now by the worker's clock."""
    at = now_ms() - ago
    return SessionChanged(inbox_id=flow.inbox_id, status=status, reason=reason, occurred_at=at, host=host)


def shown(flow: Flow) -> tuple[str, str]:
    """The number's status and its reason."""
    return tuple(flow.read(select(INBOX.c.status, INBOX.c.status_reason).where(INBOX.c.id == flow.inbox_id)).one())


@pytest.mark.parametrize("hour", [3_600_000, -3_600_000], ids=["behind", "ahead"])
async def test_no_workers_clock_hides_a_state(flow: Flow, hour: int) -> None:
    """A wrong clock hides no report: clocks may be corrected, and another host's clock may differ."""
    words = [
        told(flow, SessionStatus.RECONNECTING, "offline", 0),
        told(flow, SessionStatus.LIVE, "", hour),
        told(flow, SessionStatus.RECONNECTING, "profile_elsewhere", 0),
        told(flow, SessionStatus.RECONNECTING, "profile_elsewhere", hour),
        told(flow, SessionStatus.LIVE, "", 0),
    ]
    async with flow.consuming():
        for word in words:
            await flow.emit(word)
            await flow.drained()
            assert shown(flow) == (word.status, word.reason)


async def test_a_state_that_is_replayed_or_read_late_changes_nothing(flow: Flow) -> None:
    """An older report changes nothing, whatever its time, if it was on the stream or dead before the newer one."""
    late = told(flow, SessionStatus.RECONNECTING, "offline", -60_000)
    read_late = await flow.redis.xadd(flow.stream, dict(entry_of(late)), id=f"{now_ms() - 1000}-0")
    letter = dead_entry(flow.stream, f"{now_ms() - 500}-0", entry_of(late), "newer", now_ms())
    await flow.redis.xadd(dead_stream(flow.inbox_id), dict(letter))
    await flow.emit(told(flow, SessionStatus.LIVE, "", 0))
    owner = Consumer(flow.redis, flow.inbox_id)
    async with flow.consuming(lambda *_: owner):
        await flow.drained()
        # As when somebody else had read it: its owner takes it over after newer ones.
        await owner.handle([(read_late, entry_of(late))])
        assert shown(flow) == ("live", "")
        assert await dead.replay(flow.redis, flow.inbox_id) == 1
        await flow.drained()
    assert shown(flow) == ("live", "")


async def test_a_dead_letter_that_came_from_no_stream_stays(flow: Flow) -> None:
    letter = {"source": "page", "entry_id": "", "reason": "unknown shape", "at": "1", "data": "{}"}
    await flow.redis.xadd(dead_stream(flow.inbox_id), letter)
    assert await dead.replay(flow.redis, flow.inbox_id) == 0
    assert len(await dead.list_dead(flow.redis)) == 1
    assert not await flow.redis.exists("page")


async def test_one_owner_at_a_time(flow: Flow) -> None:
    seen: list[str] = []

    def named(name: str) -> Any:
        class Named(Consumer):
            async def handle(self, entries: Any) -> None:
                seen.append(name)
                await super().handle(entries)

        return Named

    async with flow.consuming(named("first")):
        await flow.emit(received(flow.inbox_id))
        await flow.drained()
        async with flow.consuming(named("second")):
            for _ in range(20):
                await flow.emit(received(flow.inbox_id))
                await flow.drained()
    assert set(seen) == {"first"}
    assert flow.read(select(MESSAGE.c.id)).all().__len__() == 21
