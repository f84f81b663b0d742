"""Files of messages and profile pictures, with access checks; requests to download a file again."""

from dataclasses import dataclass

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from roms_app.errors import Conflict, NotFound
from roms_app.models import Agent, Attachment, AttachmentStatus, Conversation, Direction, Message
from roms_app.models.base import now_ms
from roms_app.models.tables import ATTACHMENT, CONTACT, CONVERSATION
from roms_app.services import attachments, changes, inboxes
from roms_app.services.access import access_conversation, may_see, require_may_reply
from wa_worker.contract.commands import FetchMedia, MarkRead
from wa_worker.contract.reasons import MediaFailure


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Where a file is stored, and its type by content. `filename` is "" when the file has no name."""

    key: str
    mimetype: str
    filename: str


def access_file(session: Session, agent: Agent, message_id: int) -> StoredFile:
    """The file of a message. Raises NotFound."""
    _, attachment = _access(session, agent, message_id)
    if attachment.status is not AttachmentStatus.STORED or not attachment.media_key:
        raise _no_file()
    return StoredFile(attachment.media_key, attachment.mimetype, attachment.filename or "")


def access_thumbnail(session: Session, agent: Agent, message_id: int) -> StoredFile:
    """The thumbnail of an image or video. Raises NotFound."""
    _, attachment = _access(session, agent, message_id)
    if attachment.status is not AttachmentStatus.STORED or not attachment.thumbnail_key:
        raise _no_file()
    mimetype = "image/webp" if attachment.thumbnail_key.endswith(".webp") else "image/jpeg"
    return StoredFile(attachment.thumbnail_key, mimetype, "")


def access_picture(session: Session, agent: Agent, contact_id: int) -> StoredFile:
    """The profile picture of a contact. Raises NotFound when the agent may see no conversation with them."""
    key = session.execute(
        select(CONTACT.c.picture_key)
        .join(CONVERSATION, CONVERSATION.c.contact_id == CONTACT.c.id)
        .where(CONTACT.c.id == contact_id, may_see(agent, CONTACT.c.inbox_id))
    ).scalar()
    if not key:
        raise _no_file()
    ending = key.rpartition(".")[2]
    return StoredFile(key, {"png": "image/png", "webp": "image/webp"}.get(ending, "image/jpeg"), "")


def request_again(session: Session, agent: Agent, message_id: int) -> FetchMedia:
    """Build the command that downloads a file again: one that failed or is overdue. The thread shows it as pending.

    Raises NotFound, or Conflict when the file is there, pending, or not available any more.
    """
    message, attachment = _access(session, agent, message_id)
    a = ATTACHMENT.c
    is_overdue = and_(a.status == AttachmentStatus.PENDING, a.pending_since < now_ms() - attachments.OVERDUE_MS)
    may_ask = (a.message_id == message_id, or_(a.status == AttachmentStatus.FAILED, is_overdue), a.is_lost.is_(False))
    pending = {"status": AttachmentStatus.PENDING, "pending_since": now_ms()}
    asked = update(ATTACHMENT).where(*may_ask).values(pending).returning(a.message_id)
    if session.execute(asked).first() is None:
        if attachment.is_lost and attachment.failure_reason == MediaFailure.TOO_BIG:
            raise Conflict("The file is larger than ROMS may keep.", "Open it on the phone.")
        if attachment.is_lost:
            raise Conflict("The file is no longer on the phone.", "Ask the customer to send it again.")
        raise Conflict("The file is on its way already.")
    changes.mark_changed(session, message.conversation_id, message_ids=[message_id])
    return FetchMedia(
        inbox_id=message.inbox_id,
        chat_jid=session.get_one(Conversation, message.conversation_id).chat_jid,
        wa_message_id=message.wa_message_id,
        is_from_me=message.direction is Direction.OUTBOUND,
    )


def mark_not_requested(session: Session, message_id: int) -> None:
    """Set the file back to failed, because the command could not be sent."""
    a = ATTACHMENT.c
    pending = (a.message_id == message_id, a.status == AttachmentStatus.PENDING)
    session.execute(update(ATTACHMENT).where(*pending).values(status=AttachmentStatus.FAILED))
    message = session.get_one(Message, message_id)
    changes.mark_changed(session, message.conversation_id, message_ids=[message_id])


def receipt_of(session: Session, agent: Agent, conversation_id: int) -> MarkRead:
    """Build the command that marks the conversation as read, so that the customer sees blue ticks.

    Raises NotFound, NotAllowed, or Conflict while the number is not live: no worker would run the command in time.
    """
    conversation = access_conversation(session, agent, conversation_id)
    require_may_reply(agent)
    if not inboxes.is_live(session, conversation.inbox_id):
        raise Conflict("The number is not connected now.", "Send the read receipt when it is live again.")
    return MarkRead(inbox_id=conversation.inbox_id, chat_jid=conversation.chat_jid, conversation_id=conversation_id)


def _access(session: Session, agent: Agent, message_id: int) -> tuple[Message, Attachment]:
    message = session.get(Message, message_id, populate_existing=True)
    # Nobody is shown a message that was deleted for everyone.
    if message is None or message.revoked_at is not None:
        raise _no_file()
    access_conversation(session, agent, message.conversation_id)
    attachment = session.get(Attachment, message_id, populate_existing=True)
    if attachment is None:
        raise _no_file()
    return message, attachment


def _no_file() -> NotFound:
    return NotFound("There is no such file.")
