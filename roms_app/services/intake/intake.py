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
from roms_app.services.intake.contacts import Directory, KnownContact
from roms_app.services.intake.conversation_batch import BatchConversation, ConversationBatch
from roms_app.services.intake.followups import FollowUp
from roms_app.services.intake.message_batch import Key, MessageBatch, key_of
from roms_app.services.intake.message_ordering import MessagePositions, show_newest
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
    conversations = _write_messages(session, inbox_id, events, messages)
    followups.apply(session, inbox_id, events, messages)
    _apply_to_inbox(session, events)
    # Last, because only one transaction at a time assigns, and others must not wait for the rest of a batch.
    if conversations is not None:
        conversations.assign_unassigned()


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
    relevant = [event for event in events if isinstance(event, MessageEvent | ContactChanged)]
    if not relevant:
        return None
    directory = Directory(session, inbox_id)
    directory.load(relevant, (known.conversation_id for known in messages.known.values()))
    new: dict[Key, tuple[MessageEvent, KnownContact]] = {}
    repeated: list[MessageEvent] = []
    renamed: list[KnownContact] = []
    for event in relevant:
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
    conversations = _open_conversations(session, inbox_id, list(new.values()), renamed)
    placed = [(event, conversations.by_contact[_id_of(contact)]) for event, contact in new.values()]
    positions = _find_positions(session, relevant, placed, messages)
    _write_new(placed, messages, positions)
    directory.write_changes()
    messages.repeat(repeated, positions.of)
    positions.keep_replies_in_order()
    conversations.write()
    if positions.possibly_outdated:
        show_newest(session, positions.possibly_outdated)
    return conversations


def _better(first: MessageEvent, second: MessageEvent) -> MessageEvent:
    """Of two events of one message in a batch, the one that could be decoded."""
    return second if first.kind is MessageKind.UNDECRYPTED else first


def _open_conversations(
    session: Session,
    inbox_id: int,
    new: Sequence[tuple[MessageEvent, KnownContact]],
    renamed: Sequence[KnownContact],
) -> ConversationBatch:
    conversations = ConversationBatch(session, inbox_id)
    firsts: dict[int, tuple[KnownContact, MessageEvent]] = {}
    for event, contact in new:
        firsts.setdefault(_id_of(contact), (contact.final(), event))
    conversations.load({*firsts, *(_id_of(contact) for contact in renamed)})
    conversations.create_missing(firsts)
    for contact in renamed:
        if conversation := conversations.by_contact.get(_id_of(contact)):
            changes.mark_changed(session, conversation.id)
    return conversations


def _find_positions(
    session: Session,
    relevant: Iterable[AnyEvent],
    new: Sequence[tuple[MessageEvent, BatchConversation]],
    messages: MessageBatch,
) -> MessagePositions:
    conversations = {key_of(event): conversation for event, conversation in new}
    newest = {
        conversation.id: conversation.newest_at
        for conversation in conversations.values()
        if conversation.newest_at is not None
    }
    positions = MessagePositions(session, messages.known, newest)
    written = [event for event in relevant if isinstance(event, MessageEvent)]
    positions.read_predecessors((event, conversation.id) for event, conversation in new)
    positions.read_predecessors_of_replies(written)
    for event in written:
        conversation = conversations.get(key_of(event))
        positions.place(event, conversation.id if conversation else messages.known[key_of(event)].conversation_id)
    return positions


def _write_new(
    new: Sequence[tuple[MessageEvent, BatchConversation]], messages: MessageBatch, positions: MessagePositions
) -> None:
    inserted = messages.insert([(event, conversation.id, positions.of(key_of(event))) for event, conversation in new])
    for event, conversation in new:
        key = key_of(event)
        if key in inserted:
            conversation.add(event, messages.known[key].id, positions.of(key))
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
