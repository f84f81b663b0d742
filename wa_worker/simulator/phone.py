"""One phone: a business number's cloud, with everything it knows, written to disk before it is told.

Who is connected and what is known lives here; what happens when somebody writes is in traffic.py, linking in
linking.py. All methods are synchronous: a change is complete before the next one begins.
"""

import secrets
import zlib
from dataclasses import asdict
from typing import Any, Protocol

from wa_worker.simulator.config import SimulatorSettings
from wa_worker.simulator.faults import Faults
from wa_worker.simulator.history import History
from wa_worker.simulator.links import Listener, tell
from wa_worker.simulator.model import ACK_READ, Author, Chat, Contact, Group, Message, Registration
from wa_worker.simulator.pairing import Pairing
from wa_worker.simulator.store import Store


class PageSeat(Listener, Protocol):
    """A connected page."""

    def stop(self) -> None:
        """Close the connection."""
        ...

    #: It has proved its registration and asked for the state: it hears of messages.
    is_member: bool
    #: It is not linked and shows a QR.
    wants_qr: bool
    #: It shows the gate that asks for a passkey on the phone.
    awaits_passkey: bool


class HandsetSeat(Listener, Protocol):
    """A connected ``/phone`` page."""

    def stop(self) -> None:
        """Close the connection."""
        ...

    #: The chat that is open on it as a customer, or None.
    open_chat: str | None


