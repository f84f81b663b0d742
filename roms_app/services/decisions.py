"""Assignment history: each decision is an `assignment` row with its reason, and never changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from roms_app.domain import reasons
from roms_app.domain.reasons import Reason
from roms_app.models import AssignmentKind
from roms_app.models.base import now_ms
from roms_app.models.tables import ASSIGNMENT, CONVERSATION
from roms_app.services import changes, sql

_NO_REASON: Final = frozenset({AssignmentKind.ESCALATED, AssignmentKind.RESOLVED})


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision about a conversation's assignee (`agent_id`; None: unassigned). One `assignment` row."""

    conversation_id: int
    agent_id: int | None
    kind: AssignmentKind
    reason: Reason
    #: The person who decided; None: the engine.
    decided_by_id: int | None = None
    #: The assignee before; 0: unassigned.
    was_assignee_id: int = 0
    team_id: int | None = None
    #: A note from the person who decided to the new assignee.
    note: str = ""


def record(session: Session, decisions: Sequence[Decision]) -> list[int]:
    """Save the decisions, at most one for each conversation, and announce them. Returns the assignments' ids."""
    at = now_ms()
    rows = [
        {
            "conversation_id": one.conversation_id,
            "agent_id": one.agent_id,
            "team_id": one.team_id,
            "decided_by_id": one.decided_by_id,
            "kind": one.kind,
            "reason_code": one.reason.code.value,
            "reason_params": reasons.params_of(one.reason),
            "note": one.note,
            "at": at,
        }
        for one in decisions
    ]
    inserted = sql.insert_missing(session, ASSIGNMENT, rows, [ASSIGNMENT.c.id, ASSIGNMENT.c.conversation_id])
    kinds = {one.conversation_id: one.kind for one in decisions}
    # An escalation or resolution does not explain the current assignee, so these reasons are not shown as its reason.
    sql.update_by_id(
        session,
        CONVERSATION,
        [
            {"id": row.conversation_id, "assignment_id": row.id}
            for row in inserted
            if kinds[row.conversation_id] not in _NO_REASON
        ],
    )
    was = {one.conversation_id: one.was_assignee_id for one in decisions}
    for row in inserted:
        id = row.conversation_id
        changes.mark_changed(session, id, assignment_ids=[row.id], was_assignee_id=was[id], counts_changed=True)
    return [row.id for row in inserted]
