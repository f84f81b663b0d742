"""What a supervisor does on `/queue`: as `services/by_hand.py`, but only while a chat is still whose they saw it."""

from sqlalchemy.orm import Session

from roms_app.models import Agent
from roms_app.services import by_hand
from roms_app.services.access import require_admin


def give(session: Session, admin: Agent, conversation_id: int, seen_assignee_id: int, to_agent_id: int) -> None:
    """Give it to an agent. `seen_assignee_id`: who had it on the page (0: nobody).

    Raises NotAllowed, NotFound, Conflict, which says who has it now, or InvalidInput when the agent can't have it.
    """
    require_admin(admin)
    by_hand.give_to_agent(session, admin, conversation_id, to_agent_id, seen_assignee_id=seen_assignee_id)


def give_team(session: Session, admin: Agent, conversation_id: int, seen_assignee_id: int, team_id: int) -> None:
    """Put it into the queue for a team. Raises as `give` does."""
    require_admin(admin)
    by_hand.give_to_team(session, admin, conversation_id, team_id, seen_assignee_id=seen_assignee_id)


def return_to_queue(session: Session, admin: Agent, conversation_id: int, seen_assignee_id: int) -> None:
    """Let the engine give it to somebody else. Raises NotAllowed, NotFound, Conflict."""
    require_admin(admin)
    by_hand.return_to_queue(session, admin, conversation_id, seen_assignee_id=seen_assignee_id)


def park(session: Session, admin: Agent, conversation_id: int, seen_assignee_id: int) -> None:
    """Nobody is given it until somebody takes it. Raises NotAllowed, NotFound, Conflict."""
    require_admin(admin)
    by_hand.unassign(session, admin, conversation_id, seen_assignee_id=seen_assignee_id)


def dismiss(session: Session, admin: Agent, conversation_id: int) -> None:
    """An escalation was seen. Raises NotAllowed, NotFound."""
    require_admin(admin)
    by_hand.dismiss_escalation(session, admin, conversation_id)
