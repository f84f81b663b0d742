"""The engine: gives out what waits, to whom the rules choose (`domain/rotation.py`), and says why.

The one way to give a conversation is `claim`: an UPDATE that only succeeds while nobody has it. Choice and claim are
one transaction, and only one of them at a time gives out (`eligibility.lock_engine`).
"""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, bindparam, or_, select, update
from sqlalchemy.orm import Session

from roms_app.domain import hours, rotation, wording
from roms_app.domain.rotation import Choice, Place, Wanted
from roms_app.models import AssignmentKind
from roms_app.models.base import now_ms
from roms_app.models.tables import CONVERSATION, INBOX, INBOX_MEMBER
from roms_app.services import changes, eligibility, sql
from roms_app.services.decisions import Decision, record

_C = CONVERSATION.c
_M = INBOX_MEMBER.c
#: So many of a queue are looked at in one go; a queue may be of thousands, and few of them can be given.
_PAGE: Final = 500
_NOBODY: Final[Mapping[int, int]] = MappingProxyType({})
_CLAIM = (
    update(CONVERSATION)
    .where(_C.id == bindparam("conversation_id"), _C.assignee_id.is_(None))
    .values(assignee_id=bindparam("agent_id"), is_by_hand=bindparam("by_hand"), due_at=bindparam("due"))
)
_COLUMNS: Final[list[ColumnElement[Any]]] = [_C.id, _C.team_id, _C.returned_from_id, _C.waiting_since]
_WAITING = (
    select(*_COLUMNS)
    .where(_C.id.in_(sql.among("ids")), *eligibility.waits())
    .order_by(_C.id)
    .with_for_update(key_share=True, skip_locked=True)
)
_TURN = (
    update(INBOX_MEMBER)
    .where(_M.inbox_id == bindparam("of_inbox"), _M.agent_id == bindparam("of_agent"))
    .values(last_turn=bindparam("turn"))
)
_ANYBODY: Final = Wanted()


def claim(session: Session, conversation_id: int, agent_id: int) -> bool:
    """Give an unassigned conversation to an agent by a person's decision. False: somebody was faster."""
    values = {"conversation_id": conversation_id, "agent_id": agent_id, "by_hand": True, "due": None}
    return session.connection().execute(_CLAIM, values).rowcount == 1


def drain_inbox(session: Session, inbox_id: int, sticky: Mapping[int, int] = _NOBODY) -> int:
    """Give out what waits in one inbox, in the queue's order. Returns how many found an agent.

    `sticky`: conversation id → who answered the customer last and has the first choice, if the inbox is so set.
    """
    eligibility.lock_engine(session)
    if session.execute(select(_C.id).where(*eligibility.waits(inbox_id)).limit(1)).first() is None:
        return 0
    inbox = session.execute(select(INBOX).where(INBOX.c.id == inbox_id, INBOX.c.is_active)).first()
    if inbox is None:
        return 0
    giving = _Giving(session, inbox, sticky if inbox.is_sticky else _NOBODY)
    seen = 0
    while giving.has_room:
        # Nothing of the queue changes before `finish`: what was looked at is passed over.
        page = _page(session, inbox_id, giving.teams, seen)
        giving.give(_locked(session, page))
        if len(page) < _PAGE:
            break
        seen += _PAGE
    return giving.finish()


def drain_queue(session: Session) -> int:
    """Give out what waits in every inbox. Returns how many found an agent."""
    eligibility.lock_engine(session)
    waiting = select(_C.inbox_id).where(*eligibility.waits()).distinct()
    return sum(drain_inbox(session, inbox_id) for inbox_id in sorted(session.execute(waiting).scalars()))


def can_drain(session: Session, now: int) -> bool:
    """Whether something waits that somebody could be given at `now` (epoch ms). A read: no lock, no writing."""
    columns = (_C.inbox_id, _C.team_id, _C.returned_from_id)
    kinds = select(*columns).where(*eligibility.waits()).distinct()
    places: dict[int, list[Place]] = {}
    for row in session.execute(kinds):
        if row.inbox_id not in places:
            places[row.inbox_id] = eligibility.read_places(session, row.inbox_id, now)
        wanted = Wanted(team_id=row.team_id, returned_from_id=row.returned_from_id)
        if any(rotation.skip_of(place, wanted) is None for place in places[row.inbox_id]):
            return True
    return False


