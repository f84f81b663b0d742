"""What became of a day: who waited how long, and who had how much."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf
from statistics import mean, median, pstdev


@dataclass(slots=True)
class VisitOutcome:
    """One opened conversation. Moments in epoch ms; None: not on this day."""

    opened: int
    assigned: int | None = None
    answered: int | None = None


@dataclass(slots=True)
class WorkerOutcome:
    """One agent's day."""

    agent_id: int
    #: Hours of the shift; those with the same are compared with each other.
    shift: tuple[int, int]
    capacity: int
    given: int = 0
    #: Most open conversations at once.
    most_open: int = 0
    #: Given although they had as many as their capacity, or more.
    above_capacity: int = 0

    @property
    def shift_hours(self) -> float:
        """How long the shift is."""
        return (self.shift[1] - self.shift[0]) / 3_600_000

    @property
    def given_per_hour(self) -> float:
        """Conversations given in an hour of the shift."""
        return self.given / self.shift_hours


@dataclass(slots=True)
class Outcome:
    """One strategy's day."""

    strategy: str
    visits: list[VisitOutcome]
    workers: list[WorkerOutcome]
    sticky: int = 0
    returned: int = 0
    timed_out: int = 0
    escalated: int = 0

    def until_assigned(self) -> list[float]:
        """How long each opened conversation waited for an agent, in s, shortest first; never: infinite."""
        return sorted(_seconds(visit.opened, visit.assigned) for visit in self.visits)

    def until_answered(self) -> list[float]:
        """How long each customer waited for the first answer, in s, shortest first; never: infinite."""
        return sorted(_seconds(visit.opened, visit.answered) for visit in self.visits)

    @property
    def never_assigned(self) -> int:
        """Opened, and nobody's when the day ended."""
        return sum(visit.assigned is None for visit in self.visits)

    @property
    def never_answered(self) -> int:
        """Opened, and not answered when the day ended."""
        return sum(visit.answered is None for visit in self.visits)

    @property
    def given(self) -> tuple[int, float, int]:
        """Conversations given to an agent: fewest, median, most."""
        counts = [worker.given for worker in self.workers]
        return min(counts), median(counts), max(counts)

    @property
    def spread(self) -> float:
        """How far an agent is from the colleagues of the same shift: the deviation of given / their mean (0: none)."""
        shifts: dict[tuple[int, int], list[int]] = {}
        for worker in self.workers:
            shifts.setdefault(worker.shift, []).append(worker.given)
        relative = [count / mean(counts) for counts in shifts.values() if mean(counts) for count in counts]
        return pstdev(relative, 1) if relative else 0.0

    @property
    def fullest(self) -> WorkerOutcome:
        """Who had the most open at once for their capacity."""
        return max(self.workers, key=lambda worker: (worker.most_open / worker.capacity, -worker.agent_id))

    @property
    def above_capacity(self) -> int:
        """How often somebody was given one although full."""
        return sum(worker.above_capacity for worker in self.workers)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below or at which `share` (0 to 1) of the values lie, by nearest rank. Raises IndexError on none."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def _seconds(since: int, until: int | None) -> float:
    return inf if until is None else (until - since) / 1000
