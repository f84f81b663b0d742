"""The WebSocket of an open ``/phone`` page: sends it all changes, and learns which chat is open on it.

The page does everything else through ``POST /ctl``, as tests and benchmarks do.
"""

from typing import Any

from aiohttp import web

from wa_worker.simulator import traffic
from wa_worker.simulator.links import Link, encode
from wa_worker.simulator.phone import Phone

#: Messages of each chat that the page gets when it opens.
_RECENT = 200


class HandsetLink(Link):
    """One open ``/phone`` page of one phone."""

    def __init__(self, socket: web.WebSocketResponse, phone: Phone) -> None:
        super().__init__(socket)
        self.phone = phone
        self.open_chat: str | None = None

    def arrive(self) -> None:
        """Register the page, and send it everything."""
        self.phone.handsets.add(self)
        self.send_text(encode(self._snapshot()))

    def leave(self) -> None:
        """Unregister the page: it is closed."""
        self.phone.handsets.discard(self)

    def handle(self, message: dict[str, Any]) -> None:
        """Take ``{"t": "open", "chat": jid | null}``: the chat that is open and visible on the customer's phone."""
        if message.get("t") != "open":
            return
        chat = message.get("chat")
        contact = self.phone.contact_of(chat) if isinstance(chat, str) else None
        self.open_chat = contact.id if contact else None
        if contact:
            traffic.read_by_customer(self.phone, contact)

    def _snapshot(self) -> dict[str, Any]:
        phone = self.phone
        return {
            "t": "snapshot",
            "status": phone.status(),
            "contacts": [
                *(contact.for_handset() for contact in phone.contacts.values()),
                *(group.for_handset() for group in phone.groups.values()),
            ],
            "seen": {chat.id: chat.seen_seq for chat in phone.chats.values()},
            "unread": {chat.id: chat.unread for chat in phone.chats.values()},
            "messages": [m.for_wire() for m in phone.history.newest(_RECENT)],
        }
