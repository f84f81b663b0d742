"""Replies: a queued `message` row is the outbox. It has its WhatsApp id from the start."""

import hashlib
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from roms_app.domain import text
from roms_app.errors import Conflict, InvalidInput, NotFound
from roms_app.models import (
    Agent,
    Attachment,
    AttachmentStatus,
    Conversation,
    ConversationStatus,
    DeliveryStatus,
    Direction,
    Inbox,
    Message,
    ReadReceipts,
    SenderType,
    Upload,
)
from roms_app.models.base import now_ms
from roms_app.models.tables import CONVERSATION, MESSAGE
from roms_app.services import by_hand, changes, response_timer
from roms_app.services.access import access_conversation, id_of, require_may_reply
from wa_worker.contract.addressing import mint_message_id
from wa_worker.contract.events import MessageKind

_M = MESSAGE.c
#: The last speaker is found among this many of the newest messages.
_LATELY = 20


def queue_reply(
    session: Session,
    agent: Agent,
    conversation_id: int,
    body: str,
    *,
    quoted_message_id: int | None = None,
    key: str = "",
) -> int:
    """Queue a reply. It claims an unassigned conversation and opens a resolved one. Returns the message's id.

    A repeated `key` queues nothing: a tab that got no answer sends its text again.
    Raises NotFound, InvalidInput (empty or too long), Conflict (the number was removed).
    """
    conversation = access_conversation(session, agent, conversation_id)
    wa_message_id, queued_id = _id_for(session, agent, conversation, key)
    if queued_id is not None:
        return queued_id
    body = _checked(body)
    if not body.strip():
        raise InvalidInput("There is nothing to send.", "Write a message first.")
    return _queue(session, agent, conversation, quoted_message_id, wa_message_id=wa_message_id, body=body)


def queue_media(
    session: Session,
    agent: Agent,
    conversation_id: int,
    upload: Upload,
    *,
    caption: str = "",
    quoted_message_id: int | None = None,
    key: str = "",
) -> int:
    """Queue a file of the media store, like `queue_reply`. Returns the message's id.

    Raises NotFound, InvalidInput (the caption is too long, the file belongs to another conversation), Conflict (the
    number was removed).
    """
    conversation = access_conversation(session, agent, conversation_id)
    wa_message_id, queued_id = _id_for(session, agent, conversation, key)
    if queued_id is not None:
        return queued_id
    if (upload.agent_id, upload.conversation_id) != (agent.id, conversation_id):
        raise InvalidInput("This file belongs to another conversation.", "Attach it again.")
    kind = MessageKind(upload.kind)
    columns: dict[str, Any] = {"body": _checked(caption).strip(), "kind": kind, "raw_kind": kind}
    message_id = _queue(session, agent, conversation, quoted_message_id, wa_message_id=wa_message_id, **columns)
    session.add(_attachment_of(upload, message_id))
    session.flush()
    return message_id


def message_id_of_key(agent_id: int, conversation_id: int, key: str) -> str:
    """The WhatsApp id of the reply for which a tab chose `key`. The same reply always has the same id."""
    digest = hashlib.sha256(f"{agent_id}:{conversation_id}:{key}".encode()).hexdigest()
    return "3EB0" + digest[:18].upper()


def retry(session: Session, agent: Agent, message_id: int) -> None:
    """Queue a failed message again, under the same WhatsApp id.

    Raises NotFound, NotAllowed, or Conflict: it did not fail, or its number was removed.
    """
    queued = {"failure_reason": None, "relayed_at": None, "held_until": None, "hold_reason": None}
    reply = access_reply(session, agent, message_id)
    require_may_reply(agent)
    conversation_id = reply.conversation_id
    _active_inbox(session, reply.inbox_id)
    if not _move(session, message_id, DeliveryStatus.QUEUED, _M.delivery_status == DeliveryStatus.FAILED, **queued):
        raise Conflict("This message is on its way already.")
    _announce(session, conversation_id, message_id)


def cancel_message(session: Session, agent: Agent, message_id: int) -> None:
    """Cancel a message that failed, or that no worker has received yet. A second call changes nothing.

    Raises NotFound, NotAllowed, or Conflict when it was relayed already.
    """
    reply = access_reply(session, agent, message_id)
    require_may_reply(agent)
    if reply.delivery_status is DeliveryStatus.CANCELLED:
        return
    waits = (_M.delivery_status == DeliveryStatus.QUEUED) & _M.relayed_at.is_(None)
    has_failed = _M.delivery_status == DeliveryStatus.FAILED
    if not _move(session, message_id, DeliveryStatus.CANCELLED, waits | has_failed, failure_reason=None):
        raise Conflict("This message is on its way already.")
    changes.mark_changed(session, reply.conversation_id, message_ids=[message_id])


def access_reply(session: Session, agent: Agent, message_id: int) -> Message:
    """A message that we sent, if this agent may see it. Raises NotFound."""
    message = session.get(Message, message_id, populate_existing=True)
    if message is None or message.direction is not Direction.OUTBOUND:
        raise NotFound("There is no such message.")
    access_conversation(session, agent, message.conversation_id)
    return message


def _move(session: Session, message_id: int, status: DeliveryStatus, may_move: Any, **values: Any) -> bool:
    moved = session.execute(
        update(MESSAGE).where(_M.id == message_id, may_move).values(delivery_status=status, **values).returning(_M.id)
    )
    return moved.first() is not None


