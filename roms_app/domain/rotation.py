"""The rules of assignment, without a database: who is eligible for a conversation, and who of them is next.

Used by the engine (`services/assignment.py`), the supervisor's page and `roms simulate-assignment`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Skip(StrEnum):
    """Why an agent is not eligible for a conversation, in the order in which a person would ask."""

    NOT_IN_TEAM = "not_in_team"
    MAY_NOT_REPLY = "may_not_reply"
    OFF_SHIFT = "off_shift"
    AWAY = "away"
    BUSY = "busy"
    ABSENT = "absent"
    HAD_IT = "had_it"
    AT_CAPACITY = "at_capacity"


@dataclass(slots=True)
class AgentSlot:
    """An agent's place in one inbox's rotation. Assigning a conversation to them changes it (`give`)."""

    agent_id: int
    name: str
    #: The inbox's counter at their last turn; 0: never.
    last_turn: int
    #: Their open conversations in all inboxes, and their capacity.
    open_count: int = 0
    capacity: int = 1_000_000
    #: available | busy | away
    availability: str = "available"
    is_present: bool = True
    is_on_shift: bool = True
    may_reply: bool = True
    #: Ids of their teams.
    teams: frozenset[int] = frozenset()

    @property
    def load(self) -> float:
        """Open conversations divided by the capacity; 1 means full."""
        return self.open_count / self.capacity if self.capacity else 1.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """The requirements of a waiting conversation."""

    #: Only members of this team; None: everybody.
    team_id: int | None = None
    #: The agent who answered this customer last and is preferred; None: nobody.
    sticky_agent_id: int | None = None
    #: The agent from whom it returned to the queue, and who must not get it again.
    returned_from_id: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen agent and the reason; `place` is None when nobody is eligible.

    Shows the state before the assignment.
    """

    place: AgentSlot | None
    is_sticky: bool
    skipped: tuple[tuple[AgentSlot, Skip], ...]


def skip_of(place: AgentSlot, wanted: Wanted) -> Skip | None:
    """Why this agent is not eligible; None: eligible."""
    if wanted.team_id is not None and wanted.team_id not in place.teams:
        return Skip.NOT_IN_TEAM
    if not place.may_reply:
        return Skip.MAY_NOT_REPLY
    if not place.is_on_shift:
        return Skip.OFF_SHIFT
    if place.availability != "available":
        return Skip.BUSY if place.availability == "busy" else Skip.AWAY
    if not place.is_present:
        return Skip.ABSENT
    if place.agent_id == wanted.returned_from_id:
        return Skip.HAD_IT
    return Skip.AT_CAPACITY if place.open_count >= place.capacity else None


_NOBODY_IN_PARTICULAR: Final = Wanted()


def choose(places: Sequence[AgentSlot], order: str, wanted: Wanted = _NOBODY_IN_PARTICULAR) -> Choice:
    """Choose the next agent. `order`: ``round_robin`` or ``balanced``.

    Round robin: the agent with the oldest last turn. Balanced: the agent with the fewest open conversations relative to
    capacity, then the oldest last turn. Ties: the lowest agent id.
    """
    skips = [(place, skip_of(place, wanted)) for place in places]
    skipped = tuple((place, skip) for place, skip in skips if skip is not None)
    eligible = [place for place, skip in skips if skip is None]
    sticky = next((place for place in eligible if place.agent_id == wanted.sticky_agent_id), None)
    if sticky is not None:
        return Choice(sticky, True, skipped)
    return Choice(next_in_turn(eligible, order), False, skipped)


def next_in_turn(eligible: Iterable[AgentSlot], order: str) -> AgentSlot | None:
    """The next agent among the eligible ones; None when there are none."""
    if order == "balanced":
        return min(eligible, key=lambda place: (place.load, place.last_turn, place.agent_id), default=None)
    return min(eligible, key=lambda place: (place.last_turn, place.agent_id), default=None)


def is_present(seen_at: int | None, now: int, grace_ms: int) -> bool:
    """Whether a tab reported its presence within the grace period. `seen_at`, `now`: epoch ms."""
    return seen_at is not None and now - seen_at <= grace_ms
