"""Access control: which rows an agent may read and change.

The `access_*` functions are the only way to these rows. A row that the agent may not see does not exist (NotFound).
"""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.orm import Session

from roms_app.errors import NotAllowed, NotFound
from roms_app.models import Agent, Conversation, InboxMember, Role
from roms_app.models.tables import AGENT, INBOX, INBOX_MEMBER


def id_of(row: Agent | Conversation) -> int:
    """The id of a row that is in the database."""
    assert row.id is not None
    return row.id


def member_inboxes(agent: Agent) -> Select[tuple[int]]:
    """The inboxes that an agent answers."""
    return select(INBOX_MEMBER.c.inbox_id).where(INBOX_MEMBER.c.agent_id == agent.id)


def may_see(agent: Agent, inbox_id: ColumnElement[int]) -> ColumnElement[bool]:
    """A condition: rows of inboxes that the agent answers; admins see all."""
    return true() if agent.role is Role.ADMIN else inbox_id.in_(member_inboxes(agent))


def visible_inboxes(session: Session, agent: Agent) -> list[int]:
    """Ids of the inboxes, archived ones too, whose conversations the agent may see."""
    return list(session.execute(select(INBOX.c.id).where(may_see(agent, INBOX.c.id))).scalars())


def visible_inboxes_of(session: Session, agent_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """The same for several agents, by their ids. Inactive agents see nothing and are left out."""
    found = session.execute(select(AGENT.c.id, AGENT.c.role).where(AGENT.c.id.in_(agent_ids), AGENT.c.is_active))
    roles = {row.id: row.role for row in found}
    answered: defaultdict[int, set[int]] = defaultdict(set)
    member = INBOX_MEMBER.c
    for row in session.execute(select(member.agent_id, member.inbox_id).where(member.agent_id.in_(agent_ids))):
        answered[row.agent_id].add(row.inbox_id)
    has_admin = Role.ADMIN in roles.values()
    every = frozenset(session.execute(select(INBOX.c.id)).scalars()) if has_admin else frozenset[int]()
    return {id: every if role is Role.ADMIN else frozenset(answered[id]) for id, role in roles.items()}


def access_conversation(session: Session, agent: Agent, conversation_id: int) -> Conversation:
    """The conversation, if this agent may see it. Raises NotFound."""
    conversation = session.get(Conversation, conversation_id, populate_existing=True)
    if conversation is None or not _may_see_inbox(session, agent, conversation.inbox_id):
        raise NotFound("There is no such conversation.", "It may have been merged with another; look in the list.")
    return conversation


def require_may_reply(agent: Agent) -> None:
    """Check that the agent may reply to customers. Raises NotAllowed."""
    if not agent.may_reply:
        raise NotAllowed("You may read conversations, but not answer them.", "Ask an admin of your team.")


def require_may_decide(agent: Agent) -> None:
    """Check that the agent may do work that the customer does not see.

    Admins supervise, so they may do this even when they may not reply.
    Raises NotAllowed.
    """
    if agent.role is not Role.ADMIN:
        require_may_reply(agent)


def require_admin(agent: Agent) -> None:
    """Check that the agent is an admin. Raises NotAllowed."""
    if agent.role is not Role.ADMIN:
        raise NotAllowed("Only admins can do this.", "Ask an admin of your team.")


def _may_see_inbox(session: Session, agent: Agent, inbox_id: int) -> bool:
    return agent.role is Role.ADMIN or session.get(InboxMember, (inbox_id, agent.id)) is not None
