"""Sends messages and signals through the page (``bridge/outbound.js``)."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal

from wa_worker.page.calls import PageCallFailed, PageCalls, PageError, PageUnavailable

_LOOK_SECONDS = 20
_SIGNAL_SECONDS = 5
_PART_SECONDS = 20


class SendsClosed(PageUnavailable):
    """The page has not caught up after its load: nothing was sent."""


class LeaseOver(PageError):
    """Our lease on the number ended while the page opened the chat: nothing was sent. The next try finds it open."""


@dataclass(frozen=True)
class SendOutcome:
    """The result of a send. `chat`, `ack` and `t` (epoch s) are those of a sent message.

    ``sending``: the loaded page has begun to send the message and has no result yet.
    """

    outcome: Literal["sent", "sending", "refused", "unknown_number", "no_chat"]
    chat: str = ""
    ack: int = 0
    t: int | None = None
    #: The message was sent before.
    is_repeated: bool = False
    #: The loaded page has not finished sending it.
    is_sending: bool = False
    #: WhatsApp's own words, which ``refusals.py`` interprets.
    detail: str = ""


@dataclass(frozen=True)
class Addressed:
    """Where to send a message, under which id, and until when (epoch ms) this worker may send it."""

    chat: str
    message_id: str
    until: int
    quoted: str | None = None


@dataclass(frozen=True)
class FileToSend:
    """A file that the page has under `token`. `type`: image, video, audio, document or sticker."""

    token: str
    type: str
    filename: str
    mimetype: str
    caption: str
    is_voice: bool


class OutboundCalls(PageCalls):
    """Calls that send, each message once."""

    async def find_sent(self, chat: str, message_id: str) -> SendOutcome | None:
        """Return what was sent, or is being sent, under an id, from the page's own knowledge; None if nothing.

        Asks nothing of WhatsApp's server. Raises SendsClosed while the page can't be sure.
        """
        found = await self._ask("findSent", {"chat": chat, "id": message_id}, _LOOK_SECONDS)
        return SendOutcome(**found) if found else None

    async def has_written(self, chat: str) -> bool:
        """Whether the customer ever wrote in this chat, as far as the page knows."""
        return bool(await self._ask("hasWritten", chat, _LOOK_SECONDS))

    async def send_text(self, to: Addressed, body: str, *, seconds: float) -> SendOutcome:
        """Send a text under our id. If one was sent under it before, return that one instead."""
        return await self._send("sendText", {**_address(to), "body": body}, seconds)

    async def hand_over(self, token: str, parts: AsyncIterator[bytes]) -> None:
        """Give the page a file, part by part. The page keeps it until it is sent or dropped."""
        is_first = True
        async for part in parts:
            asked = {"file": token, "part": base64.b64encode(part).decode(), "is_first": is_first}
            await self._ask("addToFile", asked, _PART_SECONDS)
            is_first = False

    async def drop_file(self, token: str) -> None:
        """Make the page drop a file that was handed over."""
        await self._ask("dropFile", token, _SIGNAL_SECONDS)

    async def send_media(self, to: Addressed, file: FileToSend, *, seconds: float) -> SendOutcome:
        """Send a file that was handed over, as `send_text` sends a text."""
        asked = {
            **_address(to),
            "file": file.token,
            "type": file.type,
            "filename": file.filename,
            "mimetype": file.mimetype,
            "caption": file.caption,
            "is_voice": file.is_voice,
        }
        return await self._send("sendMedia", asked, seconds)

    async def react(self, to: Addressed, *, is_from_me: bool, emoji: str, seconds: float) -> SendOutcome:
        """Set our reaction to a message, or remove it (`emoji` is empty). A repeat does no harm."""
        return await self._send("react", {**_address(to), "fromMe": is_from_me, "emoji": emoji}, seconds)

    async def set_typing(self, chat: str, activity: str) -> None:
        """Show the customer that an agent is typing or recording, or has stopped."""
        await self._ask("setTyping", {"chat": chat, "activity": activity}, _SIGNAL_SECONDS)

    async def mark_read(self, chat: str) -> None:
        """Send read receipts for a chat."""
        await self._ask("markRead", chat, _LOOK_SECONDS)

    async def _send(self, name: str, asked: dict[str, Any], seconds: float) -> SendOutcome:
        return SendOutcome(**await self._ask(name, asked, seconds))

    async def _ask(self, name: str, argument: Any, seconds: float) -> Any:
        try:
            return await self._call(name, argument, seconds)
        except PageCallFailed as error:
            if "sends_closed" in str(error):
                raise SendsClosed(str(error)) from error
            if "lease_over" in str(error):
                raise LeaseOver(str(error)) from error
            raise


def _address(to: Addressed) -> dict[str, Any]:
    return {"chat": to.chat, "id": to.message_id, "until": to.until, "quoted": to.quoted}
