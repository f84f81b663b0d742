"""Commands: what the app asks of the worker. Imperative. One stream a number: ``wa:{inbox}:commands``."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from wa_worker.contract.addressing import ChatJid, PhoneE164, WaMessageId
from wa_worker.contract.base import ContractModel, EpochMs, MessageText, now_ms


class Channel(StrEnum):
    """Where a number lives: WhatsApp's own cloud, or the simulator."""

    WHATSAPP = "whatsapp"
    DEMO = "demo"


class Command(ContractModel):
    """Base of all commands."""

    requested_at: EpochMs = Field(default_factory=now_ms)


class SendText(Command):
    """Send a text under the id that the app minted; a repeat with the same id must not send twice."""

    type: Literal["SendText"] = "SendText"
    wa_message_id: WaMessageId
    chat_jid: ChatJid
    body: Annotated[MessageText, Field(min_length=1)]
    quoted_wa_message_id: WaMessageId | None = None


class MarkRead(Command):
    """Send read receipts for a chat."""

    type: Literal["MarkRead"] = "MarkRead"
    chat_jid: ChatJid


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
    SendText | MarkRead | PairWithCode | RefreshQr | Logout | ResetSession | Backfill,
    Field(discriminator="type"),
]
COMMANDS: TypeAdapter[AnyCommand] = TypeAdapter(AnyCommand)


class StartNumber(Command):
    """On ``wa:control``: some worker shall hold this number. Harmless when one does already."""

    type: Literal["StartNumber"] = "StartNumber"
    channel: Channel


class StopNumber(Command):
    """On ``wa:control``: no worker shall hold this number."""

    type: Literal["StopNumber"] = "StopNumber"


AnyControl = Annotated[StartNumber | StopNumber, Field(discriminator="type")]
CONTROLS: TypeAdapter[AnyControl] = TypeAdapter(AnyControl)
