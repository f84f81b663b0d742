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
    """An agent's slot in one inbox's rotation. An assignment changes `open_count` and `last_turn`."""

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
class AssignmentRequest:
    """The requirements of a waiting conversation."""

    #: Only members of this team; None: everybody.
    team_id: int | None = None
    #: The agent who answered this customer last and is preferred; None: nobody.
    sticky_agent_id: int | None = None
    #: The agent from whom it returned to the queue, and who must not get it again.
    returned_from_id: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen agent and the reason; `slot` is None when nobody is eligible.

    Shows the state before the assignment.
    """

    slot: AgentSlot | None
    is_sticky: bool
    skipped: tuple[tuple[AgentSlot, Skip], ...]


def skip_of(slot: AgentSlot, request: AssignmentRequest) -> Skip | None:
    """Why this agent is not eligible; None: eligible."""
    if request.team_id is not None and request.team_id not in slot.teams:
        return Skip.NOT_IN_TEAM
    if not slot.may_reply:
        return Skip.MAY_NOT_REPLY
    if not slot.is_on_shift:
        return Skip.OFF_SHIFT
    if slot.availability != "available":
        return Skip.BUSY if slot.availability == "busy" else Skip.AWAY
    if not slot.is_present:
        return Skip.ABSENT
    if slot.agent_id == request.returned_from_id:
        return Skip.HAD_IT
    return Skip.AT_CAPACITY if slot.open_count >= slot.capacity else None


_NO_REQUIREMENTS: Final = AssignmentRequest()


def choose(slots: Sequence[AgentSlot], order: str, request: AssignmentRequest = _NO_REQUIREMENTS) -> Choice:
    """Choose the next agent. `order`: ``round_robin`` or ``balanced``.

    Round robin: the agent with the oldest last turn. Balanced: the agent with the fewest open conversations relative to
    capacity, then the oldest last turn. Ties: the lowest agent id.
    """
    skips = [(slot, skip_of(slot, request)) for slot in slots]
    skipped = tuple((slot, skip) for slot, skip in skips if skip is not None)
    eligible = [slot for slot, skip in skips if skip is None]
    sticky = next((slot for slot in eligible if slot.agent_id == request.sticky_agent_id), None)
    if sticky is not None:
        return Choice(sticky, True, skipped)
    return Choice(next_in_turn(eligible, order), False, skipped)


def next_in_turn(eligible: Iterable[AgentSlot], order: str) -> AgentSlot | None:
    """The next agent among the eligible ones; None when there are none."""
    if order == "balanced":
        return min(eligible, key=lambda slot: (slot.load, slot.last_turn, slot.agent_id), default=None)
    return min(eligible, key=lambda slot: (slot.last_turn, slot.agent_id), default=None)


def is_present(seen_at: int | None, now: int, grace_ms: int) -> bool:
    """Whether a tab reported its presence within the grace period. `seen_at`, `now`: epoch ms."""
    return seen_at is not None and now - seen_at <= grace_ms
