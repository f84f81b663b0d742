"""A history as long as that of an old shop, written straight into the tables of an empty or a used database.

    python -m devtools.history sqlite:////tmp/roms.db
    python -m devtools.history postgresql+psycopg://… --messages 1000000

By the services it would take hours. What the services keep true of rows is kept true here, so that they can go on from
there: ids, the copies of the newest message, and who answered.
"""

import argparse
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, func, select, text
from sqlmodel import Session, SQLModel

from roms_app import database
from roms_app.domain import reasons
from roms_app.models import (
    Agent,
    Assignment,
    AssignmentKind,
    Attachment,
    AttachmentStatus,
    Contact,
    ContactAlias,
    Conversation,
    ConversationStatus,
    DeliveryStatus,
    Direction,
    Inbox,
    InboxMember,
    Message,
    SenderType,
)
from roms_app.models.base import now_ms
from roms_app.models.tables import ASSIGNMENT, ATTACHMENT, CONTACT, CONTACT_ALIAS, CONVERSATION, MESSAGE
from wa_worker.contract.commands import Channel
from wa_worker.contract.events import MessageKind, SessionStatus

_YEAR_MS: Final = 365 * 24 * 60 * 60 * 1000
#: Rows of one statement on SQLite.
_ROWS: Final = 20_000
#: Every n-th message has a file.
_FILES: Final = 10
_NEXT_ID: Final = text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :last)")
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much there is. Threads follow Zipf's law: few are long, most are short."""

    messages: int = 1_000_000
    conversations: int = 100_000
    #: Messages of the longest thread, about.
    longest: int = 20_000
    #: Open conversations, one in ten of them without an agent; the others are resolved.
    open: int = 2_000


MILLION: Final = Extent()


@dataclass(slots=True)
class _Chat:
    """A conversation. Customer and agent take turns in it; the customer begins."""

    id: int
    inbox_id: int
    agent_id: int
    count: int = 0
    #: Which of all messages is its newest.
    last: int = 0

    @property
    def is_answered(self) -> bool:
        return self.count % 2 == 0


@dataclass(frozen=True, slots=True)
class _Plan:
    """The plan of a history: the conversation of each message, oldest first, and the first id of each table."""

    chats: Sequence[_Chat]
    order: Sequence[_Chat]
    contact_id: int
    message_id: int
    assignment_id: int
    #: Epoch ms.
    began: int

    def at(self, number: int) -> int:
        """When the message of this number was sent, in epoch ms."""
        return self.began + _YEAR_MS * number // len(self.order)


def thread_lengths(extent: Extent) -> list[int]:
    """The number of messages of each conversation, longest first. Their sum is `extent.messages`.

    Raises ValueError if there are no such threads.
    """
    wanted, count, longest = extent.messages, extent.conversations, extent.longest
    if not count + longest - 1 <= wanted <= count * longest:
        raise ValueError(f"{wanted} messages do not fit into {count} threads, the longest with {longest}.")

    def lengths(steepness: float) -> list[int]:
        return [max(1, int(longest / rank**steepness)) for rank in range(1, count + 1)]

    low, high = 0.0, 40.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(lengths(middle)) > wanted else (low, middle)
    found = lengths(high)
    # Rounding down lost some messages: add one to each thread after the longest, until all are there.
    for rank in range(1, wanted - sum(found) + 1):
        found[rank] += 1
    return found


def fill(
    engine: Engine, inbox_ids: Sequence[int], agent_ids: Sequence[int], extent: Extent = MILLION, seed: int = 1
) -> None:
    """Write the last year of these numbers, whose customers these agents answered, in one transaction.

    The same `seed` gives the same threads. Statistics stay as they are: run ANALYZE for those.
    """
    with engine.begin() as connection:
        plan = _plan(connection, inbox_ids, agent_ids, extent, seed)
        _write_customers(connection, plan)
        _write(connection, CONVERSATION, _conversations(plan, extent.open))
        _write(connection, MESSAGE, _messages(plan))
        _write(connection, ATTACHMENT, _files(plan))
        _write(connection, ASSIGNMENT, _assignments(plan))
        for table in (CONTACT, CONVERSATION, MESSAGE, ASSIGNMENT):
            _continue_ids(connection, table)


