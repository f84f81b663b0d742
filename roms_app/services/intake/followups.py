"""Follow-up events about stored messages: acknowledgements, edits, files, reactions, delays.

They may arrive in any order, and twice.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from roms_app.domain import delivery
from roms_app.models import DeliveryStatus, Direction
from roms_app.models.tables import MESSAGE
from roms_app.services import attachments, changes, reactions
from roms_app.services.intake import pending_events
from roms_app.services.intake.message_batch import Key, KnownMessage, MessageBatch
from roms_app.services.intake.pending_events import MessageUpdate
from wa_worker.contract.events import (
    AckChanged,
    AnyEvent,
    CommandFailed,
    MediaFailed,
    MediaStored,
    MessageEdited,
    MessageRevoked,
    ReactionChanged,
    SendDelayed,
)

FollowUp = MessageUpdate | SendDelayed | CommandFailed
_SENDS: Final = frozenset({"SendText", "SendMedia"})
_M = MESSAGE.c


def keys_of(event: FollowUp) -> Iterator[Key]:
    """The keys of the messages that an event is about."""
    if isinstance(event, AckChanged):
        yield from ((Direction.OUTBOUND, id) for id in event.wa_message_ids)
    elif isinstance(event, SendDelayed):
        yield Direction.OUTBOUND, event.wa_message_id
    elif isinstance(event, CommandFailed):
        # Only WhatsApp's id tells which message a file belongs to.
        for direction in Direction if event.wa_message_id else ():
            yield direction, str(event.wa_message_id)
    else:
        yield Direction.OUTBOUND if event.is_from_me else Direction.INBOUND, event.wa_message_id


def apply(session: Session, inbox_id: int, events: Iterable[AnyEvent], messages: MessageBatch) -> None:
    """Apply a batch's follow-ups, and pending ones from before whose message came with the batch."""
    updates = [event for event in events if isinstance(event, FollowUp)]
    updates = [*(event for event in messages.take_pending() if isinstance(event, FollowUp)), *updates]
    _keep_unknown(session, inbox_id, updates, messages)
    _apply_acks(updates, messages)
    messages.change(event for event in updates if isinstance(event, MessageEdited | MessageRevoked))
    _apply_files(session, updates, messages)
    for event in updates:
        if isinstance(event, ReactionChanged):
            for known in _touched(event, messages):
                reactions.apply_changed(session, known.id, event)
        elif isinstance(event, SendDelayed):
            _hold(session, event, messages)
        elif isinstance(event, CommandFailed):
            _apply_failed(session, inbox_id, event, messages)


def _touched(event: FollowUp, messages: MessageBatch) -> Iterator[KnownMessage]:
    """The known messages of an event. Announces each."""
    for key in keys_of(event):
        if known := messages.known.get(key):
            messages.touch(known, event.occurred_at)
            yield known


def _keep_unknown(session: Session, inbox_id: int, updates: Sequence[FollowUp], messages: MessageBatch) -> None:
    unknown: list[tuple[str, MessageUpdate]] = []
    for event in updates:
        if not isinstance(event, MessageUpdate):
            continue
        for key in keys_of(event):
            if key not in messages.known:
                is_of_many = isinstance(event, AckChanged)
                unknown.append((key[1], event.model_copy(update={"wa_message_ids": [key[1]]}) if is_of_many else event))
    pending_events.keep(session, inbox_id, unknown)


def _apply_acks(updates: Sequence[FollowUp], messages: MessageBatch) -> None:
    # Acknowledgements only move up, so their position among the messages does not matter.
    for event in updates:
        if isinstance(event, AckChanged):
            for wa_message_id in event.wa_message_ids:
                messages.acknowledge(wa_message_id, delivery.status_of_ack(event.ack), event.occurred_at)
        elif isinstance(event, CommandFailed) and event.command in _SENDS and event.wa_message_id:
            messages.acknowledge(event.wa_message_id, DeliveryStatus.FAILED, event.occurred_at, event.reason)
    messages.write_acks()


def _apply_files(session: Session, updates: Sequence[FollowUp], messages: MessageBatch) -> None:
    files = [event for event in updates if isinstance(event, MediaStored | MediaFailed)]
    attachments.apply(session, [(known.id, event) for event in files for known in _touched(event, messages)])


def _hold(session: Session, event: SendDelayed, messages: MessageBatch) -> None:
    for known in _touched(event, messages):
        # A message that an agent has queued again is not with the worker yet, so no worker holds it.
        is_relayed = _M.relayed_at.is_not(None)
        is_queued = (_M.id == known.id, _M.delivery_status == DeliveryStatus.QUEUED, is_relayed)
        held = {"held_until": event.until, "hold_reason": event.reason}
        session.execute(update(MESSAGE).where(*is_queued).values(held))


def _apply_failed(session: Session, inbox_id: int, event: CommandFailed, messages: MessageBatch) -> None:
    if event.command == "SendReaction":
        for conversation_id, message_id in reactions.take_back(session, inbox_id, event):
            changes.mark_changed(session, conversation_id, message_ids=[message_id], occurred_at=event.occurred_at)
    elif event.command == "FetchMedia":
        for known in _touched(event, messages):
            attachments.refuse(session, known.id, event)