class _Giving:
    """One inbox's turn at giving out: its agents as they are after each gift, and what was decided."""

    def __init__(self, session: Session, inbox: Row[Any], sticky: Mapping[int, int]) -> None:
        self._session = session
        self._inbox = inbox
        self._sticky = sticky
        self._now = now_ms()
        self._places = eligibility.read_places(session, inbox.id, self._now)
        self._turn = eligibility.last_turn(session, inbox.id)
        #: Of which somebody could be given something as this began.
        self.teams = frozenset(
            team_id for place in self._places if rotation.skip_of(place, _ANYBODY) is None for team_id in place.teams
        )
        self._turns: dict[int, int] = {}
        self._claims: list[dict[str, Any]] = []
        self._decisions: list[Decision] = []
        #: What nobody can be given, for the rest of this turn: places only fill up.
        self._in_vain: set[tuple[int | None, int | None]] = set()

    @property
    def has_room(self) -> bool:
        """Somebody can still be given something."""
        return any(rotation.skip_of(place, _ANYBODY) is None for place in self._places)

    def give(self, waiting: Sequence[Row[Any]]) -> None:
        """Give out in this order; what nobody can be given waits on, and holds up nothing behind it."""
        for row in waiting:
            kind = row.team_id, row.returned_from_id
            if kind in self._in_vain:
                continue
            if not self.has_room:
                return
            wanted = Wanted(row.team_id, self._sticky.get(row.id), row.returned_from_id)
            choice = rotation.choose(self._places, self._inbox.assignment_order, wanted)
            if choice.place is not None:
                self._give(row, choice, choice.place)
            else:
                self._in_vain.add(kind)

    def finish(self) -> int:
        """Claim what was chosen, and write down turns and decisions. Returns how many conversations were given."""
        if not self._claims:
            return 0
        connection = self._session.connection()
        # Every row was seen unassigned and locked in this transaction: one that is not so any more must undo it all.
        if connection.execute(_CLAIM, self._claims).rowcount != len(self._claims):
            raise RuntimeError("A conversation was given to somebody else in the middle of being given out.")
        turns = [{"of_inbox": self._inbox.id, "of_agent": id, "turn": turn} for id, turn in self._turns.items()]
        if turns:
            connection.execute(_TURN, turns)
        return len(record(self._session, self._decisions))

    def _give(self, row: Row[Any], choice: Choice, place: Place) -> None:
        due_at = None
        if row.waiting_since is not None:
            of = self._inbox
            due_at = hours.due(self._now, of.response_minutes, of.business_hours, of.timezone)
        claim = {"conversation_id": row.id, "agent_id": place.agent_id, "by_hand": False, "due": due_at}
        self._claims.append(claim)
        kind = AssignmentKind.STICKY if choice.is_sticky else AssignmentKind.AUTOMATIC
        words = wording.assigned(choice, self._inbox.assignment_order)
        self._decisions.append(Decision(row.id, place.agent_id, kind, words, team_id=row.team_id))
        place.open_count += 1
        # Who gets a customer back has not had a turn.
        if kind is AssignmentKind.AUTOMATIC:
            self._turn += 1
            place.last_turn = self._turns[place.agent_id] = self._turn


def _page(session: Session, inbox_id: int, teams: Collection[int], seen: int) -> list[int]:
    """The next ids of the queue, in its order: of everybody's conversations, and of those of `teams`."""
    of_teams = or_(_C.team_id.is_(None), _C.team_id.in_(teams))
    page = select(_C.id).where(*eligibility.waits(inbox_id), of_teams).order_by(*eligibility.queue_order())
    return list(session.execute(page.offset(seen).limit(_PAGE)).scalars())


def _locked(session: Session, ids: Sequence[int]) -> list[Row[Any]]:
    """The rows in the order of `ids`, without those that somebody else changes just now: these are looked at again."""
    rows = {row.id: row for row in session.execute(_WAITING, {"ids": list(ids)})}
    if len(rows) < len(ids):
        changes.drain_again(session)
    return [rows[id] for id in ids if id in rows]
