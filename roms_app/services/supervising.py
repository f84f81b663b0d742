"""What a supervisor does on `/queue`: as `services/by_hand.py`, but only while a chat is still whose they saw it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from roms_app.errors import Conflict, NotFound
from roms_app.models import Agent, ConversationStatus
from roms_app.models.tables import CONVERSATION
from roms_app.services import by_hand
from roms_app.services.access import require_admin

_C = CONVERSATION.c


def give(session: Session, admin: Agent, conversation_id: int, seen_assignee_id: int, to_agent_id: int) -> None:
    """Give it to an agent. `seen_assignee_id`: who had it on the page (0: nobody).

    Raises NotAllowed, NotFound, Conflict, which says who has it now, or InvalidInput when the agent can't have it.
    """
    _check_seen(session, admin, conversation_id, seen_assignee_id)
    by_hand.give_to_agent(session, admin, conversation_id, to_agent_id)


def give_team(session: Session, admin: Agent, conversation_id: int, seen_assignee_id: int, team_id: int) -> None:
    """Put it into the queue for a team. Raises as `give` does."""
    _check_seen(session, admin, conversation_id, seen_assignee_id)
    by_hand.give_to_team(session, admin, conversation_id, team_id)


def return_to_queue(session: Session, admin: Agent, conversation_id: int, seen_assignee_id: int) -> None:
    """Let the engine give it to somebody else. Raises NotAllowed, NotFound, Conflict."""
    _check_seen(session, admin, conversation_id, seen_assignee_id)
    by_hand.return_to_queue(session, admin, conversation_id)


def park(session: Session, admin: Agent, conversation_id: int, seen_assignee_id: int) -> None:
    """Nobody is given it until somebody takes it. Raises NotAllowed, NotFound, Conflict."""
    _check_seen(session, admin, conversation_id, seen_assignee_id)
    by_hand.unassign(session, admin, conversation_id)


def dismiss(session: Session, admin: Agent, conversation_id: int) -> None:
    """An escalation was seen. Raises NotAllowed, NotFound."""
    require_admin(admin)
    by_hand.dismiss_escalation(session, admin, conversation_id)


def _check_seen(session: Session, admin: Agent, conversation_id: int, seen_assignee_id: int) -> None:
    """With a lock: from here on nobody takes it before the supervisor."""
    require_admin(admin)
    columns = (_C.assignee_id, _C.status)
    row = session.execute(select(*columns).where(_C.id == conversation_id).with_for_update()).first()
    if row is None:
        raise NotFound("There is no such conversation.", "It may have been merged with another; look in the list.")
    if row.status != ConversationStatus.OPEN:
        raise Conflict("This conversation is resolved.", "Reopen it first.")
    if (row.assignee_id or 0) == seen_assignee_id:
        return
    if row.assignee_id is None:
        raise Conflict("This conversation went back to the queue meanwhile.", "Look at it there.")
    name = by_hand.name_of(session, row.assignee_id)
    raise Conflict("{name} has taken this conversation already.", name=name)
