"""What is sent through the page (``bridge/outbound.js``)."""

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
    """Our lease on the number ended while the chat was looked for: nothing was sent. The next try has the chat."""


@dataclass(frozen=True)
class SendOutcome:
    """How a send ended; `t` in epoch seconds. `chat`, `ack` and `t` are of a message that was sent.

    ``sending``: this load of the page has begun to send it and has nothing to show yet.
    """

    outcome: Literal["sent", "sending", "refused", "unknown_number", "no_chat"]
    chat: str = ""
    ack: int = 0
    t: int | None = None
    #: It had been sent before, and was found.
    is_repeated: bool = False
    #: The call that sends it, in this load of the page, has not ended.
    is_sending: bool = False
    #: WhatsApp's own words; `refusals.py` understands them.
    detail: str = ""


@dataclass(frozen=True)
class Addressed:
    """Where a message goes, under which id, and until when (epoch ms) this worker may send it."""

    chat: str
    message_id: str
    until: int
    quoted: str | None = None


@dataclass(frozen=True)
class FileToSend:
    """A file that was handed over under `token`. `type`: image, video, audio, document or sticker."""

    token: str
    type: str
    filename: str
    mimetype: str
    caption: str
    is_voice: bool


class OutboundCalls(PageCalls):
    """Sending, once."""

    async def find_sent(self, chat: str, message_id: str) -> SendOutcome | None:
        """What was or is being sent under an id, as far as the page itself knows: nothing leaves for WhatsApp.

        Raises SendsClosed while the page can't be sure.
        """
        found = await self._ask("findSent", {"chat": chat, "id": message_id}, _LOOK_SECONDS)
        return SendOutcome(**found) if found else None

    async def has_written(self, chat: str) -> bool:
        """Whether the customer ever wrote in this chat."""
        return bool(await self._ask("hasWritten", chat, _LOOK_SECONDS))

    async def send_text(self, to: Addressed, body: str, *, seconds: float) -> SendOutcome:
        """Send once under our id: an earlier send under it is found and reported instead."""
        return await self._send("sendText", {**_address(to), "body": body}, seconds)

    async def hand_over(self, token: str, parts: AsyncIterator[bytes]) -> None:
        """Give the page a file, part by part; it keeps it until it is sent or dropped."""
        is_first = True
        async for part in parts:
            asked = {"file": token, "part": base64.b64encode(part).decode(), "is_first": is_first}
            await self._ask("addToFile", asked, _PART_SECONDS)
            is_first = False

    async def drop_file(self, token: str) -> None:
        """The page forgets a file that was handed over."""
        await self._ask("dropFile", token, _SIGNAL_SECONDS)

    async def send_media(self, to: Addressed, file: FileToSend, *, seconds: float) -> SendOutcome:
        """As `send_text`, a file that was handed over."""
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
        """Put an emoji to the message, or take ours back. A repeat does no harm."""
        return await self._send("react", {**_address(to), "fromMe": is_from_me, "emoji": emoji}, seconds)

    async def set_typing(self, chat: str, activity: str) -> None:
        """Show the customer that somebody types, records, or has stopped."""
        await self._ask("setTyping", {"chat": chat, "activity": activity}, _SIGNAL_SECONDS)

    async def mark_read(self, chat: str) -> None:
        """Send read receipts."""
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
