"""Who answers: the rotation, the queue, taking and handing over. Every decision leaves an `assignment` row.

The one way to give a conversation is `claim`: an UPDATE that only succeeds while nobody has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.orm import Session

from roms_app.config import get_settings
from roms_app.domain import rotation, wording
from roms_app.domain.rotation import Place
from roms_app.domain.wording import Words
from roms_app.errors import Conflict, InvalidInput
from roms_app.models import Agent, Assignment, AssignmentKind, Availability, ConversationStatus
from roms_app.models.base import now_ms
from roms_app.models.tables import AGENT, ASSIGNMENT, CONVERSATION, INBOX, INBOX_MEMBER
from roms_app.services import changes, sql
from roms_app.services.access import access_conversation, id_of

_C = CONVERSATION.c


def claim(session: Session, conversation_id: int, agent_id: int) -> bool:
    """Give an unassigned conversation to an agent. False: somebody was faster."""
    claimed = session.execute(
        update(CONVERSATION)
        .where(_C.id == conversation_id, _C.assignee_id.is_(None))
        .values(assignee_id=agent_id)
        .returning(_C.id)
    ).first()
    return claimed is not None


def assign_next_agent(session: Session, conversation_id: int, inbox_id: int) -> Assignment | None:
    """Give the conversation to the eligible agent whose last turn is oldest. None: it waits, or somebody has it."""
    given = _give_in_turn(session, inbox_id, [conversation_id], eligible(session, inbox_id))
    return session.get_one(Assignment, given[0]) if given else None


def assign_again(session: Session, conversation_id: int, inbox_id: int, former_id: int) -> None:
    """A resolved conversation begins anew: with who answered it last if they are eligible, else in turn.

    The caller has cleared the assignee.
    """
    places = eligible(session, inbox_id)
    former = next((place for place in places if place.agent_id == former_id), None)
    if former is None:
        _give_in_turn(session, inbox_id, [conversation_id], places)
    elif claim(session, conversation_id, former_id):
        words = wording.returned_to_same(former.name)
        _record(session, [_Decision(conversation_id, former_id, AssignmentKind.RETURNED, words)])


def eligible(session: Session, inbox_id: int) -> list[Place]:
    """The agents who can be given a conversation now, with a lock on the inbox's rotation.

    Active, available, present within the grace, and a member of the inbox.
    """
    # SQLite's writer is alone by itself; elsewhere two processes must not read the same turn.
    session.execute(select(INBOX.c.id).where(INBOX.c.id == inbox_id).with_for_update(key_share=True))
    open_count = (
        select(func.count())
        .where(_C.assignee_id == AGENT.c.id, _C.status == ConversationStatus.OPEN)
        .correlate(AGENT)
        .scalar_subquery()
    )
    found = session.execute(
        select(AGENT.c.id, AGENT.c.name, INBOX_MEMBER.c.last_turn, open_count.label("open_count"))
        .join(INBOX_MEMBER, INBOX_MEMBER.c.agent_id == AGENT.c.id)
        .where(INBOX_MEMBER.c.inbox_id == inbox_id, AGENT.c.is_active, *_is_here())
    )
    return [Place(row.id, row.name, row.last_turn, row.open_count) for row in found]


def _is_here() -> tuple[ColumnElement[bool], ...]:
    since = now_ms() - get_settings().presence_grace_ms
    return AGENT.c.availability == Availability.AVAILABLE, AGENT.c.seen_at >= since


def drain_inbox(session: Session, inbox_id: int) -> int:
    """Give out what waits in one inbox, longest waiting first. Returns how many found an agent."""
    waits = (_C.inbox_id == inbox_id, _C.status == ConversationStatus.OPEN, _C.assignee_id.is_(None))
    since = func.coalesce(_C.waiting_since, _C.last_message_at)
    ids = list(session.execute(select(_C.id).where(*waits).order_by(since, _C.id)).scalars())
    places = eligible(session, inbox_id) if ids else []
    return len(_give_in_turn(session, inbox_id, ids, places))


def drain_queue(session: Session) -> int:
    """Give out what waits in every inbox. Returns how many found an agent."""
    return sum(drain_inbox(session, inbox_id) for inbox_id in _waiting_inboxes(session))


def can_drain(session: Session) -> bool:
    """Whether something waits for which somebody is eligible; a read, so that the sweep rarely writes."""
    is_here = (
        exists()
        .where(INBOX_MEMBER.c.inbox_id == _C.inbox_id)
        .where(INBOX_MEMBER.c.agent_id == AGENT.c.id, AGENT.c.is_active, *_is_here())
    )
    waits = select(_C.id).where(_C.status == ConversationStatus.OPEN, _C.assignee_id.is_(None), is_here, _is_answered())
    return session.execute(waits.limit(1)).first() is not None


def take(session: Session, agent: Agent, conversation_id: int) -> None:
    """The agent takes an unassigned conversation. Raises Conflict, which says who has it, or NotFound."""
    conversation = access_conversation(session, agent, conversation_id)
    if not claim(session, conversation_id, id_of(agent)):
        session.refresh(conversation)
        if conversation.assignee_id == agent.id:
            return
        name = _name_of(session, conversation.assignee_id)
        raise Conflict("{name} has taken this conversation already.", name=name)
    words = wording.taken(agent.name)
    _record(session, [_Decision(conversation_id, id_of(agent), AssignmentKind.TAKEN, words, agent.id)])


def take_by_reply(session: Session, agent: Agent, conversation_id: int) -> None:
    """An answer to an unassigned conversation takes it; somebody else's stays theirs."""
    if claim(session, conversation_id, id_of(agent)):
        words = wording.taken_by_reply(agent.name)
        _record(session, [_Decision(conversation_id, id_of(agent), AssignmentKind.TAKEN, words, agent.id)])