def _plan(
    connection: Connection, inbox_ids: Sequence[int], agent_ids: Sequence[int], extent: Extent, seed: int
) -> _Plan:
    first = _next_id(connection, CONVERSATION)
    chats = [
        _Chat(first + n, inbox_ids[n % len(inbox_ids)], agent_ids[n % len(agent_ids)])
        for n in range(extent.conversations)
    ]
    order = [chat for chat, length in zip(chats, thread_lengths(extent), strict=True) for _ in range(length)]
    random.Random(seed).shuffle(order)  # noqa: S311
    for number, chat in enumerate(order):
        chat.count, chat.last = chat.count + 1, number
    ids = (_next_id(connection, table) for table in (CONTACT, MESSAGE, ASSIGNMENT))
    return _Plan(chats, order, *ids, began=now_ms() - _YEAR_MS)


def _write_customers(connection: Connection, plan: _Plan) -> None:
    plain = Contact(inbox_id=0, first_seen_at=plan.began)
    known = ContactAlias(inbox_id=0, jid="", contact_id=0, since=plan.began)
    customers = [(n, plan.contact_id + n, chat.inbox_id) for n, chat in enumerate(plan.chats)]
    contacts = (
        _row(CONTACT, plain, id=id, inbox_id=inbox_id, phone_e164=_phone(id), push_name=f"Pelanggan {n}")
        for n, id, inbox_id in customers
    )
    _write(connection, CONTACT, contacts)
    aliases = (
        _row(CONTACT_ALIAS, known, inbox_id=inbox_id, jid=_jid(id), contact_id=id) for _, id, inbox_id in customers
    )
    _write(connection, CONTACT_ALIAS, aliases)


def _conversations(plan: _Plan, open_count: int) -> Iterator[Row]:
    """Those with the newest messages are open, one in ten of them without an agent."""
    plain = Conversation(inbox_id=0, contact_id=0, chat_jid="", last_message_at=0, created_at=plan.began)
    ranks = {chat.id: rank for rank, chat in enumerate(sorted(plan.chats, key=lambda chat: -chat.last))}
    for n, chat in enumerate(plan.chats):
        is_open, at = ranks[chat.id] < open_count, plan.at(chat.last)
        is_unassigned, waits = is_open and ranks[chat.id] % 10 == 0, is_open and not chat.is_answered
        yield _row(
            CONVERSATION,
            plain,
            id=chat.id,
            inbox_id=chat.inbox_id,
            contact_id=plan.contact_id + n,
            chat_jid=_jid(plan.contact_id + n),
            status=(ConversationStatus.OPEN if is_open else ConversationStatus.RESOLVED).value,
            assignee_id=None if is_unassigned else chat.agent_id,
            assignment_id=None if is_unassigned else plan.assignment_id + n,
            last_message_id=plan.message_id + chat.last,
            last_message_at=at,
            last_message_preview=_body(chat.last),
            unread_count=int(waits),
            waiting_since=at if waits else None,
            resolved_at=None if is_open else at,
        )


def _messages(plan: _Plan) -> Iterator[Row]:
    values: dict[str, Any] = {"inbox_id": 0, "conversation_id": 0, "wa_message_id": "", "sent_at": 0, "created_at": 0}
    asked = Message(**values, direction=Direction.INBOUND, sender_type=SenderType.CONTACT)
    ours = Message(
        **values, direction=Direction.OUTBOUND, sender_type=SenderType.AGENT, delivery_status=DeliveryStatus.READ
    )
    written: Counter[int] = Counter()
    for number, chat in enumerate(plan.order):
        is_ours, id, at = written[chat.id] % 2 == 1, plan.message_id + number, plan.at(number)
        written[chat.id] += 1
        yield _row(
            MESSAGE,
            ours if is_ours else asked,
            id=id,
            inbox_id=chat.inbox_id,
            conversation_id=chat.id,
            wa_message_id=f"3F{id:018X}",
            agent_id=chat.agent_id if is_ours else None,
            kind=(MessageKind.TEXT if number % _FILES else MessageKind.IMAGE).value,
            body=_body(number),
            sent_at=at,
            created_at=at,
            relayed_at=at if is_ours else None,
        )


