"""Assignments by people. The engine never overrides them: it leaves conversations with `is_by_hand` alone.

`seen_assignee_id`: the assignee that the person saw (0: unassigned). With it, a decision that somebody else made
meanwhile is not overridden either.
"""

from typing import Any, Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from roms_app.domain import fields, reasons
from roms_app.domain.reasons import Reason
from roms_app.errors import Conflict, InvalidInput, NotFound
from roms_app.models import Agent, AssignmentKind, Conversation, ConversationStatus, Priority
from roms_app.models.tables import AGENT, CONVERSATION, TEAM
from roms_app.services import assignment, changes
from roms_app.services.access import access_conversation, id_of, require_may_decide, require_may_reply
from roms_app.services.decisions import Decision, record

_C = CONVERSATION.c
#: A person takes care of it now, so the response timer is cleared.
_TIMER_OFF: Final[dict[str, Any]] = {
    "due_at": None, "response_rounds": 0, "returned_from_id": None, "escalated_at": None,
}  # fmt: skip


def take(session: Session, agent: Agent, conversation_id: int) -> None:
    """The agent takes an unassigned conversation.

    Raises NotFound, NotAllowed, or Conflict, which says who has it, or that it is resolved.
    """
    conversation = access_conversation(session, agent, conversation_id)
    require_may_reply(agent)
    if conversation.status is not ConversationStatus.OPEN:
        raise _resolved()
    if not _claim(session, agent, conversation_id):
        session.refresh(conversation)
        if conversation.assignee_id == agent.id:
            return
        name = name_of(session, conversation.assignee_id)
        raise Conflict("{name} has taken this conversation already.", name=name)
    reason = reasons.Taken(agent=agent.name)
    record(session, [Decision(conversation_id, id_of(agent), AssignmentKind.TAKEN, reason, agent.id)])


def claim_by_reply(session: Session, agent: Agent, conversation_id: int) -> None:
    """A reply claims a conversation that is unassigned, resolved, or assigned to somebody who left.

    It never claims a conversation of a colleague.
    """
    gone = _C.assignee_id.in_(select(AGENT.c.id).where(~AGENT.c.is_active))
    over = or_(_C.status == ConversationStatus.RESOLVED, gone)
    had = select(_C.assignee_id).where(_C.id == conversation_id, over, _C.assignee_id != agent.id)
    former_id = session.execute(had).scalar()
    if former_id is not None:
        changes.mark_changed(session, conversation_id, was_assignee_id=former_id, counts_changed=True)
        session.execute(update(CONVERSATION).where(_C.id == conversation_id).values(assignee_id=None))
    if _claim(session, agent, conversation_id):
        reason = reasons.TakenByReply(agent=agent.name)
        record(session, [Decision(conversation_id, id_of(agent), AssignmentKind.TAKEN, reason, agent.id)])


def assign_to_agent(
    session: Session,
    agent: Agent,
    conversation_id: int,
    to_agent_id: int,
    note: str = "",
    *,
    seen_assignee_id: int | None = None,
) -> None:
    """Assign a conversation to a colleague or to oneself, even above their capacity.

    Raises NotFound, NotAllowed, InvalidInput when the agent can't have it, or Conflict when it changed hands meanwhile.
    """
    conversation = access_conversation(session, agent, conversation_id)
    require_may_decide(agent)
    check_seen(session, conversation_id, seen_assignee_id)
    note = fields.note(note)
    # Keeps others from removing the agent from the team before the commit (PostgreSQL).
    to_agent = session.get(Agent, to_agent_id, with_for_update={"read": True}, populate_existing=True)
    if to_agent is None or not to_agent.is_active:
        raise InvalidInput("This agent is no longer on the team.", "Choose somebody else.")
    if not to_agent.may_reply:
        raise InvalidInput("{name} may not reply to customers.", "Choose somebody else.", name=to_agent.name)
    try:
        access_conversation(session, to_agent, conversation_id)
    except NotFound:
        raise InvalidInput("{name} does not answer this number.", "Choose somebody else.", name=to_agent.name) from None
    if conversation.assignee_id == to_agent_id:
        return
    to_another = reasons.HandedOver(agent=agent.name, to=to_agent.name)
    reason = to_another if to_agent_id != agent.id else reasons.Taken(agent=agent.name)
    arrives = {"unread_count": assignment.UNREAD} if to_agent_id != agent.id else {}
    _move(session, conversation, assignee_id=to_agent_id, is_by_hand=True, **_TIMER_OFF, **arrives)
    _record(session, agent, conversation, AssignmentKind.HANDED_OVER, reason, note, agent_id=to_agent_id)


def assign_to_team(
    session: Session,
    agent: Agent,
    conversation_id: int,
    team_id: int,
    note: str = "",
    *,
    seen_assignee_id: int | None = None,
) -> None:
    """Put a conversation into the queue of a team. The engine assigns it to one of its agents.

    Raises NotFound, InvalidInput, or Conflict when it changed hands meanwhile.
    """
    conversation = access_conversation(session, agent, conversation_id)
    require_may_decide(agent)
    check_seen(session, conversation_id, seen_assignee_id)
    note = fields.note(note)
    team = session.execute(select(TEAM.c.name).where(TEAM.c.id == team_id)).scalar()
    if team is None:
        raise InvalidInput("There is no such team.", "It may have been removed; choose another one.")
    was = conversation.assignee_id
    back = {**_TIMER_OFF, "returned_from_id": was}
    _move(session, conversation, assignee_id=None, team_id=team_id, is_by_hand=False, **back)
    reason = reasons.HandedToTeam(agent=agent.name, team=team)
    _record(session, agent, conversation, AssignmentKind.HANDED_OVER, reason, note, team_id=team_id)


