"""The team: accounts, roles, passwords, availability and presence."""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from sqlalchemy import func
from sqlmodel import Session, col, select

from roms_app.config import get_settings
from roms_app.domain import fields
from roms_app.domain.identity import lookalikes, looks_like
from roms_app.errors import Conflict, NotFound
from roms_app.models import (
    Agent,
    Availability,
    Conversation,
    ConversationStatus,
    Inbox,
    InboxMember,
    Role,
    Team,
    TeamMember,
)
from roms_app.models.base import now_ms
from roms_app.services import assignment, changes, eligibility, leaving, sessions
from roms_app.services.access import id_of
from roms_app.views.settings import AgentRow, Me

#: A tab reports its presence every 25 s, and an agent may have many tabs: not every report is written.
PRESENCE_WRITE_MS: Final = 10_000

#: Without characters that are easily confused: 0 and o, 1 and l and i.
_READABLE: Final = "abcdefghjkmnpqrstuvwxyz23456789"


def is_set_up(session: Session) -> bool:
    """Whether the team has ever had a member. `/setup` is open until then, and never again.

    The first member is an admin, the last admin can't be removed (`_keep_an_admin`), and members are never deleted.
    This does not check for an admin: if there is none some day, `roms agent create --admin` on the machine itself
    creates one. A page that is open to anybody must not.
    """
    return session.exec(select(Agent.id).limit(1)).first() is not None


def create_agent(
    session: Session,
    *,
    email: str,
    name: str,
    password: str,
    role: Role = Role.AGENT,
    language: str = "en",
    timezone: str = "Asia/Jakarta",
) -> int:
    """Create a member of the team, who answers every inbox. Returns the id.

    Raises InvalidInput, Conflict (the email or name is taken). A name that merely resembles a colleague's is accepted,
    because people can have similar names; `list_team` warns of it. Agents start as available, and so does the first
    admin, because nobody else can answer. Later admins start as away.
    """
    email = fields.email_address(email)
    if session.exec(select(Agent.id).where(Agent.email == email)).first() is not None:
        raise Conflict("Somebody with this email is already in the team.", "Use another email, or reactivate them.")
    agent = Agent(
        email=email,
        name=_new_name(session, name),
        password_hash=sessions.hash_password(fields.new_password(password)),
        role=role,
        availability=Availability.AWAY if role is Role.ADMIN and is_set_up(session) else Availability.AVAILABLE,
        language=fields.language(language),
        timezone=fields.time_zone(timezone),
    )
    session.add(agent)
    session.flush()
    agent_id = id_of(agent)
    for inbox_id in session.exec(select(Inbox.id)).all():
        last = eligibility.last_turn(session, inbox_id or 0)
        session.add(InboxMember(inbox_id=inbox_id or 0, agent_id=agent_id, last_turn=last))
    session.flush()
    changes.touch_agent(session, agent_id)
    return agent_id


def create_first_admin(session: Session, *, email: str, name: str, password: str, language: str, timezone: str) -> int:
    """Create the admin of `/setup`. Returns the id. Raises Conflict if another admin was created first."""
    # One at a time, on PostgreSQL too: two concurrent requests would both find an empty team.
    eligibility.lock_engine(session)
    if is_set_up(session):
        raise Conflict("ROMS is already set up.", "Log in instead.")
    return create_agent(
        session, email=email, name=name, password=password, role=Role.ADMIN, language=language, timezone=timezone
    )


