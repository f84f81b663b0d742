"""From the page to the stream: what is heard live, in order, each chat held back while it is being looked into.

The look-back itself is in ``receiving/backfill.py``; the shapes are in ``page/mapping.py``.
"""

import json
from collections import Counter, OrderedDict
from collections.abc import Callable, Container
from functools import partial
from typing import Any, Final

import structlog

from wa_worker.contract.base import now_ms
from wa_worker.contract.events import MOST_TICKS, ContactChanged, MessageKind, MessageReceived, MessageSent
from wa_worker.contract.streams import DATA_FIELD
from wa_worker.page.kinds import Raw
from wa_worker.page.mapping import (
    MALFORMED,
    ack_event,
    contact_event,
    edited_event,
    message_event,
    reaction_event,
    revoked_event,
    seconds_of,
)
from wa_worker.receiving.checkpoint import Checkpoint
from wa_worker.stream.publisher import Publisher

_log: Final = structlog.get_logger(__name__)
#: Ticks, undecrypted messages and contacts that are remembered for what may follow.
_REMEMBERED: Final = 5000
_BURIED: Final = 200

#: A message, and the page's whole key of it.
Listener = Callable[[MessageReceived | MessageSent, str], None]


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
        on_message: Listener = lambda _message, _key: None,
    ) -> None:
        self._inbox_id = inbox_id
        self._publisher = publisher
        self._checkpoint = checkpoint
        self._on_hint = on_hint
        #: Ids that our own outbound queue is sending now: it reports them itself.
        self._in_flight = in_flight
        #: Told of each message after it was put: files and pictures are fetched apart.
        self._on_message = on_message
        #: What was not shown, by WhatsApp's word for it; and chats that are not followed, by their server.
        self.not_shown: Counter[str] = Counter()
        #: The highest tick of each message of ours: the app may hear of a tick before the message.
        self._acks: OrderedDict[str, int] = OrderedDict()
        #: Keys of messages that were published undecrypted.
        self._undecrypted: OrderedDict[str, None] = OrderedDict()
        self._buried: OrderedDict[str, None] = OrderedDict()
        #: Keys of messages of which the page told by itself.
        self._told: OrderedDict[str, None] = OrderedDict()
        self.ticks = checkpoint.ticks
        #: Messages older than this (epoch ms) are history; None: not paired yet.
        self.history_before: int | None = None
        #: How many things that happened were left to a look-back, because the queue was full.
        self.dropped = 0
        #: What was said last of each contact.
        self._contacts: OrderedDict[str, ContactChanged] = OrderedDict()
        #: Chats that a look-back has still to read; None: it does not know yet which.
        self._held_chats: set[str] | None = set()
        self._held: dict[str, list[Raw]] = {}

    def deliver(self, batch: list[Raw]) -> None:
        """A batch from the page, in its order. Called in the event loop; never waits."""
        for raw in batch:
            try:
                self._deliver(raw)
            except MALFORMED as error:
                self._bury(raw, error)

    def _deliver(self, raw: Raw) -> None:
        if raw["event"] == "message":
            self._note_told(raw["key"])
        if raw["event"] == "hint":
            self._on_hint(str(raw["name"]))
        elif self._publisher.is_full:
            # Redis has been away for long: the page's store keeps them, and a look-back follows its return.
            self.dropped += 1
        elif raw["event"] != "broken" and self._is_held(raw["chat"]):
            self._held.setdefault(raw["chat"], []).append(raw)
        else:
            self._take(raw)

    def was_told(self, key: str) -> bool:
        """The page has told of this message, or a look-back has found it; not long ago."""
        return key in self._told or self._checkpoint.was_published(key)

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

    def publish_message(self, raw: Raw, *, is_backfill: bool, follows: Any = None) -> bool:
        """Queue one message and what it tells of its contact. False: nothing to publish."""
        try:
            if raw["event"] == "broken":
                raise ValueError(str(raw.get("error"))[:300])
            if raw["fromMe"] and raw["id"] in self._in_flight:
                return False
            # A look-back may find what the page has just told of while the chat was held: that is news.
            before = None if raw["key"] in self._told else self.history_before
            event = message_event(self._inbox_id, raw, history_before=before, is_backfill=is_backfill, follows=follows)
            chat, key, t = str(raw["chat"]), str(raw["key"]), seconds_of(raw["t"])
        except MALFORMED as error:
            self._bury(raw, error)
            return False
        if event is None:
            self.not_shown[str(raw["type"])[:64]] += 1
            return False
        self._checkpoint.note_queued(key)
        put = self._with_known_tick(event)
        self._publisher.put(put, lambda: self._note_published(put, chat, key, t))
        self._note_encryption(event, key)
        if raw["type"] == "revoked":
            self._publisher.put(revoked_event(self._inbox_id, raw))
        self._note_contact(raw.get("contact"), event)
        self._on_message(event, key)
        return True

    def is_decrypted_now(self, raw: Raw) -> bool:
        """The message was published before it could be read, and now it can."""
        return str(raw.get("key")) in self._undecrypted and raw.get("type") != "ciphertext"

    def take_changes(self, changes: list[Raw]) -> None:
        """Edits, deletions and reactions that may have happened while nobody listened; the app takes each once."""
        for raw in changes:
            try:
                self._take(raw)
            except MALFORMED as error:
                self._bury(raw, error)

    def take_contacts(self, contacts: list[Raw]) -> None:
        """Of contacts that changed, publish those whose chat is known."""
        for contact in contacts:
            chat = contact.get("chat", "")
            if chat in self._contacts or self._checkpoint.knows(chat):
                self._note_contact(contact, None)

    def forget_contacts(self) -> None:
        """Redis has forgotten what was said of them: all of it is news again."""
        self._contacts.clear()

    def take_acks(self, acks: list[Raw], *, only_news: bool = False) -> None:
        """``{chat, id, ack}``: published again so that ticks heal. `only_news`: those that were not told yet."""
        grouped: dict[tuple[str, int], list[str]] = {}
        for ack in acks:
            try:
                # One by one: a bad id must not cost the others their ticks.
                ack_event(self._inbox_id, ack["chat"], [ack["id"]], int(ack["ack"]))
                if only_news and self._acks.get(ack["id"], 0) >= int(ack["ack"]):
                    continue
                self._remember_ticks([ack["id"]], int(ack["ack"]))
                grouped.setdefault((ack["chat"], int(ack["ack"])), []).append(ack["id"])
            except MALFORMED as error:
                self._bury(ack, error)
        for (chat, value), ids in grouped.items():
            self._put_acks(chat, ids, value)

    def _is_held(self, chat: str) -> bool:
        return self._held_chats is None or chat in self._held_chats

    def _release(self, chat: str) -> None:
        for raw in self._held.pop(chat, []):
            try:
                # A look-back that just ran has mostly published it already.
                is_news = raw["event"] != "message" or raw.get("isDecrypted")
                if is_news or not self._checkpoint.was_published(raw["key"]):
                    self._take(raw)
            except MALFORMED as error:
                self._bury(raw, error)

    def _take(self, raw: Raw) -> None:
        """Publish one thing that happened. Raises MALFORMED."""
        match raw["event"]:
            case "message":
                # Of our own sends the outbound queue has said more than this echo, which may come after it.
                is_echo = raw["fromMe"] and not raw.get("isDecrypted") and self._checkpoint.was_published(raw["key"])
                if not is_echo:
                    self.publish_message(raw, is_backfill=False)
            case "ack":
                self._take_ack(raw["chat"], raw["ids"], int(raw["ack"]))
            case "edited":
                self._publisher.put(edited_event(self._inbox_id, raw))
            case "revoked":
                self._publisher.put(revoked_event(self._inbox_id, raw))
            case "reaction":
                self._publisher.put(reaction_event(self._inbox_id, raw))
                self._checkpoint.reactions.note(raw)
            case "broken":
                raise ValueError(str(raw.get("error"))[:300])
            case other:
                raise ValueError(f"the page handed out an unknown event: {other}")

    def _take_ack(self, chat: str, ids: list[str], ack: int) -> None:
        self._put_acks(chat, ids, ack)
        self._remember_ticks(ids, ack)

    def _put_acks(self, chat: str, ids: list[str], ack: int) -> None:
        """In as many events as it takes; a tick counts as told once Redis has the event that it stands in."""
        parts = [ids[start : start + MOST_TICKS] for start in range(0, len(ids), MOST_TICKS)]
        # All of them first: what fits no event is refused as a whole.
        for event in [ack_event(self._inbox_id, chat, part, ack) for part in parts]:
            self._publisher.put(event, partial(self.ticks.note_told, event.wa_message_ids, ack))

    def _note_published(self, event: MessageReceived | MessageSent, chat: str, key: str, t: int) -> None:
        self._checkpoint.note_published(chat, key, t)
        if isinstance(event, MessageSent):
            self.ticks.note_sent(event)

    def _note_told(self, key: str) -> None:
        self._told[key] = None
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)

    def _remember_ticks(self, ids: list[str], ack: int) -> None:
        for message_id in ids:
            self._acks[message_id] = max(ack, self._acks.pop(message_id, ack))
        while len(self._acks) > _REMEMBERED:
            self._acks.popitem(last=False)

    def _with_known_tick(self, event: MessageReceived | MessageSent) -> MessageReceived | MessageSent:
        """A message typed on the phone may come after its own ticks: it carries them."""
        if isinstance(event, MessageSent) and event.ack >= 0:
            return event.model_copy(update={"ack": max(event.ack, self._acks.get(event.wa_message_id, 0))})
        return event

    def _note_encryption(self, event: MessageReceived | MessageSent, key: str) -> None:
        self._undecrypted.pop(key, None)
        if event.kind is MessageKind.UNDECRYPTED:
            self._undecrypted[key] = None
            if len(self._undecrypted) > _REMEMBERED:
                self._undecrypted.popitem(last=False)

    def _note_contact(self, contact: Raw | None, message: MessageReceived | MessageSent | None) -> None:
        """A ContactChanged when it says more than the last one, or than the message that came with it."""
        if not contact:
            return
        try:
            event = contact_event(self._inbox_id, contact)
        except MALFORMED as error:
            self._bury(contact, error)
            return
        known = self._contacts.get(event.chat_jid)
        if known is not None and _facts(known) == _facts(event):
            return
        self._contacts[event.chat_jid] = event
        self._contacts.move_to_end(event.chat_jid)
        if len(self._contacts) > _REMEMBERED:
            self._contacts.popitem(last=False)
        is_told = message is not None and known is None and not (event.address_book_name or event.verified_name)
        if not is_told:
            self._publisher.put(event)

    def _bury(self, raw: Raw, error: Exception) -> None:
        """To the dead letters, once: a look-back meets the same thing again and again."""
        # Escaped: half an emoji from the page is no UTF-8, and Redis' client would refuse it.
        data = json.dumps(raw, ensure_ascii=True)
        if data in self._buried:
            return
        self._buried[data] = None
        if len(self._buried) > _BURIED:
            self._buried.popitem(last=False)
        what = raw.get("event", "contact") if isinstance(raw, dict) else "none"
        _log.warning("page.event_refused", inbox_id=self._inbox_id, page_event=what, error=type(error).__name__)
        self._publisher.put_dead("page", f"{now_ms()}-0", {DATA_FIELD: data}, str(error))


def _facts(event: ContactChanged) -> tuple[str | None, ...]:
    return (event.contact_lid, event.phone_e164, event.push_name, event.address_book_name, event.verified_name)
