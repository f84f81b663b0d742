"""Who answers: the rotation, the queue, taking and handing over. Every decision leaves an `assignment` row.

The one way to give a conversation is `claim`: an UPDATE that only succeeds while nobody has it.
"""

from sqlalchemy import exists, func, select, update
from sqlmodel import Session

from roms_app.config import get_settings
from roms_app.domain import rotation, wording
from roms_app.domain.rotation import Place
from roms_app.errors import Conflict, InvalidInput
from roms_app.models import Agent, Assignment, AssignmentKind, Availability, ConversationStatus
from roms_app.models.base import now_ms
from roms_app.models.tables import AGENT, CONVERSATION, INBOX, INBOX_MEMBER
from roms_app.services import changes
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
    return _give_in_turn(session, conversation_id, inbox_id, eligible(session, inbox_id))


def assign_again(session: Session, conversation_id: int, inbox_id: int, former_id: int) -> None:
    """A resolved conversation begins anew: with who answered it last if they are eligible, else in turn.

    The caller has cleared the assignee.
    """
    places = eligible(session, inbox_id)
    former = next((place for place in places if place.agent_id == former_id), None)
    if former is None:
        _give_in_turn(session, conversation_id, inbox_id, places)
    elif claim(session, conversation_id, former_id):
        words = wording.returned_to_same(former.name)
        _record(session, conversation_id, former_id, AssignmentKind.RETURNED, words)


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


def _is_here() -> tuple[object, ...]:
    since = now_ms() - get_settings().presence_grace_ms
    return AGENT.c.availability == Availability.AVAILABLE, AGENT.c.seen_at >= since


def drain_inbox(session: Session, inbox_id: int) -> int:
    """Give out what waits in one inbox, longest waiting first. Returns how many found an agent."""
    waiting = session.execute(
        select(_C.id)
        .where(_C.inbox_id == inbox_id, _C.status == ConversationStatus.OPEN, _C.assignee_id.is_(None))
        .order_by(func.coalesce(_C.waiting_since, _C.last_message_at), _C.id)
    ).scalars()
    ids = list(waiting)
    places = eligible(session, inbox_id) if ids else []
    if not places:
        return 0
    return sum(_give_in_turn(session, id, inbox_id, places) is not None for id in ids)


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
    waits = select(_C.id).where(_C.status == ConversationStatus.OPEN, _C.assignee_id.is_(None), is_here)
    return session.execute(waits.limit(1)).first() is not None


def take(session: Session, agent: Agent, conversation_id: int) -> None:
    """The agent takes an unassigned conversation. Raises Conflict, which says who has it, or NotFound."""
    conversation = access_conversation(session, agent, conversation_id)
    if not claim(session, conversation_id, id_of(agent)):
        session.refresh(conversation)
        if conversation.assignee_id == agent.id:
            return
        raise Conflict(f"{_name_of(session, conversation.assignee_id)} has taken this conversation already.")
    _record(session, conversation_id, id_of(agent), AssignmentKind.TAKEN, wording.taken(agent.name), agent)


def take_by_reply(session: Session, agent: Agent, conversation_id: int) -> None:
    """An answer to an unassigned conversation takes it; somebody else's stays theirs."""
    if claim(session, conversation_id, id_of(agent)):
        _record(session, conversation_id, id_of(agent), AssignmentKind.TAKEN, wording.taken_by_reply(agent.name), agent)


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
    _record(session, conversation_id, to_agent_id, AssignmentKind.HANDED_OVER, words, agent, was_assignee_id=was)


def release_all(session: Session, agent_id: int) -> int:
    """Put an agent's open conversations back into the queue, and give them out. Returns how many they were.

    For an agent who leaves the team.
    """
    words = wording.returned_to_queue(_name_of(session, agent_id))
    held = session.execute(
        update(CONVERSATION)
        .where(_C.assignee_id == agent_id, _C.status == ConversationStatus.OPEN)
        .values(assignee_id=None)
        .returning(_C.id)
    ).scalars()
    ids = sorted(held)
    for conversation_id in ids:
        _record(session, conversation_id, None, AssignmentKind.RETURNED, words, was_assignee_id=agent_id)
    drain_queue(session)
    return len(ids)


def _give_in_turn(session: Session, conversation_id: int, inbox_id: int, places: list[Place]) -> Assignment | None:
    place = rotation.next_in_turn(places)
    if place is None or not claim(session, conversation_id, place.agent_id):
        return None
    member = INBOX_MEMBER.c
    turns = select(func.max(member.last_turn) + 1).where(member.inbox_id == inbox_id).scalar_subquery()
    place.last_turn = session.execute(
        update(INBOX_MEMBER)
        .where(member.inbox_id == inbox_id, member.agent_id == place.agent_id)
        .values(last_turn=turns)
        .returning(member.last_turn)
    ).scalar_one()
    words = wording.assigned_in_turn(place.name, place.open_count)
    place.open_count += 1
    return _record(session, conversation_id, place.agent_id, AssignmentKind.AUTOMATIC, words)


def _record(
    session: Session,
    conversation_id: int,
    agent_id: int | None,
    kind: AssignmentKind,
    words: wording.Words,
    decided_by: Agent | None = None,
    was_assignee_id: int = 0,
) -> Assignment:
    assignment = Assignment(
        conversation_id=conversation_id,
        agent_id=agent_id,
        decided_by_id=decided_by.id if decided_by else None,
        kind=kind,
        reason=words.en,
        reason_indonesian=words.id,
    )
    session.add(assignment)
    session.flush()
    assert assignment.id is not None
    changes.touch(
        session,
        conversation_id,
        assignment_ids=[assignment.id],
        was_assignee_id=was_assignee_id,
        counts_changed=True,
    )
    return assignment


def _waiting_inboxes(session: Session) -> list[int]:
    waiting = select(_C.inbox_id).where(_C.status == ConversationStatus.OPEN, _C.assignee_id.is_(None)).distinct()
    return sorted(session.execute(waiting).scalars())


def _name_of(session: Session, agent_id: int | None) -> str:
    agent = session.get(Agent, agent_id) if agent_id else None
    return agent.name if agent else "Somebody"
