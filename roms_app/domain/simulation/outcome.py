"""The results of a simulated day: waiting times and loads."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf
from statistics import mean, median, pstdev


@dataclass(slots=True)
class VisitOutcome:
    """One opened conversation. Times in epoch ms; None: not on this day."""

    opened: int
    assigned: int | None = None
    answered: int | None = None


@dataclass(slots=True)
class AgentOutcome:
    """One agent's day."""

    agent_id: int
    #: The hours of the shift. Agents with the same shift are compared with each other.
    shift: tuple[int, int]
    capacity: int
    assigned: int = 0
    #: The most open conversations at once.
    most_open: int = 0
    #: Conversations assigned although the agent was at capacity.
    above_capacity: int = 0

    @property
    def shift_hours(self) -> float:
        """The length of the shift, in hours."""
        return (self.shift[1] - self.shift[0]) / 3_600_000

    @property
    def assigned_per_hour(self) -> float:
        """Conversations assigned per hour of the shift."""
        return self.assigned / self.shift_hours


@dataclass(slots=True)
class Outcome:
    """One strategy's day."""

    strategy: str
    visits: list[VisitOutcome]
    agents: list[AgentOutcome]
    sticky: int = 0
    returned: int = 0
    timed_out: int = 0
    escalated: int = 0

    def until_assigned(self) -> list[float]:
        """Seconds until each opened conversation was assigned, sorted; infinite: never."""
        return sorted(_seconds(visit.opened, visit.assigned) for visit in self.visits)

    def until_answered(self) -> list[float]:
        """Seconds until each customer was answered for the first time, sorted; infinite: never."""
        return sorted(_seconds(visit.opened, visit.answered) for visit in self.visits)

    @property
    def never_assigned(self) -> int:
        """The number of opened conversations that were still unassigned at the end of the day."""
        return sum(visit.assigned is None for visit in self.visits)

    @property
    def never_answered(self) -> int:
        """The number of opened conversations that were still unanswered at the end of the day."""
        return sum(visit.answered is None for visit in self.visits)

    @property
    def assigned(self) -> tuple[int, float, int]:
        """Conversations assigned to an agent: fewest, median, most."""
        counts = [agent.assigned for agent in self.agents]
        return min(counts), median(counts), max(counts)

    @property
    def spread(self) -> float:
        """How much agents of the same shift differ: deviation of assigned counts / their mean (0: not at all)."""
        shifts: dict[tuple[int, int], list[int]] = {}
        for agent in self.agents:
            shifts.setdefault(agent.shift, []).append(agent.assigned)
        relative = [count / mean(counts) for counts in shifts.values() if mean(counts) for count in counts]
        return pstdev(relative, 1) if relative else 0.0

    @property
    def fullest(self) -> AgentOutcome:
        """The agent with the most open conversations at once, relative to capacity."""
        return max(self.agents, key=lambda agent: (agent.most_open / agent.capacity, -agent.agent_id))

    @property
    def above_capacity(self) -> int:
        """How often a conversation was assigned to an agent at capacity."""
        return sum(agent.above_capacity for agent in self.agents)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The percentile by nearest rank: the value at or below which `share` (0 to 1) of the values lie.

    Raises IndexError for an empty sequence.
    """
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def _seconds(since: int, until: int | None) -> float:
    return inf if until is None else (until - since) / 1000
