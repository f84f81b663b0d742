"""Agents who stop answering: they go away, their shift ends, they may no longer reply, they leave the team.

This module decides what happens to their conversations.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, func, or_, select, update
from sqlalchemy.orm import Session

from roms_app.domain import fields, hours, reasons
from roms_app.domain.reasons import Reason
from roms_app.errors import InvalidInput
from roms_app.models import Agent, AssignmentKind, Availability, ConversationStatus, Role
from roms_app.models.base import now_ms
from roms_app.models.tables import AGENT, CONVERSATION, INBOX_MEMBER
from roms_app.services import assignment, changes, eligibility
from roms_app.services.access import id_of
from roms_app.services.by_hand import name_of
from roms_app.services.decisions import Decision, record

_C = CONVERSATION.c
_M = INBOX_MEMBER.c
#: An agent may get a returned conversation again: while they are gone they are assigned nothing anyway.
_BACK: Final[dict[str, Any]] = {"assignee_id": None, "is_by_hand": False, "due_at": None, "returned_from_id": None}
_NOBODYS: Final[dict[str, Any]] = {"assignee_id": None, "assignment_id": None}


@dataclass(frozen=True, slots=True)
class EndedShift:
    """A shift that has ended while its agent still has open conversations."""

    #: Epoch ms.
    ended_at: int
    open_count: int


def count_open(session: Session, agent_id: int) -> int:
    """How many open conversations an agent has."""
    theirs = (_C.assignee_id == agent_id, _C.status == ConversationStatus.OPEN)
    return session.execute(select(func.count()).select_from(CONVERSATION).where(*theirs)).scalar_one()


def return_and_go_away(session: Session, agent: Agent) -> None:
    """Return the agent's open conversations to the queue, and set the agent to away."""
    session.execute(update(AGENT).where(AGENT.c.id == agent.id).values(availability=Availability.AWAY))
    changes.touch_agent(session, id_of(agent))
    _return_open(session, id_of(agent), reasons.WentAway(agent=agent.name), decided_by_id=agent.id)


def ended_shift(session: Session, agent: Agent, now: int) -> EndedShift | None:
    """The shift that has ended by `now` (epoch ms) and was not closed yet; None if there is nothing to hand over."""
    shift = hours.parse(agent.shift_hours)
    if shift is None or shift.is_open(now, agent.timezone):
        return None
    ended_at = shift.last_closing(now, agent.timezone)
    if ended_at is None or (agent.shift_closed_at or 0) >= ended_at:
        return None
    open_count = count_open(session, id_of(agent))
    return EndedShift(ended_at, open_count) if open_count else None


def close_shift(session: Session, agent: Agent, *, returns: bool, note: str = "") -> None:
    """Close a shift: return the open conversations with a note, or keep them. Raises InvalidInput without the note."""
    note = fields.note(note)
    if returns and not note:
        raise InvalidInput("A handover needs a note.", "Write in a sentence where things stand.")
    session.execute(update(AGENT).where(AGENT.c.id == agent.id).values(shift_closed_at=now_ms()))
    changes.touch_agent(session, id_of(agent))
    if returns:
        reason = reasons.ShiftEnded(agent=agent.name)
        _return_open(session, id_of(agent), reason, decided_by_id=agent.id, note=note)


def return_all(session: Session, agent_id: int) -> int:
    """Return an agent's open conversations to the queue, and assign them. Returns how many there were.

    Used when an agent leaves the team. Their resolved conversations become unassigned, so that none returns to them.
    """
    returned = _return_open(session, agent_id, reasons.LeftTeam(agent=name_of(session, agent_id)))
    _release_resolved(session, agent_id)
    return returned


def return_not_replying(session: Session, agent_id: int) -> int:
    """Return the open conversations of an agent who may no longer reply, and assign them.

    Returns how many there were.
    """
    return _return_open(session, agent_id, reasons.MayNotReply(agent=name_of(session, agent_id)))


def has_orphans(session: Session) -> bool:
    """Whether an open conversation is assigned to an agent who can't answer it any more."""
    return session.execute(_orphans().limit(1)).first() is not None