def hand_over(session: Session, agent: Agent, conversation_id: int, to_agent_id: int) -> None:
    """Give a conversation to a colleague. Raises NotFound, or InvalidInput when they can't have it."""
    conversation = access_conversation(session, agent, conversation_id)
    to_agent = session.get(Agent, to_agent_id)
    if to_agent is None or not to_agent.is_active:
        raise InvalidInput("This agent is no longer on the team.", "Choose somebody else.")
    access_conversation(session, to_agent, conversation_id)
    was = conversation.assignee_id or 0
    if was == to_agent_id:
        return
    session.execute(update(CONVERSATION).where(_C.id == conversation_id).values(assignee_id=to_agent_id))
    words = wording.handed_over(agent.name, to_agent.name) if to_agent_id != agent.id else wording.taken(agent.name)
    _record(session, [_Decision(conversation_id, to_agent_id, AssignmentKind.HANDED_OVER, words, agent.id, was)])


def release_all(session: Session, agent_id: int) -> int:
    """Put an agent's open conversations back into the queue, and give them out. Returns how many they were.

    For an agent who leaves the team. Their resolved ones are nobody's from now on, so that none comes back to them.
    """
    words = wording.returned_to_queue(_name_of(session, agent_id))
    held = session.execute(
        update(CONVERSATION)
        .where(_C.assignee_id == agent_id, _C.status == ConversationStatus.OPEN)
        .values(assignee_id=None)
        .returning(_C.id)
    ).scalars()
    ids = sorted(held)
    _record(session, [_Decision(id, None, AssignmentKind.RETURNED, words, was_assignee_id=agent_id) for id in ids])
    _release_resolved(session, agent_id)
    drain_queue(session)
    return len(ids)


def release_from_inactive(session: Session, conversation_id: int) -> bool:
    """Who left the team has the conversation no more. False: it was not theirs.

    Before a conversation is opened again: an open one of somebody who is gone would wait for ever.
    """
    is_gone = _C.assignee_id.in_(select(AGENT.c.id).where(~AGENT.c.is_active))
    released = session.execute(
        update(CONVERSATION).where(_C.id == conversation_id, is_gone).values(assignee_id=None).returning(_C.id)
    ).first()
    return released is not None


