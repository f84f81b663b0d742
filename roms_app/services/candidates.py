"""The agents and teams to whom a conversation can be assigned by hand. Reads only; `by_hand.py` assigns."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from roms_app.domain.rotation import AgentSlot, AssignmentRequest, skip_of
from roms_app.models import Agent
from roms_app.models.tables import TEAM
from roms_app.services import eligibility
from roms_app.services.access import access_conversation
from roms_app.views.handover import Candidate, Candidates, CandidateTeam

_ANYBODY = AssignmentRequest()


def list_candidates(session: Session, agent: Agent, conversation_id: int, now: int) -> Candidates:
    """The other agents who answer the conversation's inbox and may reply, and their teams, as of `now` (epoch ms).

    Eligible agents come first. People may also assign to agents who are full, away or off shift. Raises NotFound.
    """
    conversation = access_conversation(session, agent, conversation_id)
    slots = [slot for slot in eligibility.read_slots(session, conversation.inbox_id, now) if slot.may_reply]
    others = [slot for slot in slots if slot.agent_id not in (agent.id, conversation.assignee_id)]
    others.sort(key=lambda slot: (skip_of(slot, _ANYBODY) is not None, slot.name.casefold(), slot.agent_id))
    return Candidates(agents=[_candidate(slot) for slot in others], teams=_teams(session, slots))


def _candidate(slot: AgentSlot) -> Candidate:
    return Candidate(
        id=slot.agent_id,
        name=slot.name,
        availability=slot.availability,
        is_present=slot.is_present,
        is_on_shift=slot.is_on_shift,
        open_count=slot.open_count,
        capacity=slot.capacity,
    )


def _teams(session: Session, slots: list[AgentSlot]) -> list[CandidateTeam]:
    """Leaves out teams without an agent who answers the inbox: they could never get the conversation."""
    names = session.execute(select(TEAM.c.id, TEAM.c.name).order_by(func.lower(TEAM.c.name), TEAM.c.id))
    teams: list[CandidateTeam] = []
    for row in names:
        members = [slot for slot in slots if row.id in slot.teams]
        if members:
            available = sum(skip_of(slot, _ANYBODY) is None for slot in members)
            teams.append(CandidateTeam(row.id, row.name, len(members), available))
    return teams
