"""Conversations as agents work with them: lists, threads, resolving and reopening, contact names."""

from collections import Counter, defaultdict
from collections.abc import Collection
from typing import Literal

from sqlalchemy import ColumnElement, func, select, tuple_, update
from sqlalchemy.orm import Session

from roms_app.domain import fields, reasons
from roms_app.domain.kinds import wants_answer
from roms_app.errors import Conflict
from roms_app.models import Agent, AssignmentKind, Contact, Conversation, ConversationStatus, Direction
from roms_app.models.base import now_ms
from roms_app.models.tables import ASSIGNMENT, CONVERSATION, MESSAGE
from roms_app.services import assignment, changes, opening, presenting, response_timer, thread_header
from roms_app.services.access import (
    access_conversation,
    id_of,
    may_see,
    require_may_decide,
    require_may_reply,
    visible_inboxes,
    visible_inboxes_of,
)
from roms_app.services.decisions import Decision, record
from roms_app.services.opening import Opening
from roms_app.views.inbox import ConversationDetail, ConversationRow, Counts, MessageRow

__all__ = [
    "access_conversation",
    "count_open",
    "count_open_of",
    "empty_list_reason",
    "list_rows",
    "mark_seen",
    "read_thread",
    "rename_contact",
    "reopen",
    "resolve",
]  # fmt: skip

Tab = Literal["mine", "unassigned", "all"]
_C = CONVERSATION.c
#: How many messages back a thread is searched for unseen ones: as many as a page shows.
_MOST_UNSEEN = 50


def list_rows(
    session: Session,
    agent: Agent,
    *,
    tab: Tab,
    status: Literal["open", "resolved"],
    before: tuple[int, int] | None = None,
    limit: int = 50,
) -> list[ConversationRow]:
    """A page of the list, newest first. `before`: (last_message_at, id) of the last row of the previous page."""
    wanted = [may_see(agent, _C.inbox_id), _C.status == ConversationStatus(status), *_of_tab(agent, tab)]
    if before is not None:
        wanted.append(tuple_(_C.last_message_at, _C.id) < before)
    page = select(_C.id).where(*wanted).order_by(_C.last_message_at.desc(), _C.id.desc()).limit(limit)
    ids = list(session.execute(page).scalars())
    rows = presenting.conversation_rows(session, ids)
    return [rows[id] for id in ids if id in rows]


def empty_list_reason(session: Session, agent: Agent) -> Literal["number", "customer", ""]:
    """Why an agent's lists are empty.

    "number": the agent answers no number. "customer": nobody has ever written to one of them. "": neither.
    """
    numbers = visible_inboxes(session, agent)
    if not numbers:
        return "number"
    found = session.execute(select(_C.id).where(_C.inbox_id.in_(numbers)).limit(1)).first()
    return "" if found else "customer"


def _of_tab(agent: Agent, tab: Tab) -> list[ColumnElement[bool]]:
    if tab == "mine":
        return [_C.assignee_id == agent.id]
    return [_C.assignee_id.is_(None)] if tab == "unassigned" else []


def count_open(session: Session, agent: Agent) -> Counts:
    """The counts of the agent's tabs, of conversations that the agent may see."""
    return count_open_of(session, [id_of(agent)]).get(id_of(agent), Counts())


def count_open_of(session: Session, agent_ids: Collection[int]) -> dict[int, Counts]:
    """Each agent's tab counts, by agent id. Active agents only.

    The number of statements does not grow with the number of agents.
    """
    found = session.execute(
        select(_C.inbox_id, _C.assignee_id, func.count().label("open"), func.count(_C.escalated_at).label("escalated"))
        .where(_C.status == ConversationStatus.OPEN)
        .group_by(_C.inbox_id, _C.assignee_id)
    ).all()
    totals: defaultdict[int, Counter[str]] = defaultdict(Counter)
    theirs: Counter[tuple[int, int | None]] = Counter()
    for row in found:
        theirs[row.inbox_id, row.assignee_id] = row.open
        totals[row.inbox_id].update(all=row.open, escalated=row.escalated)
    counts: dict[int, Counts] = {}
    for agent_id, inbox_ids in visible_inboxes_of(session, agent_ids).items():
        seen = inbox_ids & totals.keys()
        counts[agent_id] = Counts(
            unassigned=sum(theirs[id, None] for id in seen),
            all=sum(totals[id]["all"] for id in seen),
            mine=sum(theirs[id, agent_id] for id in seen),
            escalated=sum(totals[id]["escalated"] for id in seen),
        )
    return counts


def read_thread(
    session: Session,
    agent: Agent,
    conversation_id: int,
    *,
    before: tuple[int, str] | None = None,
    limit: int = 50,
) -> tuple[ConversationDetail, list[MessageRow]]:
    """The header and a page of the thread, oldest first, with system lines.

    `before`: (sent_at, id) of the oldest row of the next newer page. Raises NotFound.
    """
    conversation = access_conversation(session, agent, conversation_id)
    row = presenting.conversation_rows(session, [conversation_id])[conversation_id]
    detail = thread_header.conversation_detail(session, conversation, row)
    cursor = (before[0], int(before[1][1:])) if before else None
    lines = [
        *_messages_before(session, row, cursor, limit),
        *_system_lines_before(session, row, cursor, limit),
    ]
    return detail, sorted(lines, key=presenting.sort_key)[-limit:]