def _id_for(session: Session, agent: Agent, conversation: Conversation, key: str) -> tuple[str, int | None]:
    """The WhatsApp id of a reply, and the row's id if it is queued already.

    A reply that is queued already is announced again.
    """
    if not key:
        return mint_message_id(), None
    wa_message_id = message_id_of_key(id_of(agent), id_of(conversation), key)
    queued_id = _queued_before(session, conversation, wa_message_id)
    if queued_id is not None:
        _announce(session, id_of(conversation), queued_id)
    return wa_message_id, queued_id


def _queue(
    session: Session, agent: Agent, conversation: Conversation, quoted_message_id: int | None, **columns: Any
) -> int:
    conversation_id = id_of(conversation)
    inbox = _active_inbox(session, conversation.inbox_id)
    quoted = _quoted(session, conversation_id, quoted_message_id)
    require_may_reply(agent)
    by_hand.claim_by_reply(session, agent, conversation_id)
    now = now_ms()
    message = Message(
        inbox_id=conversation.inbox_id,
        conversation_id=conversation_id,
        direction=Direction.OUTBOUND,
        sender_type=SenderType.AGENT,
        agent_id=id_of(agent),
        delivery_status=DeliveryStatus.QUEUED,
        quoted_wa_message_id=quoted,
        # Equal to `created_at`: this shows that WhatsApp has given it no time yet (`KnownMessage.is_placed`).
        sent_at=now,
        created_at=now,
        has_receipt=inbox.read_receipts is ReadReceipts.ON_REPLY and _customer_spoke_last(session, conversation_id),
        **columns,
    )
    session.add(message)
    session.flush()
    assert message.id is not None
    _answered(session, conversation, message)
    _announce(session, conversation_id, message.id)
    return message.id


def _active_inbox(session: Session, inbox_id: int) -> Inbox:
    inbox = session.get_one(Inbox, inbox_id)
    if not inbox.is_active:
        raise Conflict(
            "The number {name} was removed.", "An admin can add it again in Settings → WhatsApp.", name=inbox.name
        )
    return inbox


def _quoted(session: Session, conversation_id: int, message_id: int | None) -> str | None:
    """WhatsApp's id of the quoted message. Raises InvalidInput when it belongs to another conversation."""
    if message_id is None:
        return None
    same = (_M.id == message_id, _M.conversation_id == conversation_id)
    found = session.execute(select(_M.wa_message_id).where(*same)).scalar()
    if found is None:
        raise InvalidInput("The quoted message is not in this conversation.", "Send it without the quote.")
    return found


def _customer_spoke_last(session: Session, conversation_id: int) -> bool:
    spoken = (_M.conversation_id == conversation_id, _M.kind != MessageKind.NOTICE)
    newest = select(_M.id, _M.direction).where(*spoken).order_by(_M.sent_at.desc(), _M.id.desc()).limit(_LATELY)
    # By the order in which ROMS received them: a reply that went out late was still written before the customer's
    # newest message.
    last = max(session.execute(newest), key=lambda row: row.id, default=None)
    return last is not None and last.direction is Direction.INBOUND


def _attachment_of(upload: Upload, message_id: int) -> Attachment:
    return Attachment(
        message_id=message_id,
        status=AttachmentStatus.STORED,
        media_key=upload.media_key,
        thumbnail_key=upload.thumbnail_key,
        mimetype=upload.mimetype,
        size_bytes=upload.size_bytes,
        sha256=upload.sha256,
        filename=upload.filename,
        width=upload.width,
        height=upload.height,
        duration_ms=upload.duration_ms,
    )


def _announce(session: Session, conversation_id: int, message_id: int) -> None:
    changes.mark_changed(session, conversation_id, message_ids=[message_id])
    changes.wake_relay(session)


def _queued_before(session: Session, conversation: Conversation, wa_message_id: str) -> int | None:
    """The id of the reply if it is in the database already; None if not."""
    # SQLite has a single writer. On PostgreSQL, the lock keeps the same reply from being inserted twice at the same
    # time.
    lock = select(CONVERSATION.c.id).where(CONVERSATION.c.id == conversation.id)
    session.execute(lock.with_for_update(key_share=True))
    same = (_M.inbox_id == conversation.inbox_id, _M.direction == Direction.OUTBOUND, _M.wa_message_id == wa_message_id)
    return session.execute(select(_M.id).where(*same)).scalar()


def _checked(body: str) -> str:
    body = text.storable(body)
    if len(body) > text.MAX_BODY:
        raise InvalidInput(
            "WhatsApp takes {limit} characters a message; this has {length}.",
            "Send it in parts.",
            limit=text.MAX_BODY,
            length=len(body),
        )
    return body


def _answered(session: Session, conversation: Conversation, message: Message) -> None:
    if conversation.status is ConversationStatus.RESOLVED:
        changes.mark_changed(session, id_of(conversation), counts_changed=True)
    c = CONVERSATION.c
    session.execute(
        update(CONVERSATION)
        .where(c.id == conversation.id)
        .values(
            status=ConversationStatus.OPEN,
            resolved_at=None,
            waiting_since=None,
            unread_count=0,
            last_message_id=message.id,
            last_message_at=max(conversation.last_message_at, message.sent_at, now_ms()),
            last_message_preview=text.preview(message.body),
            **response_timer.answered_values(),
        )
    )
