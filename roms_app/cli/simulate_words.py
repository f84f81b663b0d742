"""A simulated day as rows of words, for the table, and as plain values, for a program."""

from collections.abc import Callable, Sequence
from math import inf
from typing import Any, Final

from roms_app.domain.simulation.outcome import Outcome, percentile

#: "Soon", in seconds.
SOON_S: Final = 300


def duration(seconds: float) -> str:
    """A duration in a readable unit; infinite: never."""
    if seconds == inf:
        return "never"
    if seconds < 1:
        return "at once"
    minutes, rest = divmod(round(seconds), 60)
    if minutes == 0:
        return f"{rest} s"
    if minutes < 10:
        return f"{minutes} min {rest:02d}" if rest else f"{minutes} min"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    if hours == 0:
        return f"{minutes} min"
    return f"{hours} h {rest:02d}" if rest else f"{hours} h"


def rows(outcomes: Sequence[Outcome]) -> list[list[str]]:
    """Rows of the table: a measure and its value for each strategy."""
    return [[name, *(figure(outcome) for outcome in outcomes)] for name, figure in _MEASURES.items()]


def values(outcome: Outcome) -> dict[str, Any]:
    """All values of a strategy. Waiting times in seconds; None: never."""
    assigned, answered = outcome.until_assigned(), outcome.until_answered()
    return {
        "strategy": outcome.strategy,
        "opened": len(outcome.visits),
        "until_assigned_s": _percentiles(assigned),
        "until_answered_s": _percentiles(answered),
        "answered_soon": round(_soon(outcome), 4),
        "never_assigned": outcome.never_assigned,
        "never_answered": outcome.never_answered,
        "spread": round(outcome.spread, 4),
        "above_capacity": outcome.above_capacity,
        "sticky": outcome.sticky,
        "returned": outcome.returned,
        "timed_out": outcome.timed_out,
        "escalated": outcome.escalated,
        "agents": [
            {
                "id": agent.agent_id,
                "shift_hours": agent.shift_hours,
                "capacity": agent.capacity,
                "given": agent.assigned,
                "most_open": agent.most_open,
            }
            for agent in outcome.agents
        ],
    }


def _percentiles(ordered: Sequence[float]) -> dict[str, float | None]:
    found = {name: percentile(ordered, share) for name, share in _SHARES.items()}
    return {name: None if seconds == inf else seconds for name, seconds in found.items()}


_SHARES: Final = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}


def _soon(outcome: Outcome) -> float:
    waits = outcome.until_answered()
    return sum(wait <= SOON_S for wait in waits) / len(waits)


def _assigned(share: float) -> Callable[[Outcome], str]:
    return lambda outcome: duration(percentile(outcome.until_assigned(), share))


def _answered(share: float) -> Callable[[Outcome], str]:
    return lambda outcome: duration(percentile(outcome.until_answered(), share))


def _assigned_counts(outcome: Outcome) -> str:
    fewest, middle, most = outcome.assigned
    return f"{fewest} / {middle:g} / {most}"


_MEASURES: Final[dict[str, Callable[[Outcome], str]]] = {
    "until assigned: p50": _assigned(0.5),
    "until assigned: p90": _assigned(0.9),
    "until assigned: p99": _assigned(0.99),
    "until assigned: longest": _assigned(1),
    "until answered: p50": _answered(0.5),
    "until answered: p90": _answered(0.9),
    "until answered: p99": _answered(0.99),
    "answered within 5 min": lambda outcome: f"{_soon(outcome):.1%}",
    "never assigned": lambda outcome: str(outcome.never_assigned),
    "never answered": lambda outcome: str(outcome.never_answered),
    "chats: least / median / most": _assigned_counts,
    "spread within a shift": lambda outcome: f"± {outcome.spread:.0%}",
    "fullest agent: most open": lambda outcome: f"{outcome.fullest.most_open} of {outcome.fullest.capacity}",
    "assigned above capacity": lambda outcome: str(outcome.above_capacity),
    "assigned to previous agent": lambda outcome: str(outcome.sticky),
    "returned, agent left": lambda outcome: str(outcome.returned),
    "returned by the timer": lambda outcome: str(outcome.timed_out),
    "escalated": lambda outcome: str(outcome.escalated),
}