def _messages_before(
    session: Session, row: ConversationRow, cursor: tuple[int, int] | None, limit: int
) -> list[MessageRow]:
    m = MESSAGE.c
    page = presenting.select_messages().where(m.conversation_id == row.id)
    if cursor is not None:
        page = page.where(tuple_(m.sent_at, m.id) < cursor)
    found = session.execute(page.order_by(m.sent_at.desc(), m.id.desc()).limit(limit)).all()
    return presenting.to_message_rows(session, found, {row.id: row.version})


def _system_lines_before(
    session: Session, row: ConversationRow, cursor: tuple[int, int] | None, limit: int
) -> list[MessageRow]:
    a = ASSIGNMENT.c
    page = select(ASSIGNMENT).where(a.conversation_id == row.id)
    if cursor is not None:
        page = page.where(tuple_(a.at, a.id) < cursor)
    found = session.execute(page.order_by(a.at.desc(), a.id.desc()).limit(limit))
    return [presenting.to_system_row(line, row.version) for line in found]


def resolve(session: Session, agent: Agent, conversation_id: int, *, seen_message_id: int | None = None) -> None:
    """Resolve a conversation. Its assignee has room for another one. A second call changes nothing.

    `seen_message_id`: the newest message that the agent saw (0: none); None: no check.
    Raises NotFound, NotAllowed, or Conflict when the customer has written since.
    """
    conversation = access_conversation(session, agent, conversation_id)
    require_may_reply(agent)
    if seen_message_id is not None and _has_unseen(session, conversation_id, seen_message_id):
        if conversation.status is not ConversationStatus.OPEN:
            return
        raise _wrote_meanwhile(presenting.conversation_rows(session, [conversation_id])[conversation_id].name)
    changed = session.execute(
        update(CONVERSATION)
        .where(_C.id == conversation_id, _C.status == ConversationStatus.OPEN)
        .values(status=ConversationStatus.RESOLVED, resolved_at=now_ms(), waiting_since=None, unread_count=0)
        .values(is_by_hand=False, **response_timer.answered_values())
        .returning(_C.id, _C.assignee_id, _C.team_id)
    ).first()
    if changed:
        # Of two agents who resolve at the same time only one gets here, so the thread has one system line.
        had, reason = changed.assignee_id, reasons.Resolved(agent=agent.name)
        decision = Decision(conversation_id, had, AssignmentKind.RESOLVED, reason, agent.id, had or 0, changed.team_id)
        record(session, [decision])
        assignment.drain_queue(session)


def _has_unseen(session: Session, conversation_id: int, seen_message_id: int) -> bool:
    """Whether the customer wrote after the message that was seen.

    No new message can be committed before this commit.
    """
    session.execute(select(_C.id).where(_C.id == conversation_id).with_for_update(key_share=True))
    m = MESSAGE.c
    newest = select(m.id, m.direction, m.kind, m.raw_kind, m.is_history).where(m.conversation_id == conversation_id)
    found = session.execute(newest.order_by(m.sent_at.desc(), m.id.desc()).limit(_MOST_UNSEEN))
    return any(
        row.id > seen_message_id
        and row.direction == Direction.INBOUND
        and not row.is_history
        and wants_answer(row.kind, row.raw_kind)
        for row in found
    )


def _wrote_meanwhile(name: str) -> Conflict:
    if not name:
        return Conflict("The customer wrote while you resolved.", "Read the new message, then resolve again.")
    return Conflict("{name} wrote while you resolved.", "Read the new message, then resolve again.", name=name)


def reopen(session: Session, agent: Agent, conversation_id: int) -> None:
    """Reopen a conversation and assign it.

    It goes to the agent who reopens it if it was theirs, else to the previous assignee if eligible, else to the next in
    turn.
    Raises NotFound, NotAllowed.
    """
    conversation = access_conversation(session, agent, conversation_id)
    require_may_reply(agent)
    changed = session.execute(
        update(CONVERSATION)
        .where(_C.id == conversation_id, _C.status == ConversationStatus.RESOLVED)
        .values(status=ConversationStatus.OPEN, resolved_at=None)
        .returning(_C.assignee_id)
    ).first()
    if changed is None:
        return
    changes.mark_changed(session, conversation_id, was_assignee_id=changed.assignee_id or 0, counts_changed=True)
    if changed.assignee_id != agent.id:
        session.execute(update(CONVERSATION).where(_C.id == conversation_id).values(assignee_id=None))
        begun = Opening(conversation_id, "", is_reopened=True, former_assignee_id=changed.assignee_id)
        opening.open_conversations(session, conversation.inbox_id, [begun])


def mark_seen(session: Session, agent: Agent, conversation_id: int, *, seen_message_id: int | None = None) -> None:
    """Mark the thread as read. Only the assignee's reading counts, or anybody's if it is unassigned.

    `seen_message_id`: as in `resolve`. Newer messages stay unread: the page calls again once it shows them.
    """
    conversation = access_conversation(session, agent, conversation_id)
    if not conversation.unread_count or conversation.assignee_id not in (None, agent.id):
        return
    if seen_message_id is not None and _has_unseen(session, conversation_id, seen_message_id):
        return
    session.execute(update(CONVERSATION).where(_C.id == conversation_id).values(unread_count=0))
    changes.mark_changed(session, conversation_id)


def rename_contact(session: Session, agent: Agent, conversation_id: int, name: str) -> None:
    """Set our own name of the customer. A name without visible characters restores the name from WhatsApp.

    Raises InvalidInput, NotFound, NotAllowed.
    """
    conversation: Conversation = access_conversation(session, agent, conversation_id)
    require_may_decide(agent)
    contact = session.get_one(Contact, conversation.contact_id)
    contact.manual_name = fields.contact_name(name)
    session.add(contact)
    changes.mark_changed(session, conversation_id)
