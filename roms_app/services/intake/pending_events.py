"""Events that arrive before their message: stored, and applied when the message arrives.

An acknowledgement can overtake a message that was typed on the phone, a file its caption, a reaction its message.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from roms_app.models.base import now_ms
from roms_app.models.tables import PENDING_EVENT
from roms_app.services import sql
from wa_worker.contract.events import (
    EVENTS,
    AckChanged,
    AnyEvent,
    MediaFailed,
    MediaStored,
    MessageEdited,
    MessageRevoked,
    ReactionChanged,
)

#: The events that may arrive too early.
MessageUpdate = AckChanged | MessageEdited | MessageRevoked | ReactionChanged | MediaStored | MediaFailed
#: The messages of most events older than this never arrive.
KEPT_MS: Final = 7 * 24 * 60 * 60 * 1000
_E = PENDING_EVENT.c


def keep(session: Session, inbox_id: int, events: Iterable[tuple[str, MessageUpdate]]) -> None:
    """Store (WhatsApp's id, event) until the message arrives. The same event is stored once."""
    at = now_ms()
    rows = [
        {
            "inbox_id": inbox_id,
            "wa_message_id": wa_message_id,
            "digest": _digest(event),
            "event": event.model_dump_json(),
            "noted_at": at,
        }
        for wa_message_id, event in events
    ]
    if rows:
        sql.insert_missing(session, PENDING_EVENT, rows, [_E.id])
        session.execute(delete(PENDING_EVENT).where(_E.inbox_id == inbox_id, _E.noted_at < at - KEPT_MS))


def take(session: Session, kept: Sequence[Any]) -> list[AnyEvent]:
    """The events of rows of `early_event`, oldest first. Deletes these rows."""
    if not kept:
        return []
    session.execute(delete(PENDING_EVENT).where(_E.id.in_([row.id for row in kept])))
    return [EVENTS.validate_json(row.event) for row in sorted(kept, key=lambda row: row.id)]


def _digest(event: MessageUpdate) -> str:
    said = event.model_dump_json(exclude={"occurred_at"})
    return hashlib.sha256(said.encode()).hexdigest()
