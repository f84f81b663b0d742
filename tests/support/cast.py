"""The people of the tests, and their messages."""

from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlmodel import Session

from roms_app.models import Agent, Availability, Inbox, InboxMember, Role
from roms_app.models.base import now_ms
from wa_worker.contract.commands import Channel
from wa_worker.contract.events import AckChanged, MessageReceived, MessageSent, SessionStatus

_numbers = count(1)


@dataclass(frozen=True)
class Cast:
    """The ids and rows of the cast. `shop` is answered by Budi and Ayu, `other` by Eko; Siti sees both."""

    siti: Agent
    budi: Agent
    ayu: Agent
    eko: Agent
    shop: int
    other: int


def make_agent(session: Session, name: str, *, role: Role = Role.AGENT, **columns: Any) -> Agent:
    """An agent who is present."""
    availability = Availability.AWAY if role is Role.ADMIN else Availability.AVAILABLE
    values: dict[str, Any] = {"availability": availability, "seen_at": now_ms() + 3_600_000, **columns}
    agent = Agent(email=f"{name.lower()}@example.com", name=name, password_hash="-", role=role, **values)
    session.add(agent)
    session.flush()
    return agent


def make_inbox(session: Session, name: str, *members: Agent) -> int:
    """A live demo number, answered by `members`."""
    inbox = Inbox(name=name, channel=Channel.DEMO, status=SessionStatus.LIVE)
    session.add(inbox)
    session.flush()
    assert inbox.id is not None
    session.add_all([InboxMember(inbox_id=inbox.id, agent_id=member.id or 0) for member in members])
    session.flush()
    return inbox.id


def make_cast(session: Session) -> Cast:
    """Everybody, and two numbers."""
    siti = make_agent(session, "Siti", role=Role.ADMIN)
    budi, ayu, eko = (make_agent(session, name) for name in ("Budi", "Ayu", "Eko"))
    shop = make_inbox(session, "Shop", siti, budi, ayu)
    return Cast(siti, budi, ayu, eko, shop, make_inbox(session, "Other", siti, eko))


def phone(customer: int) -> str:
    """The number of the n-th customer."""
    return f"+62812{30_000_000 + customer}"


def lid(customer: int) -> str:
    """The LID of the n-th customer."""
    return f"{900_000_000_000 + customer}@lid"


def jid(customer: int) -> str:
    """The address of the n-th customer's chat by number."""
    return f"{phone(customer)[1:]}@c.us"


def received(inbox_id: int, customer: int = 1, body: str = "Halo", **fields: Any) -> MessageReceived:
    """A customer wrote. Each has an id of its own unless told."""
    values: dict[str, Any] = {
        "wa_message_id": f"3A{next(_numbers):018X}",
        "chat_jid": jid(customer),
        "phone_e164": None if fields.get("contact_lid") else phone(customer),
        "push_name": f"Customer {customer}",
        "sent_at": now_ms(),
        **fields,
    }
    return MessageReceived(inbox_id=inbox_id, body=body, **values)


def sent(inbox_id: int, customer: int = 1, body: str = "Baik", **fields: Any) -> MessageSent:
    """A message left our number."""
    values: dict[str, Any] = {
        "wa_message_id": f"3C{next(_numbers):018X}",
        "chat_jid": jid(customer),
        "phone_e164": phone(customer),
        "sent_at": now_ms(),
        "ack": 1,
        **fields,
    }
    return MessageSent(inbox_id=inbox_id, body=body, **values)


def acked(inbox_id: int, ack: int, *wa_message_ids: str, customer: int = 1) -> AckChanged:
    """Ticks changed."""
    return AckChanged(inbox_id=inbox_id, chat_jid=jid(customer), wa_message_ids=list(wa_message_ids), ack=ack)
