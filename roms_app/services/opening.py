"""Conversations that begin or begin again: routes each to a team by the number's rules, then assigns an agent."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from roms_app.models import AssignmentKind, RuleKind
from roms_app.models.tables import CONVERSATION, CONVERSATION_LABEL, MESSAGE
from roms_app.services import assignment, changes, response_timer, routing, sql
from roms_app.services.decisions import Decision, record
from roms_app.services.routing import RoutingRequest

_C = CONVERSATION.c
_M = MESSAGE.c
#: Decisions about the earlier conversation no longer count.
_ANEW: Final[dict[str, Any]] = {
    "team_id": None, "priority": 0, "is_by_hand": False, "assignment_id": None, **response_timer.answered_values(),
}  # fmt: skip
#: Customers who wrote something before the new messages.
_KNOWN: Final = select(_C.id).where(
    _C.id.in_(sql.among("ids")),
    exists().where(
        _M.conversation_id == _C.id, routing.is_from_customer(MESSAGE), _M.id.not_in(sql.among("message_ids"))
    ),
)
_BEGIN_ANEW = update(CONVERSATION).where(_C.id.in_(sql.among("ids"))).values(_ANEW)


@dataclass(frozen=True, slots=True)
class Opening:
    """A conversation whose customer waits for an agent."""

    conversation_id: int
    #: The customer's new messages, oldest first.
    text: str
    #: The ids of these messages; empty if the customer wrote nothing.
    message_ids: Sequence[int] = ()
    #: The conversation was just created, so it has no labels.
    is_new: bool = False
    #: The conversation was resolved; `former_assignee_id` is its assignee of that time, if any.
    is_reopened: bool = False
    former_assignee_id: int | None = None


def open_conversations(session: Session, inbox_id: int, openings: Sequence[Opening]) -> None:
    """Route the conversations and assign waiting ones. Their rows are open and unassigned already."""
    if not openings:
        return
    reopened = [one.conversation_id for one in openings if one.is_reopened]
    if reopened:
        session.connection().execute(_BEGIN_ANEW, {"ids": reopened})
    begun = [one for one in openings if one.is_reopened or one.is_new]
    for one in begun:
        was = one.former_assignee_id or 0
        changes.mark_changed(session, one.conversation_id, was_assignee_id=was, counts_changed=True)
    # Further messages of a waiting customer change nothing, unless a rule matches them now.
    if not route(session, inbox_id, openings) and not begun:
        return
    sticky = {one.conversation_id: one.former_assignee_id for one in openings if one.former_assignee_id}
    assignment.drain_inbox(session, inbox_id, sticky)


def route(session: Session, inbox_id: int, openings: Sequence[Opening]) -> int:
    """Let the number's rules choose teams. Returns how many conversations were given a team.

    Those that match no rule stay without a team.
    """
    kinds = routing.active_kinds(session, inbox_id)
    if not kinds:
        return 0
    labels = _labels(session, [one.conversation_id for one in openings if not one.is_new])
    newcomers = _newcomers(session, openings) if RuleKind.FIRST_CONTACT in kinds else frozenset[int]()
    asked = [
        RoutingRequest(
            one.conversation_id, one.text, one.conversation_id in newcomers, frozenset(labels[one.conversation_id])
        )
        for one in openings
    ]
    routed = routing.teams_for(session, inbox_id, asked)
    sql.update_by_id(session, CONVERSATION, [{"id": id, "team_id": found.team_id} for id, found in routed.items()])
    kind = AssignmentKind.ROUTED
    record(session, [Decision(id, None, kind, found.reason, team_id=found.team_id) for id, found in routed.items()])
    return len(routed)


def _newcomers(session: Session, openings: Iterable[Opening]) -> frozenset[int]:
    """The ids of conversations whose customers write for the first time."""
    wrote = {one.conversation_id: one.message_ids for one in openings if one.message_ids}
    if not wrote:
        return frozenset()
    message_ids = [id for ids in wrote.values() for id in ids]
    known = session.execute(_KNOWN, {"ids": list(wrote), "message_ids": message_ids}).scalars()
    return frozenset(wrote).difference(known)


def _labels(session: Session, ids: Iterable[int]) -> defaultdict[int, list[int]]:
    """Conversation id → ids of its labels."""
    labels: defaultdict[int, list[int]] = defaultdict(list)
    wanted = list(ids)
    if wanted:
        of = CONVERSATION_LABEL.c
        found = select(of.conversation_id, of.label_id).where(of.conversation_id.in_(wanted))
        for row in session.execute(found):
            labels[row.conversation_id].append(row.label_id)
    return labels
