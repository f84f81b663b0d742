"""Publishes what the page reports, in order. Holds a chat's live events back while the chat is being backfilled.

``receiving/backfill.py`` does the backfill; ``page/mapping.py`` maps raw events to the contract's events.
"""

from collections import Counter
from collections.abc import Callable, Container
from typing import Any, Final

from wa_worker.contract.events import MessageKind, MessageReceived, MessageSent
from wa_worker.page.kinds import Raw, is_revoked, is_undecrypted
from wa_worker.page.mapping import (
    MALFORMED,
    edited_event,
    message_event,
    reaction_event,
    revoked_event,
    seconds_of,
)
from wa_worker.receiving.checkpoint import Checkpoint
from wa_worker.receiving.contacts import ContactPublisher
from wa_worker.receiving.malformed import MalformedEvents
from wa_worker.receiving.recent import Recent
from wa_worker.receiving.ticks import TickPublisher
from wa_worker.stream.publisher import Publisher

#: Messages that are remembered.
_REMEMBERED: Final = 5000

#: Gets a message and its full key in the page.
Listener = Callable[[MessageReceived | MessageSent, str], None]


class Inbound:
    """Publishes what one number receives.

    `on_hint` gets the name of each sign of the page's state; `on_message` each message after it was queued.
    """

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
        #: Ids of messages that the sending side is sending now: it reports them itself.
        self._in_flight = in_flight
        self._on_message = on_message
        #: How many messages were not published, by WhatsApp's word for their kind.
        self.not_shown: Counter[str] = Counter()
        self._malformed = MalformedEvents(inbox_id, publisher)
        self.contacts = ContactPublisher(inbox_id, publisher, checkpoint, self._malformed)
        self.ticks = TickPublisher(inbox_id, publisher, checkpoint.ticks, self._malformed)
        #: Keys of messages that were published undecrypted.
        self._undecrypted: Recent[str, None] = Recent(_REMEMBERED)
        #: Keys of messages that the page reported by itself.
        self._reported: Recent[str, None] = Recent(_REMEMBERED)
        #: Messages older than this (epoch ms) are history; None if not paired yet.
        self.history_before: int | None = None
        #: How many events were left to a backfill because the publisher's queue was full.
        self.dropped = 0
        #: Chats that a backfill has still to read; None if it does not know yet which.
        self._held_chats: set[str] | None = set()
        self._held: dict[str, list[Raw]] = {}

    def deliver(self, batch: list[Raw]) -> None:
        """Take a batch of raw events from the page, in order. Never waits. Call it in the event loop."""
        for raw in batch:
            try:
                self._deliver(raw)
            except MALFORMED as error:
                self._malformed.write_dead_letter(raw, error)

    def _deliver(self, raw: Raw) -> None:
        if raw["event"] == "message":
            self._reported[raw["key"]] = None
        if raw["event"] == "hint":
            self._on_hint(str(raw["name"]))
        elif self._publisher.is_full:
            # Redis has been away for long: the page's store keeps the event, and a backfill follows Redis' return.
            self.dropped += 1
        elif raw["event"] != "broken" and self._is_held(raw["chat"]):
            self._held.setdefault(raw["chat"], []).append(raw)
        else:
            self._take(raw)

    def was_reported(self, key: str) -> bool:
        """Whether the page has reported this message, or a backfill has found it, not long ago."""
        return key in self._reported or self._checkpoint.was_published(key)

    def hold_all(self) -> None:
        """Hold all chats: a page is loading, and what was missed must be published before what comes now."""
        self._held_chats = None

    def hold(self, chats: set[str]) -> None:
        """Hold only these chats from now on, and publish what was held of the others."""
        self._held_chats = set(chats)
        for chat in [chat for chat in self._held if chat not in chats]:
            self._release(chat)

    def release(self, chat: str) -> None:
        """Publish what was held of a chat: it is backfilled."""
        if self._held_chats:
            self._held_chats.discard(chat)
        self._release(chat)

    def publish_message(self, raw: Raw, *, is_backfill: bool, follows: Any = None) -> bool:
        """Queue one message and what it says about its contact. False if there is nothing to publish.

        `follows`: the id of the message before it in its chat, if a backfill found both.
        """
        try:
            if raw["event"] == "broken":
                raise ValueError(str(raw.get("error"))[:300])
            if raw["fromMe"] and raw["id"] in self._in_flight:
                return False
            # A backfill may find a message that the page reported while the chat was held: that is no history.
            before = None if raw["key"] in self._reported else self.history_before
            event = message_event(self._inbox_id, raw, history_before=before, is_backfill=is_backfill, follows=follows)
            chat, key, t = str(raw["chat"]), str(raw["key"]), seconds_of(raw["t"])
        except MALFORMED as error:
            self._malformed.write_dead_letter(raw, error)
            return False
        if event is None:
            self.not_shown[str(raw["type"])[:64]] += 1
            return False
        self._checkpoint.note_queued(key)
        put = self.ticks.with_known_tick(event)
        self._publisher.put(put, lambda: self._note_published(put, chat, key, t))
        self._note_encryption(event, key)
        if is_revoked(raw):
            self._publisher.put(revoked_event(self._inbox_id, raw))
        if raw.get("contact"):
            self.contacts.publish(raw["contact"], event)
        self._on_message(event, key)
        return True

    def is_decrypted_now(self, raw: Raw) -> bool:
        """Whether the message was published before it could be decrypted, and now can be."""
        return str(raw.get("key")) in self._undecrypted and not is_undecrypted(raw)

    def take_changes(self, changes: list[Raw]) -> None:
        """Publish edits, deletions and reactions of an absence, also known ones: the app applies each once."""
        for raw in changes:
            try:
                self._take(raw)
            except MALFORMED as error:
                self._malformed.write_dead_letter(raw, error)

    def _is_held(self, chat: str) -> bool:
        return self._held_chats is None or chat in self._held_chats

    def _release(self, chat: str) -> None:
        for raw in self._held.pop(chat, []):
            try:
                # The backfill has mostly published it already.
                is_news = raw["event"] != "message" or raw.get("isDecrypted")
                if is_news or not self._checkpoint.was_published(raw["key"]):
                    self._take(raw)
            except MALFORMED as error:
                self._malformed.write_dead_letter(raw, error)

    def _take(self, raw: Raw) -> None:
        """Publish one raw event. Raises MALFORMED."""
        match raw["event"]:
            case "message":
                # The sending side has published its messages already, with more than this echo says.
                is_echo = raw["fromMe"] and not raw.get("isDecrypted") and self._checkpoint.was_published(raw["key"])
                if not is_echo:
                    self.publish_message(raw, is_backfill=False)
            case "ack":
                self.ticks.publish(raw["chat"], raw["ids"], int(raw["ack"]))
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
                raise ValueError(f"the page reported an unknown event: {other}")

    def _note_published(self, event: MessageReceived | MessageSent, chat: str, key: str, t: int) -> None:
        self._checkpoint.note_published(chat, key, t)
        if isinstance(event, MessageSent):
            self._checkpoint.ticks.note_sent(event)

    def _note_encryption(self, event: MessageReceived | MessageSent, key: str) -> None:
        self._undecrypted.pop(key, None)
        if event.kind is MessageKind.UNDECRYPTED:
            self._undecrypted[key] = None
