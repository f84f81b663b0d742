"""Whose turn it is: the eligible agent whose last turn is oldest."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(slots=True)
class Place:
    """An agent's place in one inbox's rotation."""

    agent_id: int
    name: str
    #: The inbox's counter when they last had a turn; 0: never.
    last_turn: int
    #: Their open conversations.
    open_count: int = 0


def next_in_turn(places: Iterable[Place]) -> Place | None:
    """Who is next: the oldest turn, then the lowest agent id. None when nobody is eligible."""
    return min(places, key=lambda place: (place.last_turn, place.agent_id), default=None)


def is_present(seen_at: int | None, now: int, grace_ms: int) -> bool:
    """Whether a tab was heard of within the grace (all epoch ms)."""
    return seen_at is not None and now - seen_at <= grace_ms
