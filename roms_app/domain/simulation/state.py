"""A conversation and an agent's desk at one moment of the day, and what happens next."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from roms_app.domain.rotation import AgentSlot
from roms_app.domain.simulation.day import Absence, Chat, Visit, Worker
from roms_app.domain.simulation.outcome import VisitOutcome, WorkerOutcome


@dataclass(slots=True, eq=False)
class Talk:
    """A conversation, as its row is."""

    chat: Chat
    outcome: VisitOutcome = field(default_factory=lambda: VisitOutcome(0))
    #: Which of the customer's visits, and how many of its exchanges have had their answer. -1: before the first.
    visit: int = -1
    answers: int = 0
    is_open: bool = False
    #: Who has it; of a resolved one: who had it.
    desk: "Desk | None" = None
    waiting_since: int | None = None
    last_message_at: int = 0
    due_at: int | None = None
    rounds: int = 0
    is_escalated: bool = False
    returned_from_id: int | None = None

    @property
    def plan(self) -> Visit:
        """What happens on this visit."""
        return self.chat.visits[self.visit]

    @property
    def is_finished(self) -> bool:
        """Every exchange of the visit has had its answer."""
        return self.answers >= len(self.plan.exchanges)

    @property
    def rank(self) -> tuple[int, int, int]:
        """Its place in the queue: what the admins were told of first, then by age."""
        waits = self.last_message_at if self.waiting_since is None else self.waiting_since
        return -self.is_escalated, waits, self.chat.id


@dataclass(slots=True, eq=False)
class Desk:
    """An agent at work."""

    worker: Worker
    place: AgentSlot
    outcome: WorkerOutcome
    open: set[Talk] = field(default_factory=set[Talk])
    #: Conversations whose customer waits for an answer, in the order in which their words came.
    pending: deque[Talk] = field(default_factory=deque[Talk])
    busy_with: Talk | None = None
    absence: Absence | None = None
    #: The shift is over, and the customers who wait are still answered.
    stays_late: bool = False
    #: Returns all as soon as the answer in hand is written.
    is_leaving: bool = False

    @property
    def can_work(self) -> bool:
        """Somebody sits there and has nothing in hand."""
        return self.busy_with is None and self.absence is None and (self.place.is_on_shift or self.stays_late)

    def hold(self, talk: Talk) -> None:
        """It is theirs from now on."""
        talk.desk = self
        self.open.add(talk)
        self.place.open_count = len(self.open)
        self.outcome.most_open = max(self.outcome.most_open, len(self.open))

    def let_go(self, talk: Talk) -> None:
        """It is open at this desk no more."""
        self.open.discard(talk)
        self.place.open_count = len(self.open)
        if talk in self.pending:
            self.pending.remove(talk)


class Timeline:
    """What is going to happen, in time's order; at one moment in the order in which it was planned."""

    def __init__(self, begins: int) -> None:
        #: Epoch ms.
        self.now = begins
        self._order = count()
        self._events: list[tuple[int, int, Callable[[], None]]] = []

    def at(self, at: int, happen: Callable[[], None]) -> None:
        """Plan something."""
        heappush(self._events, (at, next(self._order), happen))

    def run(self, ends: int) -> None:
        """Let everything happen that is planned before `ends` (epoch ms)."""
        while self._events and self._events[0][0] < ends:
            self.now, _, happen = heappop(self._events)
            happen()
