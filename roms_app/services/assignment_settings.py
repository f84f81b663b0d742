"""The admins' assignment settings: the default capacity, the rules of each number, the duty of each agent.

Each change starts the engine, because an agent may have become eligible.
"""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from roms_app.domain import fields
from roms_app.errors import NotFound
from roms_app.models import Agent, AssignmentSettings, Order, Role
from roms_app.models.tables import AGENT, INBOX, INBOX_MEMBER
from roms_app.services import assignment, changes, eligibility, inboxes, leaving, response_timer, routing
from roms_app.services.access import require_admin
from roms_app.services.teams import known_agents
from roms_app.views.assignment import NumberAssignment, Person

_I = INBOX.c
_M = INBOX_MEMBER.c


def set_default_capacity(session: Session, admin: Agent, capacity: int) -> None:
    """Set the maximum of open conversations for agents without a capacity of their own.

    Raises InvalidInput, NotAllowed.
    """
    require_admin(admin)
    fields.in_range(capacity, 1, fields.CAPACITY_MAX)
    eligibility.lock_engine(session)
    session.get_one(AssignmentSettings, 1).default_capacity = capacity
    session.flush()
    _settle(session)


def set_assignment(
    session: Session,
    admin: Agent,
    inbox_id: int,
    *,
    order: str,
    is_sticky: bool,
    response_minutes: int | None,
    escalate_after: int,
    business_hours: str | None,
    timezone: str,
) -> None:
    """Set how conversations of a number are assigned. Raises InvalidInput, NotFound, NotAllowed.

    `response_minutes` None: no response timer. `business_hours`: in the format of `domain.hours`; None: always open.
    """
    require_admin(admin)
    inbox = inboxes.access_inbox(session, inbox_id)
    if response_minutes is not None:
        fields.in_range(response_minutes, 1, fields.MINUTES_MAX)
    fields.in_range(escalate_after, 1, fields.ROUNDS_MAX)
    hours_text, zone = fields.weekly_hours(business_hours), fields.time_zone(timezone)
    inbox.assignment_order = fields.one_of(Order, order)
    inbox.is_sticky = is_sticky
    inbox.response_minutes = response_minutes
    inbox.escalate_after = escalate_after
    inbox.business_hours = hours_text
    inbox.timezone = zone
    session.add(inbox)
    session.flush()
    response_timer.restart(session, inbox)
    _settle(session)


def set_members(session: Session, admin: Agent, inbox_id: int, agent_ids: Collection[int]) -> None:
    """Set the agents who answer a number.

    Agents who no longer answer it can't see its conversations any more, so theirs return to the queue.
    Raises InvalidInput, NotFound, NotAllowed.
    """
    require_admin(admin)
    inboxes.access_inbox(session, inbox_id)
    wanted = known_agents(session, agent_ids)
    # Lock the engine first, then its agents' rows: the engine counts turns in them. This does not wait for
    # conversations that nobody may see any more.
    eligibility.lock_engine(session)
    # Deactivated members stay members, and come back unchanged.
    active = select(AGENT.c.id).where(AGENT.c.is_active)
    answering = select(_M.agent_id).where(_M.inbox_id == inbox_id, _M.agent_id.in_(active))
    had = set(session.execute(answering).scalars())
    session.execute(delete(INBOX_MEMBER).where(_M.inbox_id == inbox_id, _M.agent_id.in_(had - wanted)))
    if wanted - had:
        # New and returning members come last: returning ones have had their turns, and new ones will get theirs.
        last = eligibility.last_turn(session, inbox_id)
        rows = [{"inbox_id": inbox_id, "agent_id": id, "last_turn": last} for id in sorted(wanted - had)]
        session.execute(INBOX_MEMBER.insert(), rows)
    leaving.return_orphans(session)
    admins = set(session.execute(select(AGENT.c.id).where(AGENT.c.role == Role.ADMIN)).scalars())
    for agent_id in sorted(had - wanted - admins):
        leaving.release_unseen(session, agent_id)
    for agent_id in sorted(wanted ^ had):
        changes.touch_agent(session, agent_id, has_new_rights=True)
    if wanted != had:
        # The rooms of a tab are chosen when it joins them.
        changes.reload_all(session)
    _settle(session)


def set_duty(
    session: Session, admin: Agent, agent_id: int, *, capacity: int | None, may_reply: bool, shift_hours: str | None
) -> None:
    """Set the capacity, permission and shift of one agent. Raises InvalidInput, NotFound, NotAllowed.

    `capacity` None: the default.
    Without `may_reply` an agent only reads and is assigned nothing. Their open conversations return to the queue,
    because the agent could not even return them.
    `shift_hours`: in the format of `domain.hours`, in the agent's timezone; None: always on shift.
    """
    require_admin(admin)
    agent = session.get(Agent, agent_id)
    if agent is None:
        raise NotFound("There is no such member of the team.", "Reload the page.")
    if capacity is not None:
        fields.in_range(capacity, 0, fields.CAPACITY_MAX)
    hours_text = fields.weekly_hours(shift_hours)
    is_withdrawn = agent.may_reply and not may_reply
    agent.capacity = capacity
    agent.may_reply = may_reply
    agent.shift_hours = hours_text
    session.add(agent)
    session.flush()
    changes.touch_agent(session, agent_id)
    if is_withdrawn:
        leaving.return_not_replying(session, agent_id)
    else:
        assignment.drain_queue(session)


def list_numbers(session: Session) -> list[NumberAssignment]:
    """The active numbers, oldest first, with their agents and rules."""
    members: defaultdict[int, list[Person]] = defaultdict(list)
    joined = select(_M.inbox_id, AGENT.c.id, AGENT.c.name).join(AGENT, AGENT.c.id == _M.agent_id)
    for row in session.execute(joined.where(AGENT.c.is_active).order_by(func.lower(AGENT.c.name), AGENT.c.id)):
        members[row.inbox_id].append(Person(row.id, row.name))
    return [
        NumberAssignment(
            inbox_id=row.id,
            name=row.name,
            order=str(row.assignment_order),
            is_sticky=row.is_sticky,
            response_minutes=row.response_minutes or 0,
            escalate_after=row.escalate_after,
            business_hours=row.business_hours or "",
            timezone=row.timezone,
            members=members[row.id],
            rules=routing.list_rules(session, row.id),
        )
        for row in session.execute(select(INBOX).where(_I.is_active).order_by(_I.id)).all()
    ]


def list_people(session: Session) -> list[Person]:
    """The active agents by name."""
    found = select(AGENT.c.id, AGENT.c.name).where(AGENT.c.is_active).order_by(func.lower(AGENT.c.name), AGENT.c.id)
    return [Person(row.id, row.name) for row in session.execute(found)]


def _settle(session: Session) -> None:
    changes.touch_settings(session)
    assignment.drain_queue(session)
