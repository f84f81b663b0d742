"""Two contacts turn out to be one person: a LID and a number that WhatsApp has now linked. One customer, one thread."""

from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.orm import Session

from roms_app.models import ConversationStatus
from roms_app.models.tables import ASSIGNMENT, CONTACT, CONVERSATION, MESSAGE
from roms_app.services import changes
from wa_worker.contract.addressing import LID_SERVER, server_of

_C = CONVERSATION.c


def merge_contacts(session: Session, keep_id: int, drop_id: int) -> None:
    """Move all that hangs on `drop_id` to `keep_id`, and delete `drop_id`.

    The caller sets the kept one's columns, but for the name that an agent gave: WhatsApp's events know none.
    """
    found = session.execute(select(CONVERSATION).where(_C.contact_id.in_((keep_id, drop_id))).order_by(_C.id))
    by_contact = {row.contact_id: row for row in found}
    kept, dropped = by_contact.get(keep_id), by_contact.get(drop_id)
    if dropped is not None and kept is None:
        session.execute(update(CONVERSATION).where(_C.id == dropped.id).values(contact_id=keep_id))
    elif dropped is not None and kept is not None:
        _merge_conversations(session, kept, dropped)
    _carry_manual_name(session, keep_id, drop_id)
    session.execute(delete(CONTACT).where(CONTACT.c.id == drop_id))
    changes.reload_all(session)


def _carry_manual_name(session: Session, keep_id: int, drop_id: int) -> None:
    other = CONTACT.alias()
    dropped = select(other.c.manual_name).where(other.c.id == drop_id).scalar_subquery()
    name = func.coalesce(CONTACT.c.manual_name, dropped)
    session.execute(update(CONTACT).where(CONTACT.c.id == keep_id).values(manual_name=name))


def _merge_conversations(session: Session, kept: Row[Any], dropped: Row[Any]) -> None:
    for table in (MESSAGE, ASSIGNMENT):
        column = table.c.conversation_id
        session.execute(update(table).where(column == dropped.id).values(conversation_id=kept.id))
    session.execute(delete(CONVERSATION).where(_C.id == dropped.id))
    session.execute(update(CONVERSATION).where(_C.id == kept.id).values(**_combined(kept, dropped)))
    changes.of(session).conversations.pop(dropped.id, None)
    changes.touch(session, kept.id, was_assignee_id=kept.assignee_id or 0, counts_changed=True)


def _combined(kept: Row[Any], dropped: Row[Any]) -> dict[str, Any]:
    newest = max(kept, dropped, key=lambda row: row.last_message_at)
    is_open = ConversationStatus.OPEN in (kept.status, dropped.status)
    # Whoever answers the open one goes on answering.
    first, second = (kept, dropped) if kept.status is ConversationStatus.OPEN else (dropped, kept)
    waits = [row.waiting_since for row in (kept, dropped) if row.waiting_since is not None]
    return {
        "status": ConversationStatus.OPEN if is_open else ConversationStatus.RESOLVED,
        "assignee_id": first.assignee_id or (second.assignee_id if second.status is first.status else None),
        "chat_jid": dropped.chat_jid if server_of(dropped.chat_jid) == LID_SERVER else kept.chat_jid,
        "last_message_id": newest.last_message_id,
        "last_message_at": newest.last_message_at,
        "last_message_preview": newest.last_message_preview,
        "unread_count": kept.unread_count + dropped.unread_count,
        "waiting_since": min(waits, default=None),
        "version": max(kept.version, dropped.version),
        "created_at": min(kept.created_at, dropped.created_at),
        "resolved_at": None if is_open else newest.resolved_at,
    }