def _files(plan: _Plan) -> Iterator[Row]:
    plain = Attachment(message_id=0, status=AttachmentStatus.STORED, mimetype="image/jpeg", pending_since=plan.began)
    for number in range(0, len(plan.order), _FILES):
        id = plan.message_id + number
        yield _row(ATTACHMENT, plain, message_id=id, media_key=f"1/{id:x}.jpg", sha256=f"{id:064x}", size_bytes=90_000)


def _assignments(plan: _Plan) -> Iterator[Row]:
    reason = reasons.AnsweredBefore(agent="Agen", open=1, capacity=30)
    code, params = reason.code.value, reasons.params_of(reason)
    plain = Assignment(conversation_id=0, kind=AssignmentKind.STICKY, reason_code=code, reason_params=params, at=0)
    for n, chat in enumerate(plan.chats):
        values = {"conversation_id": chat.id, "agent_id": chat.agent_id, "at": plan.at(chat.last)}
        yield _row(ASSIGNMENT, plain, id=plan.assignment_id + n, **values)


def _body(number: int) -> str:
    return f"Pesanan {number}: apakah masih ada, dan kapan bisa dikirim ke Bandung?"


def _row(table: Table, plain: SQLModel, **values: Any) -> Row:
    """The columns of `table` in their order: `values`, the others as in `plain`."""
    names = [column.name for column in table.columns]
    return tuple(values[name] if name in values else _stored(getattr(plain, name)) for name in names)


def _stored(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _write(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Insert whole rows, by the fastest way that the database has."""
    names = ", ".join(column.name for column in table.columns)
    if connection.dialect.name == "postgresql":
        cursor: Any = connection.connection.cursor()
        with cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" for _ in table.columns)
    for some in _chunks(rows):
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", some)  # noqa: S608


def _chunks(rows: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(rows)
    while some := list(islice(left, _ROWS)):
        yield some


def _next_id(connection: Connection, table: Table) -> int:
    return (connection.execute(select(func.max(table.c.id))).scalar() or 0) + 1


def _continue_ids(connection: Connection, table: Table) -> None:
    """SQLite goes on from the highest id by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(_NEXT_ID, {"table": table.name, "last": _next_id(connection, table) - 1})


def _phone(contact_id: int) -> str:
    return f"+62855{10_000_000 + contact_id}"


def _jid(contact_id: int) -> str:
    return f"{_phone(contact_id)[1:]}@c.us"


def add_team(engine: Engine, agents: int = 20, inboxes: int = 2) -> tuple[list[int], list[int]]:
    """Live demo numbers, and agents who answer all of them. Returns the ids of the numbers and of the agents."""
    with Session(engine) as session:
        numbers = [Inbox(name=f"Toko {n}", channel=Channel.DEMO, status=SessionStatus.LIVE) for n in range(inboxes)]
        people = [Agent(email=f"agen{n}@example.com", name=f"Agen {n}", password_hash="-") for n in range(agents)]
        session.add_all([*numbers, *people])
        session.flush()
        inbox_ids, agent_ids = ([one.id or 0 for one in some] for some in (numbers, people))
        session.add_all([InboxMember(inbox_id=id, agent_id=agent) for id in inbox_ids for agent in agent_ids])
        session.commit()
    return inbox_ids, agent_ids


def main() -> None:
    """Fill the database of an address, with a team of its own."""
    parser = argparse.ArgumentParser(description="Fill a database with a long history.")
    parser.add_argument("url")
    parser.add_argument("--messages", type=int, default=MILLION.messages)
    asked = parser.parse_args()
    share = asked.messages / MILLION.messages
    conversations, longest, opened = (
        max(1, int(size * share)) for size in (MILLION.conversations, MILLION.longest, MILLION.open)
    )
    engine, began = database.make_engine(asked.url), time.monotonic()
    database.upgrade(engine)
    fill(engine, *add_team(engine), Extent(asked.messages, conversations, longest, opened))
    print(f"{asked.messages} messages in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