def list_team(session: Session, now: int) -> list[AgentRow]:
    """All members, active ones first, by name; presence as of `now` (epoch ms).

    Active members whose names look alike are marked. Adding or reactivating a member can lead to this.
    """
    is_open = Conversation.status == ConversationStatus.OPEN
    counted = select(Conversation.assignee_id, func.count()).where(is_open).group_by(col(Conversation.assignee_id))
    open_counts = dict(session.exec(counted).all())
    everybodys, teams = eligibility.default_capacity(session), _teams(session)
    by_name = select(Agent).order_by(col(Agent.is_active).desc(), func.lower(Agent.name), col(Agent.id))
    team = session.exec(by_name).all()
    alike = lookalikes({id_of(agent): agent.name for agent in team if agent.is_active})
    return [
        AgentRow(
            id=id_of(agent),
            name=agent.name,
            email=agent.email,
            role=agent.role.value,
            is_active=agent.is_active,
            availability=agent.availability.value,
            is_present=agent.is_active and is_present(agent, now),
            open_count=open_counts.get(agent.id, 0),
            capacity=everybodys if agent.capacity is None else agent.capacity,
            has_own_capacity=agent.capacity is not None,
            may_reply=agent.may_reply,
            shift_hours=agent.shift_hours or "",
            timezone=agent.timezone,
            teams=teams.get(id_of(agent), []),
            looks_like=alike.get(id_of(agent), ""),
        )
        for agent in team
    ]


def generate_password() -> str:
    """A password that can be read out or copied from paper: three groups of letters and digits without look-alikes."""
    groups = ("".join(secrets.choice(_READABLE) for _ in range(5)) for _ in range(3))
    return "-".join(groups)


def me(agent: Agent) -> Me:
    """The data about an agent that their own pages show."""
    return Me(
        id=id_of(agent),
        name=agent.name,
        email=agent.email,
        role=agent.role.value,
        may_reply=agent.may_reply,
        availability=agent.availability.value,
        language=agent.language,
        timezone=agent.timezone,
    )


def set_role(session: Session, agent_id: int, role: Role) -> None:
    """Change an agent's role. Raises Conflict for the last admin.

    The agent's tabs sign in again, so that their pages match the new role.
    """
    agent = _agent(session, agent_id)
    if agent.role is role:
        return
    if role is not Role.ADMIN:
        _keep_an_admin(session, agent)
    agent.role = role
    session.flush()
    if role is not Role.ADMIN:
        # The agent can no longer see conversations of numbers that they do not answer, so these are returned.
        leaving.return_orphans(session)
        leaving.release_unseen(session, agent_id)
    changes.touch_agent(session, agent_id, is_signed_out=True)


def deactivate(session: Session, agent_id: int) -> None:
    """Sign the agent out everywhere and return their open conversations. Raises Conflict for the last admin."""
    agent = _agent(session, agent_id)
    if not agent.is_active:
        return
    _keep_an_admin(session, agent)
    agent.is_active = False
    session.flush()
    sessions.end_all_sessions(session, agent_id)
    leaving.return_all(session, agent_id)
    changes.touch_agent(session, agent_id, is_signed_out=True)


def reactivate(session: Session, agent_id: int) -> None:
    """Let the agent sign in again with their old password."""
    agent = _agent(session, agent_id)
    agent.is_active = True
    session.flush()
    changes.touch_agent(session, agent_id)
    assignment.drain_queue(session)


def set_password(session: Session, agent_id: int, password: str) -> None:
    """Change an agent's password and sign them out everywhere. Raises InvalidInput.

    Anybody who knew the old password is signed out, too.
    """
    agent = _agent(session, agent_id)
    agent.password_hash = sessions.hash_password(fields.new_password(password))
    session.flush()
    sessions.end_all_sessions(session, agent_id)
    changes.touch_agent(session, agent_id, is_signed_out=True)


def set_availability(session: Session, agent_id: int, availability: Availability) -> None:
    """Set whether the agent wants to receive conversations.

    Waiting ones are assigned when the agent becomes available.
    """
    agent = _agent(session, agent_id)
    agent.availability = availability
    session.flush()
    changes.touch_agent(session, agent_id)
    if availability is Availability.AVAILABLE:
        assignment.drain_queue(session)


