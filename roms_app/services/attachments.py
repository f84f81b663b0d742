"""The files of messages, as the worker reports them. A stored file is never lost to a later failure."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, func, update
from sqlalchemy.orm import Session

from roms_app.models import AttachmentStatus
from roms_app.models.base import now_ms
from roms_app.models.tables import ATTACHMENT
from roms_app.services import sql
from wa_worker.contract.events import CommandFailed, MediaFacts, MediaFailed, MediaStored

#: A successful download takes less time. Starting it twice does no harm.
OVERDUE_MS: Final = 600_000
_A = ATTACHMENT.c
_IS_MISSING = (_A.message_id == bindparam("row_id")) & (_A.status != AttachmentStatus.STORED)
_STORED = ("media_key", "thumbnail_key", "mimetype", "size_bytes", "sha256")
#: Known before the download too. A value that the file itself does not show stays as first reported.
_TOLD = ("filename", "width", "height", "duration_ms")


def expect(session: Session, facts: Iterable[tuple[int, MediaFacts]]) -> None:
    """Add pending attachments to messages (by id). Attachments that exist already are left unchanged."""
    rows = [{"message_id": message_id, "pending_since": now_ms(), **told.model_dump()} for message_id, told in facts]
    sql.insert_missing(session, ATTACHMENT, rows, [_A.message_id])


def apply(session: Session, events: Sequence[tuple[int, MediaStored | MediaFailed]]) -> None:
    """Apply events about the files of messages (by message id), in any order. A stored file stays stored."""
    if not events:
        return
    sql.insert_missing(session, ATTACHMENT, _blank({id for id, _ in events}), [_A.message_id])
    _write(session, [_to_stored(id, event) for id, event in events if isinstance(event, MediaStored)])
    _write(session, [_to_failed(id, event) for id, event in events if isinstance(event, MediaFailed)])


def is_overdue(status: AttachmentStatus, pending_since: int) -> bool:
    """Whether a pending file should be requested again: the request or the worker's answer may have been lost."""
    return status is AttachmentStatus.PENDING and pending_since < now_ms() - OVERDUE_MS


def refuse(session: Session, message_id: int, event: CommandFailed) -> None:
    """Record that a repeated request for the file failed."""
    _write(session, [_to_failed(message_id, event)])


def _blank(message_ids: set[int]) -> list[dict[str, Any]]:
    return [{"message_id": id, "pending_since": now_ms()} for id in sorted(message_ids)]


def _to_stored(message_id: int, event: MediaStored) -> dict[str, Any]:
    told = {name: getattr(event, name) for name in (*_STORED, *_TOLD)}
    return {"row_id": message_id, "to_status": AttachmentStatus.STORED, **{f"to_{k}": v for k, v in told.items()}}


def _to_failed(message_id: int, event: MediaFailed | CommandFailed) -> dict[str, Any]:
    return {
        "row_id": message_id,
        "to_status": AttachmentStatus.FAILED,
        "to_failure_reason": event.reason,
        "to_is_lost": event.is_permanent,
    }


def _write(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    values: dict[str, Any] = {}
    for parameter in rows[0].keys() - {"row_id"}:
        name = parameter.removeprefix("to_")
        told = bindparam(parameter, type_=_A[name].type)
        values[name] = func.coalesce(told, _A[name]) if name in _TOLD else told
    session.connection().execute(update(ATTACHMENT).where(_IS_MISSING).values(values), rows)
