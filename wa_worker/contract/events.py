"""Events: what the worker reports to the app. Each number has one stream for them, ``wa:{inbox}:events``."""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from wa_worker.contract.addressing import ChatJid, ContactLid, PhoneE164, WaMessageId
from wa_worker.contract.base import (
    Bytes,
    ContractModel,
    Count,
    DurationMs,
    Emoji,
    EpochMs,
    MediaKey,
    MessageText,
    Name,
    Part,
    ReportedMs,
    Side,
    now_ms,
)

#: Characters in `SessionChanged.browser_error` and in the column that keeps it.
BROWSER_ERROR_LENGTH: Final = 300
#: Messages in one `AckChanged`.
MOST_TICKS: Final = 1000


class MessageKind(StrEnum):
    """The kind of a message. Kinds that ROMS doesn't know are kept as ``unsupported`` with their raw kind."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    VOICE = "voice"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT_CARD = "contact_card"
    #: Its text is the question and the choices.
    POLL = "poll"
    #: WhatsApp shows the content on the phone only; ROMS shows that there was one.
    VIEW_ONCE = "view_once"
    #: A call. `body` is empty; `raw_kind` has the outcome (``call_log:missed_video`` …).
    CALL = "call"
    #: WhatsApp's own line in a chat (the security code changed …), named by `raw_kind`. Neither unread nor assigned.
    NOTICE = "notice"
    UNDECRYPTED = "undecrypted"
    UNSUPPORTED = "unsupported"


class SessionStatus(StrEnum):
    """The status of a number."""

    NOT_PAIRED = "not_paired"
    WAITING_FOR_SCAN = "waiting_for_scan"
    SCANNED = "scanned"
    CONFIRM_ON_PHONE = "confirm_on_phone"
    SYNCING = "syncing"
    LIVE = "live"
    RECONNECTING = "reconnecting"
    LOGGED_OUT = "logged_out"
    INCOMPATIBLE = "incompatible"
    PAUSED = "paused"


class Alert(StrEnum):
    """Something that an admin should look at, although the number goes on as well as it can."""

    #: WhatsApp showed signs of a ban: nothing is sent until a rest is over or an admin resumes sending.
    SENDING_PAUSED = "sending_paused"
    #: No browser can be started, or several in a row were lost.
    BROWSER_FAILING = "browser_failing"
    #: The disk has less space than a browser needs; media are not downloaded.
    DISK_FULL = "disk_full"
    #: Events wait in the worker because Redis does not accept them.
    REDIS_AWAY = "redis_away"


class MediaFacts(Part):
    """What the sender's app states about a file. Its content decides what it really is (`MediaStored`)."""

    mimetype: Annotated[str, Field(max_length=128)] = ""
    size_bytes: Bytes = 0
    filename: Name | None = None
    duration_ms: DurationMs | None = None
    width: Side | None = None
    height: Side | None = None


class Event(ContractModel):
    """Base of all events."""

    #: When the worker made the event; the live badge measures from here.
    occurred_at: EpochMs = Field(default_factory=now_ms)
    #: When it was written to its stream (epoch ms, by Redis' clock). Set by the reader; not part of what is sent.
    streamed_at: int | None = Field(default=None, exclude=True)


class MessageContent(Event):
    """The fields that received and sent messages share."""

    wa_message_id: WaMessageId
    chat_jid: ChatJid
    contact_lid: ContactLid | None = None
    #: None while WhatsApp hides the phone number.
    phone_e164: PhoneE164 | None = None
    #: The name that the customer chose; in a group, the group's subject.
    push_name: Name | None = None
    kind: MessageKind = MessageKind.TEXT
    #: WhatsApp's own word for the kind.
    raw_kind: Annotated[str, Field(max_length=64)] = "chat"
    #: The text, or the caption of a file.
    body: MessageText = ""
    #: WhatsApp's own timestamp.
    sent_at: ReportedMs
    quoted_wa_message_id: WaMessageId | None = None
    is_forwarded: bool = False
    #: The text was edited, perhaps during an absence.
    is_edited: bool = False
    #: For a kind with a file: what is known before the download. `MediaStored` or `MediaFailed` follows.
    media: MediaFacts | None = None
    #: In a group: the member who wrote.
    author_jid: ChatJid | None = None
    author_name: Name | None = None
    #: Older than the pairing: it causes no assignment and no sound.
    is_history: bool = False
    #: Found by a backfill, not received live.
    is_backfill: bool = False
    #: For a backfilled message: the one before it in its chat, because WhatsApp's times have whole seconds only.
    follows: WaMessageId | None = None


class MessageReceived(MessageContent):
    """A customer sent a message."""

    type: Literal["MessageReceived"] = "MessageReceived"


class MessageSent(MessageContent):
    """A message was sent from our number: by ROMS, by the phone or by another linked device."""

    type: Literal["MessageSent"] = "MessageSent"
    #: WhatsApp's number for the ticks: -1 failed, 0 waiting, 1 sent, 2 delivered, 3 read, 4 played.
    ack: Annotated[int, Field(ge=-1, le=5)] = 0


