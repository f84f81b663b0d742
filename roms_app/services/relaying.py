"""Entries that are due for the workers' command streams: queued replies, reactions, read receipts of sent replies."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Row, Select, and_, exists, or_, select, update
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Session

from roms_app.domain.worker_words import AppReason
from roms_app.models import DeliveryStatus, Direction, SenderType
from roms_app.models.tables import ATTACHMENT, CONVERSATION, INBOX, MESSAGE, REACTION_OUTBOX
from roms_app.services import changes, reactions
from wa_worker.contract.commands import Command, MarkRead, MediaKind, SendMedia, SendReaction, SendText
from wa_worker.contract.events import MessageKind, SessionStatus

log = structlog.get_logger(__name__)
_M = MESSAGE.c
_A = ATTACHMENT.c
_R = REACTION_OUTBOX.c
#: A literal, because a partial index does not match a bound parameter.
_IS_QUEUED = sql_text("message.delivery_status = 'queued'")
_HAS_RECEIPT = sql_text("message.has_receipt")
#: Statuses of a reply that WhatsApp has accepted.
_TAKEN = (DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ, DeliveryStatus.PLAYED)
#: Replies wait here until their number is live. Until then an agent can cancel them.
_IS_LIVE = and_(INBOX.c.is_active, INBOX.c.status == SessionStatus.LIVE)


@dataclass(frozen=True, slots=True)
class Due:
    """A queued message, reaction or read receipt, with the commands to put on its inbox's command stream.

    A receipt that came too late has no commands.
    """

    message_id: int
    commands: tuple[Command, ...] = ()
    is_reaction: bool = False
    #: Whether this is the read receipt of a reply that WhatsApp has accepted.
    is_receipt: bool = False
    #: Marked as relayed a moment ago by a process that may have crashed since. It is here because a newer reply of its
    #: conversation is due, which must come after it on the stream.
    is_on_its_way: bool = False
    #: Why no commands could be built from the row; it must not block the others. `commands` is empty then.
    fault: Exception | None = None


def list_due(session: Session, unanswered_since: int, limit: int = 500) -> list[Due]:
    """Entries to relay for live numbers, oldest first: those never relayed, or unanswered since `unanswered_since`.

    `unanswered_since`: epoch ms. Each reply brings the older queued replies of its conversation along
    (`is_on_its_way`).
    """
    replies = session.execute(_replies().where(_is_reply_due(unanswered_since)).limit(limit)).all()
    due_reactions = session.execute(_reactions(unanswered_since).limit(limit)).all()
    due = {row.id for row in replies}
    if due:
        chats = {row.conversation_id for row in replies}
        replies = session.execute(_replies().where(_M.conversation_id.in_(chats), _M.id <= max(due))).all()
    receipts = session.execute(_receipts().limit(limit)).all()
    return [
        *(_made(Due(row.id, is_on_its_way=row.id not in due), _reply, row) for row in replies),
        *(_made(Due(row.message_id, is_reaction=True), _reaction, row) for row in due_reactions),
        *(_made(Due(row.id, is_receipt=True), _receipt, row) for row in receipts),
    ]


def take_due(session: Session, unanswered_since: int, at: int) -> list[Due]:
    """The result of `list_due`, marked as relayed at `at` (epoch ms): an agent can't cancel these any more.

    They are marked before they are put on the stream, so that a cancelled reply is never sent. After a crash in
    between, or an unclear answer of Redis, they are relayed again like every unanswered reply. An entry with
    a `fault` is marked as failed, and its agent sees that.
    """
    found = list_due(session, unanswered_since)
    for one in found:
        if one.fault is not None:
            _give_up(session, one)
    due = [one for one in found if one.fault is None]
    waiting = [one for one in due if not one.is_on_its_way]
    reacted = [one.message_id for one in waiting if one.is_reaction]
    receipts = [one.message_id for one in waiting if one.is_receipt]
    replies = [one.message_id for one in waiting if not one.is_reaction and not one.is_receipt]
    if replies:
        session.execute(update(MESSAGE).where(_M.id.in_(replies)).values(relayed_at=at))
    if reacted:
        session.execute(update(REACTION_OUTBOX).where(_R.message_id.in_(reacted)).values(relayed_at=at))
    if receipts:
        # Receipts are relayed once. If Redis loses one, a second one is not worth it: it might cover messages that came
        # since.
        session.execute(update(MESSAGE).where(_M.id.in_(receipts)).values(has_receipt=False))
    return due


def _made(due: Due, make: Callable[[Row[Any]], tuple[Command, ...]], row: Row[Any]) -> Due:
    """The entry with its commands, or with the error that prevented them."""
    try:
        return replace(due, commands=make(row))
    except ValueError as error:
        return replace(due, fault=error)


def _give_up(session: Session, one: Due) -> None:
    """Give up a row that can't be sent. The agent sees the failure, and an admin can find the cause."""
    log.error("reply.unsendable", message_id=one.message_id, is_reaction=one.is_reaction, exc_info=one.fault)
    if one.is_receipt:
        session.execute(update(MESSAGE).where(_M.id == one.message_id).values(has_receipt=False))
    elif one.is_reaction:
        reactions.give_up(session, one.message_id)
    else:
        failed = {"delivery_status": DeliveryStatus.FAILED, "failure_reason": AppReason.UNSENDABLE.value}
        is_theirs = (_M.id == one.message_id, _IS_QUEUED)
        moved = session.execute(update(MESSAGE).where(*is_theirs).values(failed).returning(_M.conversation_id))
        for conversation_id in moved.scalars():
            changes.mark_changed(session, conversation_id, message_ids=[one.message_id])


