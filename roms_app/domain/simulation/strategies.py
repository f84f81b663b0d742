"""Who is given the next conversation: by the product's rules, and as the system before did it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from roms_app.domain.rotation import AgentSlot, Choice, Wanted, choose


class Strategy(Protocol):
    """Chooses among the places of one day; one object a day."""

    #: What waits is kept in order and given out at every occasion; who leaves returns theirs; a timer watches.
    has_queue: bool

    def choose(self, places: Sequence[AgentSlot], wanted: Wanted) -> Choice:
        """Who gets it. Counts the turn; the caller counts the conversation."""
        ...

    def restart(self) -> None:
        """The program is started anew."""
        ...


@dataclass(slots=True)
class ByRotation:
    """The product: `domain/rotation.py`, with its counter of turns as the database keeps it."""

    #: round_robin | balanced
    order: str
    has_queue: bool = True
    _turn: int = 0

    def choose(self, places: Sequence[AgentSlot], wanted: Wanted) -> Choice:
        """Whose turn it is. What is sticky takes no turn."""
        choice = choose(places, self.order, wanted)
        if choice.place is not None and not choice.is_sticky:
            self._turn += 1
            choice.place.last_turn = self._turn
        return choice

    def restart(self) -> None:
        """Turns lie in the database: nothing changes."""


@dataclass(slots=True)
class ByLastId:
    """The system before: the next higher agent id after the last one given, which a cache remembers until a restart.

    It asks whether an agent is on shift and calls themself available, and nothing else: neither how many they have,
    nor whether their tab is open.
    """

    has_queue: bool = False
    _last_id: int = 0

    def choose(self, places: Sequence[AgentSlot], wanted: Wanted) -> Choice:
        """The next higher id, else the lowest; nobody online: nobody."""
        online = [place for place in places if place.is_on_shift and place.availability == "available"]
        place = next((place for place in online if place.agent_id > self._last_id), online[0] if online else None)
        if place is not None:
            self._last_id = place.agent_id
        return Choice(place, False, ())

    def restart(self) -> None:
        """The cache is empty: the lowest id is next."""
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