def return_orphans(session: Session) -> int:
    """Return conversations of agents who left the team, may not reply, or no longer answer the number; assign them.

    Returns how many there were. Rows that another transaction has locked are looked at again later.
    """
    session.flush()
    eligibility.lock_engine(session)
    found = session.execute(_orphans().with_for_update(of=CONVERSATION, key_share=True, skip_locked=True)).all()
    if found:
        ids = [row.id for row in found]
        session.execute(update(CONVERSATION).where(_C.id.in_(ids)).values(_BACK))
        record(session, [_orphaned(row) for row in found])
    if has_orphans(session):
        changes.drain_again(session)
    assignment.drain_queue(session)
    return len(found)


def _orphans() -> Select[Any]:
    columns: list[ColumnElement[Any]] = [
        _C.id,
        _C.assignee_id,
        _C.team_id,
        AGENT.c.name,
        AGENT.c.is_active,
        AGENT.c.may_reply,
    ]
    answers = select(INBOX_MEMBER.c.inbox_id).where(INBOX_MEMBER.c.agent_id == AGENT.c.id)
    can_see = or_(AGENT.c.role == Role.ADMIN, _C.inbox_id.in_(answers.correlate(AGENT)))
    can_not = or_(~AGENT.c.is_active, ~AGENT.c.may_reply, ~can_see)
    return (
        select(*columns)
        .join(AGENT, AGENT.c.id == _C.assignee_id)
        .where(_C.status == ConversationStatus.OPEN, can_not, eligibility.is_answerable())
        .order_by(_C.id)
    )


def _orphaned(row: Row[Any]) -> Decision:
    return Decision(row.id, None, AssignmentKind.RETURNED, _why_orphaned(row), None, row.assignee_id, row.team_id)


def _why_orphaned(row: Row[Any]) -> Reason:
    if not row.is_active:
        return reasons.LeftTeam(agent=row.name)
    return reasons.LeftNumber(agent=row.name) if row.may_reply else reasons.MayNotReply(agent=row.name)


def _return_open(
    session: Session, agent_id: int, reason: Reason, *, decided_by_id: int | None = None, note: str = ""
) -> int:
    """Return the open conversations of an agent, including those assigned by hand.

    A person who assigned one by hand expected an agent who answers. Returns how many there were.
    """
    session.flush()
    theirs = (_C.assignee_id == agent_id, _C.status == ConversationStatus.OPEN)
    # Lock their conversations first, then the engine, in this order (`lock_engine`). The engine may be assigning one to
    # them right now without knowing that they leave; then there is one more.
    session.execute(select(_C.id).where(*theirs).order_by(_C.id).with_for_update(key_share=True)).all()
    eligibility.lock_engine(session)
    held = session.execute(update(CONVERSATION).where(*theirs).values(_BACK).returning(_C.id, _C.team_id)).all()
    kind = AssignmentKind.RETURNED
    record(
        session,
        [
            Decision(row.id, None, kind, reason, decided_by_id, agent_id, row.team_id, note)
            for row in sorted(held, key=lambda row: row.id)
        ],
    )
    assignment.drain_queue(session)
    return len(held)


def release_unseen(session: Session, agent_id: int) -> None:
    """Unassign the agent's resolved conversations of numbers that they do not answer.

    The agent may not see these any more, and the customer's next message would be assigned to them.
    """
    answered = select(_M.inbox_id).where(_M.agent_id == agent_id)
    _release_resolved(session, agent_id, _C.inbox_id.not_in(answered))


def _release_resolved(session: Session, agent_id: int, *more: ColumnElement[bool]) -> None:
    released = session.execute(
        update(CONVERSATION)
        .where(_C.assignee_id == agent_id, _C.status == ConversationStatus.RESOLVED, *more)
        .values(**_NOBODYS, version=_C.version + 1)
        .returning(_C.id)
    ).all()
    # There may be thousands: every tab reloads its page, instead of an event for each.
    if released:
        changes.reload_all(session)
