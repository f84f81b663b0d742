"""Database rows as the views that a browser may see. Reads only. The views are the same for every agent.

Uses Core selects of named columns, because this runs for every committed change.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, exists, func, select
from sqlalchemy.orm import Session

from roms_app.domain import identity, wording
from roms_app.models import Assignment, DeliveryStatus, Direction, SenderType
from roms_app.models.tables import (
    AGENT,
    ASSIGNMENT,
    CONTACT,
    CONVERSATION,
    CONVERSATION_LABEL,
    INBOX,
    LABEL,
    MESSAGE,
    REACTION,
    TEAM,
)
from roms_app.services import message_parts, sql
from roms_app.services.changes import ConversationChange
from roms_app.services.message_parts import REVOKED, Parts
from roms_app.views.inbox import ConversationRow, MessageRow
from wa_worker.contract.addressing import phone_of_jid
from wa_worker.contract.events import SessionStatus

#: `MessageRow.kind` of system lines, which are not messages.
SYSTEM = "system"


def select_conversations() -> Select[Any]:
    """The columns of a `ConversationRow`, for `to_conversation_row`. The caller adds its conditions."""
    c, contact, last = CONVERSATION.c, CONTACT.c, MESSAGE.alias("last").c
    joined = (
        CONVERSATION.join(CONTACT, c.contact_id == contact.id)
        .join(INBOX, c.inbox_id == INBOX.c.id)
        .outerjoin(AGENT, c.assignee_id == AGENT.c.id)
        .outerjoin(last.id.table, c.last_message_id == last.id)
        .outerjoin(TEAM, c.team_id == TEAM.c.id)
        .outerjoin(ASSIGNMENT, c.assignment_id == ASSIGNMENT.c.id)
    )
    columns: list[ColumnElement[Any]] = [
        c.id, c.version, c.inbox_id, INBOX.c.name.label("inbox_name"),
        contact.manual_name, contact.address_book_name, contact.verified_name, contact.push_name, contact.phone_e164,
        c.contact_id, contact.picture_key, contact.is_group,
        c.last_message_preview, c.last_message_at, c.unread_count, c.waiting_since, c.status,
        c.assignee_id, AGENT.c.name.label("assignee_name"),
        last.kind, last.direction, last.delivery_status, last.revoked_at,
        c.priority, TEAM.c.name.label("team_name"), ASSIGNMENT.c.reason_code, ASSIGNMENT.c.reason_params,
        c.escalated_at, c.due_at,
        # Most conversations have none, so this saves most batches a statement.
        exists().where(CONVERSATION_LABEL.c.conversation_id == c.id).label("has_labels"),
    ]  # fmt: skip
    return select(*columns).select_from(joined)


_CONVERSATIONS_BY_ID: Final = select_conversations().where(CONVERSATION.c.id.in_(sql.among("ids")))
_LABELS: Final = (
    select(CONVERSATION_LABEL.c.conversation_id, LABEL.c.name)
    .join(LABEL, LABEL.c.id == CONVERSATION_LABEL.c.label_id)
    .where(CONVERSATION_LABEL.c.conversation_id.in_(sql.among("ids")))
    .order_by(func.lower(LABEL.c.name), LABEL.c.id)
)


def to_conversation_row(row: Row[Any], labels: Sequence[str] = ()) -> ConversationRow:
    """One row of `select_conversations` as its view. `labels`: their names."""
    is_ours = row.direction == Direction.OUTBOUND
    return ConversationRow(
        id=row.id,
        version=row.version,
        inbox_id=row.inbox_id,
        inbox_name=row.inbox_name,
        name=identity.display_name(
            row.manual_name, row.address_book_name, row.verified_name, row.push_name, row.phone_e164
        ),
        phone=identity.format_phone(row.phone_e164),
        preview=row.last_message_preview,
        preview_kind=REVOKED if row.revoked_at else str(row.kind or ""),
        preview_is_ours=is_ours,
        preview_status=str(row.delivery_status or "") if is_ours else "",
        last_message_at=row.last_message_at,
        unread=row.unread_count,
        waiting_since=row.waiting_since or 0,
        status=str(row.status),
        assignee_id=row.assignee_id or 0,
        assignee_name=row.assignee_name or "",
        picture=_picture_url(row.contact_id, row.picture_key),
        is_group=row.is_group,
        priority=row.priority,
        team=row.team_name or "",
        because=wording.words_of(row.reason_code, row.reason_params) if row.reason_code else {},
        is_escalated=row.escalated_at is not None,
        due_at=row.due_at or 0,
        labels=list(labels),
    )


def _picture_url(contact_id: int, picture_key: str | None) -> str:
    """A new picture has a new address, so a browser may cache each one."""
    if not picture_key:
        return ""
    return f"/media/contact/{contact_id}?v={picture_key.rpartition('/')[2].partition('.')[0][:12]}"


def conversation_rows(session: Session, conversation_ids: Sequence[int]) -> dict[int, ConversationRow]:
    """Conversation id → its view; unknown ids are left out."""
    if not conversation_ids:
        return {}
    found = session.execute(_CONVERSATIONS_BY_ID, {"ids": conversation_ids}).all()
    labels = _labels(session, [row.id for row in found if row.has_labels])
    return {row.id: to_conversation_row(row, labels.get(row.id, ())) for row in found}


def _labels(session: Session, conversation_ids: Sequence[int]) -> dict[int, list[str]]:
    """Conversation id → the names of its labels."""
    labels: defaultdict[int, list[str]] = defaultdict(list)
    if conversation_ids:
        for row in session.execute(_LABELS, {"ids": conversation_ids}):
            labels[row.conversation_id].append(row.name)
    return labels


def select_messages() -> Select[Any]:
    """The columns of a `MessageRow`, for `to_message_rows`. The caller adds its conditions."""
    m = MESSAGE.c
    columns: list[ColumnElement[Any]] = [
        m.id, m.inbox_id, m.conversation_id, m.direction, m.sender_type, m.kind, m.raw_kind, m.body,
        m.quoted_wa_message_id, m.delivery_status, m.failure_reason, m.sent_at, m.edited_at, m.revoked_at,
        m.is_forwarded, m.author_jid, m.author_name, m.held_until, m.hold_reason, m.relayed_at,
        AGENT.c.name.label("author"), INBOX.c.status.label("number_status"),
        # Most messages have none, so this saves most batches a statement.
        exists().where(REACTION.c.message_id == m.id).label("has_reactions"),
    ]  # fmt: skip
    tables = MESSAGE.outerjoin(AGENT, m.agent_id == AGENT.c.id).join(INBOX, INBOX.c.id == m.inbox_id)
    return select(*columns).select_from(tables)


_MESSAGES_BY_ID: Final = select_messages().where(MESSAGE.c.id.in_(sql.among("ids")))


def to_message_rows(session: Session, found: Sequence[Row[Any]], versions: Mapping[int, int]) -> list[MessageRow]:
    """Rows of `select_messages` as views, in their order. `versions`: conversation id → its version."""
    parts = message_parts.read(session, found)
    return [_to_message_row(row, versions.get(row.conversation_id, 0), parts) for row in found]


def _to_message_row(row: Row[Any], version: int, parts: Parts) -> MessageRow:
    is_queued = row.delivery_status == DeliveryStatus.QUEUED
    quote = parts.quote_of(row)
    return MessageRow(
        id=f"m{row.id}",
        version=version,
        conversation_id=row.conversation_id,
        kind=str(row.kind),
        # The text of a message that was deleted for everyone stays in the database, but nobody is shown it.
        body="" if row.revoked_at else row.body,
        is_ours=row.direction == Direction.OUTBOUND,
        author=row.author or "",
        sender_type=str(row.sender_type),
        status=str(row.delivery_status or ""),
        failure_reason=row.failure_reason or "",
        sent_at=row.sent_at,
        is_edited=row.edited_at is not None,
        is_revoked=row.revoked_at is not None,
        quoted_body=quote.body,
        quoted_id=quote.id,
        quoted_kind=quote.kind,
        quoted_is_ours=quote.is_ours,
        raw_kind=row.raw_kind,
        is_forwarded=row.is_forwarded,
        group_author=identity.display_name(None, None, None, row.author_name, phone_of_jid(row.author_jid)),
        held_until=(row.held_until or 0) if is_queued else 0,
        hold_reason=(row.hold_reason or "") if is_queued else "",
        can_cancel=_can_cancel(row),
        attachment=None if row.revoked_at else parts.attachments.get(row.id),
        reactions=[] if row.revoked_at else parts.reactions.get(row.id, []),
    )


def _can_cancel(row: Row[Any]) -> bool:
    if row.delivery_status == DeliveryStatus.FAILED:
        return row.sender_type == SenderType.AGENT
    # A live number relays it in a moment, and no event would report that.
    waits = row.relayed_at is None and row.number_status != SessionStatus.LIVE
    return row.delivery_status == DeliveryStatus.QUEUED and waits


def to_system_row(assignment: Assignment | Row[Any], version: int) -> MessageRow:
    """An assignment as the thread's system line."""
    return MessageRow(
        id=f"a{assignment.id}",
        version=version,
        conversation_id=assignment.conversation_id,
        kind=SYSTEM,
        body="",
        words=wording.words_of(assignment.reason_code, assignment.reason_params),
        is_ours=False,
        author="",
        sender_type=SYSTEM,
        status="",
        failure_reason="",
        sent_at=assignment.at,
        is_edited=False,
        is_revoked=False,
        quoted_body="",
        note=assignment.note,
    )


