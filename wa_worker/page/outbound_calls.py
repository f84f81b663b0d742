"""What is sent through the page (``bridge/outbound.js``)."""

from dataclasses import dataclass
from typing import Literal

from wa_worker.page.calls import PageCalls


@dataclass(frozen=True)
class SendOutcome:
    """How a send ended; `t` in epoch seconds. `chat`, `ack` and `t` are of a message that was sent."""

    outcome: Literal["sent", "refused", "unknown_number", "no_chat"]
    chat: str = ""
    ack: int = 0
    t: int | None = None
    #: It had been sent before, and was found.
    is_repeated: bool = False
    detail: str = ""


class OutboundCalls(PageCalls):
    """Sending, once."""

    async def find_sent(self, chat: str, message_id: str) -> SendOutcome | None:
        """What was sent under an id, as far as the page itself knows: nothing leaves for WhatsApp."""
        found = await self._call("findSent", {"chat": chat, "id": message_id}, 20)
        return SendOutcome(**found) if found else None

    async def send_text(
        self, chat: str, message_id: str, body: str, *, quoted: str | None, typing_ms: int
    ) -> SendOutcome:
        """Send once under our id: an earlier send under it is found and reported instead."""
        argument = {"chat": chat, "id": message_id, "body": body, "quoted": quoted, "delay": typing_ms}
        return SendOutcome(**await self._call("sendText", argument, 60 + typing_ms / 1000))

    async def mark_read(self, chat: str) -> None:
        """Send read receipts."""
        await self._call("markRead", chat, 20)
