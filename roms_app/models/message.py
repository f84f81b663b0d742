"""One message, received or sent. A row that is `queued` is the outbox."""

from enum import StrEnum

from sqlalchemy import BigInteger, Column, Index, Integer, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from roms_app.models.base import enum_field, epoch_field
from wa_worker.contract.events import MessageKind


class Direction(StrEnum):
    """Seen from the business."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class SenderType(StrEnum):
    """Who wrote it. `device` is our own number's phone, or another device linked to it."""

    CONTACT = "contact"
    AGENT = "agent"
    DEVICE = "device"


class DeliveryStatus(StrEnum):
    """The ladder of a message of ours. It never moves backwards. Received messages have none."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    FAILED = "failed"


class Message(SQLModel, table=True):
    """`UNIQUE(inbox_id, direction, wa_message_id)` makes a second delivery a no-op."""

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
    )

    id: int | None = Field(
        default=None,
        # SQLite only counts up by itself on a plain INTEGER primary key.
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
    #: WhatsApp's own time; of a queued message, when the agent pressed Send.
    sent_at: int = epoch_field()
    created_at: int = epoch_field()
    #: When the relay last put SendText on the stream; NULL: not yet.
    relayed_at: int | None = epoch_field(None)
    edited_at: int | None = epoch_field(None)
    revoked_at: int | None = epoch_field(None)
    is_history: bool = False