def _release_resolved(session: Session, agent_id: int) -> None:
    released = session.execute(
        update(CONVERSATION)
        .where(_C.assignee_id == agent_id, _C.status == ConversationStatus.RESOLVED)
        .values(assignee_id=None, version=_C.version + 1)
        .returning(_C.id)
    ).all()
    # They may be thousands: every tab reads its page again, instead of being told of each.
    if released:
        changes.reload_all(session)


@dataclass(frozen=True, slots=True)
class _Decision:
    """Who gets a conversation, and why. One `assignment` row."""

    conversation_id: int
    agent_id: int | None
    kind: AssignmentKind
    words: Words
    decided_by_id: int | None = None
    was_assignee_id: int = 0


def _give_in_turn(session: Session, inbox_id: int, conversation_ids: Sequence[int], places: list[Place]) -> list[int]:
    """Give conversations out in their order. Returns the ids of the assignments made.

    A few statements, however many conversations: after an outage hundreds of them come in one batch.
    """
    if not conversation_ids or not places:
        return []
    # Locked in the order of ids, as everywhere: from here on nobody else can claim them.
    unclaimed = select(_C.id).where(_C.id.in_(conversation_ids), _C.assignee_id.is_(None)).order_by(_C.id)
    free = set(session.execute(unclaimed.with_for_update(key_share=True)).scalars())
    member = INBOX_MEMBER.c
    last = session.execute(select(func.max(member.last_turn)).where(member.inbox_id == inbox_id)).scalar_one()
    decisions: list[_Decision] = []
    for turn, conversation_id in enumerate((id for id in conversation_ids if id in free), start=last + 1):
        place = rotation.next_in_turn(places)
        assert place is not None
        words = wording.assigned_in_turn(place.name, place.open_count)
        decisions.append(_Decision(conversation_id, place.agent_id, AssignmentKind.AUTOMATIC, words))
        place.last_turn, place.open_count = turn, place.open_count + 1
    given = [{"id": one.conversation_id, "assignee_id": one.agent_id} for one in decisions]
    sql.update_by_id(session, CONVERSATION, given)
    for place in places:
        is_place = (member.inbox_id == inbox_id, member.agent_id == place.agent_id)
        session.execute(update(INBOX_MEMBER).where(*is_place).values(last_turn=place.last_turn))
    return _record(session, decisions)


def _record(session: Session, decisions: Sequence[_Decision]) -> list[int]:
    """Keep the decisions, and announce them. Returns the assignments' ids."""
    at = now_ms()
    rows = [
        {
            "conversation_id": one.conversation_id,
            "agent_id": one.agent_id,
            "decided_by_id": one.decided_by_id,
            "kind": one.kind,
            "reason": one.words.en,
            "reason_indonesian": one.words.id,
            "at": at,
        }
        for one in decisions
    ]
    inserted = sql.insert_missing(session, ASSIGNMENT, rows, [ASSIGNMENT.c.id, ASSIGNMENT.c.conversation_id])
    was = {one.conversation_id: one.was_assignee_id for one in decisions}
    for row in inserted:
        id = row.conversation_id
        changes.touch(session, id, assignment_ids=[row.id], was_assignee_id=was[id], counts_changed=True)
    return [row.id for row in inserted]


def _waiting_inboxes(session: Session) -> list[int]:
    waiting = select(_C.inbox_id).where(_C.status == ConversationStatus.OPEN, _C.assignee_id.is_(None), _is_answered())
    return sorted(session.execute(waiting.distinct()).scalars())


def _is_answered() -> ColumnElement[bool]:
    """What waits in a number that was removed can't be answered."""
    return _C.inbox_id.in_(select(INBOX.c.id).where(INBOX.c.is_active))


def _name_of(session: Session, agent_id: int | None) -> str:
    agent = session.get(Agent, agent_id) if agent_id else None
    return agent.name if agent else "Somebody"
