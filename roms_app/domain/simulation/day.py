"""One simulated day: the agents' hours and habits, the customers and their messages.

Everything random is drawn here once, from the seed, so all strategies get the same day. Durations in ms, times in epoch
ms.
"""

import random
from bisect import bisect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate
from math import log
from typing import Final
from zoneinfo import ZoneInfo

ZONE: Final = "Asia/Jakarta"
SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
#: A Monday. The day lasts from 05:00 to 05:00, so that the night shift lies within it.
BEGINS: Final = int(datetime(2026, 3, 2, 5, tzinfo=ZoneInfo(ZONE)).timestamp() * 1000)
BUSINESS_HOURS: Final = ";".join(["07:00-22:00"] * 7)
RESPONSE_MS: Final = 10 * MINUTE
ESCALATE_AFTER: Final = 2
#: The share of customers (percent) who begin in each hour, starting at 5 h. After 3 h nobody writes.
_SHAPE: Final = (0.1, 0.3, 2.5, 5, 8, 9.5, 8, 5.5, 5, 5, 5, 5.2, 6, 8, 9.5, 7.5, 4.2, 1.6, 0.9, 0.5, 0.3, 0.2)
#: Shifts in the agent's local time, each with the number of agents (of 50) who work it.
_SHIFTS: Final = (
    ("07:00-15:00", 14),
    ("09:00-17:00", 10),
    ("13:00-21:00", 12),
    ("14:00-22:00", 10),
    ("21:00-05:00", 4),
)
#: WITA. These agents' shifts are written an hour later, so they are at the same time.
_EAST: Final = "Asia/Makassar"
_RESTARTS: Final = 4


