"""Commands: what the app asks the worker to do. Each number has one stream for them, ``wa:{inbox}:commands``."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from wa_worker.contract.addressing import ChatJid, PhoneE164, WaMessageId
from wa_worker.contract.base import ContractModel, Emoji, EpochMs, MediaKey, MessageText, Name, now_ms


class Channel(StrEnum):
    """Which service a number uses: WhatsApp, or the simulator."""

    WHATSAPP = "whatsapp"
    DEMO = "demo"


class Command(ContractModel):
    """Base of all commands."""

    requested_at: EpochMs = Field(default_factory=now_ms)


class ConversationCommand(Command):
    """Base of commands for one chat. They are carried out in the order in which they were requested."""

    chat_jid: ChatJid
    #: The conversation whose commands keep their order: its chat's address may change from phone number to LID.
    #: None: only the address counts.
    conversation_id: Annotated[int, Field(gt=0)] | None = None


class SendText(ConversationCommand):
    """Send a text under the id that the app made. A repeat with the same id must not send twice."""

    type: Literal["SendText"] = "SendText"
    wa_message_id: WaMessageId
    body: Annotated[MessageText, Field(min_length=1)]
    quoted_wa_message_id: WaMessageId | None = None


class MediaKind(StrEnum):
    """How a file is sent. Each value is also the `MessageKind` of the same name."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    VOICE = "voice"
    DOCUMENT = "document"
    STICKER = "sticker"


class SendMedia(ConversationCommand):
    """Send a file of the media store under the id that the app made. A repeat must not send twice."""

    type: Literal["SendMedia"] = "SendMedia"
    wa_message_id: WaMessageId
    kind: MediaKind
    media_key: MediaKey
    #: The type that the app found in the content.
    mimetype: Annotated[str, Field(max_length=128)]
    filename: Name | None = None
    caption: MessageText = ""
    quoted_wa_message_id: WaMessageId | None = None


class SendReaction(ConversationCommand):
    """Set our reaction to a message, or remove it (`emoji` is empty). A repeat does no harm."""

    type: Literal["SendReaction"] = "SendReaction"
    #: The message that the reaction is about, and whether that message is ours.
    wa_message_id: WaMessageId
    is_from_me: bool
    emoji: Emoji


class SetTyping(Command):
    """Show the customer that an agent is typing or recording. A command older than 10 s is dropped."""

    type: Literal["SetTyping"] = "SetTyping"
    chat_jid: ChatJid
    activity: Literal["typing", "recording", "paused"]


class FetchMedia(Command):
    """Download the file of a message again."""

    type: Literal["FetchMedia"] = "FetchMedia"
    chat_jid: ChatJid
    wa_message_id: WaMessageId
    is_from_me: bool


class ResumeSending(Command):
    """Send again after signs of a ban: an admin has looked at them."""

    type: Literal["ResumeSending"] = "ResumeSending"


class MarkRead(ConversationCommand):
    """Send read receipts for a chat."""

    type: Literal["MarkRead"] = "MarkRead"


class PairWithCode(Command):
    """Pair with a code that is typed on the phone, instead of the QR."""

    type: Literal["PairWithCode"] = "PairWithCode"
    phone_e164: PhoneE164


class RefreshQr(Command):
    """Show a new QR after the last one was paused."""

    type: Literal["RefreshQr"] = "RefreshQr"


class Logout(Command):
    """Unlink this device."""

    type: Literal["Logout"] = "Logout"


class ResetSession(Command):
    """Put the browser profile aside and start again at the QR, as an admin asked."""

    type: Literal["ResetSession"] = "ResetSession"


class Backfill(Command):
    """Backfill missed messages now."""

    type: Literal["Backfill"] = "Backfill"


AnyCommand = Annotated[
    SendText
    | SendMedia
    | SendReaction
    | SetTyping
    | FetchMedia
    | MarkRead
    | PairWithCode
    | RefreshQr
    | Logout
    | ResetSession
    | ResumeSending
    | Backfill,
    Field(discriminator="type"),
]
COMMANDS: TypeAdapter[AnyCommand] = TypeAdapter(AnyCommand)


class StartNumber(Command):
    """On ``wa:control``: a worker must hold this number. A repeat does no harm."""

    type: Literal["StartNumber"] = "StartNumber"
    channel: Channel
    #: Whether groups are followed.
    has_groups: bool = False


class StopNumber(Command):
    """On ``wa:control``: no worker may hold this number."""

    type: Literal["StopNumber"] = "StopNumber"


AnyControl = Annotated[StartNumber | StopNumber, Field(discriminator="type")]
CONTROLS: TypeAdapter[AnyControl] = TypeAdapter(AnyControl)
