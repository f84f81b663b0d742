"""One conversation as WhatsApp's cloud has it, as the database has it and as a page shows it, and that they agree."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from redis import Redis

from devtools.people import Agent
from devtools.system import System
from devtools.waiting import until
from wa_worker.contract.streams import DATA_FIELD, dead_stream, events_stream


@dataclass(frozen=True, slots=True)
class Line:
    """One message, wherever it was read."""

    is_ours: bool
    body: str
    wa_message_id: str
    #: `DeliveryStatus`, in the database; "" for received ones.
    status: str = ""


def query(system: System, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Read the database of a running system."""
    connection = sqlite3.connect(f"file:{system.data_dir / 'roms.db'}?mode=ro", uri=True, timeout=10)
    try:
        return connection.execute(sql, parameters).fetchall()
    finally:
        connection.close()


def in_cloud(system: System, phone: str, chat: str) -> list[Line]:
    """The messages of a chat in WhatsApp's cloud, in order of arrival."""
    messages = system.simulator_state(phone)["messages"]
    return [Line(m["fromMe"], m["body"], m["id"]) for m in messages if m["chat"] == chat]


def in_database(system: System, chat: str) -> list[Line]:
    """The messages of a chat in ROMS, in the order of the thread."""
    rows = query(
        system,
        "SELECT m.direction, m.body, m.wa_message_id, m.delivery_status FROM message m"
        " JOIN conversation c ON c.id = m.conversation_id WHERE c.chat_jid = ? ORDER BY m.sent_at, m.id",
        chat,
    )
    return [Line(direction == "outbound", body, wa_id, status or "") for direction, body, wa_id, status in rows]


def assignee_of(system: System, chat: str) -> str | None:
    """The name of the chat's assignee."""
    sql = "SELECT a.name FROM conversation c LEFT JOIN agent a ON a.id = c.assignee_id WHERE c.chat_jid = ?"
    rows = query(system, sql, chat)
    return rows[0][0] if rows else None


def dead_letters(system: System, inbox_id: int = 1) -> list[Any]:
    """The dead letters."""
    with Redis.from_url(system.redis_url) as redis:
        return redis.xrange(dead_stream(inbox_id))  # pyright: ignore[reportReturnType]


def tell_everything_again(system: System, inbox_id: int = 1) -> None:
    """Put every message and every tick on the stream a second time, and wait until the app has read them."""
    stream = events_stream(inbox_id)
    with Redis.from_url(system.redis_url, decode_responses=True) as redis:
        entries: list[Any] = redis.xrange(stream)  # pyright: ignore[reportAssignmentType]
        for _, entry in entries:
            if json.loads(entry[DATA_FIELD])["type"] in ("MessageReceived", "MessageSent", "AckChanged"):
                redis.xadd(stream, entry)
        until(lambda: _is_read(redis, stream), "the app to read what came again")


def _is_read(redis: Redis, stream: str) -> bool:
    groups: Any = redis.xinfo_groups(stream)
    return all(group["lag"] == 0 and group["pending"] == 0 for group in groups)


@contextmanager
def both_sides_writing(system: System, phone: str, chat: str) -> Iterator[None]:
    """Meanwhile the customer writes, and the owner does on the phone, whatever else happens.

    Numbered, four a second, and fewer in all than a thread shows at once.
    """
    stop, errors = threading.Event(), list[Exception]()

    def write() -> None:
        for number in range(1, 31):
            if stop.wait(0.25):
                return
            try:
                system.ctl(phone, "message", chat=chat, body=f"customer {number}")
                if number % 3 == 0:
                    system.ctl(phone, "own_message", chat=chat, body=f"phone {number // 3}")
            except Exception as error:
                errors.append(error)
                return

    writer = threading.Thread(target=write, name="both sides")
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()
    assert not errors, errors[0]


def assert_agreement(system: System, phone: str, chat: str, agent: Agent) -> None:
    """Nothing is missing, doubled or out of order: in the cloud, in the database, and on the agent's page.

    Each side's order is its own: WhatsApp's times have whole seconds, and a reply that waited for a dead part stands
    where the agent wrote it.
    """
    _wait_for_same(lambda: _ids(in_database(system, chat)), lambda: _ids(in_cloud(system, phone, chat)))
    _wait_for_same(lambda: {line.status for line in in_database(system, chat)} & {"queued", "failed"}, set)
    cloud, database = in_cloud(system, phone, chat), in_database(system, chat)
    assert len(set(_ids(cloud))) == len(cloud), "WhatsApp has a message twice"
    for author in ("customer", "phone", "agent"):
        assert _by(author, database) == _by(author, cloud)
        assert len(set(_by(author, cloud))) == len(_by(author, cloud))
    _wait_for_same(agent.shown_messages, lambda: [(line.is_ours, line.body) for line in in_database(system, chat)])
    assert dead_letters(system) == []


def stays(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition holds for the whole time. Returns at the first time that it does not."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not condition():
            return False
        time.sleep(0.1)
    return True


def _wait_for_same(one: Any, other: Any) -> None:
    """Poll until both answer the same; then, or when the time is up, let pytest show the difference."""
    try:
        until(lambda: one() == other(), "agreement")
    except TimeoutError:
        assert one() == other()


def _ids(lines: list[Line]) -> list[str]:
    return sorted(line.wa_message_id for line in lines)


def _by(author: str, lines: list[Line]) -> list[str]:
    return [line.body for line in lines if line.body.startswith(author)]
