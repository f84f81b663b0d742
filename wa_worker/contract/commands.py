"""Commands: what the app asks of the worker. Imperative. One stream a number: ``wa:{inbox}:commands``."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from wa_worker.contract.addressing import ChatJid, PhoneE164, WaMessageId
from wa_worker.contract.base import ContractModel, Emoji, EpochMs, MediaKey, MessageText, Name, now_ms


class Channel(StrEnum):
    """Where a number lives: WhatsApp's own cloud, or the simulator."""

    WHATSAPP = "whatsapp"
    DEMO = "demo"


class Command(ContractModel):
    """Base of all commands."""

    requested_at: EpochMs = Field(default_factory=now_ms)


class ConversationCommand(Command):
    """Base of what is done in one chat, in the order in which it was asked for."""

    chat_jid: ChatJid
    #: The conversation that the order holds for: its chat may be known by number now and by LID a moment later.
    #: None: the address stands for it.
    conversation_id: Annotated[int, Field(gt=0)] | None = None


class SendText(ConversationCommand):
    """Send a text under the id that the app minted; a repeat with the same id must not send twice."""

    type: Literal["SendText"] = "SendText"
    wa_message_id: WaMessageId
    body: Annotated[MessageText, Field(min_length=1)]
    quoted_wa_message_id: WaMessageId | None = None


class MediaKind(StrEnum):
    """As what a file is sent. Each is the `MessageKind` of the same name."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    VOICE = "voice"
    DOCUMENT = "document"
    STICKER = "sticker"


class SendMedia(ConversationCommand):
    """Send a file of the media store under the id that the app minted; a repeat must not send twice."""

    type: Literal["SendMedia"] = "SendMedia"
    wa_message_id: WaMessageId
    kind: MediaKind
    media_key: MediaKey
    #: Of the content, as the app found it.
    mimetype: Annotated[str, Field(max_length=128)]
    filename: Name | None = None
    caption: MessageText = ""
    quoted_wa_message_id: WaMessageId | None = None


class SendReaction(ConversationCommand):
    """Put an emoji to a message, or take ours back (`emoji` is empty). A repeat does no harm."""

    type: Literal["SendReaction"] = "SendReaction"
    #: The message that it is about, and whether that one is ours.
    wa_message_id: WaMessageId
    is_from_me: bool
    emoji: Emoji


class SetTyping(Command):
    """Show the customer that somebody types, or records. Too old a command (10 s) is dropped, not carried out."""

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
    """An admin has looked at the signs of a ban and wants to go on."""

    type: Literal["ResumeSending"] = "ResumeSending"


class MarkRead(ConversationCommand):
    """Send read receipts for a chat."""

    type: Literal["MarkRead"] = "MarkRead"


class PairWithCode(Command):
    """Pair by a code that is typed on the phone, instead of the QR."""

    type: Literal["PairWithCode"] = "PairWithCode"
    phone_e164: PhoneE164


class RefreshQr(Command):
    """Show a new QR after the last one was paused."""

    type: Literal["RefreshQr"] = "RefreshQr"


class Logout(Command):
    """Unlink this device."""

    type: Literal["Logout"] = "Logout"


class ResetSession(Command):
    """Put the browser profile aside and begin again at the QR; an admin asked for it after a logout."""

    type: Literal["ResetSession"] = "ResetSession"


class Backfill(Command):
    """Look back now for messages that were not heard."""

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
    """On ``wa:control``: some worker shall hold this number. Harmless when one does already."""

    type: Literal["StartNumber"] = "StartNumber"
    channel: Channel
    #: Groups are conversations too; else they are ignored at the source.
    has_groups: bool = False


class StopNumber(Command):
    """On ``wa:control``: no worker shall hold this number."""

    type: Literal["StopNumber"] = "StopNumber"


AnyControl = Annotated[StartNumber | StopNumber, Field(discriminator="type")]
CONTROLS: TypeAdapter[AnyControl] = TypeAdapter(AnyControl)
