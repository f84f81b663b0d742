"""What the worker told, into the database: exactly once, in order, a whole batch in one transaction.

The hot path. A batch of any size costs about a dozen statements; whatever comes a second time changes nothing and is
still announced, because nobody knows whether the first announcement was heard.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

from sqlalchemy.orm import Session

from roms_app.domain import delivery
from roms_app.models import DeliveryStatus
from roms_app.services import changes, inboxes
from roms_app.services.chats import ChatBook
from roms_app.services.contacts import Directory, KnownContact
from roms_app.services.ledger import Key, Ledger, key_of
from wa_worker.contract.events import (
    AckChanged,
    AnyEvent,
    CommandFailed,
    ContactChanged,
    GapRecovered,
    MessageEdited,
    MessageKind,
    MessageReceived,
    MessageRevoked,
    MessageSent,
    SessionChanged,
)

MessageEvent = MessageReceived | MessageSent


def receive_batch(session: Session, events: Sequence[AnyEvent]) -> None:
    """Apply events, oldest first. Raises what the database raises; the caller then tries them one by one."""
    for inbox_id, some in groupby(events, key=lambda event: event.inbox_id):
        _receive(session, inbox_id, list(some))


def _receive(session: Session, inbox_id: int, events: list[AnyEvent]) -> None:
    ledger = Ledger(session, inbox_id)
    ledger.load(_message_ids(events))
    _write_messages(session, inbox_id, events, ledger)
    # Acknowledgements only climb, so that their place among the messages does not matter.
    for event in events:
        if isinstance(event, AckChanged):
            for wa_message_id in event.wa_message_ids:
                ledger.acknowledge(wa_message_id, delivery.status_of_ack(event.ack), event.occurred_at)
        elif isinstance(event, CommandFailed) and event.wa_message_id:
            ledger.acknowledge(event.wa_message_id, DeliveryStatus.FAILED, event.occurred_at, event.reason)
    ledger.write_acks()
    ledger.change(event for event in events if isinstance(event, MessageEdited | MessageRevoked))
    _apply_to_inbox(session, events)


def _message_ids(events: Iterable[AnyEvent]) -> Iterable[str]:
    for event in events:
        if isinstance(event, AckChanged):
            yield from event.wa_message_ids
        elif isinstance(event, MessageEvent | MessageEdited | MessageRevoked | CommandFailed) and event.wa_message_id:
            yield event.wa_message_id


def _write_messages(session: Session, inbox_id: int, events: Sequence[AnyEvent], ledger: Ledger) -> None:
    about = [event for event in events if isinstance(event, MessageEvent | ContactChanged)]
    if not about:
        return
    directory = Directory(session, inbox_id)
    directory.load(about, (known.conversation_id for known in ledger.known.values()))
    new: dict[Key, tuple[MessageEvent, KnownContact]] = {}
    repeated: list[MessageEvent] = []
    renamed: list[KnownContact] = []
    for event in about:
        if isinstance(event, ContactChanged):
            renamed.append(directory.meet(event))
        elif (key := key_of(event)) in ledger.known:
            directory.meet(event, directory.of_conversation(ledger.known[key].conversation_id))
            repeated.append(event)
        elif key in new:
            contact = directory.meet(event, new[key][1])
            repeated.append(event)
            new[key] = _better(new[key][0], event), contact
        else:
            new[key] = event, directory.meet(event)
    directory.write()
    chats = _write_new(session, inbox_id, list(new.values()), renamed, ledger)
    directory.write_changes()
    ledger.repeat(repeated)
    chats.write()


def _better(first: MessageEvent, second: MessageEvent) -> MessageEvent:
    """Of one message that came twice in a batch, the telling that could be read."""
    return second if first.kind is MessageKind.UNDECRYPTED else first


def _write_new(
    session: Session,
    inbox_id: int,
    new: Sequence[tuple[MessageEvent, KnownContact]],
    renamed: Sequence[KnownContact],
    ledger: Ledger,
) -> ChatBook:
    chats = ChatBook(session, inbox_id)
    firsts: dict[int, tuple[KnownContact, MessageEvent]] = {}
    for event, contact in new:
        firsts.setdefault(_id_of(contact), (contact.final(), event))
    chats.load({*firsts, *(_id_of(contact) for contact in renamed)})
    chats.begin(firsts)
    placed = [(event, chats.by_contact[_id_of(contact)]) for event, contact in new]
    inserted = ledger.insert([(event, chat.id) for event, chat in placed])
    for event, chat in placed:
        known = ledger.known[key_of(event)]
        if key_of(event) in inserted:
            chat.add(event, known.id)
        ledger.touch(known, event.occurred_at)
    for contact in renamed:
        if chat := chats.by_contact.get(_id_of(contact)):
            changes.touch(session, chat.id)
    return chats


def _id_of(contact: KnownContact) -> int:
    contact_id = contact.final().id
    assert contact_id is not None
    return contact_id


def _apply_to_inbox(session: Session, events: Iterable[AnyEvent]) -> None:
    for event in events:
        if isinstance(event, SessionChanged):
            inboxes.apply_session_changed(session, event)
        elif isinstance(event, GapRecovered):
            inboxes.apply_gap_recovered(session, event)
        elif isinstance(event, CommandFailed) and not event.wa_message_id:
            inboxes.apply_command_failed(session, event)
