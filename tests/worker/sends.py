"""Helpers for the tests of sending: the app's commands, and the messages on the customer's phone."""

import asyncio
import hashlib
from typing import Any

from devtools.waiting import until
from tests.worker.cast import INBOX
from tests.worker.conftest import Stage
from wa_worker.contract.addressing import mint_message_id
from wa_worker.contract.commands import MediaKind, SendMedia, SendText
from wa_worker.contract.events import CommandFailed, MessageSent, SendDelayed
from wa_worker.media.keys import media_key
from wa_worker.media.store import open_store


def send_text(stage: Stage, chat: str, body: str, **more: Any) -> str:
    """Give SendText; the message's id."""
    command = SendText(inbox_id=INBOX, chat_jid=chat, body=body, **{"wa_message_id": mint_message_id(), **more})
    stage.stream.command(command)
    return command.wa_message_id


def keep(stage: Stage, content: bytes, ext: str) -> str:
    """Put a file into the worker's media store; its key."""
    key = media_key(INBOX, hashlib.sha256(content).hexdigest(), ext)
    asyncio.run(open_store("", stage.folder).put(key, content))
    return key


def send_media(stage: Stage, chat: str, kind: MediaKind, key: str, mimetype: str, **more: Any) -> str:
    """Give SendMedia; the message's id."""
    fields = {"wa_message_id": mint_message_id(), **more}
    command = SendMedia(inbox_id=INBOX, chat_jid=chat, kind=kind, media_key=key, mimetype=mimetype, **fields)
    stage.stream.command(command)
    return command.wa_message_id


def arrived(stage: Stage, message_id: str) -> list[dict[str, Any]]:
    """The customer's message with this id. Fails if there are two."""
    return [message for message in stage.simulator.state()["sent"] if message["id"] == message_id]


def await_sent(stage: Stage, message_id: str) -> MessageSent:
    """The report that a message went out; its tick may come before."""

    def look() -> MessageSent | None:
        has_tick = max(stage.stream.acks(message_id), default=0) >= 1
        told = (event for event in stage.stream.events("MessageSent") if event.wa_message_id == message_id)
        return next(told, None) if has_tick else None

    return until(look, f"{message_id} sent", 120)


def await_failed(stage: Stage, message_id: str) -> CommandFailed:
    """The report that a message failed."""

    def look() -> CommandFailed | None:
        return next((e for e in stage.stream.events("CommandFailed") if e.wa_message_id == message_id), None)

    return until(look, f"the failure of {message_id}")


def delays(stage: Stage, message_id: str) -> list[SendDelayed]:
    """The reason for which a message waited."""
    return [event for event in stage.stream.events("SendDelayed") if event.wa_message_id == message_id]
