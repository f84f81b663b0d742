"""One message, received or sent. A row that is `queued` is the outbox."""

from enum import StrEnum

from sqlalchemy import BigInteger, Column, Index, Integer, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from roms_app.domain.delivery import DeliveryStatus
from roms_app.models.base import enum_field, epoch_field
from wa_worker.contract.events import MessageKind


class Direction(StrEnum):
    """Seen from the business."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class SenderType(StrEnum):
    """The author's kind. `device` is our own number's phone, or another device linked to it."""

    CONTACT = "contact"
    AGENT = "agent"
    DEVICE = "device"


class Message(SQLModel, table=True):
    """A message. `UNIQUE(inbox_id, direction, wa_message_id)` makes a second delivery a no-op."""

    __table_args__ = (
        UniqueConstraint("inbox_id", "direction", "wa_message_id"),
        Index("ix_message_thread", "conversation_id", "sent_at", "id"),
        Index(
            "ix_message_outbox",
            "inbox_id",
            "id",
            sqlite_where=text("delivery_status = 'queued'"),
            postgresql_where=text("delivery_status = 'queued'"),
        ),
        Index("ix_message_receipt", "id", sqlite_where=text("has_receipt"), postgresql_where=text("has_receipt")),
    )

    id: int | None = Field(
        default=None,
        # SQLite generates ids only for a plain INTEGER primary key.
        sa_column=Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    )
    inbox_id: int = Field(foreign_key="inbox.id")
    conversation_id: int = Field(foreign_key="conversation.id")
    direction: Direction = enum_field(Direction)
    wa_message_id: str = Field(max_length=128)
    sender_type: SenderType = enum_field(SenderType)
    agent_id: int | None = Field(default=None, foreign_key="agent.id")
    kind: MessageKind = enum_field(MessageKind, MessageKind.TEXT)
    raw_kind: str = Field(default="chat", max_length=64)
    body: str = Field(default="", sa_type=Text)
    quoted_wa_message_id: str | None = Field(default=None, max_length=128)
    delivery_status: DeliveryStatus | None = enum_field(DeliveryStatus, None, nullable=True)
    failure_reason: str | None = Field(default=None, max_length=200)
    #: WhatsApp's own time (epoch ms); of a queued message, the time at which the agent pressed Send.
    sent_at: int = epoch_field()
    created_at: int = epoch_field()
    #: When the relay last put SendText on the stream (epoch ms); NULL: not yet.
    relayed_at: int | None = epoch_field(None)
    edited_at: int | None = epoch_field(None)
    revoked_at: int | None = epoch_field(None)
    is_history: bool = False
    is_forwarded: bool = False
    #: In a group: the member who wrote it.
    author_jid: str | None = Field(default=None, max_length=128)
    author_name: str | None = Field(default=None, max_length=256)
    #: The worker holds the queued message until then (epoch ms), for this reason (`DelayReason`).
    held_until: int | None = epoch_field(None)
    hold_reason: str | None = Field(default=None, max_length=64)
    #: The `contact_merge` that moved it here. Undoing that merge moves it back.
    merge_id: int | None = None
    #: For a reply: once WhatsApp has accepted it, mark the conversation as read (`ReadReceipts.ON_REPLY`).
    has_receipt: bool = False


class AttachmentStatus(StrEnum):
    """Whether the file is available."""

    PENDING = "pending"
    STORED = "stored"
    FAILED = "failed"


class Attachment(SQLModel, table=True):
    """The file of a message, in the media store."""

    message_id: int = Field(foreign_key="message.id", primary_key=True, sa_type=BigInteger)
    status: AttachmentStatus = enum_field(AttachmentStatus, AttachmentStatus.PENDING)
    media_key: str | None = Field(default=None, max_length=300, index=True)
    thumbnail_key: str | None = Field(default=None, max_length=300)
    #: The type by content once stored; before, the type that the sender's app gave.
    mimetype: str = Field(default="", max_length=128)
    size_bytes: int = Field(default=0, sa_type=BigInteger)
    sha256: str | None = Field(default=None, max_length=64)
    filename: str | None = Field(default=None, max_length=256)
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    failure_reason: str | None = Field(default=None, max_length=64)
    #: Another request can't help.
    is_lost: bool = False
    #: When the file was first reported or last requested (epoch ms).
    pending_since: int = epoch_field()


class Reaction(SQLModel, table=True):
    """A person's emoji on a message; at most one each.

    An empty emoji means removed. The row stays, so that an older event that is repeated does not restore the reaction.
    """

    message_id: int = Field(foreign_key="message.id", primary_key=True, sa_type=BigInteger)
    #: "us", "customer", or in a group the member's jid.
    author: str = Field(primary_key=True, max_length=128)
    emoji: str = Field(max_length=64)
    agent_id: int | None = Field(default=None, foreign_key="agent.id")
    reacted_at: int = epoch_field()


class ReactionOutbox(SQLModel, table=True):
    """An agent's reaction on its way. Deleted when WhatsApp accepts or refuses it. An empty `emoji` removes ours."""

    __tablename__ = "reaction_outbox"  # pyright: ignore[reportAssignmentType]

    message_id: int = Field(foreign_key="message.id", primary_key=True, sa_type=BigInteger)
    emoji: str = Field(max_length=64)
    #: Our reaction before, as far as WhatsApp knows; shown again if this one is refused.
    emoji_before: str = Field(default="", max_length=64)
    agent_id: int = Field(foreign_key="agent.id")
    requested_at: int = epoch_field()
    relayed_at: int | None = epoch_field(None)


class PendingEvent(SQLModel, table=True):
    """An event that arrived before its message. It is applied when the message arrives."""

    __tablename__ = "early_event"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("inbox_id", "wa_message_id", "digest"),)

    id: int | None = Field(
        default=None,
        sa_column=Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    )
    inbox_id: int = Field(foreign_key="inbox.id")
    wa_message_id: str = Field(max_length=128)
    #: SHA-256 of its content, so that a repeated event is stored once.
    digest: str = Field(max_length=64)
    #: The event as JSON.
    event: str = Field(sa_type=Text)
    noted_at: int = epoch_field()
