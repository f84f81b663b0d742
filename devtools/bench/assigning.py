"""Measures assignment: the time from its trigger to the agent's socket, and the conversations assigned per second."""

import asyncio
import re
import time
from typing import Any, Final

from redis.asyncio import Redis
from sqlalchemy import func, select, update

from devtools.bench.people import People
from devtools.bench.report import Row
from devtools.bench.sockets import Agents
from devtools.bench.statistics import Latency
from wa_worker.contract.base import now_ms
from wa_worker.contract.events import MessageReceived
from wa_worker.contract.streams import entry_of, events_stream

WAITING: Final = 100
QUEUE: Final = 5_000
SET_AVAILABILITY: Final = "roms_app___states___session____session_state.set_availability"
#: The frame escapes it once for each layer of JSON.
_ASSIGNEE: Final = re.compile(r"assignee_id\W+(\d+)")
_PATIENCE: Final = 10.0
_customers = iter(range(1_000_000, 10_000_000))


async def on_trigger(url: str, redis: Redis, people: People, rounds: int) -> Row:
    """(e) 100 conversations wait and 100 agents are present. Ten agents per second become available.

    Measures from the agent's click to the frame that adds the conversation to their own list.
    """
    cookies = people.cookies[1 : WAITING + 1]
    of_cookie = dict(zip(people.cookies, people.agent_ids, strict=True))
    agents = Agents(url, cookies, tab="mine")
    clicked: dict[str, float] = {}
    shown: dict[str, float] = {}

    def note(cookie: str, frame: str, now: float) -> None:
        if cookie in clicked and cookie not in shown and str(of_cookie[cookie]) in _ASSIGNEE.findall(frame):
            shown[cookie] = now

    agents.on_frame = note
    waits: list[float] = []
    _send_everybody_away(capacity=1)
    await agents.connect()
    try:
        for _ in range(rounds):
            await _let_wait(redis, people.inbox_id, WAITING)
            clicked.clear()
            shown.clear()
            for cookie in cookies:
                clicked[cookie] = time.time()
                await agents.call(cookie, SET_AVAILABILITY, availability="available")
                await asyncio.sleep(0.1)
            deadline = time.monotonic() + _PATIENCE
            while len(shown) < len(cookies) and time.monotonic() < deadline:
                await asyncio.sleep(0.05)
            waits += [shown[cookie] - clicked[cookie] for cookie in shown]
            _send_everybody_away(capacity=1)
    finally:
        await agents.close()
    return Row("e  available → on screen", WAITING, Latency.of(waits, rounds * WAITING))


async def of_queue(url: str, redis: Redis, people: People) -> Row:
    """(f) 5,000 conversations wait for 100 agents. One click makes the engine assign them."""
    _send_everybody_away(capacity=QUEUE)
    await _let_wait(redis, people.inbox_id, QUEUE)
    cookie, agent_id = people.cookies[1], people.agent_ids[1]
    _change_agents(availability="available", but=agent_id)
    agents = Agents(url, [cookie], tab="mine")
    await agents.connect()
    try:
        began = time.monotonic()
        await agents.call(cookie, SET_AVAILABILITY, availability="available")
        while _count_waiting():
            if time.monotonic() - began > 60:
                raise TimeoutError("The queue was not given out within a minute.")
            await asyncio.sleep(0.01)
        seconds = time.monotonic() - began
    finally:
        await agents.close()
    return Row(f"f  {QUEUE:,} are given out", WAITING, highest_rate=round(QUEUE / seconds))


async def _let_wait(redis: Redis, inbox_id: int, count: int) -> None:
    """Let this many new customers write while no agent is present."""
    async with redis.pipeline(transaction=False) as pipe:
        for _ in range(count):
            customer = next(_customers)
            event = MessageReceived(
                inbox_id=inbox_id,
                wa_message_id=f"WAITS{customer:012d}",
                chat_jid=f"{customer}@lid",
                contact_lid=f"{customer}@lid",
                phone_e164=f"+62814{customer}",
                push_name=f"Pelanggan {customer}",
                body="Halo kak, apakah pesanan saya sudah dikirim?",
                sent_at=now_ms(),
            )
            pipe.xadd(events_stream(inbox_id), entry_of(event))  # pyright: ignore[reportArgumentType]
        await pipe.execute()
    async with asyncio.timeout(60):
        while _count_waiting() < count:
            await asyncio.sleep(0.05)


def _send_everybody_away(capacity: int) -> None:
    """Set all agents to present but not available, and resolve all conversations."""
    _write("conversation", status="resolved", assignee_id=None, waiting_since=None, due_at=None)
    _change_agents(availability="away", seen_at=now_ms() + 3_600_000, capacity=capacity)


def _change_agents(but: int = 0, **values: Any) -> None:
    from roms_app.models.tables import AGENT

    _write("agent", AGENT.c.id != but, **values)


def _write(table: str, *conditions: Any, **values: Any) -> None:
    """Write directly into the database; the measurement begins afterwards."""
    from roms_app.database import writing_session
    from roms_app.models import tables

    with writing_session() as session:
        session.execute(update(getattr(tables, table.upper())).where(*conditions).values(**values))
        session.commit()


def _count_waiting() -> int:
    from roms_app.database import reading_session
    from roms_app.models.tables import CONVERSATION

    c = CONVERSATION.c
    waits = select(func.count()).select_from(CONVERSATION).where(c.status == "open", c.assignee_id.is_(None))
    with reading_session() as session:
        return session.execute(waits).scalar_one()
