"""Events: what the worker tells the app. Past tense. One stream a number: ``wa:{inbox}:events``."""

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
    SaidMs,
    Side,
    now_ms,
)

#: Characters in `SessionChanged.browser_error` and in the column that keeps it.
BROWSER_ERROR_LENGTH: Final = 300
#: Messages in one `AckChanged`.
MOST_TICKS: Final = 1000


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
    #: Shown as text: the question and its choices.
    POLL = "poll"
    #: WhatsApp shows it on the phone only; we say that there was one.
    VIEW_ONCE = "view_once"
    #: A call that came or was missed; `body` is empty, `raw_kind` tells more (``call_log:missed_video`` …).
    CALL = "call"
    #: WhatsApp's own line in a chat (the security code changed …): no unread, no assignment; told by `raw_kind`.
    NOTICE = "notice"
    UNDECRYPTED = "undecrypted"
    UNSUPPORTED = "unsupported"


class SessionStatus(StrEnum):
    """What state a number is in. The words a person sees for each stand in product's vocabulary."""

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
    """What somebody should look at although the number goes on as well as it can."""

    #: WhatsApp showed signs of a ban: nothing is sent until a rest is over or an admin resumes.
    SENDING_PAUSED = "sending_paused"
    #: No browser can be started, or several in a row ended in vain.
    BROWSER_FAILING = "browser_failing"
    #: Less space than a browser needs; media are not downloaded.
    DISK_FULL = "disk_full"
    #: Events wait in the worker because Redis does not take them.
    REDIS_AWAY = "redis_away"


class MediaFacts(Part):
    """What the sender's app says of a medium. What it really is, its content decides (`MediaStored`)."""

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
    #: When it was put on its stream (epoch ms, by Redis's clock). Set by who reads it; no part of what is sent.
    streamed_at: int | None = Field(default=None, exclude=True)


class MessageContent(Event):
    """What received and sent messages have in common."""

    wa_message_id: WaMessageId
    chat_jid: ChatJid
    contact_lid: ContactLid | None = None
    #: None while WhatsApp hides the number.
    phone_e164: PhoneE164 | None = None
    #: The name that the customer gave themself; in a group, the group's.
    push_name: Name | None = None
    kind: MessageKind = MessageKind.TEXT
    #: WhatsApp's own word for the kind, kept for kinds we don't know.
    raw_kind: Annotated[str, Field(max_length=64)] = "chat"
    #: The text, or the caption of a medium.
    body: MessageText = ""
    #: WhatsApp's own timestamp.
    sent_at: SaidMs
    quoted_wa_message_id: WaMessageId | None = None
    is_forwarded: bool = False
    #: The text is not the first one; tells of edits that happened while nobody listened.
    is_edited: bool = False
    #: Of a kind with a file: what is known before it is downloaded. `MediaStored` or `MediaFailed` follows.
    media: MediaFacts | None = None
    #: In a group: who of its members wrote.
    author_jid: ChatJid | None = None
    author_name: Name | None = None
    #: Older than the pairing: creates no assignment and no sound.
    is_history: bool = False
    #: Found by looking back after an absence, not heard live.
    is_backfill: bool = False
    #: Of a message found by looking back: the one before it in its chat. WhatsApp's time alone has whole seconds.
    follows: WaMessageId | None = None


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
    wa_message_ids: Annotated[list[WaMessageId], Field(min_length=1, max_length=MOST_TICKS)]
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


class ReactionChanged(Event):
    """Somebody put an emoji to a message, took another one, or took it back (`emoji` is empty)."""

    type: Literal["ReactionChanged"] = "ReactionChanged"
    chat_jid: ChatJid
    #: The message that it is about.
    wa_message_id: WaMessageId
    #: Whether that message is ours.
    is_from_me: bool
    #: Whether the reaction is ours: from ROMS, the phone, or another linked device.
    is_ours: bool
    #: In a group: which member reacted.
    author_jid: ChatJid | None = None
    emoji: Emoji
    #: WhatsApp's own timestamp.
    reacted_at: SaidMs


class MediaStored(Event):
    """The file of a message lies in the media store. Its type is told by its content."""

    type: Literal["MediaStored"] = "MediaStored"
    chat_jid: ChatJid
    wa_message_id: WaMessageId
    is_from_me: bool
    media_key: MediaKey
    mimetype: Annotated[str, Field(max_length=128)]
    size_bytes: Bytes
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    filename: Name | None = None
    #: Of images and videos: a small JPEG or WebP in the store.
    thumbnail_key: MediaKey | None = None
    width: Side | None = None
    height: Side | None = None
    duration_ms: DurationMs | None = None


class MediaFailed(Event):
    """The file of a message could not be had; FetchMedia asks again."""

    type: Literal["MediaFailed"] = "MediaFailed"
    chat_jid: ChatJid
    wa_message_id: WaMessageId
    is_from_me: bool
    #: ``expired``, ``too_big``, ``timeout``, ``store_full``, ``page_failed`` …
    reason: Annotated[str, Field(max_length=64)]
    detail: Annotated[str, Field(max_length=500)] = ""
    #: True when asking again can't help.
    is_permanent: bool = False


class SendDelayed(Event):
    """A message of ours waits in the worker until then: the page shows why."""

    type: Literal["SendDelayed"] = "SendDelayed"
    wa_message_id: WaMessageId
    until: EpochMs
    #: ``pacing``, ``retry`` or ``breaker``.
    reason: Annotated[str, Field(max_length=64)]


class ContactChanged(Event):
    """WhatsApp told more about a contact: a number behind a LID, a name, a picture. A group's name is `push_name`."""

    type: Literal["ContactChanged"] = "ContactChanged"
    chat_jid: ChatJid
    contact_lid: ContactLid | None = None
    phone_e164: PhoneE164 | None = None
    push_name: Name | None = None
    address_book_name: Name | None = None
    verified_name: Name | None = None
    #: Their profile picture in the media store. None: nothing new is known of it; "" : they have none.
    picture_key: MediaKey | Literal[""] | None = None


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
    #: While syncing: how much of the history is read.
    sync_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    alerts: list[Alert] = Field(default_factory=list[Alert])
    #: With the alert ``browser_failing``: why no browser can be started, in one line for an admin.
    browser_error: Annotated[str, Field(max_length=BROWSER_ERROR_LENGTH)] = ""
    #: Which worker host holds the number now.
    host: Annotated[str, Field(max_length=128)] = ""


class GapRecovered(Event):
    """The worker was away and has now read what came meanwhile."""

    type: Literal["GapRecovered"] = "GapRecovered"
    away_from: EpochMs
    away_until: EpochMs
    recovered: Count


class CommandFailed(Event):
    """A command could not be carried out."""

    type: Literal["CommandFailed"] = "CommandFailed"
    command: Annotated[str, Field(max_length=64)]
    #: Of SendText and SendMedia: which message it was. Of SendReaction: which message it was about.
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
