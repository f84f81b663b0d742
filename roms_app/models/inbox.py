"""A WhatsApp number, who answers it, and what became of its session."""

from enum import StrEnum

from sqlalchemy import BigInteger, Text
from sqlmodel import Field, SQLModel

from roms_app.models.base import enum_field, epoch_field
from wa_worker.contract.commands import Channel
from wa_worker.contract.events import BROWSER_ERROR_LENGTH, SessionStatus


class ReadReceipts(StrEnum):
    """When the customer's ticks turn blue."""

    #: With our answer.
    ON_REPLY = "on_reply"
    #: Only when an agent asks for it.
    BY_HAND = "by_hand"


class Order(StrEnum):
    """Who of the eligible agents is next."""

    #: Who had a turn longest ago.
    ROUND_ROBIN = "round_robin"
    #: Who has the fewest open conversations for their capacity, then who had a turn longest ago.
    BALANCED = "balanced"


class Inbox(SQLModel, table=True):
    """One number, real or demo."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=120)
    channel: Channel = enum_field(Channel, Channel.WHATSAPP)
    status: SessionStatus = enum_field(SessionStatus, SessionStatus.NOT_PAIRED)
    #: Why, as the worker or the app says it (`NumberReason`, `AppReason`), and what belongs to it, as JSON.
    status_reason: str = Field(default="", max_length=200)
    status_params: str = Field(default="{}", sa_type=Text)
    status_at: int = epoch_field()
    #: When the state that was told last came to its stream, by the clock of Redis; 0: never.
    told_at: int = epoch_field(0)
    #: The QR's text while waiting for the scan; shown to admins only.
    qr_text: str | None = Field(default=None, max_length=2000)
    pairing_code: str | None = Field(default=None, max_length=16)
    phone_e164: str | None = Field(default=None, max_length=16)
    push_name: str | None = Field(default=None, max_length=256)
    wa_version: str = Field(default="", max_length=64)
    #: `Alert` values, and ``Command:reason`` of an admin's command that failed; separated by commas.
    alerts: str = Field(default="", max_length=200)
    #: Why the worker can't start a browser for this number, in one line; "" while it can.
    browser_error: str = Field(default="", max_length=BROWSER_ERROR_LENGTH)
    #: While syncing.
    sync_percent: int | None = None
    #: The worker host that holds the number.
    host: str = Field(default="", max_length=128)
    #: WhatsApp groups of this number are conversations too.
    has_groups: bool = False
    read_receipts: ReadReceipts = enum_field(ReadReceipts, ReadReceipts.ON_REPLY)
    #: Who of the eligible agents is next (`order` is a word of SQL's).
    assignment_order: Order = enum_field(Order, Order.ROUND_ROBIN)
    #: A returning customer goes to who answered them last, if eligible.
    is_sticky: bool = True
    #: Without a first answer in so many minutes of business hours a conversation returns to the queue; NULL: never.
    response_minutes: int | None = None
    #: After so many returns the admins are told.
    escalate_after: int = 2
    #: Business hours as `domain.hours` writes them, in `timezone`; NULL: always.
    business_hours: str | None = Field(default=None, max_length=1000)
    timezone: str = Field(default="Asia/Jakarta", max_length=64)
    is_active: bool = True
    created_at: int = epoch_field()


class StreamOwner(SQLModel, table=True):
    """Which of the processes that read an inbox's events may write them: whoever took over last (a fencing token)."""

    __tablename__ = "stream_owner"  # pyright: ignore[reportAssignmentType]

    inbox_id: int = Field(foreign_key="inbox.id", primary_key=True)
    #: Counts up with every process that takes over.
    epoch: int = Field(default=0, sa_type=BigInteger)


class SessionHistory(SQLModel, table=True):
    """Every change of a number's state, and every gap that was recovered."""

    __tablename__ = "session_history"  # pyright: ignore[reportAssignmentType]

    id: int | None = Field(default=None, primary_key=True)
    inbox_id: int = Field(foreign_key="inbox.id", index=True)
    status: SessionStatus = enum_field(SessionStatus)
    #: As `Inbox.status_reason` and `status_params`.
    reason: str = Field(default="", max_length=200)
    reason_params: str = Field(default="{}", sa_type=Text)
    at: int = epoch_field()
    #: Of a recovered gap: how many messages came meanwhile, and since when (epoch ms) nobody had listened.
    recovered: int | None = None
    gap_from: int | None = epoch_field(None)


class InboxMember(SQLModel, table=True):
    """An agent who answers an inbox, and their place in its rotation."""

    __tablename__ = "inbox_member"  # pyright: ignore[reportAssignmentType]

    inbox_id: int = Field(foreign_key="inbox.id", primary_key=True)
    agent_id: int = Field(foreign_key="agent.id", primary_key=True)
    #: A counter, not a time: the next turn is the inbox's highest plus one. 0 has never had one.
    last_turn: int = 0
