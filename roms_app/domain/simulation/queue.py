"""The queue of a simulated day."""

from bisect import bisect_left, insort
from collections.abc import Iterator

from roms_app.domain.simulation.state import Talk


class Queue:
    """Waiting conversations, in order. Kept sorted, because it may hold thousands and is read at every event."""

    def __init__(self) -> None:
        self._ranks: list[tuple[int, int, int]] = []
        self._talks: dict[tuple[int, int, int], Talk] = {}
        self._rank_of: dict[Talk, tuple[int, int, int]] = {}

    def __iter__(self) -> Iterator[Talk]:
        """In order. The conversation that was yielded last may be removed meanwhile."""
        place = 0
        while place < len(self._ranks):
            rank = self._ranks[place]
            yield self._talks[rank]
            place += rank in self._talks

    def put(self, talk: Talk) -> None:
        """Add a conversation with its present rank."""
        self.remove(talk)
        rank = self._rank_of[talk] = talk.rank
        self._talks[rank] = talk
        insort(self._ranks, rank)

    def remove(self, talk: Talk) -> None:
        """Remove a conversation, if it is there."""
        rank = self._rank_of.pop(talk, None)
        if rank is not None:
            del self._talks[rank], self._ranks[bisect_left(self._ranks, rank)]