class AckChanged(Event):
    """The ticks of sent messages changed."""

    type: Literal["AckChanged"] = "AckChanged"
    chat_jid: ChatJid
    wa_message_ids: Annotated[list[WaMessageId], Field(min_length=1, max_length=MOST_TICKS)]
    ack: Annotated[int, Field(ge=-1, le=5)]


class MessageEdited(Event):
    """A message was edited."""

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


class ReactionChanged(Event):
    """A reaction to a message was set, changed or removed (`emoji` is empty)."""

    type: Literal["ReactionChanged"] = "ReactionChanged"
    chat_jid: ChatJid
    #: The message that the reaction is about.
    wa_message_id: WaMessageId
    #: Whether that message is ours.
    is_from_me: bool
    #: Whether the reaction is ours: from ROMS, the phone, or another linked device.
    is_ours: bool
    #: In a group: which member reacted.
    author_jid: ChatJid | None = None
    emoji: Emoji
    #: WhatsApp's own timestamp.
    reacted_at: ReportedMs


class MediaStored(Event):
    """The file of a message is in the media store. Its type was found in its content."""

    type: Literal["MediaStored"] = "MediaStored"
    chat_jid: ChatJid
    wa_message_id: WaMessageId
    is_from_me: bool
    media_key: MediaKey
    mimetype: Annotated[str, Field(max_length=128)]
    size_bytes: Bytes
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    filename: Name | None = None
    #: For images and videos: the key of a thumbnail (JPEG or WebP).
    thumbnail_key: MediaKey | None = None
    width: Side | None = None
    height: Side | None = None
    duration_ms: DurationMs | None = None


class MediaFailed(Event):
    """The file of a message could not be downloaded. `FetchMedia` tries again."""

    type: Literal["MediaFailed"] = "MediaFailed"
    chat_jid: ChatJid
    wa_message_id: WaMessageId
    is_from_me: bool
    #: A `MediaFailure`.
    reason: Annotated[str, Field(max_length=64)]
    detail: Annotated[str, Field(max_length=500)] = ""
    #: Whether another try can't help.
    is_permanent: bool = False


class SendDelayed(Event):
    """A message waits in the worker until `until`; the app shows why."""

    type: Literal["SendDelayed"] = "SendDelayed"
    wa_message_id: WaMessageId
    until: EpochMs
    #: A `DelayReason`.
    reason: Annotated[str, Field(max_length=64)]


class ContactChanged(Event):
    """WhatsApp knows more about a contact: the number behind a LID, a name, a picture. A group has `push_name`."""

    type: Literal["ContactChanged"] = "ContactChanged"
    chat_jid: ChatJid
    contact_lid: ContactLid | None = None
    phone_e164: PhoneE164 | None = None
    push_name: Name | None = None
    address_book_name: Name | None = None
    verified_name: Name | None = None
    #: The key of the profile picture in the media store. None: nothing new is known; "": there is none.
    picture_key: MediaKey | Literal[""] | None = None


class SessionChanged(Event):
    """The number's status, its QR or its pairing code changed."""

    type: Literal["SessionChanged"] = "SessionChanged"
    status: SessionStatus
    #: Why: a `NumberReason`; of one that names what it is about, `reasons.split` tells both.
    reason: Annotated[str, Field(max_length=200)] = ""
    #: The text of the QR while waiting for the scan.
    qr_text: Annotated[str, Field(max_length=2000)] | None = None
    #: The eight-letter pairing code, while it can be typed on the phone.
    pairing_code: Annotated[str, Field(max_length=16)] | None = None
    #: Our own phone number, once known.
    phone_e164: PhoneE164 | None = None
    push_name: Name | None = None
    #: WhatsApp Web's build number.
    wa_version: Annotated[str, Field(max_length=64)] = ""
    #: While syncing: how much of the history is loaded.
    sync_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    alerts: list[Alert] = Field(default_factory=list[Alert])
    #: With the alert ``browser_failing``: why the browser can't be started, in one line for an admin.
    browser_error: Annotated[str, Field(max_length=BROWSER_ERROR_LENGTH)] = ""
    #: Which worker host holds the number now.
    host: Annotated[str, Field(max_length=128)] = ""


class GapRecovered(Event):
    """The worker was away, and has backfilled the messages that came meanwhile."""

    type: Literal["GapRecovered"] = "GapRecovered"
    away_from: EpochMs
    away_until: EpochMs
    recovered: Count


class CommandFailed(Event):
    """A command could not be carried out."""

    type: Literal["CommandFailed"] = "CommandFailed"
    command: Annotated[str, Field(max_length=64)]
    #: For SendText and SendMedia: the message. For SendReaction: the message that the reaction was about.
    wa_message_id: WaMessageId | None = None
    #: A `SendFailure` or a `CommandFailure`.
    reason: Annotated[str, Field(max_length=64)]
    detail: Annotated[str, Field(max_length=500)] = ""
    #: Whether another try can't help.
    is_permanent: bool = False


AnyEvent = Annotated[
    MessageReceived
    | MessageSent
    | AckChanged
    | MessageEdited
    | MessageRevoked
    | ReactionChanged
    | MediaStored
    | MediaFailed
    | SendDelayed
    | ContactChanged
    | SessionChanged
    | GapRecovered
    | CommandFailed,
    Field(discriminator="type"),
]
EVENTS: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)