def sort_key(row: MessageRow) -> tuple[int, int]:
    """The order of a thread: by time, then by the number in the id."""
    return row.sent_at, int(row.id[1:])


def changed_messages(
    session: Session, conversations: Mapping[int, ConversationChange], rows: Mapping[int, ConversationRow]
) -> dict[int, list[MessageRow]]:
    """Changed messages and system lines: conversation id → rows, oldest first."""
    message_ids = [id for change in conversations.values() for id in change.message_ids]
    assignment_ids = [id for change in conversations.values() for id in change.assignment_ids]
    versions = {id: row.version for id, row in rows.items()}
    changed: defaultdict[int, list[MessageRow]] = defaultdict(list)
    for some in sql.chunks(message_ids):
        found = session.execute(_MESSAGES_BY_ID, {"ids": some}).all()
        for view in to_message_rows(session, found, versions):
            changed[view.conversation_id].append(view)
    if assignment_ids:
        for row in session.execute(select(ASSIGNMENT).where(ASSIGNMENT.c.id.in_(assignment_ids))):
            changed[row.conversation_id].append(to_system_row(row, versions.get(row.conversation_id, 0)))
    for views in changed.values():
        views.sort(key=sort_key)
    return changed


def inbox_statuses(session: Session, inbox_ids: Sequence[int]) -> dict[int, str]:
    """Inbox id → `SessionStatus`."""
    if not inbox_ids:
        return {}
    found = session.execute(select(INBOX.c.id, INBOX.c.status).where(INBOX.c.id.in_(inbox_ids)))
    return {row.id: str(row.status) for row in found}
