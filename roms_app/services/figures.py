"""Database figures for the metrics. Each one uses an index that holds only what it counts."""

from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, func, select
from sqlalchemy.orm import Session

from roms_app.models import ConversationStatus, DeliveryStatus
from roms_app.models.tables import CONVERSATION, INBOX, MESSAGE


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures, read at one time. Only active numbers (inboxes) are included."""

    #: Numbers by `SessionStatus`.
    numbers: dict[str, int]
    #: Inbox id → open conversations without an agent.
    waiting: dict[int, int]
    #: Inbox id → replies that WhatsApp has not accepted yet.
    queued: dict[int, int]


def read_figures(session: Session) -> Figures:
    """Read all figures in three statements. Their cost grows with what waits, never with the history."""
    i, c, m = INBOX.c, CONVERSATION.c, MESSAGE.c
    by_status = select(i.status, func.count()).where(i.is_active).group_by(i.status)
    active = session.execute(select(i.id).where(i.is_active)).scalars().all()
    waiting = _by_inbox(session, c.inbox_id, c.assignee_id.is_(None) & (c.status == ConversationStatus.OPEN))
    queued = _by_inbox(session, m.inbox_id, m.delivery_status == DeliveryStatus.QUEUED)
    return Figures(
        numbers={str(status): count for status, count in session.execute(by_status)},
        waiting={inbox_id: waiting.get(inbox_id, 0) for inbox_id in active},
        queued={inbox_id: queued.get(inbox_id, 0) for inbox_id in active},
    )


def _by_inbox(session: Session, inbox: "Column[int]", which: ColumnElement[bool]) -> dict[int, int]:
    counted = select(inbox, func.count()).where(which).group_by(inbox)
    return {row[0]: row[1] for row in session.execute(counted)}
