"""The supervisor's page: the queue, the agents, and who would be assigned the next conversation. Reads only.

The page and the engine follow the same rules: `domain/rotation.py`, `services/eligibility.py`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from roms_app.config import get_settings
from roms_app.domain import queue_explanations, rotation
from roms_app.domain.rotation import AgentSlot, AssignmentRequest
from roms_app.domain.skip_reasons import skip_texts, skipped_texts
from roms_app.domain.words import Words
from roms_app.models import AssignmentKind, ConversationStatus
from roms_app.models.tables import AGENT, ASSIGNMENT, CONVERSATION, INBOX, TEAM, TEAM_MEMBER
from roms_app.services import board_chats, eligibility, presenting
from roms_app.services.board_chats import Inboxes
from roms_app.views.queue import LastAssignment, NextChat, QueueAgent, QueueBoard, QueueChat, QueueTeam

__all__ = ["open_of", "read_board"]

#: The maximum of rows in the waiting list, and in the list of each agent.
WAITING_LIMIT: Final = 200
OPEN_LIMIT: Final = 100
_C = CONVERSATION.c
_OPEN: Final = _C.status == ConversationStatus.OPEN

SlotsByInbox = Mapping[int, Sequence[AgentSlot]]


def read_board(session: Session, now: int) -> QueueBoard:
    """The page at `now` (epoch ms): the first 200 waiting conversations, all active agents and numbers."""
    inboxes: Inboxes = {row.id: row for row in session.execute(select(INBOX).where(INBOX.c.is_active))}
    slots = eligibility.read_slots_by_inbox(session, inboxes, now)
    waits = [_OPEN, _C.assignee_id.is_(None), _C.inbox_id.in_(list(inboxes))]
    agents = _agents(session, slots, now)
    return QueueBoard(
        waiting=board_chats.read(session, waits, inboxes, slots, now, limit=WAITING_LIMIT),
        waiting_total=session.execute(select(func.count()).select_from(CONVERSATION).where(*waits)).scalar_one(),
        urgent=board_chats.urgent(session, inboxes, slots, now),
        agents=agents,
        ready_count=sum(agent.is_ready for agent in agents),
        teams=_teams(session, waits),
        next=[_next(inbox, slots[inbox.id]) for inbox in inboxes.values()],
        last=_last(session),
    )


def open_of(session: Session, agent_id: int, now: int) -> list[QueueChat]:
    """The first 100 open conversations of an agent, longest waiting first. Empty for an unknown agent."""
    inboxes: Inboxes = {row.id: row for row in session.execute(select(INBOX))}
    return board_chats.read(session, [_OPEN, _C.assignee_id == agent_id], inboxes, {}, now, limit=OPEN_LIMIT)


def _next(inbox: Row[Any], slots: Sequence[AgentSlot]) -> NextChat:
    """The next assignment of a new customer whom no rule sends to a team."""
    choice = rotation.choose(slots, inbox.assignment_order)
    slot = choice.slot
    return NextChat(
        inbox_id=inbox.id,
        inbox_name=inbox.name,
        order=str(inbox.assignment_order),
        agent_id=slot.agent_id if slot else 0,
        agent_name=slot.name if slot else "",
        why=queue_explanations.explain_next(choice, inbox.assignment_order),
        skipped=skipped_texts(choice.skipped) if slot else {},
    )


def _agents(session: Session, slots: SlotsByInbox, now: int) -> list[QueueAgent]:
    work = _work(session)
    teams = _team_names(session)
    of_agent: dict[int, list[AgentSlot]] = {}
    for inbox_slots in slots.values():
        for slot in inbox_slots:
            of_agent.setdefault(slot.agent_id, []).append(slot)
    columns = (AGENT.c.id, AGENT.c.name, AGENT.c.availability, AGENT.c.seen_at, AGENT.c.capacity, _last_turn())
    found = session.execute(select(*columns).where(AGENT.c.is_active))
    capacity, grace_ms = eligibility.default_capacity(session), get_settings().presence_grace_ms
    agents: list[QueueAgent] = []
    for row in found:
        why_not = _why_not(of_agent.get(row.id, []))
        busy = work.get(row.id)
        agents.append(
            QueueAgent(
                id=row.id,
                name=row.name,
                availability=str(row.availability),
                is_present=rotation.is_present(row.seen_at, now, grace_ms),
                is_ready=not why_not,
                why_not=why_not,
                open_count=busy.open if busy else 0,
                capacity=capacity if row.capacity is None else row.capacity,
                last_turn_at=row.last_turn_at or 0,
                teams=teams.get(row.id, []),
                oldest_wait=(busy.oldest or 0) if busy else 0,
                escalated_count=busy.escalated if busy else 0,
            )
        )
    return sorted(agents, key=lambda one: (not one.escalated_count, not one.is_ready, one.name.casefold(), one.id))


def _why_not(slots: Sequence[AgentSlot]) -> Words:
    """Why the agent can't be assigned a conversation of any of their numbers; empty if they can."""
    if not slots:
        return queue_explanations.explain_no_number()
    # The reason is the same for all numbers. Only teams differ, and no team is asked for here.
    skip = rotation.skip_of(slots[0], AssignmentRequest())
    return {} if skip is None else skip_texts(skip, slots[0])


