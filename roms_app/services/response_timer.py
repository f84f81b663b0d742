"""The response timer: takes an unanswered conversation back, assigns it to another agent, at last escalates it.

The engine sets `due_at` when it assigns a conversation whose customer waits. If the customer begins to wait later,
intake sets it (`start`). An answer clears it (`answered_values`). A conversation that a person assigned or took is
never taken back.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, bindparam, case, exists, or_, select, update
from sqlalchemy.orm import Session

from roms_app.domain import hours, reasons
from roms_app.models import AssignmentKind, ConversationStatus, DeliveryStatus, Direction, Inbox, SenderType
from roms_app.models.base import now_ms
from roms_app.models.tables import AGENT, ASSIGNMENT, CONVERSATION, INBOX, MESSAGE
from roms_app.services import assignment, changes, eligibility, sql
from roms_app.services.decisions import Decision, record
from wa_worker.contract.events import MessageKind

_C = CONVERSATION.c
_A = ASSIGNMENT.c
_M = MESSAGE.c
#: The most conversations in one transaction; the rest follow a moment later.
_BATCH: Final = 200
#: The time of an answer. A reply's `created_at` is from our clock, like the time of an assignment. For a message typed
#: on the phone, only WhatsApp has the time, in whole seconds; its `created_at` is the time at which a worker received
#: it, perhaps much later.
_ANSWERED_AT: Final = case((_M.sender_type == SenderType.DEVICE, _M.sent_at), else_=_M.created_at)
#: `sent_at` has the index. For a sent reply it is WhatsApp's time, which may differ from ours by this many ms.
_CLOCKS_DIFFER: Final = 300_000
_ANSWERED_SINCE: Final = exists().where(
    _M.conversation_id == _C.id,
    _M.sent_at >= _A.at - _CLOCKS_DIFFER,
    _A.at <= _ANSWERED_AT,
    _M.direction == Direction.OUTBOUND,
    # The same condition as `domain.kinds.is_answer`.
    _M.kind.not_in((MessageKind.NOTICE, MessageKind.CALL)),
    # It was never sent, so the customer still waits.
    _M.delivery_status.not_in((DeliveryStatus.FAILED, DeliveryStatus.CANCELLED)),
    _M.is_history.is_(False),
)
#: The engine assigned it to its assignee, who has not answered since.
_AWAITS_FIRST_ANSWER: Final = (
    exists()
    .where(
        _A.id == _C.assignment_id,
        _A.kind.in_((AssignmentKind.AUTOMATIC, AssignmentKind.STICKY)),
        ~_ANSWERED_SINCE.correlate(CONVERSATION, ASSIGNMENT),
    )
    .correlate(CONVERSATION)
)
#: The worker may report a number's last messages after the number was removed, when nobody can answer them.
_MAY_START: Final = and_(_AWAITS_FIRST_ANSWER, eligibility.is_answerable())
_START: Final = update(CONVERSATION).where(_C.id.in_(sql.among("ids")), _MAY_START).values(due_at=bindparam("due"))


@dataclass(frozen=True, slots=True)
class Timer:
    """An inbox's settings of the response timer; columns of `Inbox`."""

    response_minutes: int | None
    business_hours: str | None
    timezone: str

    def due(self, since: int) -> int | None:
        """The time at which a timer started at `since` fires (both epoch ms); None: never."""
        return hours.due(since, self.response_minutes, self.business_hours, self.timezone)


def answered_values() -> dict[str, Any]:
    """Column values of a conversation whose customer was answered, or that needs no answer any more."""
    return {"due_at": None, "response_rounds": 0, "returned_from_id": None, "escalated_at": None}


def start(session: Session, conversation_ids: Sequence[int], timer: Timer) -> None:
    """Start the timer of open conversations whose customers began to wait and whose agent the engine assigned.

    Takes one statement at most.
    """
    due = timer.due(now_ms()) if conversation_ids else None
    if due is not None:
        session.connection().execute(_START, {"ids": list(conversation_ids), "due": due})


def is_any_due(session: Session, now: int) -> bool:
    """Whether the timer of some conversation has run out by `now` (epoch ms)."""
    return session.execute(select(_C.id).where(_is_due(now)).limit(1)).first() is not None


