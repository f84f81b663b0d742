"""The state of a conversation and of an agent, and the timeline of events."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from roms_app.domain.rotation import AgentSlot
from roms_app.domain.simulation.day import Absence, AgentPlan, CustomerPlan, Visit
from roms_app.domain.simulation.outcome import AgentOutcome, VisitOutcome


@dataclass(slots=True, eq=False)
class SimulatedConversation:
    """A conversation, like its database row."""

    customer: CustomerPlan
    outcome: VisitOutcome = field(default_factory=lambda: VisitOutcome(0))
    #: The index of the customer's visit (-1: before the first), and the number of its answered exchanges.
    visit: int = -1
    answers: int = 0
    is_open: bool = False
    #: The assignee; of a resolved conversation, the previous one.
    agent: "SimulatedAgent | None" = None
    waiting_since: int | None = None
    last_message_at: int = 0
    due_at: int | None = None
    rounds: int = 0
    is_escalated: bool = False
    returned_from_id: int | None = None

    @property
    def visit_plan(self) -> Visit:
        """The planned events of this visit."""
        return self.customer.visits[self.visit]

    @property
    def is_finished(self) -> bool:
        """Whether every exchange of the visit was answered."""
        return self.answers >= len(self.visit_plan.exchanges)

    @property
    def rank(self) -> tuple[int, int, int]:
        """The place in the queue: escalated ones first, then by waiting time."""
        waits = self.last_message_at if self.waiting_since is None else self.waiting_since
        return -self.is_escalated, waits, self.customer.id


@dataclass(slots=True, eq=False)
class SimulatedAgent:
    """An agent at work."""

    plan: AgentPlan
    slot: AgentSlot
    outcome: AgentOutcome
    open: set[SimulatedConversation] = field(default_factory=set[SimulatedConversation])
    #: Conversations whose customers wait for an answer, in the order of their messages.
    pending: deque[SimulatedConversation] = field(default_factory=deque[SimulatedConversation])
    answering: SimulatedConversation | None = None
    absence: Absence | None = None
    #: The shift is over, but waiting customers are still answered.
    stays_late: bool = False
    #: Returns all open conversations once the current answer is written.
    is_leaving: bool = False

    @property
    def can_work(self) -> bool:
        """Whether the agent is present and not busy."""
        return self.answering is None and self.absence is None and (self.slot.is_on_shift or self.stays_late)

    def assign(self, conversation: SimulatedConversation) -> None:
        """Make the agent the assignee."""
        conversation.agent = self
        self.open.add(conversation)
        self.slot.open_count = len(self.open)
        self.outcome.most_open = max(self.outcome.most_open, len(self.open))

    def release(self, conversation: SimulatedConversation) -> None:
        """Remove the conversation from this agent."""
        self.open.discard(conversation)
        self.slot.open_count = len(self.open)
        if conversation in self.pending:
            self.pending.remove(conversation)


class Timeline:
    """Planned events in the order of time; events of the same time in the order of planning."""

    def __init__(self, begins: int) -> None:
        #: Epoch ms.
        self.now = begins
        self._order = count()
        self._events: list[tuple[int, int, Callable[[], None]]] = []

    def at(self, at: int, happen: Callable[[], None]) -> None:
        """Plan an event at a time (epoch ms)."""
        heappush(self._events, (at, next(self._order), happen))

    def run(self, ends: int) -> None:
        """Run all events planned before `ends` (epoch ms)."""
        while self._events and self._events[0][0] < ends:
            self.now, _, happen = heappop(self._events)
            happen()
