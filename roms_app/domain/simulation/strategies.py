"""Assignment strategies: the product's rules, and those of the system before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from roms_app.domain.rotation import AgentSlot, AssignmentRequest, Choice, choose


class Strategy(Protocol):
    """Chooses among the places of one day. Each day has its own object."""

    #: Whether it has an ordered queue that is drained at every occasion, returns when an agent leaves, and a timer.
    has_queue: bool

    def choose(self, slots: Sequence[AgentSlot], request: AssignmentRequest) -> Choice:
        """Choose an agent. Counts the turn; the caller counts the conversation."""
        ...

    def restart(self) -> None:
        """Handle a restart of the program."""
        ...


@dataclass(slots=True)
class ByRotation:
    """The product's strategy: `domain/rotation.py`, with a turn counter like the one in the database."""

    #: round_robin | balanced
    order: str
    has_queue: bool = True
    _turn: int = 0

    def choose(self, slots: Sequence[AgentSlot], request: AssignmentRequest) -> Choice:
        """Choose the next agent in turn. A sticky assignment takes no turn."""
        choice = choose(slots, self.order, request)
        if choice.slot is not None and not choice.is_sticky:
            self._turn += 1
            choice.slot.last_turn = self._turn
        return choice

    def restart(self) -> None:
        """Does nothing: turns are stored in the database."""


@dataclass(slots=True)
class ByLastId:
    """The system before: the next higher agent id after the last one, which a cache remembers until a restart.

    It checks only whether an agent is on shift and set to available. It ignores their load and whether their tab is
    open.
    """

    has_queue: bool = False
    _last_id: int = 0

    def choose(self, slots: Sequence[AgentSlot], request: AssignmentRequest) -> Choice:
        """The next higher id, else the lowest; nobody if no agent is online."""
        online = [slot for slot in slots if slot.is_on_shift and slot.availability == "available"]
        slot = next((slot for slot in online if slot.agent_id > self._last_id), online[0] if online else None)
        if slot is not None:
            self._last_id = slot.agent_id
        return Choice(slot, False, ())

    def restart(self) -> None:
        """Empties the cache, so the lowest id is next."""
        self._last_id = 0


NAMES: Final = ("round robin", "balanced", "last id")


def strategy(name: str) -> Strategy:
    """A new strategy by one of `NAMES`. Raises KeyError."""
    made: dict[str, Strategy] = {
        "round robin": ByRotation("round_robin"),
        "balanced": ByRotation("balanced"),
        "last id": ByLastId(),
    }
    return made[name]
