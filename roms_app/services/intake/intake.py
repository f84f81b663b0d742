"""Stores the worker's events: exactly once, in order, a whole batch in one transaction.

This is the hot path. A batch of any size takes about a dozen statements. A repeated event changes nothing but is
announced again, because the first announcement may have been lost.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from sqlalchemy.orm import Session

from roms_app.services import changes, inboxes
from roms_app.services.intake import followups
from roms_app.services.intake.chats import Chat, ConversationBatch
from roms_app.services.intake.contacts import Directory, KnownContact
from roms_app.services.intake.followups import FollowUp
from roms_app.services.intake.message_batch import Key, MessageBatch, key_of
from roms_app.services.intake.message_ordering import Places, show_newest
from wa_worker.contract.events import (
    AnyEvent,
    CommandFailed,
    ContactChanged,
    GapRecovered,
    MessageKind,
    MessageReceived,
    MessageSent,
    SessionChanged,
)

MessageEvent = MessageReceived | MessageSent
#: A failure of these commands is about the number, not about a message.
_BY_ADMINS: Final = frozenset({"PairWithCode", "RefreshQr", "Logout", "ResetSession", "ResumeSending", "Backfill"})


def receive_batch(session: Session, events: Sequence[AnyEvent]) -> None:
    """Apply events, oldest first.

    Raises what the database raises; the caller then tries the events one by one.
    """
    for inbox_id, some in groupby(events, key=lambda event: event.inbox_id):
        _receive(session, inbox_id, list(some))


def _receive(session: Session, inbox_id: int, events: list[AnyEvent]) -> None:
    messages = MessageBatch(session, inbox_id)
    messages.load(_message_ids(events))
    chats = _write_messages(session, inbox_id, events, messages)
    followups.apply(session, inbox_id, events, messages)
    _apply_to_inbox(session, events)
    # Last, because only one transaction at a time assigns, and others must not wait for the rest of a batch.
    if chats is not None:
        chats.give_out()


def _message_ids(events: Iterable[AnyEvent]) -> Iterable[str]:
    for event in events:
        if isinstance(event, MessageEvent):
            yield event.wa_message_id
            if event.follows is not None:
                yield event.follows
        elif isinstance(event, FollowUp):
            yield from (wa_message_id for _, wa_message_id in followups.keys_of(event))


def _write_messages(
    session: Session, inbox_id: int, events: Sequence[AnyEvent], messages: MessageBatch
) -> ConversationBatch | None:
    about = [event for event in events if isinstance(event, MessageEvent | ContactChanged)]
    if not about:
        return None
    directory = Directory(session, inbox_id)
    directory.load(about, (known.conversation_id for known in messages.known.values()))
    new: dict[Key, tuple[MessageEvent, KnownContact]] = {}
    repeated: list[MessageEvent] = []
    renamed: list[KnownContact] = []
    for event in about:
        if isinstance(event, ContactChanged):
            renamed.append(directory.meet(event))
        elif (key := key_of(event)) in messages.known:
            directory.meet(event, directory.of_conversation(messages.known[key].conversation_id))
            repeated.append(event)
        elif key in new:
            contact = directory.meet(event, new[key][1])
            repeated.append(event)
            new[key] = _better(new[key][0], event), contact
        else:
            new[key] = event, directory.meet(event)
    directory.write()
    chats = _open_chats(session, inbox_id, list(new.values()), renamed)
    placed = [(event, chats.by_contact[_id_of(contact)]) for event, contact in new.values()]
    places = _find_places(session, about, placed, messages)
    _write_new(placed, messages, places)
    directory.write_changes()
    messages.repeat(repeated, places.of)
    places.keep_replies_in_order()
    chats.write()
    if places.doubtful:
        show_newest(session, places.doubtful)
    return chats


def _better(first: MessageEvent, second: MessageEvent) -> MessageEvent:
    """Of two events of one message in a batch, the one that could be decoded."""
    return second if first.kind is MessageKind.UNDECRYPTED else first


def _open_chats(
    session: Session,
    inbox_id: int,
    new: Sequence[tuple[MessageEvent, KnownContact]],
    renamed: Sequence[KnownContact],
) -> ConversationBatch:
    chats = ConversationBatch(session, inbox_id)
    firsts: dict[int, tuple[KnownContact, MessageEvent]] = {}
    for event, contact in new:
        firsts.setdefault(_id_of(contact), (contact.final(), event))
    chats.load({*firsts, *(_id_of(contact) for contact in renamed)})
    chats.begin(firsts)
    for contact in renamed:
        if chat := chats.by_contact.get(_id_of(contact)):
            changes.mark_changed(session, chat.id)
    return chats


def _find_places(
    session: Session, about: Iterable[AnyEvent], new: Sequence[tuple[MessageEvent, Chat]], messages: MessageBatch
) -> Places:
    chats = {key_of(event): chat for event, chat in new}
    newest = {chat.id: chat.newest_at for chat in chats.values() if chat.newest_at is not None}
    places = Places(session, messages.known, newest)
    written = [event for event in about if isinstance(event, MessageEvent)]
    places.learn_ends((event, chat.id) for event, chat in new)
    places.learn_ends_of_replies(written)
    for event in written:
        chat = chats.get(key_of(event))
        places.put(event, chat.id if chat else messages.known[key_of(event)].conversation_id)
    return places


def _write_new(new: Sequence[tuple[MessageEvent, Chat]], messages: MessageBatch, places: Places) -> None:
    inserted = messages.insert([(event, chat.id, places.of(key_of(event))) for event, chat in new])
    for event, chat in new:
        key = key_of(event)
        if key in inserted:
            chat.add(event, messages.known[key].id, places.of(key))
        messages.touch(messages.known[key], event.occurred_at)


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
        elif isinstance(event, CommandFailed) and event.command in _BY_ADMINS:
            inboxes.apply_command_failed(session, event)
