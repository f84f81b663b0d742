"""From the page to the stream: what is heard live, in order, each chat held back while it is being looked into.

The look-back itself is in ``lookback.py``; the shapes are in ``mapping.py``.
"""

import json
from collections.abc import Callable, Container
from typing import Final

import structlog

from wa_worker.checkpoint import Checkpoint
from wa_worker.contract.base import now_ms
from wa_worker.contract.events import ContactChanged, MessageReceived, MessageSent
from wa_worker.contract.streams import DATA_FIELD
from wa_worker.mapping import (
    Raw,
    ack_event,
    contact_event,
    edited_event,
    is_said_by_somebody,
    message_event,
    revoked_event,
)
from wa_worker.publisher import Publisher

_log: Final = structlog.get_logger(__name__)


class Inbound:
    """Everything that a number hears."""

    def __init__(
        self,
        inbox_id: int,
        publisher: Publisher,
        checkpoint: Checkpoint,
        *,
        on_hint: Callable[[str], None],
        in_flight: Container[str],
    ) -> None:
        self._inbox_id = inbox_id
        self._publisher = publisher
        self._checkpoint = checkpoint
        self._on_hint = on_hint
        #: Ids that our own outbound queue is sending now: it reports them itself.
        self._in_flight = in_flight
        #: Messages older than this (epoch ms) are history; None: not paired yet.
        self.history_before: int | None = None
        self._contacts: dict[str, ContactChanged] = {}
        #: Chats that a look-back has still to read; None: it does not know yet which.
        self._held_chats: set[str] | None = set()
        self._held: dict[str, list[Raw]] = {}

    def deliver(self, batch: list[Raw]) -> None:
        """A batch from the page, in its order. Called in the event loop; never waits."""
        for raw in batch:
            if raw["event"] == "hint":
                self._on_hint(str(raw["name"]))
            elif self._publisher.is_full:
                # Redis has been away for long: the page's store keeps them, and a look-back follows its return.
                continue
            elif self._is_held(raw["chat"]):
                self._held.setdefault(raw["chat"], []).append(raw)
            else:
                self._take(raw)

    def hold_all(self) -> None:
        """A page is loading: what was missed must be published before what comes now."""
        self._held_chats = None

    def hold(self, chats: set[str]) -> None:
        """Only these chats are held from now on."""
        self._held_chats = set(chats)
        for chat in [chat for chat in self._held if chat not in chats]:
            self._release(chat)

    def release(self, chat: str) -> None:
        """A chat has been looked into."""
        if self._held_chats:
            self._held_chats.discard(chat)
        self._release(chat)

    def publish_message(self, raw: Raw, *, is_backfill: bool) -> bool:
        """Queue one message and what it tells of its contact. False: nothing to publish."""
        if not is_said_by_somebody(raw) or (raw["fromMe"] and raw["id"] in self._in_flight):
            return False
        try:
            event = message_event(self._inbox_id, raw, history_before=self.history_before, is_backfill=is_backfill)
        except (ValueError, KeyError, TypeError) as error:
            self._bury(raw, error)
            return False
        chat, key, t = raw["chat"], raw["key"], int(raw["t"] or 0)
        self._publisher.put(event, lambda: self._checkpoint.note_published(chat, key, t))
        if raw["type"] == "revoked":
            self._publisher.put(revoked_event(self._inbox_id, raw))
        self._note_contact(raw.get("contact"), event)
        return True

    def take_contacts(self, contacts: list[Raw]) -> None:
        """Of contacts that changed, publish those whose chat is known."""
        for contact in contacts:
            if contact["chat"] in self._contacts or self._checkpoint.knows(contact["chat"]):
                self._note_contact(contact, None)

    def take_acks(self, acks: list[Raw]) -> None:
        """``{chat, id, ack}``: published again so that ticks heal."""
        grouped: dict[tuple[str, int], list[str]] = {}
        for ack in acks:
            grouped.setdefault((ack["chat"], int(ack["ack"])), []).append(ack["id"])
        for (chat, value), ids in grouped.items():
            for start in range(0, len(ids), 500):
                self._publisher.put(ack_event(self._inbox_id, chat, ids[start : start + 500], value))

    def _is_held(self, chat: str) -> bool:
        return self._held_chats is None or chat in self._held_chats

    def _release(self, chat: str) -> None:
        for raw in self._held.pop(chat, []):
            # A look-back that just ran has mostly published it already.
            if raw["event"] != "message" or not self._checkpoint.was_published(raw["key"]):
                self._take(raw)

    def _take(self, raw: Raw) -> None:
        if raw["event"] == "message":
            # Of our own sends the outbound queue has said more than this echo, which may come after it.
            if not (raw["fromMe"] and self._checkpoint.was_published(raw["key"])):
                self.publish_message(raw, is_backfill=False)
            return
        try:
            match raw["event"]:
                case "ack":
                    self._publisher.put(ack_event(self._inbox_id, raw["chat"], raw["ids"], int(raw["ack"])))
                case "edited":
                    self._publisher.put(edited_event(self._inbox_id, raw))
                case "revoked":
                    self._publisher.put(revoked_event(self._inbox_id, raw))
                case other:
                    raise ValueError(f"the page handed out an unknown event: {other}")
        except (ValueError, KeyError, TypeError) as error:
            self._bury(raw, error)

    def _note_contact(self, contact: Raw | None, message: MessageReceived | MessageSent | None) -> None:
        """A ContactChanged when it says more than the last one, or than the message that came with it."""
        if not contact:
            return
        try:
            event = contact_event(self._inbox_id, contact)
        except (ValueError, KeyError, TypeError) as error:
            self._bury(contact, error)
            return
        known = self._contacts.get(event.chat_jid)
        if known is not None and _facts(known) == _facts(event):
            return
        self._contacts[event.chat_jid] = event
        is_told = message is not None and known is None and not (event.address_book_name or event.verified_name)
        if not is_told:
            self._publisher.put(event)

    def _bury(self, raw: Raw, error: Exception) -> None:
        what = raw.get("event", "contact")
        _log.warning("page_event_refused", inbox_id=self._inbox_id, page_event=what, error=type(error).__name__)
        # Escaped: half an emoji from the page is no UTF-8, and Redis' client would refuse it.
        fields = {DATA_FIELD: json.dumps(raw, ensure_ascii=True)}
        self._publisher.put_dead("page", f"{now_ms()}-0", fields, str(error))


def _facts(event: ContactChanged) -> tuple[str | None, ...]:
    return (event.contact_lid, event.phone_e164, event.push_name, event.address_book_name, event.verified_name)
