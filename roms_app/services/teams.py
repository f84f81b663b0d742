"""Teams: agents who answer one kind of question. Admins create and change them."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy import delete as delete_from
from sqlalchemy.orm import Session

from roms_app.domain import fields
from roms_app.errors import Conflict, InvalidInput, NotFound
from roms_app.models import Agent, ConversationStatus, Team
from roms_app.models.tables import AGENT, ASSIGNMENT, CONVERSATION, ROUTING_RULE, TEAM, TEAM_MEMBER
from roms_app.services import assignment, changes
from roms_app.services.access import require_admin
from roms_app.views.assignment import Person, TeamCard

_C = CONVERSATION.c
_T = TEAM.c
_M = TEAM_MEMBER.c


def create(session: Session, admin: Agent, name: str) -> int:
    """Create a team without members. Returns its id. Raises InvalidInput, Conflict (the name is taken), NotAllowed."""
    require_admin(admin)
    team = Team(name=_free_name(session, name))
    session.add(team)
    session.flush()
    changes.touch_settings(session)
    assert team.id is not None
    return team.id


def rename(session: Session, admin: Agent, team_id: int, name: str) -> None:
    """Rename a team. Raises InvalidInput, Conflict, NotFound, NotAllowed."""
    require_admin(admin)
    team = access_team(session, team_id)
    team.name = _free_name(session, name, team_id)
    session.flush()
    _change_conversations(session, team_id, {})
    changes.touch_settings(session)


def set_members(session: Session, admin: Agent, team_id: int, agent_ids: Collection[int]) -> None:
    """Set the members of a team. New members are assigned what waits. Raises InvalidInput, NotFound, NotAllowed."""
    require_admin(admin)
    access_team(session, team_id)
    wanted = known_agents(session, agent_ids)
    # Deactivated members stay members, and come back unchanged.
    active = select(AGENT.c.id).where(AGENT.c.is_active)
    had = set(session.execute(select(_M.agent_id).where(_M.team_id == team_id, _M.agent_id.in_(active))).scalars())
    session.execute(delete_from(TEAM_MEMBER).where(_M.team_id == team_id, _M.agent_id.in_(had - wanted)))
    if wanted - had:
        rows = [{"team_id": team_id, "agent_id": id} for id in sorted(wanted - had)]
        session.execute(TEAM_MEMBER.insert(), rows)
    for agent_id in sorted(wanted ^ had):
        changes.touch_agent(session, agent_id)
    changes.touch_settings(session)
    assignment.drain_queue(session)


def delete(session: Session, admin: Agent, team_id: int) -> None:
    """Delete a team and the rules that lead to it. Its conversations no longer have a team.

    Raises NotFound, NotAllowed.
    """
    require_admin(admin)
    team = access_team(session, team_id)
    _change_conversations(session, team_id, {"team_id": None})
    # The stored reason of the decision still names the team.
    session.execute(update(ASSIGNMENT).where(ASSIGNMENT.c.team_id == team_id).values(team_id=None))
    session.execute(delete_from(ROUTING_RULE).where(ROUTING_RULE.c.team_id == team_id))
    session.execute(delete_from(TEAM_MEMBER).where(_M.team_id == team_id))
    session.delete(team)
    session.flush()
    changes.touch_settings(session)
    assignment.drain_queue(session)


def access_team(session: Session, team_id: int) -> Team:
    """A team. Raises NotFound."""
    team = session.get(Team, team_id)
    if team is None:
        raise NotFound("There is no such team.", "It may have been removed by another admin.")
    return team


def list_teams(session: Session) -> list[TeamCard]:
    """All teams by name, with their active members."""
    members: defaultdict[int, list[Person]] = defaultdict(list)
    joined = select(_M.team_id, AGENT.c.id, AGENT.c.name).join(AGENT, AGENT.c.id == _M.agent_id)
    for row in session.execute(joined.where(AGENT.c.is_active).order_by(func.lower(AGENT.c.name), AGENT.c.id)):
        members[row.team_id].append(Person(row.id, row.name))
    rules = _counted(session, select(ROUTING_RULE.c.team_id, func.count()).group_by(ROUTING_RULE.c.team_id))
    is_open = (_C.team_id.is_not(None), _C.status == ConversationStatus.OPEN)
    chats = _counted(session, select(_C.team_id, func.count()).where(*is_open).group_by(_C.team_id))
    return [
        TeamCard(row.id, row.name, members[row.id], rules.get(row.id, 0), chats.get(row.id, 0))
        for row in session.execute(select(_T.id, _T.name).order_by(func.lower(_T.name), _T.id))
    ]


def known_agents(session: Session, agent_ids: Collection[int]) -> set[int]:
    """The given ids as a set. Raises InvalidInput if one is not an active agent."""
    wanted = set(agent_ids)
    known = set(session.execute(select(AGENT.c.id).where(AGENT.c.id.in_(wanted), AGENT.c.is_active)).scalars())
    if known != wanted:
        raise InvalidInput("There is no such member of the team.", "Reload the page.")
    return wanted


def _counted(session: Session, statement: Select[*tuple[Any, int]]) -> dict[int, int]:
    return {row[0]: row[1] for row in session.execute(statement)}


def _change_conversations(session: Session, team_id: int, values: dict[str, Any]) -> None:
    """There may be thousands: every tab reloads its page, instead of an event for each."""
    changed = update(CONVERSATION).where(_C.team_id == team_id).values({**values, "version": _C.version + 1})
    if session.execute(changed.returning(_C.id)).first() is not None:
        changes.reload_all(session)


def _free_name(session: Session, name: str, of_id: int = 0) -> str:
    name = fields.team_name(name)
    taken = select(_T.id).where(func.lower(_T.name) == func.lower(name), _T.id != of_id)
    if session.execute(taken).first() is not None:
        raise Conflict("There is a team with this name already.", "Choose another name.")
    return name
