"""The changes of a transaction, collected on its session. `live/transactions.py` announces them after the commit.

A service that changes something an agent may be looking at calls one of the functions below in the same transaction.
Nothing else is needed: versions, views and rooms follow from it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from roms_app.models.tables import CONVERSATION
from roms_app.services import sql

_KEY = "roms_changes"
#: In the order of ids, as everywhere, to avoid deadlocks.
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
    """The changes of one conversation in this transaction."""

    #: The assignee before the first change; None: unchanged.
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
    #: Agents whose visible numbers changed.
    new_rights: set[int] = field(default_factory=set[int])
    #: Sessions that were logged out, by the hashes of their tokens.
    ended_sessions: set[str] = field(default_factory=set[str])
    #: A reply was queued, so the relay must be woken.
    has_outbox: bool = False
    #: Something could not be assigned or returned just now, so the queue must be drained again after the commit.
    must_drain: bool = False
    #: A team, label, rule or assignment setting changed: pages that show them reload.
    has_settings: bool = False
    #: Rows vanished or moved (two contacts were merged): every tab reloads.
    must_reload: bool = False


def of(session: Session) -> Changes:
    """The changes collected so far."""
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
    """Note that a conversation or some of its messages changed.

    `was_assignee_id`: the previous assignee if it changed (0: unassigned). `counts_changed`: the status or assignee
    changed, and so did the counts of the tabs.
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
    """Note that a number's state, QR, code, name or existence changed. `was_status`: its status before."""
    of(session).inboxes.setdefault(inbox_id, was_status)


def touch_agent(session: Session, agent_id: int, *, is_signed_out: bool = False, has_new_rights: bool = False) -> None:
    """Note that an agent was created or changed. `has_new_rights`: the numbers that the agent may see changed."""
    noted = of(session)
    noted.agents[agent_id] = noted.agents.get(agent_id, False) or is_signed_out
    if has_new_rights:
        noted.new_rights.add(agent_id)


def end_session(session: Session, session_id: str) -> None:
    """Note that a session was logged out: the tabs of its browser get no more updates.

    `session_id`: the hash of its token.
    """
    of(session).ended_sessions.add(session_id)


def wake_relay(session: Session) -> None:
    """Note that a reply waits in the outbox."""
    of(session).has_outbox = True


def drain_again(session: Session) -> None:
    """Let the assigner run again: another transaction holds rows that wait or must be returned (PostgreSQL)."""
    of(session).must_drain = True


def touch_settings(session: Session) -> None:
    """Note that teams, labels, rules or assignment settings changed."""
    of(session).has_settings = True


def reload_all(session: Session) -> None:
    """Let every tab reload, because its rows can't be patched."""
    of(session).must_reload = True


def lock_noted(session: Session) -> None:
    """Lock the conversations noted so far, whose versions are incremented at the end (PostgreSQL).

    Call this before taking a lock that others wait for while they hold conversations. It prevents deadlocks.
    """
    session.flush()
    noted = of(session).conversations
    if noted and session.get_bind().dialect.name != "sqlite":
        session.execute(_LOCK, {"ids": list(noted)})


def settle(session: Session) -> Changes:
    """Increment the versions of the changed conversations and return the changes. Call it once, before the commit."""
    session.flush()
    noted: Changes = session.info.pop(_KEY, Changes())
    if noted.conversations:
        session.connection().execute(_COUNT_UP, {"ids": list(noted.conversations)})
    return noted
