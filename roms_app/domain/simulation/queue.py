"""The queue of a simulated day."""

from bisect import bisect_left, insort
from collections.abc import Iterator

from roms_app.domain.simulation.state import SimulatedConversation


class Queue:
    """Waiting conversations, in order. Kept sorted, because it may hold thousands and is read at every event."""

    def __init__(self) -> None:
        self._ranks: list[tuple[int, int, int]] = []
        self._conversations: dict[tuple[int, int, int], SimulatedConversation] = {}
        self._rank_of: dict[SimulatedConversation, tuple[int, int, int]] = {}

    def __iter__(self) -> Iterator[SimulatedConversation]:
        """In order. The conversation that was yielded last may be removed meanwhile."""
        place = 0
        while place < len(self._ranks):
            rank = self._ranks[place]
            yield self._conversations[rank]
            place += rank in self._conversations

    def put(self, conversation: SimulatedConversation) -> None:
        """Add a conversation with its present rank."""
        self.remove(conversation)
        rank = self._rank_of[conversation] = conversation.rank
        self._conversations[rank] = conversation
        insort(self._ranks, rank)

    def remove(self, conversation: SimulatedConversation) -> None:
        """Remove a conversation, if it is there."""
        rank = self._rank_of.pop(conversation, None)
        if rank is not None:
            del self._conversations[rank], self._ranks[bisect_left(self._ranks, rank)]
