"""The WebSocket of the simulated WhatsApp Web page. A request with ``q`` gets an answer with ``{"re": q}``."""

import base64
import binascii
import hashlib
import time
from typing import Any

from aiohttp import web

from wa_worker.simulator import linking, traffic
from wa_worker.simulator.links import Link, encode
from wa_worker.simulator.model import ACK_SENT, OURS, Author, Contact, Message
from wa_worker.simulator.phone import Phone
from wa_worker.simulator.store import Store
from wa_worker.simulator.wire import Account, Snapshot, Ticks, WireMessage

#: Messages of each chat that a loaded page gets at once; it asks for older ones, as WhatsApp's page does.
_RECENT = 50


class PageLink(Link):
    """One connected page of one phone."""

    def __init__(self, socket: web.WebSocketResponse, phone: Phone) -> None:
        super().__init__(socket)
        self.phone = phone
        self.is_member = False
        self.wants_qr = False
        self.awaits_passkey = False

    def arrive(self) -> None:
        """Register the page: it has connected."""
        self.phone.pages.add(self)
        self.phone.status_changed()

    def leave(self) -> None:
        """Unregister the page: it is gone, and so is its QR."""
        self.phone.pages.discard(self)
        if self.is_member:
            self.phone.left_rev = self.phone.history.rev
        if self.wants_qr:
            self.phone.pairing.stop()
        self.phone.status_changed()

    def handle(self, message: dict[str, Any]) -> None:
        """Answer one message of the page. An unknown one gets an empty answer, so that the page never hangs."""
        if self._is_deaf_to(message):
            return
        handler = getattr(self, f"_on_{message.get('t')}", None)
        question = message.get("q")
        if message.get("t") == "send":
            self._send(message, question)
            return
        if message.get("t") in ("upload", "download") and self.phone.faults.hangs[message["t"]].takes():
            return
        result = handler(message) if handler else None
        if question:
            self._answer(question, result)

    def _is_deaf_to(self, message: dict[str, Any]) -> bool:
        """Whether this message is ignored. A reload ends deafness; permanent deafness begins again after the load."""
        faults = self.phone.faults
        is_load = message.get("t") == "hello" and bool(message.get("is_load"))
        if is_load and not faults.is_deaf_for_good:
            faults.deaf = None
        is_coming_up = is_load or (message.get("t") == "sync" and message.get("since") is None)
        return faults.deaf == "socket" and not is_coming_up

    def _answer(self, question: int, result: Any) -> None:
        super().send_text(encode({"re": question, "result": result}))

    def send_text(self, text: str) -> None:
        """Send the page a text. While it is deaf, nothing is sent."""
        if self.phone.faults.deaf != "socket":
            super().send_text(text)

    # ---- linking --------------------------------------------------------------
    def _on_hello(self, message: dict[str, Any]) -> dict[str, Any]:
        return {**linking.hello(self.phone, self, message.get("device")), "deaf": self.phone.faults.deaf}

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
    def _on_sync(self, message: dict[str, Any]) -> Snapshot:
        """Return everything for a loaded page; with ``since``, only messages that are new or changed above that rev."""
        phone, since = self.phone, message.get("since")
        self.is_member = phone.registration is not None
        phone.status_changed()
        found = phone.history.newest(_RECENT) if since is None else phone.history.changed_since(since)
        return {
            "syncing": phone.faults.take_syncing() if since is None else 0,
            "contacts": [contact.for_page() for contact in phone.contacts.values()],
            "groups": [group.for_page() for group in phone.groups.values()],
            "chats": [{"id": chat.id, "unreadCount": chat.unread} for chat in phone.chats.values()],
            "messages": [m.for_wire() for m in found],
            "receipts": self._missed_receipts() if since is None else [],
            "rev": phone.history.rev,
            "pushname": phone.registration.pushname if phone.registration else None,
        }

    def _missed_receipts(self) -> list[Ticks]:
        """Return ticks that came without a page: WhatsApp delivers them even if the page lacks the message."""
        if self.phone.left_rev is None:
            return []
        missed = self.phone.history.changed_since(self.phone.left_rev)
        return [{"chat": m.chat, "ids": [m.id], "ack": m.ack} for m in missed if m.from_me and m.ack > ACK_SENT]

    def _on_history(self, message: dict[str, Any]) -> list[WireMessage]:
        anchor = self.phone.history.find(message["chat"], message["anchor"])
        if anchor is None:
            return []
        count = None if message["count"] < 0 else message["count"]
        found = self.phone.history.around(anchor, after=message["direction"] == "after", count=count)
        return [m.for_wire() for m in found]

    def _on_get(self, message: dict[str, Any]) -> WireMessage | None:
        found = self.phone.history.find(message["chat"], message["id"])
        return found.for_wire() if found else None

    def _on_exists(self, message: dict[str, Any]) -> Account | None:
        own = self.phone.registration
        if own and message["wid"] in (own.pn, own.lid):
            return {"pn": own.pn, "lid": own.lid, "biz": True}
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

    def _on_upload(self, _: dict[str, Any]) -> bool:
        """Whether the page may upload a file now. The bytes come over HTTP."""
        return True

    def _on_download(self, _: dict[str, Any]) -> str:
        """Return this download's result: ``ok`` or its fault."""
        return self.phone.faults.download()

    def _on_chatstate(self, message: dict[str, Any]) -> None:
        traffic.set_presence(self.phone, message["chat"], message["state"])

    def _on_react(self, message: dict[str, Any]) -> dict[str, Any]:
        found = self.phone.history.find(message["chat"], message["id"])
        if found is None or self.phone.faults.refuse():
            return {"error": self.phone.faults.refusal}
        traffic.react(self.phone, found, message["text"], sender=OURS, by=Author.PAGE)
        return {"ok": True}

    def _on_picture(self, message: dict[str, Any]) -> str | None:
        contact = self.phone.contact_of(message["wid"])
        jids = {message["wid"], *((contact.id, contact.pn) if contact else ())}
        return next((self.phone.pictures[jid] for jid in jids if jid in self.phone.pictures), None)

    def _send(self, message: dict[str, Any], question: int | None) -> None:
        """Take a message that the page sends. The answer goes before the ticks, so that the page gets it first."""
        phone, wire = self.phone, message["msg"]
        repeated = phone.history.find(wire["chat"], wire["id"]) if message.get("resend") else None
        if phone.registration is None:
            result, stored = {"error": "unlinked"}, None
        elif self.phone.faults.hangs["send"].takes():
            if phone.faults.hangs["send"].is_through and not repeated:
                stored = self._message_from(wire)
                traffic.accept_send(phone, stored)
                traffic.deliver(phone, stored)
            return
        elif repeated:
            # The page repeats a request if the connection broke before the answer: that is no second send.
            result, stored = {"ok": True}, None
        else:
            stored = self._message_from(wire)
            result = {"ok": True} if traffic.accept_send(phone, stored) else {"error": phone.faults.refusal}
        if question:
            self._answer(question, result)
        if stored and "ok" in result:
            traffic.deliver(phone, stored)

    def _message_from(self, wire: dict[str, Any]) -> Message:
        return Message(
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
            filehash=wire.get("filehash"),
            size=wire.get("size"),
            is_forwarded=bool(wire.get("isForwarded")),
            is_view_once=bool(wire.get("isViewOnce")),
            content=wire.get("content"),
        )


def attach_media(phone: Phone, message: Message, content_base64: str) -> None:
    """Store a message's file. Raises ValueError if the content is no base64."""
    try:
        content = base64.b64decode(content_base64, validate=True)
    except binascii.Error as error:
        raise ValueError("media_b64 is no base64") from error
    message.filehash, message.size = keep_file(phone.store, content), len(content)


def keep_file(store: Store, content: bytes) -> str:
    """Store a file, and return its hash in WhatsApp's form (base64url)."""
    filehash = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode()
    store.put_media(filehash, content)
    return filehash