class Phone:
    """The state of one phone key; see docs/simulator.md for the life of a message through it."""

    def __init__(self, key: str, store: Store, settings: SimulatorSettings) -> None:
        """Restores what the store knows of this key."""
        self.key, self.store = key, store
        self.pages: set[PageSeat] = set()
        #: How far the history had come when a page was last there; None: none has left since the start.
        self.left_rev: int | None = None
        self.handsets: set[HandsetSeat] = set()
        self.history = History()
        self.sent: list[Message] = []
        self.contacts: dict[str, Contact] = {}
        self.chats: dict[str, Chat] = {}
        self.registration: Registration | None = None
        self.groups: dict[str, Group] = {}
        #: Hash of the picture of a customer or group, by jid.
        self.pictures: dict[str, str] = {}
        #: What the business is doing in a chat: composing, recording, paused, available.
        self.presence: dict[str, str] = {}
        self.is_online = True
        self.faults = Faults()
        #: Scanned, and stopped at the question for a passkey.
        self.at_gate: Registration | None = None
        #: Messages of ours that the customer has not read, by chat and seq.
        self.unread_by_customer: dict[str, dict[int, Message]] = {}
        self._by_pn: dict[str, Contact] = {}
        self.pairing = Pairing(settings.simulator_qr_seconds, settings.simulator_qr_codes, self._show_pairing)
        self._restore()

    # ---- who the phone is ---------------------------------------------------
    @property
    def own_pn(self) -> str:
        """The number's jid: made from the key, so that every demo phone has its own."""
        digits = int(self.key) if self.key.isdigit() else zlib.crc32(self.key.encode())
        return f"62811{digits % 10**8:08d}@c.us"

    @property
    def own_lid(self) -> str:
        """The LID that belongs to `own_pn`."""
        return f"9{self.own_pn.partition('@')[0]}@lid"

    def register(self, registration: Registration | None) -> None:
        """Link a device, or none."""
        self.registration = registration
        self._save_phone()

    def set_online(self, is_online: bool) -> None:
        """The business's network."""
        self.is_online = is_online
        self._save_phone()

    # ---- contacts and chats -------------------------------------------------
    def contact_of(self, jid: str) -> Contact | None:
        """The customer behind a LID or a number's jid."""
        return self.contacts.get(jid) or self._by_pn.get(jid)

    def put_contact(self, contact: Contact) -> None:
        """Keep a new or changed contact and tell everybody."""
        self._index_contact(contact)
        self.store.put(self.key, "contact", contact.id, asdict(contact))
        self.tell_pages({"t": "contact", "contact": contact.for_page()})
        self.tell_handsets({"t": "contact", "contact": contact.for_handset()})

    def put_group(self, group: Group) -> None:
        """Keep a new or changed group and tell everybody."""
        self.groups[group.id] = group
        self.store.put(self.key, "group", group.id, asdict(group))
        self.tell_pages({"t": "group", "group": asdict(group)})
        self.tell_handsets({"t": "contact", "contact": group.for_handset()})

    def put_picture(self, jid: str, filehash: str | None) -> None:
        """A new profile picture, or none."""
        if filehash:
            self.pictures[jid] = filehash
        else:
            self.pictures.pop(jid, None)
        self.store.put(self.key, "picture", jid, {"jid": jid, "filehash": filehash})
        self.tell_pages({"t": "picture", "chat": jid, "filehash": filehash})

    def chat_of(self, jid: str) -> Chat:
        """The chat with that jid; comes into being when asked for."""
        return self.chats.setdefault(jid, Chat(jid))

    def save_chat(self, chat: Chat) -> None:
        """Write a chat after a change."""
        self.store.put(self.key, "chat", chat.id, asdict(chat))

    # ---- messages -----------------------------------------------------------
    def append(self, message: Message) -> None:
        """Keep a new message."""
        self.history.append(message)
        self._index_message(message)
        self.store.put_message(self.key, message.seq, asdict(message))

    def save(self, message: Message) -> None:
        """Write a message after a change, and let pages that are away find it."""
        self.history.touch(message)
        self._index_message(message)
        self.store.put_message(self.key, message.seq, asdict(message))

    # ---- telling ------------------------------------------------------------
    def tell_pages(self, message: dict[str, Any]) -> None:
        """To the linked page, unless it has to ask first for what it missed."""
        tell((page for page in self.pages if page.is_member), message)

    def dismiss_pages(self) -> None:
        """The linked page misses something from now on: it is told nothing more until it has asked for what it missed.

        Else the first change after the gap would tell it that it knows all before.
        """
        for page in self.pages:
            if page.is_member:
                self.left_rev, page.is_member = self.history.rev, False

    def order_pages(self, message: dict[str, Any]) -> None:
        """What is no word of WhatsApp's but done to the page: it arrives at every page, also at a deaf one."""
        deaf, self.faults.deaf = self.faults.deaf, None
        tell(self.pages, message)
        self.faults.deaf = deaf

    def tell_handsets(self, message: dict[str, Any]) -> None:
        """To every open ``/phone``."""
        tell(self.handsets, message)

    def status(self) -> dict[str, Any]:
        """What the handset's business side shows, and the head of ``/state``."""
        return {
            "phone": self.key,
            "pn": self.registration.pn if self.registration else self.own_pn,
            "registered": asdict(self.registration) if self.registration else None,
            "pages": len(self.pages),
            "qr": self.pairing.describe(),
            "link_code": self.pairing.link_code.text if self.pairing.link_code else None,
            "online": self.is_online,
            "fail_next_send": self.faults.refusals_left,
            "passkey": self.faults.has_passkey_gate,
            "awaits_passkey": any(page.awaits_passkey for page in self.pages),
            "deaf": self.faults.deaf,
            "hanging": self.faults.hanging(),
        }

    def status_changed(self) -> None:
        """Tell the handsets of a new status."""
        self.tell_handsets({"t": "status", "status": self.status()})

    def forget(self) -> None:
        """Back to a phone that nobody used; whoever is connected stays connected."""
        self.store.forget(self.key)
        self.pairing.link_code = None
        self.history, self.sent, self.contacts, self.chats = History(), [], {}, {}
        self._by_pn, self.unread_by_customer = {}, {}
        self.groups, self.pictures, self.presence = {}, {}, {}
        self.registration, self.is_online, self.faults = None, True, Faults()
        self.at_gate = None

    # ---- inside -------------------------------------------------------------
    def _show_pairing(self, event: dict[str, Any]) -> None:
        tell((page for page in self.pages if page.wants_qr), event)
        self.status_changed()

    def _save_phone(self) -> None:
        registration = asdict(self.registration) if self.registration else None
        self.store.put(self.key, "phone", "", {"registration": registration, "is_online": self.is_online})

    def _index_contact(self, contact: Contact) -> None:
        before = self.contacts.get(contact.id)
        if before and before.pn:
            self._by_pn.pop(before.pn, None)
        self.contacts[contact.id] = contact
        if contact.pn:
            self._by_pn[contact.pn] = contact

    def _index_message(self, message: Message) -> None:
        if not message.from_me:
            return
        waiting = self.unread_by_customer.setdefault(message.chat, {})
        if message.ack < ACK_READ:
            waiting[message.seq] = message
        else:
            waiting.pop(message.seq, None)

    def _restore(self) -> None:
        for record in self.store.records(self.key, "phone"):
            self.is_online = record["is_online"]
            self.registration = Registration(**record["registration"]) if record["registration"] else None
        for record in self.store.records(self.key, "contact"):
            self._index_contact(Contact(**record))
        for record in self.store.records(self.key, "chat"):
            self.chats[record["id"]] = Chat(**record)
        for record in self.store.records(self.key, "group"):
            self.groups[record["id"]] = Group(**record)
        for record in self.store.records(self.key, "picture"):
            if record["filehash"]:
                self.pictures[record["jid"]] = record["filehash"]
        for record in self.store.messages(self.key):
            message = Message(**{**record, "author": Author(record["author"])})
            self.history.restore(message)
            self._index_message(message)
            if message.author is Author.PAGE:
                self.sent.append(message)


def new_message_id() -> str:
    """As WhatsApp's phones make them."""
    return "3A" + secrets.token_hex(9).upper()
