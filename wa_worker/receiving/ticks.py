"""Publishes the ticks of sent messages. ``open_ticks.py`` remembers on disk which may still come."""

from functools import partial
from typing import Final

from wa_worker.contract.events import MOST_TICKS, MessageReceived, MessageSent
from wa_worker.page.kinds import Raw
from wa_worker.page.mapping import MALFORMED, ack_event
from wa_worker.receiving.malformed import MalformedEvents
from wa_worker.receiving.open_ticks import OpenTicks
from wa_worker.receiving.recent import Recent
from wa_worker.stream.publisher import Publisher

_REMEMBERED: Final = 5000


class TickPublisher:
    """Publishes one number's ticks. `ack` is WhatsApp's number for them."""

    def __init__(self, inbox_id: int, publisher: Publisher, open_ticks: OpenTicks, malformed: MalformedEvents) -> None:
        self._inbox_id = inbox_id
        self._publisher = publisher
        self._open = open_ticks
        self._malformed = malformed
        #: The highest tick of each message: a tick may come before its message.
        self._highest: Recent[str, int] = Recent(_REMEMBERED)

    def publish(self, chat: str, ids: list[str], ack: int) -> None:
        """Publish a tick of messages of one chat. Raises MALFORMED."""
        self._put(chat, ids, ack)
        self._remember(ids, ack)

    def publish_again(self, acks: list[Raw], *, only_news: bool = False) -> None:
        """Publish ticks ``{chat, id, ack}``, also known ones, so that lost ones heal. `only_news`: no known ones."""
        grouped: dict[tuple[str, int], list[str]] = {}
        for ack in acks:
            try:
                # One by one: a bad id must not cost the others their ticks.
                ack_event(self._inbox_id, ack["chat"], [ack["id"]], int(ack["ack"]))
                if only_news and self._highest.get(ack["id"], 0) >= int(ack["ack"]):
                    continue
                self._remember([ack["id"]], int(ack["ack"]))
                grouped.setdefault((ack["chat"], int(ack["ack"])), []).append(ack["id"])
            except MALFORMED as error:
                self._malformed.write_dead_letter(ack, error)
        for (chat, value), ids in grouped.items():
            self._put(chat, ids, value)

    def with_known_tick(self, event: MessageReceived | MessageSent) -> MessageReceived | MessageSent:
        """Return the event with the ticks that came before it, as those of a message typed on the phone may."""
        if isinstance(event, MessageSent) and event.ack >= 0:
            return event.model_copy(update={"ack": max(event.ack, self._highest.get(event.wa_message_id, 0))})
        return event

    def _put(self, chat: str, ids: list[str], ack: int) -> None:
        """Publish in as many events as needed. A tick counts as published once Redis has its event."""
        parts = [ids[start : start + MOST_TICKS] for start in range(0, len(ids), MOST_TICKS)]
        # All events are made first: ids that fit no event are refused as a whole.
        for event in [ack_event(self._inbox_id, chat, part, ack) for part in parts]:
            self._publisher.put(event, partial(self._open.note_published, event.wa_message_ids, ack))

    def _remember(self, ids: list[str], ack: int) -> None:
        for message_id in ids:
            self._highest[message_id] = max(ack, self._highest.get(message_id, ack))
