"""All phones of one simulator."""

import re
from dataclasses import asdict
from typing import Any

from wa_worker.simulator.config import SimulatorSettings
from wa_worker.simulator.errors import BadCommandError
from wa_worker.simulator.model import Chat
from wa_worker.simulator.phone import Phone
from wa_worker.simulator.store import Store

_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Cloud:
    """Phones by key. A phone is made by the first command for it, or when a page of it connects."""

    def __init__(self, settings: SimulatorSettings) -> None:
        """Raises StoreError when the data folder can't be used."""
        self.settings = settings
        self.store = Store(settings.folder)
        self._phones: dict[str, Phone] = {}

    def phone(self, key: str) -> Phone:
        """Return the phone of that key, making it if needed. Raises BadCommandError for an invalid key."""
        if key not in self._phones:
            self._phones[key] = self._make(key)
        return self._phones[key]

    def look_at(self, key: str) -> Phone:
        """Return the phone for reading only: an unused one is made but not kept."""
        is_known = key in self._phones or key in self.store.phones()
        return self.phone(key) if is_known else self._make(key)

    def _make(self, key: str) -> Phone:
        if not _KEY.fullmatch(key):
            raise BadCommandError("The phone key must be 1 to 64 letters, digits, - or _, as in ?phone=7.")
        return Phone(key, self.store, self.settings)

    def known_keys(self) -> list[str]:
        """Return the keys of all phones that are or were used, numbers first, in order."""
        known = {*self._phones, *self.store.phones()}
        return sorted(known, key=lambda key: (not key.isdigit(), int(key) if key.isdigit() else 0, key))

    def disconnect_all(self) -> None:
        """Close every WebSocket. Pages reconnect when the simulator is back."""
        for phone in self._phones.values():
            for link in [*phone.pages, *phone.handsets]:
                link.stop()

    def close(self) -> None:
        """Stop the QR rotations and close the store."""
        for phone in self._phones.values():
            phone.pairing.stop()
        self.store.close()


def describe(phone: Phone, fields: set[str] | None) -> dict[str, Any]:
    """Return the answer of ``GET /state``: the chosen `fields`, or all."""
    whole = {
        **{name: (lambda value=value: value) for name, value in phone.status().items()},
        "chats": lambda: [{"id": c.id, "unread": c.unread} for c in phone.chats.values()],
        "seen": lambda: {c.id: _id_at(phone, c) for c in phone.chats.values()},
        "presence": lambda: dict(phone.presence),
        "groups": lambda: [asdict(group) for group in phone.groups.values()],
        "pictures": lambda: dict(phone.pictures),
        "reactions": lambda: [
            {"id": m.id, "chat": m.chat, "sender": sender, **reaction}
            for m in phone.history.all
            for sender, reaction in m.reactions.items()
        ],
        "contacts": lambda: [contact.for_handset() for contact in phone.contacts.values()],
        "messages": lambda: [m.for_wire() for m in phone.history.all],
        "sent": lambda: [m.for_wire() for m in phone.sent],
    }
    return {name: describe_part() for name, describe_part in whole.items() if fields is None or name in fields}


def _id_at(phone: Phone, chat: Chat) -> str | None:
    """Return the id of the newest message that the business has read."""
    seen = (m for m in reversed(phone.history.by_chat.get(chat.id, [])) if m.seq <= chat.seen_seq)
    return next((m.id for m in seen), None)
