"""The agents and teams to whom a conversation can be assigned by hand. Reads only; `by_hand.py` assigns."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from roms_app.domain.rotation import AgentSlot, Wanted, skip_of
from roms_app.models import Agent
from roms_app.models.tables import TEAM
from roms_app.services import eligibility
from roms_app.services.access import access_conversation
from roms_app.views.handover import Candidate, Candidates, CandidateTeam

_ANYBODY = Wanted()


def list_candidates(session: Session, agent: Agent, conversation_id: int, now: int) -> Candidates:
    """The other agents who answer the conversation's inbox and may reply, and their teams, as of `now` (epoch ms).

    Eligible agents come first. People may also assign to agents who are full, away or off shift. Raises NotFound.
    """
    conversation = access_conversation(session, agent, conversation_id)
    places = [place for place in eligibility.read_places(session, conversation.inbox_id, now) if place.may_reply]
    others = [place for place in places if place.agent_id not in (agent.id, conversation.assignee_id)]
    others.sort(key=lambda place: (skip_of(place, _ANYBODY) is not None, place.name.casefold(), place.agent_id))
    return Candidates(agents=[_candidate(place) for place in others], teams=_teams(session, places))


def _candidate(place: AgentSlot) -> Candidate:
    return Candidate(
        id=place.agent_id,
        name=place.name,
        availability=place.availability,
        is_present=place.is_present,
        is_on_shift=place.is_on_shift,
        open_count=place.open_count,
        capacity=place.capacity,
    )


def _teams(session: Session, places: list[AgentSlot]) -> list[CandidateTeam]:
    """Leaves out teams without an agent who answers the inbox: they could never get the conversation."""
    names = session.execute(select(TEAM.c.id, TEAM.c.name).order_by(func.lower(TEAM.c.name), TEAM.c.id))
    teams: list[CandidateTeam] = []
    for row in names:
        members = [place for place in places if row.id in place.teams]
        if members:
            available = sum(skip_of(place, _ANYBODY) is None for place in members)
            teams.append(CandidateTeam(row.id, row.name, len(members), available))
    return teams