def _work(session: Session) -> dict[int, Row[Any]]:
    """Agent id → number of open conversations, start of the longest wait, number of escalated ones."""
    columns: list[ColumnElement[Any]] = [
        _C.assignee_id, func.count().label("open"), func.min(_C.waiting_since).label("oldest"),
        func.count(_C.escalated_at).label("escalated"),
    ]  # fmt: skip
    found = session.execute(select(*columns).where(_OPEN, _C.assignee_id.is_not(None)).group_by(_C.assignee_id))
    return {row.assignee_id: row for row in found}


def _last_turn() -> ColumnElement[int]:
    """The time of each agent's last turn. One index lookup for each agent, however long the history."""
    a = ASSIGNMENT.c
    newest = select(func.max(a.at)).where(a.agent_id == AGENT.c.id, a.kind == AssignmentKind.AUTOMATIC)
    return newest.correlate(AGENT).scalar_subquery().label("last_turn_at")


def _team_names(session: Session) -> dict[int, list[str]]:
    """Agent id → their teams' names."""
    names: dict[int, list[str]] = {}
    joined = select(TEAM_MEMBER.c.agent_id, TEAM.c.name).join(TEAM, TEAM.c.id == TEAM_MEMBER.c.team_id)
    for row in session.execute(joined.order_by(func.lower(TEAM.c.name))):
        names.setdefault(row.agent_id, []).append(row.name)
    return names


def _teams(session: Session, waits: Sequence[ColumnElement[bool]]) -> list[QueueTeam]:
    members = (
        select(func.count())
        .join(AGENT, AGENT.c.id == TEAM_MEMBER.c.agent_id)
        .where(TEAM_MEMBER.c.team_id == TEAM.c.id, AGENT.c.is_active)
        .correlate(TEAM)
        .scalar_subquery()
    )
    waiting = select(func.count()).where(_C.team_id == TEAM.c.id, *waits).correlate(TEAM).scalar_subquery()
    columns = (TEAM.c.id, TEAM.c.name, members.label("members"), waiting.label("waiting"))
    found = session.execute(select(*columns).order_by(func.lower(TEAM.c.name), TEAM.c.id))
    return [QueueTeam(row.id, row.name, row.members, row.waiting) for row in found]


def _last(session: Session) -> LastAssignment:
    a = ASSIGNMENT.c
    given = select(a.conversation_id, a.at, AGENT.c.name).join(AGENT, AGENT.c.id == a.agent_id)
    given = given.where(a.kind != AssignmentKind.RESOLVED)
    newest = session.execute(given.order_by(a.id.desc()).limit(1)).first()
    if newest is None:
        return LastAssignment()
    row = presenting.conversation_rows(session, [newest.conversation_id]).get(newest.conversation_id)
    return LastAssignment(newest.name, (row.name or row.phone) if row else "", newest.at)
