"""What the page in the browser asks of the cloud, over its WebSocket. Requests carry ``q`` and get ``{"re": q}``."""

import base64
import binascii
import hashlib
import time
from typing import Any

from aiohttp import web

from wa_worker.simulator import linking, traffic
from wa_worker.simulator.links import Link, encode
from wa_worker.simulator.model import Author, Contact, Message
from wa_worker.simulator.phone import Phone

#: Messages of each chat that a freshly loaded page gets; older ones it asks for, as WhatsApp's does.
_RECENT = 50


class PageLink(Link):
    """One connected page of one phone."""

    def __init__(self, socket: web.WebSocketResponse, phone: Phone) -> None:
        super().__init__(socket)
        self.phone = phone
        self.is_member = False
        self.wants_qr = False

    def arrive(self) -> None:
        """The page is connected."""
        self.phone.pages.add(self)
        self.phone.status_changed()

    def leave(self) -> None:
        """The page is gone. Its QR goes with it."""
        self.phone.pages.discard(self)
        if self.wants_qr:
            self.phone.pairing.stop()
        self.phone.status_changed()

    def handle(self, message: dict[str, Any]) -> None:
        """One message of the page. An unknown one is answered with nothing, so that the page never hangs."""
        handler = getattr(self, f"_on_{message.get('t')}", None)
        question = message.get("q")
        if message.get("t") == "send":
            self._send(message, question)
            return
        result = handler(message) if handler else None
        if question:
            self._answer(question, result)

    def _answer(self, question: int, result: Any) -> None:
        self.send_text(encode({"re": question, "result": result}))

    # ---- linking --------------------------------------------------------------
    def _on_hello(self, message: dict[str, Any]) -> dict[str, Any]:
        return linking.hello(self.phone, self, message.get("device"))

    def _on_need_qr(self, _: dict[str, Any]) -> None:
        linking.ask_qr(self.phone, self)

    _on_refresh_qr = _on_need_qr

    def _on_link_code(self, message: dict[str, Any]) -> str:
        digits = "".join(ch for ch in str(message["phone"]) if ch.isdigit())
        code = self.phone.pairing.make_link_code(digits)
        self.phone.status_changed()
        return code

    def _on_logout(self, _: dict[str, Any]) -> None:
        linking.log_out(self.phone, "user_initiated")

    # ---- reading ----------------------------------------------------------------
    def _on_sync(self, message: dict[str, Any]) -> dict[str, Any]:
        """Everything for a fresh page; with ``since``, only the messages that are new or changed above that rev."""
        phone, since = self.phone, message.get("since")
        self.is_member = phone.registration is not None
        phone.status_changed()
        found = phone.history.newest(_RECENT) if since is None else phone.history.changed_since(since)
        return {
            "contacts": [contact.for_page() for contact in phone.contacts.values()],
            "chats": [{"id": chat.id, "unreadCount": chat.unread} for chat in phone.chats.values()],
            "messages": [m.for_wire() for m in found],
            "rev": phone.history.rev,
            "pushname": phone.registration.pushname if phone.registration else None,
        }

    def _on_history(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        anchor = self.phone.history.find(message["chat"], message["anchor"])
        if anchor is None:
            return []
        count = None if message["count"] < 0 else message["count"]
        found = self.phone.history.around(anchor, after=message["direction"] == "after", count=count)
        return [m.for_wire() for m in found]

    def _on_get(self, message: dict[str, Any]) -> dict[str, Any] | None:
        found = self.phone.history.find(message["chat"], message["id"])
        return found.for_wire() if found else None

    def _on_exists(self, message: dict[str, Any]) -> dict[str, Any] | None:
        contact: Contact | None = self.phone.contact_of(message["wid"])
        if contact is None:
            return None
        asked_by_number = message["wid"] == contact.pn
        pn = contact.pn if asked_by_number else contact.shown_pn
        return {
            "pn": pn,
            "lid": contact.id if contact.id.endswith("@lid") else None,
            "biz": bool(contact.verified_name),
        }

    # ---- acting -------------------------------------------------------------------
    def _on_seen(self, message: dict[str, Any]) -> None:
        traffic.seen_by_business(self.phone, message["chat"])

    def _on_chatstate(self, message: dict[str, Any]) -> None:
        self.phone.tell_handsets({"t": "typing", "chat": message["chat"], "state": message["state"]})

    def _send(self, message: dict[str, Any], question: int | None) -> None:
        """Answer first, ticks after: the page must not hear of a delivery before it heard of the sending."""
        phone, wire = self.phone, message["msg"]
        repeated = phone.history.find(wire["chat"], wire["id"]) if message.get("resend") else None
        if phone.registration is None:
            result, stored = {"error": "unlinked"}, None
        elif repeated:
            # The page repeats a question when the connection broke before the answer; that is no second send.
            result, stored = {"ok": True}, None
        else:
            stored = self._message_from(wire)
            result = {"ok": True} if traffic.accept_send(phone, stored) else {"error": "refused"}
        if question:
            self._answer(question, result)
        if stored and "ok" in result:
            traffic.deliver(phone, stored)

    def _message_from(self, wire: dict[str, Any]) -> Message:
        message = Message(
            id=wire["id"],
            chat=wire["chat"],
            author=Author.PAGE,
            t=int(wire.get("t") or time.time()),
            type=wire.get("type") or "chat",
            body=wire.get("body"),
            quoted=wire.get("quoted"),
            caption=wire.get("caption"),
            filename=wire.get("filename"),
            mimetype=wire.get("mimetype"),
        )
        if wire.get("media_b64"):
            attach_media(self.phone, message, wire["media_b64"])
        return message


def attach_media(phone: Phone, message: Message, content_base64: str) -> None:
    """Keep a file under its hash. Raises ValueError when it is no base64."""
    try:
        content = base64.b64decode(content_base64, validate=True)
    except binascii.Error as error:
        raise ValueError("media_b64 is no base64") from error
    message.filehash = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode()
    message.size = len(content)
    phone.store.put_media(message.filehash, content)
