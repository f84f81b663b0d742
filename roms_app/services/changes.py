"""What a transaction changed, noted on its session. `live/transactions.py` announces it after the commit.

A service that changes something an agent may be looking at calls one of the `touch` functions, in the same
transaction. Nothing else is needed: versions, views and rooms follow from it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from roms_app.models.tables import CONVERSATION
from roms_app.services import sql

_KEY = "roms_changes"
#: In the order of ids, as everywhere.
_LOCK = (
    select(CONVERSATION.c.id)
    .where(CONVERSATION.c.id.in_(sql.among("ids")))
    .order_by(CONVERSATION.c.id)
    .with_for_update(key_share=True)
)
_COUNT_UP = (
    update(CONVERSATION).where(CONVERSATION.c.id.in_(sql.among("ids"))).values(version=CONVERSATION.c.version + 1)
)


@dataclass(slots=True)
class ConversationChange:
    """One conversation's changes in this transaction."""

    #: As it was before the first change; None: was not changed.
    was_assignee_id: int | None = None
    message_ids: dict[int, None] = field(default_factory=dict[int, None])
    assignment_ids: dict[int, None] = field(default_factory=dict[int, None])
    counts_changed: bool = False
    #: Epoch ms of the oldest event among the changes; 0 when an agent made them.
    occurred_at: int = 0


@dataclass(slots=True)
class Changes:
    """All changes of one transaction."""

    conversations: dict[int, ConversationChange] = field(default_factory=dict[int, ConversationChange])
    #: Inbox id → its status before.
    inboxes: dict[int, str] = field(default_factory=dict[int, str])
    #: Agent id → their tabs must sign in again.
    agents: dict[int, bool] = field(default_factory=dict[int, bool])
    #: Agents who may see other numbers than before.
    new_rights: set[int] = field(default_factory=set[int])
    #: Sessions that were logged out, by the hashes of their tokens.
    ended_sessions: set[str] = field(default_factory=set[str])
    #: A reply was queued: wake the relay.
    has_outbox: bool = False
    #: Something could not be given out, or returned, just now: look again after the commit.
    must_drain: bool = False
    #: A team, a label or a rule changed, or how conversations are given out: pages that show them read again.
    has_settings: bool = False
    #: Rows vanished or moved (two contacts became one): every tab reads again.
    must_reload: bool = False


def of(session: Session) -> Changes:
    """The changes noted so far."""
    return session.info.setdefault(_KEY, Changes())


def mark_changed(
    session: Session,
    conversation_id: int,
    *,
    message_ids: Iterable[int] = (),
    assignment_ids: Iterable[int] = (),
    was_assignee_id: int | None = None,
    counts_changed: bool = False,
    occurred_at: int = 0,
) -> None:
    """A conversation changed, or some of its messages did.

    `was_assignee_id`: when the assignee changed, who it was before (0: nobody). `counts_changed`: its status or
    assignee changed, so that the tabs' counts did.
    """
    change = of(session).conversations.setdefault(conversation_id, ConversationChange())
    change.message_ids.update(dict.fromkeys(message_ids))
    change.assignment_ids.update(dict.fromkeys(assignment_ids))
    change.counts_changed |= counts_changed
    if change.was_assignee_id is None:
        change.was_assignee_id = was_assignee_id
    if occurred_at:
        change.occurred_at = min(change.occurred_at or occurred_at, occurred_at)


def touch_inbox(session: Session, inbox_id: int, was_status: str) -> None:
    """A number's state, QR, code, name or existence changed."""
    of(session).inboxes.setdefault(inbox_id, was_status)


def touch_agent(session: Session, agent_id: int, *, is_signed_out: bool = False, has_new_rights: bool = False) -> None:
    """An agent was created or changed. `has_new_rights`: they may see other numbers than before."""
    noted = of(session)
    noted.agents[agent_id] = noted.agents.get(agent_id, False) or is_signed_out
    if has_new_rights:
        noted.new_rights.add(agent_id)


def end_session(session: Session, session_id: str) -> None:
    """A session was logged out: all tabs of its browser hear nothing more. `session_id`: the hash of its token."""
    of(session).ended_sessions.add(session_id)


def wake_relay(session: Session) -> None:
    """A reply waits in the outbox."""
    of(session).has_outbox = True


def drain_again(session: Session) -> None:
    """Somebody else changes just now what waits, or has to be returned (PostgreSQL): the assigner shall look again."""
    of(session).must_drain = True


def touch_settings(session: Session) -> None:
    """Teams, labels, rules, or how conversations are given out changed."""
    of(session).has_settings = True


def reload_all(session: Session) -> None:
    """What tabs show can't be patched."""
    of(session).must_reload = True


def lock_noted(session: Session) -> None:
    """Lock the conversations that were noted so far, whose versions count up in the end (PostgreSQL).

    Before a lock that others wait for while they hold conversations: so nobody waits for two who wait for each other.
    """
    session.flush()
    noted = of(session).conversations
    if noted and session.get_bind().dialect.name != "sqlite":
        session.execute(_LOCK, {"ids": list(noted)})


def settle(session: Session) -> Changes:
    """Count up the versions of the changed conversations and hand over what was noted. Once, before the commit."""
    session.flush()
    noted: Changes = session.info.pop(_KEY, Changes())
    if noted.conversations:
        session.connection().execute(_COUNT_UP, {"ids": list(noted.conversations)})
    return noted