def unassign(session: Session, agent: Agent, conversation_id: int, *, seen_assignee_id: int | None = None) -> None:
    """Unassign a conversation. It stays unassigned until somebody takes it. Raises NotFound, Conflict."""
    conversation = access_conversation(session, agent, conversation_id)
    require_may_decide(agent)
    check_seen(session, conversation_id, seen_assignee_id)
    if conversation.assignee_id is None and conversation.is_by_hand:
        return
    _move(session, conversation, assignee_id=None, is_by_hand=True, **_TIMER_OFF)
    reason = reasons.Unassigned(agent=agent.name)
    _record(session, agent, conversation, AssignmentKind.UNASSIGNED, reason, team_id=conversation.team_id)


def return_to_queue(
    session: Session, agent: Agent, conversation_id: int, note: str = "", *, seen_assignee_id: int | None = None
) -> None:
    """Let the engine assign a conversation to another agent. Raises NotFound, Conflict."""
    conversation = access_conversation(session, agent, conversation_id)
    require_may_decide(agent)
    check_seen(session, conversation_id, seen_assignee_id)
    note = fields.note(note)
    if conversation.assignee_id is None and not conversation.is_by_hand:
        return
    back = {**_TIMER_OFF, "returned_from_id": conversation.assignee_id}
    _move(session, conversation, assignee_id=None, is_by_hand=False, **back)
    reason = reasons.Returned(agent=agent.name)
    _record(session, agent, conversation, AssignmentKind.RETURNED, reason, note, team_id=conversation.team_id)


def set_priority(session: Session, agent: Agent, conversation_id: int, priority: int) -> None:
    """Set the priority: higher ones are assigned first. Raises NotFound, InvalidInput."""
    conversation = access_conversation(session, agent, conversation_id)
    require_may_decide(agent)
    if priority not in list(Priority):
        raise InvalidInput("There is no such priority.", "Choose one of the list.")
    if conversation.priority != priority:
        session.execute(update(CONVERSATION).where(_C.id == conversation_id).values(priority=priority))
        changes.mark_changed(session, conversation_id, counts_changed=True)


def dismiss_escalation(session: Session, agent: Agent, conversation_id: int) -> None:
    """Mark an escalation as seen by an admin. Raises NotFound."""
    access_conversation(session, agent, conversation_id)
    session.execute(update(CONVERSATION).where(_C.id == conversation_id).values(escalated_at=None))
    changes.mark_changed(session, conversation_id, counts_changed=True)


def check_seen(session: Session, conversation_id: int, seen_assignee_id: int | None) -> None:
    """Check that the assignee of an open conversation is the one that the person saw (0: unassigned; None: no check).

    Holds until the commit. Raises NotFound, or Conflict, which names the current assignee.
    """
    if seen_assignee_id is None:
        return
    columns = (_C.assignee_id, _C.status)
    row = session.execute(select(*columns).where(_C.id == conversation_id).with_for_update(key_share=True)).first()
    if row is None:
        raise NotFound("There is no such conversation.", "It may have been merged with another; look in the list.")
    if row.status != ConversationStatus.OPEN:
        raise _resolved()
    if (row.assignee_id or 0) == seen_assignee_id:
        return
    if row.assignee_id is None:
        raise Conflict("This conversation went back to the queue meanwhile.", "Look at it there.")
    raise Conflict("{name} has taken this conversation already.", name=name_of(session, row.assignee_id))


def assignee_of(session: Session, agent: Agent, conversation_id: int) -> int:
    """The id of a conversation's assignee; 0: unassigned. Raises NotFound."""
    return access_conversation(session, agent, conversation_id).assignee_id or 0


def name_of(session: Session, agent_id: int | None) -> str:
    """An agent's name, to be used in a sentence."""
    agent = session.get(Agent, agent_id) if agent_id else None
    return agent.name if agent else "Somebody"


def _claim(session: Session, agent: Agent, conversation_id: int) -> bool:
    if not assignment.claim(session, conversation_id, id_of(agent)):
        return False
    session.execute(update(CONVERSATION).where(_C.id == conversation_id).values(_TIMER_OFF))
    return True


def _resolved() -> Conflict:
    return Conflict("This conversation is resolved.", "Reopen it first.")


def _move(session: Session, conversation: Conversation, **values: Any) -> None:
    """Change the assignee, unless somebody else was faster. Raises Conflict, which names the current assignee."""
    was, id = conversation.assignee_id, id_of(conversation)
    still = _C.assignee_id.is_(None) if was is None else _C.assignee_id == was
    moved = update(CONVERSATION).where(_C.id == id, still, _C.status == ConversationStatus.OPEN)
    if session.execute(moved.values(values).returning(_C.id)).first() is not None:
        return
    session.refresh(conversation)
    if conversation.status is not ConversationStatus.OPEN:
        raise _resolved()
    name = name_of(session, conversation.assignee_id)
    raise Conflict("{name} has taken this conversation already.", name=name)


def _record(
    session: Session,
    agent: Agent,
    conversation: Conversation,
    kind: AssignmentKind,
    reason: Reason,
    note: str = "",
    *,
    agent_id: int | None = None,
    team_id: int | None = None,
) -> None:
    was = conversation.assignee_id or 0
    record(session, [Decision(id_of(conversation), agent_id, kind, reason, agent.id, was, team_id, note)])
    # The previous assignee has room for another conversation.
    assignment.drain_queue(session)
