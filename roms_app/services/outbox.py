"""Replies: a `message` row that is queued is the outbox, and carries its WhatsApp id from the first moment."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import and_, or_, select, update
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Session

from roms_app.domain import text
from roms_app.errors import Conflict, InvalidInput, NotFound
from roms_app.models import (
    Agent,
    Conversation,
    ConversationStatus,
    DeliveryStatus,
    Direction,
    Inbox,
    Message,
    SenderType,
)
from roms_app.models.base import now_ms
from roms_app.models.tables import CONVERSATION, INBOX, MESSAGE
from roms_app.services import assignment, changes
from roms_app.services.access import access_conversation, id_of
from wa_worker.contract.addressing import mint_message_id
from wa_worker.contract.commands import SendText
from wa_worker.contract.events import SessionStatus

_M = MESSAGE.c
#: Literally, because a partial index serves no bound parameter.
_IS_QUEUED = sql_text("message.delivery_status = 'queued'")


@dataclass(frozen=True, slots=True)
class Due:
    """A queued message to be put on its inbox's command stream."""

    message_id: int
    command: SendText


def queue_reply(session: Session, agent: Agent, conversation_id: int, body: str, *, key: str = "") -> int:
    """Queue a reply; it takes an unassigned conversation and opens a resolved one. Returns the message's id.

    A second time with the same `key` it queues nothing: a tab that heard no answer sends its text again.
    Raises NotFound, InvalidInput (empty or too long), Conflict (the number was removed).
    """
    conversation = access_conversation(session, agent, conversation_id)
    wa_message_id = message_id_of_key(id_of(agent), conversation_id, key) if key else mint_message_id()
    if key and (queued_id := _queued_before(session, conversation, wa_message_id)):
        _announce(session, conversation_id, queued_id)
        return queued_id
    body = _checked(body)
    inbox = session.get_one(Inbox, conversation.inbox_id)
    if not inbox.is_active:
        raise Conflict(
            "The number {name} was removed.", "An admin can add it again in Settings → WhatsApp.", name=inbox.name
        )
    assignment.release_from_inactive(session, conversation_id)
    assignment.take_by_reply(session, agent, conversation_id)
    message = Message(
        inbox_id=conversation.inbox_id,
        conversation_id=conversation_id,
        direction=Direction.OUTBOUND,
        wa_message_id=wa_message_id,
        sender_type=SenderType.AGENT,
        agent_id=id_of(agent),
        body=body,
        delivery_status=DeliveryStatus.QUEUED,
    )
    session.add(message)
    session.flush()
    assert message.id is not None
    _answered(session, conversation, message)
    _announce(session, conversation_id, message.id)
    return message.id


def message_id_of_key(agent_id: int, conversation_id: int, key: str) -> str:
    """The WhatsApp id of a reply whose tab made up `key`: the same for the same reply, however often it comes."""
    digest = hashlib.sha256(f"{agent_id}:{conversation_id}:{key}".encode()).hexdigest()
    return "3EB0" + digest[:18].upper()


def retry(session: Session, agent: Agent, message_id: int) -> None:
    """Queue a failed message again, under the same WhatsApp id. Raises NotFound, or Conflict if it did not fail."""
    message = session.get(Message, message_id)
    if message is None or message.direction is not Direction.OUTBOUND:
        raise NotFound("There is no such message.")
    access_conversation(session, agent, message.conversation_id)
    queued = session.execute(
        update(MESSAGE)
        .where(_M.id == message_id, _M.delivery_status == DeliveryStatus.FAILED)
        .values(delivery_status=DeliveryStatus.QUEUED, failure_reason=None, relayed_at=None)
        .returning(_M.id)
    ).first()
    if queued is None:
        raise Conflict("This message is on its way already.")
    _announce(session, message.conversation_id, message_id)


def list_due(session: Session, unanswered_since: int, limit: int = 500) -> list[Due]:
    """Replies to relay, oldest first: never relayed, or unanswered since (epoch ms) while their number is live."""
    again = and_(_M.relayed_at <= unanswered_since, INBOX.c.status == SessionStatus.LIVE)
    found = session.execute(
        select(_M.id, _M.inbox_id, _M.wa_message_id, _M.body, _M.quoted_wa_message_id, CONVERSATION.c.chat_jid)
        .join(CONVERSATION, CONVERSATION.c.id == _M.conversation_id)
        .join(INBOX, INBOX.c.id == _M.inbox_id)
        .where(_IS_QUEUED, _M.sender_type == SenderType.AGENT, INBOX.c.is_active)
        .where(or_(_M.relayed_at.is_(None), again))
        .order_by(_M.id)
        .limit(limit)
    )
    return [
        Due(
            row.id,
            SendText(
                inbox_id=row.inbox_id,
                wa_message_id=row.wa_message_id,
                chat_jid=row.chat_jid,
                body=row.body,
                quoted_wa_message_id=row.quoted_wa_message_id,
            ),
        )
        for row in found
    ]


def mark_relayed(session: Session, message_ids: list[int], at: int) -> None:
    """The messages are on the command stream since `at` (epoch ms)."""
    session.execute(update(MESSAGE).where(_M.id.in_(message_ids)).values(relayed_at=at))


def _announce(session: Session, conversation_id: int, message_id: int) -> None:
    changes.touch(session, conversation_id, message_ids=[message_id])
    changes.wake_relay(session)


def _queued_before(session: Session, conversation: Conversation, wa_message_id: str) -> int | None:
    """The reply's id, if it is in the database already."""
    # SQLite's writer is alone by itself; elsewhere the same reply must not come in twice at the same time.
    lock = select(CONVERSATION.c.id).where(CONVERSATION.c.id == conversation.id)
    session.execute(lock.with_for_update(key_share=True))
    same = (_M.inbox_id == conversation.inbox_id, _M.direction == Direction.OUTBOUND, _M.wa_message_id == wa_message_id)
    return session.execute(select(_M.id).where(*same)).scalar()


def _checked(body: str) -> str:
    body = text.storable(body)
    if not body.strip():
        raise InvalidInput("There is nothing to send.", "Write a message first.")
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
        changes.touch(session, id_of(conversation), counts_changed=True)
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
        )
    )
