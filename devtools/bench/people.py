"""The participants of the benchmark: a paired demo phone, its customers, and signed-in agents."""

import os
from dataclasses import dataclass

from devtools.bench import load
from devtools.system import System
from devtools.waiting import until

STEPS = (1, 10, 50, 100)
BESIDE = (0, 25, 100)


@dataclass
class People:
    """Sessions and the one inbox. `cookies[0]` is the agent whose page is painted."""

    inbox_id: int
    cookies: list[str]
    #: The agents of the cookies, in the same order.
    agent_ids: list[int]
    redis_url: str
    steps: tuple[int, ...]
    beside: tuple[int, ...]

    def count_messages(self) -> int:
        """The number of messages in the database."""
        from sqlalchemy import func, select

        from roms_app.database import reading_session
        from roms_app.models import Message

        with reading_session() as session:
            return session.execute(select(func.count()).select_from(Message)).scalar_one()


def prepare(system: System, is_quick: bool) -> People:
    """Make agents, sessions and a demo phone by the services, as the pages do, and pair it."""
    os.environ.update({k: v for k, v in system.env.items() if k.startswith("ROMS_") or k == "REDIS_URL"})
    from roms_app.config import get_settings

    inbox_id, cookies, agent_ids = _make_rows()
    until(lambda: system.simulator_state(inbox_id).get("qr"), "the demo phone's QR", 60)
    for contact in load.customers():
        system.ctl(inbox_id, "contact", **contact)
    system.ctl(inbox_id, "scan")
    until(lambda: _status(inbox_id) == "live", "the demo phone to be live", 60)
    steps, beside = ((1, 100), (0, 100)) if is_quick else (STEPS, BESIDE)
    return People(inbox_id, cookies, agent_ids, get_settings().redis_url, steps, beside)


def _make_rows() -> tuple[int, list[str], list[int]]:
    """An inbox and 101 signed-in agents, one transaction. Returns the inbox's id, the agents' cookies and ids."""
    from roms_app.database import writing_session
    from roms_app.models import Agent, Role
    from roms_app.services import agents, inboxes, sessions
    from wa_worker.contract.commands import Channel

    password = "only for the benchmark"
    with writing_session() as session:
        admin_id = agents.create_agent(
            session, email="admin@bench.test", name="Admin", password=password, role=Role.ADMIN
        )
        admin = session.get_one(Agent, admin_id)
        inbox_id = inboxes.create_inbox(session, admin, name="Bench", channel=Channel.DEMO)
        cookies: list[str] = []
        agent_ids: list[int] = []
        for n in range(max(BESIDE) + 1):
            agent_id = agents.create_agent(session, email=f"agent{n}@bench.test", name=f"Agent {n}", password=password)
            agent_ids.append(agent_id)
            ticket = sessions.issue_ticket(session, agent_id, "bench")
            cookies.append(sessions.redeem_ticket(session, ticket, "bench", session_days=1) or "")
        session.commit()
    return inbox_id, cookies, agent_ids


def _status(inbox_id: int) -> str:
    from roms_app.database import reading_session
    from roms_app.services import inboxes

    with reading_session() as session:
        return next(card.status for card in inboxes.list_cards(session) if card.id == inbox_id)
