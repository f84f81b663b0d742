"""The assignment engine: assigns waiting conversations to eligible agents (`domain/rotation.py`) and records why.

`claim` is the only way to assign a conversation: an UPDATE that succeeds only while the conversation is unassigned. The
agent is chosen and the conversation is claimed in one transaction, and only one transaction at a time assigns
(`eligibility.lock_engine`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, Row, and_, bindparam, case, or_, select, update
from sqlalchemy.orm import Session

from roms_app.domain import hours, reasons, rotation
from roms_app.domain.rotation import AgentSlot, AssignmentRequest, Choice
from roms_app.models import AssignmentKind
from roms_app.models.base import now_ms
from roms_app.models.tables import CONVERSATION, INBOX, INBOX_MEMBER
from roms_app.services import changes, eligibility, sql
from roms_app.services.decisions import Decision, record

_C = CONVERSATION.c
_M = INBOX_MEMBER.c
#: The number of conversations that are locked at once. A queue may hold thousands, of which few can be assigned.
_PAGE: Final = 500
_NOBODY: Final[Mapping[int, int]] = MappingProxyType({})
_BY_HAND: Final = bindparam("by_hand", type_=Boolean())
#: A conversation that is assigned to an agent who did not take it is unread for them, even if others have read it.
UNREAD: Final = case((_C.unread_count > 0, _C.unread_count), else_=1)
_CLAIM = (
    update(CONVERSATION)
    .where(_C.id == bindparam("conversation_id"), _C.assignee_id.is_(None))
    .values(assignee_id=bindparam("agent_id"), is_by_hand=_BY_HAND, due_at=bindparam("due"))
    .values(unread_count=case((_BY_HAND, _C.unread_count), else_=UNREAD))
)
_COLUMNS: Final[list[ColumnElement[Any]]] = [
    _C.id, _C.inbox_id, _C.team_id, _C.returned_from_id, _C.waiting_since,
]  # fmt: skip
_WAITING = (
    select(*_COLUMNS)
    .where(_C.id.in_(sql.among("ids")), *eligibility.waiting_conditions())
    .order_by(_C.id)
    .with_for_update(key_share=True, skip_locked=True)
)
_TURN = (
    update(INBOX_MEMBER)
    .where(_M.inbox_id == bindparam("of_inbox"), _M.agent_id == bindparam("of_agent"))
    .values(last_turn=bindparam("turn"))
)
_ANYBODY: Final = AssignmentRequest()


def claim(session: Session, conversation_id: int, agent_id: int) -> bool:
    """Assign an unassigned conversation by a person's decision. Returns False if somebody else was faster."""
    values = {"conversation_id": conversation_id, "agent_id": agent_id, "by_hand": True, "due": None}
    return session.connection().execute(_CLAIM, values).rowcount == 1


def drain_inbox(session: Session, inbox_id: int, sticky: Mapping[int, int] = _NOBODY) -> int:
    """Assign the waiting conversations of one inbox, in the queue's order. Returns how many were assigned.

    `sticky`: conversation id → id of the agent who answered the customer last. This agent is preferred if the inbox has
    sticky assignment.
    """
    eligibility.lock_engine(session)
    if session.execute(select(_C.id).where(*eligibility.waiting_conditions(inbox_id)).limit(1)).first() is None:
        return 0
    return _drain(session, [inbox_id], sticky)


def drain_queue(session: Session) -> int:
    """Assign the waiting conversations of all inboxes as one queue. Returns how many were assigned."""
    eligibility.lock_engine(session)
    waiting = session.execute(select(_C.inbox_id).where(*eligibility.waiting_conditions()).distinct()).scalars().all()
    return _drain(session, waiting, _NOBODY) if waiting else 0


def _drain(session: Session, inbox_ids: Collection[int], sticky: Mapping[int, int]) -> int:
    inboxes = session.execute(select(INBOX).where(INBOX.c.id.in_(inbox_ids), INBOX.c.is_active)).all()
    giving = Dispatch(session, inboxes, sticky)
    if not giving.has_room:
        return 0
    # Read once. On PostgreSQL, a priority that changes meanwhile changes the order: a page that is read later could
    # repeat conversations that were already handled, or skip some.
    queue = _queue(session, giving.open_to())
    for start in range(0, len(queue), _PAGE):
        giving.give(_locked(session, queue[start : start + _PAGE]))
        if not giving.has_room:
            break
    return giving.finish()


def can_drain(session: Session, now: int) -> bool:
    """Whether a waiting conversation could be assigned at `now` (epoch ms). Reads only and takes no lock."""
    columns = (_C.inbox_id, _C.team_id, _C.returned_from_id)
    kinds = select(*columns).where(*eligibility.waiting_conditions()).distinct()
    slots: dict[int, list[AgentSlot]] = {}
    for row in session.execute(kinds):
        if row.inbox_id not in slots:
            slots[row.inbox_id] = eligibility.read_slots(session, row.inbox_id, now)
        request = AssignmentRequest(team_id=row.team_id, returned_from_id=row.returned_from_id)
        if any(rotation.skip_of(slot, request) is None for slot in slots[row.inbox_id]):
            return True
    return False


