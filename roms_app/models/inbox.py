"""WhatsApp numbers, the agents who answer them, and their session history."""

from enum import StrEnum

from sqlalchemy import BigInteger, Text
from sqlmodel import Field, SQLModel

from roms_app.models.base import enum_field, epoch_field
from wa_worker.contract.commands import Channel
from wa_worker.contract.events import BROWSER_ERROR_LENGTH, SessionStatus


class ReadReceipts(StrEnum):
    """When the customer sees blue ticks."""

    #: With our answer.
    ON_REPLY = "on_reply"
    #: Only when an agent requests it.
    BY_HAND = "by_hand"


class Order(StrEnum):
    """How the next of the eligible agents is chosen."""

    #: The agent whose last turn is oldest.
    ROUND_ROBIN = "round_robin"
    #: The agent with the fewest open conversations relative to capacity, then the one whose last turn is oldest.
    BALANCED = "balanced"


class Inbox(SQLModel, table=True):
    """One number, real or demo."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=120)
    channel: Channel = enum_field(Channel, Channel.WHATSAPP)
    status: SessionStatus = enum_field(SessionStatus, SessionStatus.NOT_PAIRED)
    #: The reason of the status from the worker or the app (`NumberReason`, `AppReason`), and its parameters as JSON.
    status_reason: str = Field(default="", max_length=200)
    status_params: str = Field(default="{}", sa_type=Text)
    status_at: int = epoch_field()
    #: When the last reported status was put on its stream, by the clock of Redis (epoch ms); 0: never.
    told_at: int = epoch_field(0)
    #: The QR's text while waiting for the scan; shown to admins only.
    qr_text: str | None = Field(default=None, max_length=2000)
    pairing_code: str | None = Field(default=None, max_length=16)
    phone_e164: str | None = Field(default=None, max_length=16)
    push_name: str | None = Field(default=None, max_length=256)
    wa_version: str = Field(default="", max_length=64)
    #: `Alert` values, and ``Command:reason`` of an admin's failed command; separated by commas.
    alerts: str = Field(default="", max_length=200)
    #: Why the worker can't start a browser for this number, in one line; "" if it can.
    browser_error: str = Field(default="", max_length=BROWSER_ERROR_LENGTH)
    #: Percent; only while syncing.
    sync_percent: int | None = None
    #: The worker host that holds the number.
    host: str = Field(default="", max_length=128)
    #: Whether WhatsApp groups of this number become conversations.
    has_groups: bool = False
    read_receipts: ReadReceipts = enum_field(ReadReceipts, ReadReceipts.ON_REPLY)
    #: How the next eligible agent is chosen (`order` is a keyword of SQL).
    assignment_order: Order = enum_field(Order, Order.ROUND_ROBIN)
    #: Whether a returning customer goes to the agent who answered them last, if eligible.
    is_sticky: bool = True
    #: Minutes of business hours after which a conversation without a first answer returns to the queue; NULL: never.
    response_minutes: int | None = None
    #: The number of such returns after which it is escalated to the admins.
    escalate_after: int = 2
    #: Business hours in the format of `domain.hours`, in `timezone`; NULL: always open.
    business_hours: str | None = Field(default=None, max_length=1000)
    timezone: str = Field(default="Asia/Jakarta", max_length=64)
    is_active: bool = True
    created_at: int = epoch_field()


class StreamOwner(SQLModel, table=True):
    """The process that may write an inbox's events: the one that took over last (a fencing token)."""

    __tablename__ = "stream_owner"  # pyright: ignore[reportAssignmentType]

    inbox_id: int = Field(foreign_key="inbox.id", primary_key=True)
    #: Incremented by every process that takes over.
    epoch: int = Field(default=0, sa_type=BigInteger)


class SessionHistory(SQLModel, table=True):
    """Every change of a number's status, and every recovered gap."""

    __tablename__ = "session_history"  # pyright: ignore[reportAssignmentType]

    id: int | None = Field(default=None, primary_key=True)
    inbox_id: int = Field(foreign_key="inbox.id", index=True)
    status: SessionStatus = enum_field(SessionStatus)
    #: Like `Inbox.status_reason` and `status_params`.
    reason: str = Field(default="", max_length=200)
    reason_params: str = Field(default="{}", sa_type=Text)
    at: int = epoch_field()
    #: For a recovered gap: the number of messages that came meanwhile, and its begin (epoch ms).
    recovered: int | None = None
    gap_from: int | None = epoch_field(None)


class InboxMember(SQLModel, table=True):
    """An agent who answers an inbox, and their last turn in its rotation."""

    __tablename__ = "inbox_member"  # pyright: ignore[reportAssignmentType]

    inbox_id: int = Field(foreign_key="inbox.id", primary_key=True)
    agent_id: int = Field(foreign_key="agent.id", primary_key=True)
    #: A counter, not a time: the next turn is the inbox's highest plus one. 0: never had a turn.
    last_turn: int = 0