def set_preferences(session: Session, agent_id: int, *, name: str, language: str, timezone: str) -> None:
    """Set the name, language and timezone of an agent.

    Raises InvalidInput, Conflict (the name looks like a colleague's).
    """
    agent = _agent(session, agent_id)
    if (name := fields.person_name(name)) != agent.name:
        agent.name = _own_name(session, name, agent_id)
    agent.language = fields.language(language)
    agent.timezone = fields.time_zone(timezone)
    session.flush()
    changes.touch_agent(session, agent_id)
    # The shift is in the agent's timezone, and may have begun with the change.
    if agent.shift_hours is not None:
        assignment.drain_queue(session)


def attend(session: Session, token: str) -> bool:
    """Record that a tab of this token's session is open. Returns False if the session has ended."""
    agent = sessions.agent_of_token(session, token)
    if agent is None:
        return False
    touch_presence(session, id_of(agent))
    return True


def touch_presence(session: Session, agent_id: int) -> None:
    """Record that a tab of the agent is open. Assigns waiting conversations if the agent was absent until now."""
    agent = _agent(session, agent_id)
    now = now_ms()
    was_present = is_present(agent, now)
    if was_present and agent.seen_at is not None and now - agent.seen_at < PRESENCE_WRITE_MS:
        return
    agent.seen_at = now
    session.flush()
    if not was_present:
        changes.touch_agent(session, agent_id)
        if agent.availability is Availability.AVAILABLE:
            assignment.drain_queue(session)


def is_present(agent: Agent, now: int) -> bool:
    """Whether the agent has a tab open, or had one within the grace period. `now`: epoch ms."""
    return agent.seen_at is not None and now - agent.seen_at <= get_settings().presence_grace_ms


def _teams(session: Session) -> dict[int, list[str]]:
    """Agent id → the names of their teams."""
    teams: defaultdict[int, list[str]] = defaultdict(list)
    joined = select(TeamMember.agent_id, Team.name).join(Team).order_by(func.lower(Team.name))
    for agent_id, name in session.exec(joined):
        teams[agent_id].append(name)
    return teams


def _agent(session: Session, agent_id: int) -> Agent:
    agent = session.get(Agent, agent_id)
    if agent is None:
        raise NotFound("There is no such member of the team.", "Reload the page.")
    return agent


def _keep_an_admin(session: Session, leaving: Agent) -> None:
    """Raises Conflict when `leaving` is the only admin.

    Two admins may demote or deactivate each other at the same time. The rows of all admins are locked in the order of
    their ids (PostgreSQL; SQLite has a single writer), so the second transaction sees what the first one did.
    """
    if leaving.role is not Role.ADMIN or not leaving.is_active:
        return
    admins = select(Agent.id).where(Agent.role == Role.ADMIN, Agent.is_active).order_by(col(Agent.id))
    if not set(session.exec(admins.with_for_update(key_share=True))) - {leaving.id}:
        raise Conflict("This is the last admin.", "Make somebody else an admin first.")


def _new_name(session: Session, name: str) -> str:
    """Check a name that an admin chose for a member. Raises Conflict if an active colleague has the same name."""
    name = fields.person_name(name)
    taken = (other for other in _active_names(session) if other.casefold() == name.casefold())
    if same := next(taken, None):
        raise _looks_like(same)
    return name


def _own_name(session: Session, name: str, agent_id: int) -> str:
    """Check a name that an agent chose for themself. Raises Conflict if it looks like a colleague's.

    Threads and the list tell agents apart by name alone.
    """
    name = fields.person_name(name)
    taken = (other for other in _active_names(session, but=agent_id) if looks_like(name, other))
    if like := next(taken, None):
        raise _looks_like(like)
    return name


def _active_names(session: Session, but: int = 0) -> Sequence[str]:
    return session.exec(select(Agent.name).where(Agent.is_active, Agent.id != but)).all()


def _looks_like(name: str) -> Conflict:
    return Conflict(
        "This name looks like that of {name}, who is in the team.", "Add a surname or an initial.", name=name
    )