def fire_due(session: Session, now: int) -> int:
    """Take back conversations unanswered at `now` (epoch ms), and assign them again.

    Returns how many were taken back.
    """
    columns: list[ColumnElement[Any]] = [
        _C.id, _C.inbox_id, _C.assignee_id, _C.team_id, _C.status, _C.waiting_since, _C.is_by_hand,
        _C.response_rounds, _C.escalated_at, AGENT.c.name, INBOX.c.response_minutes, INBOX.c.escalate_after,
    ]  # fmt: skip
    due = session.execute(
        select(*columns)
        .join(INBOX, INBOX.c.id == _C.inbox_id)
        .outerjoin(AGENT, AGENT.c.id == _C.assignee_id)
        .where(_is_due(now))
        .order_by(_C.id)
        .limit(_BATCH)
        .with_for_update(of=CONVERSATION, key_share=True, skip_locked=True)
    ).all()
    unanswered = [row for row in due if _is_unanswered(row)]
    gone = {row.id for row in due} - {row.id for row in unanswered}
    sql.update_by_id(session, CONVERSATION, [{"id": id, "due_at": None} for id in sorted(gone)])
    _take_back(session, unanswered)
    # An agent who did not answer has room for others, perhaps of another number.
    assignment.drain_queue(session)
    _escalate(session, unanswered, now)
    return len(unanswered)


def restart(session: Session, inbox: Inbox) -> None:
    """Restart the timers of a number after its settings changed, for conversations that await their first answer.

    The time counts from the assignment, or from the moment the customer began to wait. This includes conversations that
    were assigned while there was no timer.
    """
    timer = Timer(inbox.response_minutes, inbox.business_hours, inbox.timezone)
    is_waiting = and_(_C.status == ConversationStatus.OPEN, _C.waiting_since.is_not(None), _C.assignee_id.is_not(None))
    without_timer = and_(is_waiting, _C.is_by_hand.is_(False), _AWAITS_FIRST_ANSWER)
    found = session.execute(
        select(_C.id, _C.due_at, _C.waiting_since, _A.at)
        .join(ASSIGNMENT, _A.id == _C.assignment_id)
        .where(_C.inbox_id == inbox.id, or_(_C.due_at.is_not(None), without_timer))
        .order_by(_C.id)
        .with_for_update(of=CONVERSATION, key_share=True)
    ).all()
    due = {row.id: timer.due(max(row.at, row.waiting_since or 0)) for row in found}
    changed = [row for row in found if due[row.id] != row.due_at]
    sql.update_by_id(session, CONVERSATION, [{"id": row.id, "due_at": due[row.id]} for row in changed])
    for row in changed:
        changes.mark_changed(session, row.id)


def stop(session: Session, inbox_id: int) -> None:
    """Stop the timers of a removed number: nobody can answer there. Open pages stop counting down."""
    is_watched = or_(_C.due_at.is_not(None), _C.escalated_at.is_not(None))
    theirs = update(CONVERSATION).where(_C.inbox_id == inbox_id, is_watched)
    stopped = session.execute(theirs.values(due_at=None, escalated_at=None).returning(_C.id)).scalars()
    for conversation_id in sorted(stopped):
        changes.mark_changed(session, conversation_id, counts_changed=True)


def _is_due(now: int) -> ColumnElement[bool]:
    """The one condition for asking and for acting. If they differed, a due conversation might never be taken back."""
    return and_(_C.due_at <= now, eligibility.is_answerable())


def _is_unanswered(row: Row[Any]) -> bool:
    is_waiting = row.status == ConversationStatus.OPEN and row.waiting_since is not None
    # An inbox whose timer was turned off takes nothing back any more.
    return is_waiting and row.assignee_id is not None and not row.is_by_hand and bool(row.response_minutes)


def _take_back(session: Session, rows: Sequence[Row[Any]]) -> None:
    back = [
        {
            "id": row.id,
            "assignee_id": None,
            "due_at": None,
            "returned_from_id": row.assignee_id,
            "response_rounds": row.response_rounds + 1,
        }
        for row in rows
    ]
    sql.update_by_id(session, CONVERSATION, back)
    record(
        session,
        [
            Decision(
                row.id,
                None,
                AssignmentKind.TIMED_OUT,
                reasons.TimedOut(agent=row.name, minutes=row.response_minutes),
                was_assignee_id=row.assignee_id,
                team_id=row.team_id,
            )
            for row in rows
        ],
    )


def _escalate(session: Session, rows: Sequence[Row[Any]], now: int) -> None:
    """Escalate conversations that came back too often, and those that can't be assigned to anybody else."""
    if not rows:
        return
    ids = [row.id for row in rows]
    holders: defaultdict[int, int | None] = defaultdict(lambda: None)
    for row in session.execute(select(_C.id, _C.assignee_id).where(_C.id.in_(ids))):
        holders[row.id] = row.assignee_id
    escalated = [
        row
        for row in rows
        if row.escalated_at is None and (row.response_rounds + 1 >= row.escalate_after or holders[row.id] is None)
    ]
    session.execute(update(CONVERSATION).where(_C.id.in_([row.id for row in escalated])).values(escalated_at=now))
    record(
        session,
        [
            Decision(
                row.id,
                holders[row.id],
                AssignmentKind.ESCALATED,
                reasons.Escalated(rounds=row.response_rounds + 1),
                was_assignee_id=holders[row.id] or 0,
                team_id=row.team_id,
            )
            for row in escalated
        ],
    )