class InboxRotation:
    """One inbox while its conversations are assigned. Its agents are updated after each assignment."""

    def __init__(self, session: Session, inbox: Row[Any], now: int) -> None:
        self.inbox = inbox
        self.slots = eligibility.read_slots(session, inbox.id, now)
        self.turns: dict[int, int] = {}
        #: What can't be assigned any more in this run: capacity only shrinks.
        self.in_vain: set[tuple[int | None, int | None]] = set()
        self._last_turn = eligibility.last_turn(session, inbox.id)

    def free(self) -> Iterator[AgentSlot]:
        """The agents who can still be assigned a conversation."""
        return (slot for slot in self.slots if rotation.skip_of(slot, _ANYBODY) is None)

    def count_turn(self, slot: AgentSlot) -> None:
        """Record that this agent has had a turn."""
        self._last_turn += 1
        slot.last_turn = self.turns[slot.agent_id] = self._last_turn


class Dispatch:
    """Assigns conversations of several inboxes at once.

    An assignment in one inbox counts in all inboxes of the agent.
    """

    def __init__(self, session: Session, inboxes: Iterable[Row[Any]], sticky: Mapping[int, int]) -> None:
        self._session = session
        self._sticky = sticky
        self._now = now_ms()
        self._numbers = {inbox.id: InboxRotation(session, inbox, self._now) for inbox in inboxes}
        self._slots: defaultdict[int, list[AgentSlot]] = defaultdict(list)
        for number in self._numbers.values():
            for slot in number.slots:
                self._slots[slot.agent_id].append(slot)
        self._claims: list[dict[str, Any]] = []
        self._decisions: list[Decision] = []

    def open_to(self) -> dict[int, frozenset[int]]:
        """Inbox id → ids of the teams with a free agent. Inboxes without any free agent are left out."""
        free = {id: list(number.free()) for id, number in self._numbers.items()}
        return {id: frozenset[int]().union(*(slot.teams for slot in slots)) for id, slots in free.items() if slots}

    @property
    def has_room(self) -> bool:
        """Whether any agent can still be assigned a conversation."""
        return any(True for number in self._numbers.values() for _ in number.free())

    def give(self, waiting: Sequence[Row[Any]]) -> None:
        """Assign conversations in this order.

        One that can't be assigned keeps waiting and does not block those behind it.
        """
        for row in waiting:
            number, kind = self._numbers[row.inbox_id], (row.team_id, row.returned_from_id)
            if kind in number.in_vain:
                continue
            if not self.has_room:
                return
            first_choice = self._sticky.get(row.id) if number.inbox.is_sticky else None
            request = AssignmentRequest(row.team_id, first_choice, row.returned_from_id)
            choice = rotation.choose(number.slots, number.inbox.assignment_order, request)
            if choice.slot is not None:
                self._give(row, number, choice, choice.slot)
            else:
                number.in_vain.add(kind)

    def finish(self) -> int:
        """Claim the chosen conversations and save turns and decisions. Returns how many conversations were assigned."""
        if not self._claims:
            return 0
        connection = self._session.connection()
        # Every row was unassigned and locked in this transaction. If one is not unassigned any more, everything must be
        # undone.
        if connection.execute(_CLAIM, self._claims).rowcount != len(self._claims):
            raise RuntimeError("A conversation was given to somebody else in the middle of being given out.")
        turns = [
            {"of_inbox": inbox_id, "of_agent": agent_id, "turn": turn}
            for inbox_id, number in self._numbers.items()
            for agent_id, turn in number.turns.items()
        ]
        if turns:
            connection.execute(_TURN, turns)
        return len(record(self._session, self._decisions))

    def _give(self, row: Row[Any], number: InboxRotation, choice: Choice, slot: AgentSlot) -> None:
        of, due_at = number.inbox, None
        if row.waiting_since is not None:
            due_at = hours.due(self._now, of.response_minutes, of.business_hours, of.timezone)
        claim = {"conversation_id": row.id, "agent_id": slot.agent_id, "by_hand": False, "due": due_at}
        self._claims.append(claim)
        kind = AssignmentKind.STICKY if choice.is_sticky else AssignmentKind.AUTOMATIC
        reason = reasons.of_choice(choice, of.assignment_order)
        self._decisions.append(Decision(row.id, slot.agent_id, kind, reason, team_id=row.team_id))
        for same in self._slots[slot.agent_id]:
            same.open_count += 1
        # An agent to whom a customer returns has not had a turn.
        if kind is AssignmentKind.AUTOMATIC:
            number.count_turn(slot)


def _queue(session: Session, open_to: Mapping[int, Collection[int]]) -> Sequence[int]:
    """The ids of the queue, in its order: conversations of these inboxes without a team, or of the given teams."""
    of_inbox = [
        and_(*eligibility.waiting_conditions(inbox_id), or_(_C.team_id.is_(None), _C.team_id.in_(teams)))
        for inbox_id, teams in open_to.items()
    ]
    return session.execute(select(_C.id).where(or_(*of_inbox)).order_by(*eligibility.queue_order())).scalars().all()


def _locked(session: Session, ids: Sequence[int]) -> list[Row[Any]]:
    """The rows in the order of `ids`.

    Rows that another transaction has locked are skipped and looked at again later.
    """
    rows = {row.id: row for row in session.execute(_WAITING, {"ids": list(ids)})}
    if len(rows) < len(ids):
        changes.drain_again(session)
    return [rows[id] for id in ids if id in rows]