def _is_due(relayed_at: ColumnElement[Any], unanswered_since: int) -> ColumnElement[bool]:
    return or_(relayed_at.is_(None), relayed_at <= unanswered_since)


def _is_reply_due(unanswered_since: int) -> ColumnElement[bool]:
    # The worker reported that it holds them back. It will send them without a further request.
    is_held = _M.held_until > unanswered_since
    return and_(_is_due(_M.relayed_at, unanswered_since), or_(_M.held_until.is_(None), ~is_held))


def _replies() -> Select[Any]:
    columns: list[ColumnElement[Any]] = [
        _M.id, _M.inbox_id, _M.conversation_id, _M.wa_message_id, _M.kind, _M.body, _M.quoted_wa_message_id,
        CONVERSATION.c.chat_jid, _A.media_key, _A.mimetype, _A.filename,
    ]  # fmt: skip
    return (
        select(*columns)
        .join(CONVERSATION, CONVERSATION.c.id == _M.conversation_id)
        .join(INBOX, INBOX.c.id == _M.inbox_id)
        .outerjoin(ATTACHMENT, _A.message_id == _M.id)
        .where(_IS_QUEUED, _M.sender_type == SenderType.AGENT, _IS_LIVE)
        .order_by(_M.id)
    )


def _reactions(unanswered_since: int) -> Select[Any]:
    columns: list[ColumnElement[Any]] = [
        _R.message_id, _R.emoji, _M.inbox_id, _M.conversation_id, _M.wa_message_id, _M.direction,
        CONVERSATION.c.chat_jid,
    ]  # fmt: skip
    return (
        select(*columns)
        .join(MESSAGE, _M.id == _R.message_id)
        .join(CONVERSATION, CONVERSATION.c.id == _M.conversation_id)
        .join(INBOX, INBOX.c.id == _M.inbox_id)
        .where(_IS_LIVE, _is_due(_R.relayed_at, unanswered_since))
        .order_by(_R.requested_at, _R.message_id)
    )


def _receipts() -> Select[Any]:
    """Read receipts of replies that WhatsApp has accepted.

    A reply does not mark later messages of the customer as read; the next reply does.
    """
    since = MESSAGE.alias()
    is_overtaken = exists().where(
        since.c.conversation_id == _M.conversation_id,
        since.c.id > _M.id,
        since.c.direction == Direction.INBOUND,
        since.c.kind != MessageKind.NOTICE,
        since.c.is_history.is_(False),
    )
    columns: list[ColumnElement[Any]] = [
        _M.id, _M.inbox_id, _M.conversation_id, CONVERSATION.c.chat_jid, is_overtaken.label("is_overtaken"),
    ]  # fmt: skip
    return (
        select(*columns)
        .join(CONVERSATION, CONVERSATION.c.id == _M.conversation_id)
        .join(INBOX, INBOX.c.id == _M.inbox_id)
        .where(_HAS_RECEIPT, _M.delivery_status.in_(_TAKEN), _IS_LIVE)
        .order_by(_M.id)
    )


def _reply(row: Row[Any]) -> tuple[Command, ...]:
    common = {
        "inbox_id": row.inbox_id,
        "chat_jid": row.chat_jid,
        "conversation_id": row.conversation_id,
        "wa_message_id": row.wa_message_id,
        "quoted_wa_message_id": row.quoted_wa_message_id,
    }
    if row.kind is MessageKind.TEXT:
        return (SendText(**common, body=row.body),)
    file = {"media_key": row.media_key, "mimetype": row.mimetype, "filename": row.filename}
    return (SendMedia(**common, **file, kind=MediaKind(row.kind), caption=row.body),)


def _receipt(row: Row[Any]) -> tuple[Command, ...]:
    read = MarkRead(inbox_id=row.inbox_id, chat_jid=row.chat_jid, conversation_id=row.conversation_id)
    return () if row.is_overtaken else (read,)


def _reaction(row: Row[Any]) -> tuple[Command, ...]:
    command = SendReaction(
        inbox_id=row.inbox_id,
        chat_jid=row.chat_jid,
        conversation_id=row.conversation_id,
        wa_message_id=row.wa_message_id,
        is_from_me=row.direction is Direction.OUTBOUND,
        emoji=row.emoji,
    )
    return (command,)
