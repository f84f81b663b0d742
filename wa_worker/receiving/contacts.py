"""Publishes what WhatsApp reveals about contacts, when it is news."""

from typing import Final

from wa_worker.contract.events import ContactChanged, MessageReceived, MessageSent
from wa_worker.page.kinds import Raw
from wa_worker.page.mapping import MALFORMED, contact_event
from wa_worker.receiving.checkpoint import Checkpoint
from wa_worker.receiving.malformed import MalformedEvents
from wa_worker.receiving.recent import Recent
from wa_worker.stream.publisher import Publisher

_REMEMBERED: Final = 5000


class ContactPublisher:
    """Publishes one number's contacts."""

    def __init__(self, inbox_id: int, publisher: Publisher, checkpoint: Checkpoint, malformed: MalformedEvents) -> None:
        self._inbox_id = inbox_id
        self._publisher = publisher
        self._checkpoint = checkpoint
        self._malformed = malformed
        #: The last event of each contact.
        self._known: Recent[str, ContactChanged] = Recent(_REMEMBERED)

    def publish_changed(self, contacts: list[Raw]) -> None:
        """Publish those changed contacts whose chat is known."""
        for contact in contacts:
            chat = contact.get("chat", "")
            if chat in self._known or self._checkpoint.knows(chat):
                self.publish(contact)

    def publish(self, contact: Raw, message: MessageReceived | MessageSent | None = None) -> None:
        """Publish a contact that says more than its last event, or than the message that came with it."""
        try:
            event = contact_event(self._inbox_id, contact)
        except MALFORMED as error:
            self._malformed.write_dead_letter(contact, error)
            return
        known = self._known.get(event.chat_jid)
        if known is not None and _facts(known) == _facts(event):
            return
        self._known[event.chat_jid] = event
        is_in_message = message is not None and known is None and not (event.address_book_name or event.verified_name)
        if not is_in_message:
            self._publisher.put(event)

    def forget(self) -> None:
        """Forget what was published, so that all of it is published again."""
        self._known.clear()


def _facts(event: ContactChanged) -> tuple[str | None, ...]:
    return (event.contact_lid, event.phone_e164, event.push_name, event.address_book_name, event.verified_name)
