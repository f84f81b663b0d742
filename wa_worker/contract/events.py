"""Events: what the worker tells the app. Past tense. One stream a number: ``wa:{inbox}:events``."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from wa_worker.contract.addressing import ChatJid, ContactLid, PhoneE164, WaMessageId
from wa_worker.contract.base import ContractModel, EpochMs, MessageText, Name, now_ms


class MessageKind(StrEnum):
    """What a message is. Kinds that ROMS doesn't know are kept as ``unsupported`` with their raw kind."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    VOICE = "voice"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT_CARD = "contact_card"
    UNDECRYPTED = "undecrypted"
    UNSUPPORTED = "unsupported"


class SessionStatus(StrEnum):
    """What state a number is in. The words a person sees for each stand in product's vocabulary."""

    NOT_PAIRED = "not_paired"
    WAITING_FOR_SCAN = "waiting_for_scan"
    CONFIRM_ON_PHONE = "confirm_on_phone"
    SYNCING = "syncing"
    LIVE = "live"
    RECONNECTING = "reconnecting"
    LOGGED_OUT = "logged_out"
    INCOMPATIBLE = "incompatible"
    PAUSED = "paused"


class Event(ContractModel):
    """Base of all events."""

    #: When the worker made the event; the live badge measures from here.
    occurred_at: EpochMs = Field(default_factory=now_ms)


class MessageContent(Event):
    """What received and sent messages have in common."""

    wa_message_id: WaMessageId
    chat_jid: ChatJid
    contact_lid: ContactLid | None = None
    #: None while WhatsApp hides the number.
    phone_e164: PhoneE164 | None = None
    #: The name that the customer gave themself.
    push_name: Name | None = None
    kind: MessageKind = MessageKind.TEXT
    #: WhatsApp's own word for the kind, kept for kinds we don't know.
    raw_kind: Annotated[str, Field(max_length=64)] = "chat"
    #: The text, or the caption of a medium.
    body: MessageText = ""
    #: WhatsApp's own timestamp.
    sent_at: EpochMs
    quoted_wa_message_id: WaMessageId | None = None
    #: Older than the pairing: creates no assignment and no sound.
    is_history: bool = False
    #: Found by looking back after an absence, not heard live.
    is_backfill: bool = False


class MessageReceived(MessageContent):
    """A customer wrote."""

    type: Literal["MessageReceived"] = "MessageReceived"


class MessageSent(MessageContent):
    """A message left our number: from ROMS, from the phone itself or from another linked device."""

    type: Literal["MessageSent"] = "MessageSent"
    #: WhatsApp's raw number: -1 failed, 0 clock, 1 sent, 2 delivered, 3 read, 4 played.
    ack: Annotated[int, Field(ge=-1, le=5)] = 0


class AckChanged(Event):
    """The ticks of messages of ours changed."""

    type: Literal["AckChanged"] = "AckChanged"
    chat_jid: ChatJid
    wa_message_ids: Annotated[list[WaMessageId], Field(min_length=1, max_length=1000)]
    ack: Annotated[int, Field(ge=-1, le=5)]


class MessageEdited(Event):
    """A message got another text."""

    type: Literal["MessageEdited"] = "MessageEdited"
    chat_jid: ChatJid
    wa_message_id: WaMessageId
    is_from_me: bool
    body: MessageText


class MessageRevoked(Event):
    """A message was deleted for everyone."""

    type: Literal["MessageRevoked"] = "MessageRevoked"
    chat_jid: ChatJid
    wa_message_id: WaMessageId
    is_from_me: bool


class ContactChanged(Event):
    """WhatsApp told more about a contact: a number behind a LID, or a name."""

    type: Literal["ContactChanged"] = "ContactChanged"
    chat_jid: ChatJid
    contact_lid: ContactLid | None = None
    phone_e164: PhoneE164 | None = None
    push_name: Name | None = None
    address_book_name: Name | None = None
    verified_name: Name | None = None


class SessionChanged(Event):
    """The number is in another state, or its QR or pairing code changed."""

    type: Literal["SessionChanged"] = "SessionChanged"
    status: SessionStatus
    #: Why, as a short machine-readable word: ``phone_logout``, ``qr_expired``, ``page_unready`` …
    reason: Annotated[str, Field(max_length=200)] = ""
    #: The text of the QR while waiting for the scan.
    qr_text: Annotated[str, Field(max_length=2000)] | None = None
    #: The eight letters to type on the phone, while waiting for them.
    pairing_code: Annotated[str, Field(max_length=16)] | None = None
    #: Our own number, once known.
    phone_e164: PhoneE164 | None = None
    push_name: Name | None = None
    #: WhatsApp Web's build number.
    wa_version: Annotated[str, Field(max_length=64)] = ""


class GapRecovered(Event):
    """The worker was away and has now read what came meanwhile."""

    type: Literal["GapRecovered"] = "GapRecovered"
    away_from: EpochMs
    away_until: EpochMs
    recovered: Annotated[int, Field(ge=0)]


class CommandFailed(Event):
    """A command could not be carried out."""

    type: Literal["CommandFailed"] = "CommandFailed"
    command: Annotated[str, Field(max_length=64)]
    #: Of SendText: which message it was.
    wa_message_id: WaMessageId | None = None
    #: A short machine-readable word: ``refused``, ``unknown_number``, ``timeout`` …
    reason: Annotated[str, Field(max_length=64)]
    detail: Annotated[str, Field(max_length=500)] = ""
    #: True when trying again can't help.
    is_permanent: bool = False


AnyEvent = Annotated[
    MessageReceived
    | MessageSent
    | AckChanged
    | MessageEdited
    | MessageRevoked
    | ContactChanged
    | SessionChanged
    | GapRecovered
    | CommandFailed,
    Field(discriminator="type"),
]
EVENTS: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)
