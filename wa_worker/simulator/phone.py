"""One phone: the cloud's state of a business number, written to disk before anybody is told.

It holds the data and the connected pages. ``traffic.py`` handles messages, ``linking.py`` the linking. All methods are
synchronous: a change is complete before the next one begins.
"""

import secrets
import zlib
from dataclasses import asdict
from typing import Any, Protocol

from wa_worker.simulator.config import SimulatorSettings
from wa_worker.simulator.faults import Faults
from wa_worker.simulator.history import History
from wa_worker.simulator.links import Listener, broadcast
from wa_worker.simulator.model import ACK_READ, Author, Chat, Contact, Group, Message, Registration
from wa_worker.simulator.pairing import Pairing
from wa_worker.simulator.store import Store


class PageSeat(Listener, Protocol):
    """A connected page."""

    def stop(self) -> None:
        """Close the connection."""
        ...

    #: It is linked and has asked for the state: it gets messages.
    is_member: bool
    #: It is not linked, and shows a QR.
    wants_qr: bool
    #: It waits for a passkey on the phone.
    awaits_passkey: bool


class HandsetSeat(Listener, Protocol):
    """A connected ``/phone`` page."""

    def stop(self) -> None:
        """Close the connection."""
        ...

    #: The customer's chat that is open on it, or None.
    open_chat: str | None


class Phone:
    """The state of one phone. docs/simulator.md follows a message through it."""

    def __init__(self, key: str, store: Store, settings: SimulatorSettings) -> None:
        """Restore what the store has of this key."""
        self.key, self.store = key, store
        self.pages: set[PageSeat] = set()
        #: The history's `rev` when a page last left; None if none has left since the start.
        self.left_rev: int | None = None
        self.handsets: set[HandsetSeat] = set()
        self.history = History()
        self.sent: list[Message] = []
        self.contacts: dict[str, Contact] = {}
        self.chats: dict[str, Chat] = {}
        self.registration: Registration | None = None
        self.groups: dict[str, Group] = {}
        #: By jid: the hash of a customer's or group's picture.
        self.pictures: dict[str, str] = {}
        #: By chat: what the business is doing: composing, recording, paused, available.
        self.presence: dict[str, str] = {}
        self.is_online = True
        self.faults = Faults()
        #: A scanned registration that waits for the passkey.
        self.at_gate: Registration | None = None
        #: By chat and `seq`: messages of the business that the customer has not read.
        self.unread_by_customer: dict[str, dict[int, Message]] = {}
        self._by_pn: dict[str, Contact] = {}
        self.pairing = Pairing(settings.simulator_qr_seconds, settings.simulator_qr_codes, self._show_pairing)
        self._restore()

    # ---- identity -----------------------------------------------------------
    @property
    def own_pn(self) -> str:
        """The phone number's jid, made from the key, so that every demo phone has its own."""
        digits = int(self.key) if self.key.isdigit() else zlib.crc32(self.key.encode())
        return f"62811{digits % 10**8:08d}@c.us"

    @property
    def own_lid(self) -> str:
        """The LID that belongs to `own_pn`."""
        return f"9{self.own_pn.partition('@')[0]}@lid"

    def register(self, registration: Registration | None) -> None:
        """Set the linked device, or None."""
        self.registration = registration
        self._save_phone()

    def set_online(self, is_online: bool) -> None:
        """Set whether the business's network is on."""
        self.is_online = is_online
        self._save_phone()

    # ---- contacts and chats -------------------------------------------------
    def contact_of(self, jid: str) -> Contact | None:
        """Return the customer with that LID or phone number's jid."""
        return self.contacts.get(jid) or self._by_pn.get(jid)

    def put_contact(self, contact: Contact) -> None:
        """Store a new or changed contact, and send it to everybody."""
        self._index_contact(contact)
        self.store.put(self.key, "contact", contact.id, asdict(contact))
        self.send_to_pages({"t": "contact", "contact": contact.for_page()})
        self.send_to_handsets({"t": "contact", "contact": contact.for_handset()})

    def put_group(self, group: Group) -> None:
        """Store a new or changed group, and send it to everybody."""
        self.groups[group.id] = group
        self.store.put(self.key, "group", group.id, asdict(group))
        self.send_to_pages({"t": "group", "group": group.for_page()})
        self.send_to_handsets({"t": "contact", "contact": group.for_handset()})

    def put_picture(self, jid: str, filehash: str | None) -> None:
        """Set a profile picture, or remove it."""
        if filehash:
            self.pictures[jid] = filehash
        else:
            self.pictures.pop(jid, None)
        self.store.put(self.key, "picture", jid, {"jid": jid, "filehash": filehash})
        self.send_to_pages({"t": "picture", "chat": jid, "filehash": filehash})

    def chat_of(self, jid: str) -> Chat:
        """Return the chat with that jid, making it if needed."""
        return self.chats.setdefault(jid, Chat(jid))

    def save_chat(self, chat: Chat) -> None:
        """Store a changed chat."""
        self.store.put(self.key, "chat", chat.id, asdict(chat))

    # ---- messages -----------------------------------------------------------
    def append(self, message: Message) -> None:
        """Store a new message."""
        self.history.append(message)
        self._index_message(message)
        self.store.put_message(self.key, message.seq, asdict(message))

    def save(self, message: Message) -> None:
        """Store a changed message, so that pages that are away find it later."""
        self.history.touch(message)
        self._index_message(message)
        self.store.put_message(self.key, message.seq, asdict(message))

    # ---- notifying ----------------------------------------------------------
    def send_to_pages(self, message: dict[str, Any]) -> None:
        """Send a message to the linked page, unless it must first ask for what it missed."""
        broadcast((page for page in self.pages if page.is_member), message)

    def dismiss_pages(self) -> None:
        """Send nothing to the linked page until it has asked for what it misses from now on.

        Otherwise the first change after the gap would make it believe that it has everything before.
        """
        for page in self.pages:
            if page.is_member:
                self.left_rev, page.is_member = self.history.rev, False

    def command_pages(self, message: dict[str, Any]) -> None:
        """Send a control message to every page, also a deaf one: it is none of WhatsApp's messages."""
        deaf, self.faults.deaf = self.faults.deaf, None
        broadcast(self.pages, message)
        self.faults.deaf = deaf

    def send_to_handsets(self, message: dict[str, Any]) -> None:
        """Send a message to every open ``/phone`` page."""
        broadcast(self.handsets, message)

    def status(self) -> dict[str, Any]:
        """Return what the handset's business side shows, which is also the beginning of ``/state``."""
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
        """Send the new status to the handsets."""
        self.send_to_handsets({"t": "status", "status": self.status()})

    def forget(self) -> None:
        """Reset to an unused phone. Connected pages stay connected."""
        self.store.forget(self.key)
        self.pairing.link_code = None
        self.history, self.sent, self.contacts, self.chats = History(), [], {}, {}
        self._by_pn, self.unread_by_customer = {}, {}
        self.groups, self.pictures, self.presence = {}, {}, {}
        self.registration, self.is_online, self.faults = None, True, Faults()
        self.at_gate = None

    # ---- inside -------------------------------------------------------------
    def _show_pairing(self, event: dict[str, Any]) -> None:
        broadcast((page for page in self.pages if page.wants_qr), event)
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
    """Make a message id as WhatsApp's phones do."""
    return "3A" + secrets.token_hex(9).upper()
