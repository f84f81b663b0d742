"""The agents of an inbox as the rules see them, and the queue in its order.

Reads only, except for the engine's lock.
"""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from roms_app.config import get_settings
from roms_app.domain import hours
from roms_app.domain.rotation import AgentSlot, is_present
from roms_app.models import ConversationStatus, Priority
from roms_app.models.tables import AGENT, ASSIGNMENT_SETTINGS, CONVERSATION, INBOX, INBOX_MEMBER, TEAM_MEMBER
from roms_app.services import changes, sql

_C = CONVERSATION.c
_S = ASSIGNMENT_SETTINGS.c
_SETTINGS = select(_S.default_capacity).where(_S.id == 1)


def lock_engine(session: Session) -> int:
    """Lock the engine until the commit: only one transaction at a time assigns. Returns the default capacity.

    An agent answers several inboxes: two processes that assign at the same time would both count the same free place. A
    process that finds nothing waiting must also not miss what another one is about to commit. SQLite has a single
    writer; on PostgreSQL the lock is the one row of the settings. Take it after locking all conversations that the
    transaction touches: its owner waits for no other conversation.
    """
    changes.lock_noted(session)
    found = session.execute(_SETTINGS.with_for_update()).scalar()
    if found is None:
        sql.insert_missing(session, ASSIGNMENT_SETTINGS, [{"id": 1, "default_capacity": 30}], [_S.id])
        found = session.execute(_SETTINGS.with_for_update()).scalar_one()
    return found


def default_capacity(session: Session) -> int:
    """The maximum of open conversations for agents without a capacity of their own."""
    found = session.execute(_SETTINGS).scalar()
    return 30 if found is None else found


def read_slots(session: Session, inbox_id: int, now: int) -> list[AgentSlot]:
    """The active agents who answer an inbox, ordered by id, as of `now` (epoch ms)."""
    return read_slots_by_inbox(session, [inbox_id], now)[inbox_id]


def read_slots_by_inbox(session: Session, inbox_ids: Collection[int], now: int) -> dict[int, list[AgentSlot]]:
    """The same for several inboxes, by their ids, in as many statements as for one."""
    open_count = (
        select(func.count())
        .where(_C.assignee_id == AGENT.c.id, _C.status == ConversationStatus.OPEN, is_answerable())
        .correlate(AGENT)
        .scalar_subquery()
    )
    a, member = AGENT.c, INBOX_MEMBER.c
    columns: list[ColumnElement[Any]] = [
        a.id, a.name, a.availability, a.seen_at, a.capacity, a.may_reply, a.shift_hours, a.timezone,
        member.inbox_id, member.last_turn, open_count.label("open_count"),
    ]  # fmt: skip
    found = session.execute(
        select(*columns)
        .join(INBOX_MEMBER, member.agent_id == a.id)
        .where(member.inbox_id.in_(inbox_ids), a.is_active)
        .order_by(a.id)
    ).all()
    capacity, grace_ms = default_capacity(session), get_settings().presence_grace_ms
    teams = _teams(session)
    slots: dict[int, list[AgentSlot]] = {inbox_id: [] for inbox_id in inbox_ids}
    for row in found:
        slot = AgentSlot(
            agent_id=row.id,
            name=row.name,
            last_turn=row.last_turn,
            open_count=row.open_count,
            capacity=capacity if row.capacity is None else row.capacity,
            availability=str(row.availability),
            is_present=is_present(row.seen_at, now, grace_ms),
            is_on_shift=hours.is_open(row.shift_hours, now, row.timezone),
            may_reply=row.may_reply,
            teams=frozenset(teams[row.id]) if row.id in teams else frozenset(),
        )
        slots[row.inbox_id].append(slot)
    return slots


def last_turn(session: Session, inbox_id: int) -> int:
    """The highest turn of an inbox so far.

    New agents start with it, last in the rotation, as if they had just had a turn.
    """
    return (
        session.execute(select(func.max(INBOX_MEMBER.c.last_turn)).where(INBOX_MEMBER.c.inbox_id == inbox_id)).scalar()
        or 0
    )


def waiting_conditions(inbox_id: int | None = None) -> list[ColumnElement[bool]]:
    """Conditions: the conversation is unassigned, the engine may assign it, and its number can be answered."""
    conditions: list[ColumnElement[bool]] = [
        _C.status == ConversationStatus.OPEN,
        _C.assignee_id.is_(None),
        ~_C.is_by_hand,
    ]
    if inbox_id is None:
        return [*conditions, is_answerable()]
    return [*conditions, _C.inbox_id == inbox_id]


def is_answerable() -> ColumnElement[bool]:
    """A condition: the conversation's number was not removed."""
    return _C.inbox_id.in_(select(INBOX.c.id).where(INBOX.c.is_active))


def queue_order() -> list[ColumnElement[Any]]:
    """The order of the queue: escalated and urgent conversations first, then the longest waiting ones."""
    rank = case((_C.escalated_at.is_not(None), int(Priority.URGENT)), else_=_C.priority)
    return [rank.desc(), func.coalesce(_C.waiting_since, _C.last_message_at), _C.id]


def _teams(session: Session) -> dict[int, list[int]]:
    """Agent id → ids of their teams."""
    teams: defaultdict[int, list[int]] = defaultdict(list)
    for row in session.execute(select(TEAM_MEMBER.c.agent_id, TEAM_MEMBER.c.team_id)):
        teams[row.agent_id].append(row.team_id)
    return teams