class AbsenceKind(StrEnum):
    """The reason for an absence."""

    #: Away for some minutes; open conversations are kept.
    PAUSE = "pause"
    #: Away for longer; open conversations are returned.
    LUNCH = "lunch"
    #: The tab is gone without notice.
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Absence:
    """An absence from `since` to `until`."""

    kind: AbsenceKind
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class AgentPlan:
    """An agent of the simulated day."""

    id: int
    zone: str
    #: In the format of `domain.hours`.
    shift_hours: str
    capacity: int
    #: The agent's time for an answer, relative to others; 0.8 is quick.
    pace: float
    absences: tuple[Absence, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One message of the customer and one answer of an agent."""

    #: The time an agent of average pace needs for the answer.
    effort: int
    #: The time from the answer to the customer's next message; after the last one, until the agent resolves.
    pause: int


@dataclass(frozen=True, slots=True)
class Visit:
    """From a customer's first message until the conversation is resolved."""

    exchanges: tuple[Exchange, ...]
    #: How long the customer waits unanswered before each further message. There are no more messages than entries.
    patience: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CustomerPlan:
    """One customer's day."""

    id: int
    arrives: int
    visits: tuple[Visit, ...]
    #: The time from resolving to the next visit.
    returns_after: int
    #: The agent who answered this customer on another day.
    previous_agent_id: int | None


@dataclass(frozen=True, slots=True)
class Day:
    """All events between `begins` and `ends`."""

    begins: int
    ends: int
    agents: tuple[AgentPlan, ...]
    customers: tuple[CustomerPlan, ...]
    #: The times at which the program is restarted.
    restarts: tuple[int, ...]


def draw_day(seed: int, agents: int, customers: int) -> Day:
    """Draw a day with this many agents and customers. The same three numbers give the same day."""
    chance = random.Random(f"{seed}/{agents}/{customers}")
    drawn_agents = tuple(_agent(chance, id, clock) for id, clock in enumerate(_clocks(chance, agents), start=1))
    arrivals = sorted(_arrival(chance) for _ in range(customers))
    drawn_customers = tuple(_customer(chance, id, at, agents) for id, at in enumerate(arrivals, start=1))
    restarts = tuple(sorted(BEGINS + int(chance.uniform(3, 16) * HOUR) for _ in range(_RESTARTS)))
    return Day(BEGINS, BEGINS + 24 * HOUR, drawn_agents, drawn_customers, restarts)


def _clocks(chance: random.Random, agents: int) -> list[str]:
    """Each agent's shift, shuffled.

    If ids followed the order of shifts, the strategy "last id" would be judged by an accident.
    """
    reached = list(accumulate(share for _, share in _SHIFTS))
    clocks = [_SHIFTS[bisect(reached, (slot + 0.5) / agents * reached[-1])][0] for slot in range(agents)]
    chance.shuffle(clocks)
    return clocks


def _agent(chance: random.Random, id: int, clock: str) -> AgentPlan:
    begins, length = _hours(clock)
    zone = _EAST if id % 5 == 0 else ZONE
    if zone == _EAST:
        clock = "-".join(f"{(int(end[:2]) + 1) % 24:02d}{end[2:]}" for end in clock.split("-"))
    return AgentPlan(
        id=id,
        zone=zone,
        shift_hours=";".join([clock] * 7),
        capacity=chance.randint(6, 10),
        pace=chance.lognormvariate(0, 0.25),
        absences=_absences(chance, begins, length),
    )


def _hours(clock: str) -> tuple[int, int]:
    """When a shift of the day begins, and its length."""
    since, until = (int(end[:2]) for end in clock.split("-"))
    day = datetime.fromtimestamp(BEGINS / 1000, ZoneInfo(ZONE)).replace(hour=0)
    return int((day + timedelta(hours=since)).timestamp() * 1000), (until - since) % 24 * HOUR


def _absences(chance: random.Random, begins: int, length: int) -> tuple[Absence, ...]:
    """Two pauses and a lunch, each in its quarter of the shift. One agent of five loses the connection for a while."""

    def within(kind: AbsenceKind, since: float, until: float, shortest: int, longest: int) -> Absence:
        at = begins + int(chance.uniform(since, until) * length)
        return Absence(kind, at, at + int(chance.uniform(shortest, longest)))

    planned = [
        within(AbsenceKind.PAUSE, 0.2, 0.3, 8 * MINUTE, 15 * MINUTE),
        within(AbsenceKind.LUNCH, 0.45, 0.55, 30 * MINUTE, 45 * MINUTE),
        within(AbsenceKind.PAUSE, 0.7, 0.8, 8 * MINUTE, 15 * MINUTE),
    ]
    lost = within(AbsenceKind.LOST, 0.83, 0.9, 10 * MINUTE, 25 * MINUTE)
    return (*planned, lost) if chance.random() < 0.2 else tuple(planned)


def _arrival(chance: random.Random) -> int:
    hour = chance.choices(range(len(_SHAPE)), weights=_SHAPE)[0]
    return BEGINS + int((hour + chance.random()) * HOUR)


def _customer(chance: random.Random, id: int, arrives: int, agents: int) -> CustomerPlan:
    visits = 1 + (chance.random() < 0.12)
    return CustomerPlan(
        id=id,
        arrives=arrives,
        visits=tuple(_visit(chance, most=8 if visit == 0 else 3) for visit in range(visits)),
        returns_after=_around(chance, 50 * MINUTE, 0.9),
        previous_agent_id=chance.randint(1, agents) if chance.random() < 0.15 else None,
    )


def _visit(chance: random.Random, most: int) -> Visit:
    exchanges = 1
    while exchanges < most and chance.random() < 0.72:
        exchanges += 1
    return Visit(
        exchanges=tuple(
            Exchange(effort=_around(chance, 55 * SECOND, 0.6), pause=_around(chance, 150 * SECOND, 0.9))
            for _ in range(exchanges)
        ),
        patience=tuple(_around(chance, 30 * MINUTE, 0.7) for _ in range(chance.choices((0, 1, 2), (2, 1, 1))[0])),
    )


def _around(chance: random.Random, median: int, spread: float) -> int:
    """A lognormal duration: half are shorter than the median, and a few are far longer."""
    draw: Callable[[float, float], float] = chance.lognormvariate
    return int(draw(log(median), spread))
