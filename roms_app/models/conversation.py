"""A customer's conversation with the business, and who was given it why."""

from enum import StrEnum

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from roms_app.models.base import enum_field, epoch_field


class ConversationStatus(StrEnum):
    """Whether somebody still has to act."""

    OPEN = "open"
    RESOLVED = "resolved"


class Conversation(SQLModel, table=True):
    """One chat with one customer. What a list row shows is kept here, so that a list is one query."""

    __table_args__ = (
        UniqueConstraint("inbox_id", "chat_jid"),
        Index("ix_conversation_list", "status", "last_message_at", "id"),
        Index("ix_conversation_mine", "assignee_id", "status", "last_message_at"),
        # A merge deletes a row, and tabs and drafts still name its id: SQLite must never give it to another customer.
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    inbox_id: int = Field(foreign_key="inbox.id", index=True)
    #: One customer, one thread: @lid and @c.us variants of a chat meet in the contact.
    contact_id: int = Field(foreign_key="contact.id", unique=True)
    #: WhatsApp's own id of the chat, often @lid; replies go there.
    chat_jid: str = Field(max_length=128)
    status: ConversationStatus = enum_field(ConversationStatus, ConversationStatus.OPEN)
    assignee_id: int | None = Field(default=None, foreign_key="agent.id")
    #: The newest message by WhatsApp's time, denormalised for the list.
    last_message_id: int | None = Field(default=None, sa_type=BigInteger)
    last_message_at: int = epoch_field()
    last_message_preview: str = Field(default="", max_length=200)
    #: Received since an agent last looked.
    unread_count: int = 0
    #: Since when the customer waits for an answer; NULL when nobody waits.
    waiting_since: int | None = epoch_field(None)
    #: Counts up with every change, so that a browser never lets an older patch overwrite a newer one.
    version: int = 1
    created_at: int = epoch_field()
    resolved_at: int | None = epoch_field(None)


class AssignmentKind(StrEnum):
    """How a conversation came to its agent."""

    AUTOMATIC = "automatic"
    TAKEN = "taken"
    HANDED_OVER = "handed_over"
    RETURNED = "returned"


class Assignment(SQLModel, table=True):
    """One decision about who answers, with its reason in words. Never updated."""

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: int = Field(foreign_key="conversation.id", index=True)
    #: NULL: returned to the queue.
    agent_id: int | None = Field(default=None, foreign_key="agent.id")
    #: Who decided; NULL is the rotation.
    decided_by_id: int | None = Field(default=None, foreign_key="agent.id")
    kind: AssignmentKind = enum_field(AssignmentKind)
    #: In English words, as the thread shows them.
    reason: str = Field(max_length=500)
    #: The same in Indonesian.
    reason_indonesian: str = Field(max_length=500)
    at: int = epoch_field()
