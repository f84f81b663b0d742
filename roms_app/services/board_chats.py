"""Conversations as the supervisor's page shows them: how long they have waited, and why. Reads only."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.orm import Session

from roms_app.domain import hours, queue_explanations, rotation
from roms_app.domain.rotation import AgentSlot, AssignmentRequest
from roms_app.domain.words import Words
from roms_app.models import ConversationStatus
from roms_app.models.tables import CONVERSATION, CONVERSATION_LABEL, LABEL, TEAM
from roms_app.services import eligibility, presenting, sql
from roms_app.views.inbox import ConversationRow
from roms_app.views.queue import QueueChat

#: Inbox id → its row.
Inboxes = Mapping[int, Row[Any]]

#: The maximum of rows that need attention.
URGENT_LIMIT: Final = 50
_C = CONVERSATION.c
_MINUTE_MS: Final = 60_000


def read(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    inboxes: Inboxes,
    slots: Mapping[int, Sequence[AgentSlot]],
    now: int,
    *,
    limit: int,
) -> list[QueueChat]:
    """Conversations in the queue's order. `slots`, by inbox, give the reasons of the waiting ones. `now`: epoch ms."""
    columns: list[ColumnElement[Any]] = [
        _C.id, _C.inbox_id, _C.team_id, _C.is_by_hand, _C.response_rounds, _C.returned_from_id, _C.waiting_since,
        _C.last_message_at, _C.assignee_id, TEAM.c.name.label("team"),
    ]  # fmt: skip
    page = select(*columns).outerjoin(TEAM, TEAM.c.id == _C.team_id).where(*conditions)
    found = session.execute(page.order_by(*eligibility.queue_order()).limit(limit)).all()
    ids = [row.id for row in found]
    rows, labels = presenting.conversation_rows(session, ids), _labels(session, ids)
    reasons = _Reasons(slots, inboxes)
    return [
        _chat(row, rows[row.id], labels.get(row.id, []), is_overdue(row, inboxes, now), reasons)
        for row in found
        if row.id in rows
    ]


def urgent(session: Session, inboxes: Inboxes, slots: Mapping[int, Sequence[AgentSlot]], now: int) -> list[QueueChat]:
    """Conversations that need attention: escalated ones, and those assigned by hand whose answer is overdue."""
    shortest = min((one.response_minutes for one in inboxes.values() if one.response_minutes), default=None)
    kinds = [_C.escalated_at.is_not(None)]
    if shortest is not None:
        # Business hours never pass faster than the clock, so this misses nothing that is overdue.
        kinds.append(_C.is_by_hand & (_C.waiting_since < now - shortest * _MINUTE_MS))
    conditions = [_C.status == ConversationStatus.OPEN, _C.inbox_id.in_(list(inboxes)), or_(*kinds)]
    found = read(session, conditions, inboxes, slots, now, limit=URGENT_LIMIT)
    return [chat for chat in found if chat.is_escalated or chat.is_overdue]


def is_overdue(row: Row[Any], inboxes: Inboxes, now: int) -> bool:
    """Whether a conversation that was assigned by hand has waited longer than the response time.

    No timer watches these.
    """
    inbox = inboxes.get(row.inbox_id)
    if not row.is_by_hand or row.waiting_since is None or inbox is None or not inbox.response_minutes:
        return False
    business = hours.parse(inbox.business_hours)
    waited = now - row.waiting_since if business is None else business.between(row.waiting_since, now, inbox.timezone)
    return waited > inbox.response_minutes * _MINUTE_MS


class _Reasons:
    """The reasons why conversations wait. Most have the same reason, which is computed once."""

    def __init__(self, slots: Mapping[int, Sequence[AgentSlot]], inboxes: Inboxes) -> None:
        self._slots = slots
        self._inboxes = inboxes
        self._known: dict[tuple[int, AssignmentRequest], Words] = {}

    def of(self, row: Row[Any]) -> Words:
        """The reason of one unassigned conversation."""
        if row.is_by_hand:
            return queue_explanations.explain_parked()
        key = row.inbox_id, AssignmentRequest(row.team_id, None, row.returned_from_id)
        if key not in self._known:
            self._known[key] = self._find(*key, row.team or "")
        return self._known[key]

    def _find(self, inbox_id: int, request: AssignmentRequest, team: str) -> Words:
        slots = self._slots.get(inbox_id, ())
        choice = rotation.choose(slots, self._inboxes[inbox_id].assignment_order, request)
        if choice.slot:
            return queue_explanations.explain_assigning()
        return queue_explanations.explain_waiting((skip for _, skip in choice.skipped), team)


def _chat(row: Row[Any], shown: ConversationRow, labels: list[str], overdue: bool, reasons: _Reasons) -> QueueChat:
    return QueueChat(
        id=row.id,
        name=shown.name,
        phone=shown.phone,
        inbox_name=shown.inbox_name,
        team=row.team or "",
        priority=shown.priority,
        since=row.waiting_since or row.last_message_at,
        is_waiting=row.waiting_since is not None,
        preview=shown.preview,
        preview_kind=shown.preview_kind,
        labels=labels,
        assignee_id=shown.assignee_id,
        assignee_name=shown.assignee_name,
        is_by_hand=row.is_by_hand,
        rounds=row.response_rounds,
        is_escalated=shown.is_escalated,
        is_overdue=overdue,
        why=reasons.of(row) if row.assignee_id is None else shown.because,
    )


def _labels(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    """Conversation id → the names of its labels."""
    labels: dict[int, list[str]] = {}
    joined = select(CONVERSATION_LABEL.c.conversation_id, LABEL.c.name).join(
        LABEL, LABEL.c.id == CONVERSATION_LABEL.c.label_id
    )
    among = joined.where(CONVERSATION_LABEL.c.conversation_id.in_(sql.among("ids")))
    for row in session.execute(among.order_by(func.lower(LABEL.c.name)), {"ids": list(ids)}):
        labels.setdefault(row.conversation_id, []).append(row.name)
    return labels
