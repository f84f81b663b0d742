"""The queue, assignments and response timer of a simulated day, like `services/assignment.py` on the database."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from roms_app.domain import hours
from roms_app.domain.rotation import AssignmentRequest, skip_of
from roms_app.domain.simulation import day
from roms_app.domain.simulation.queue import Queue
from roms_app.domain.simulation.state import SimulatedAgent, SimulatedConversation, Timeline
from roms_app.domain.simulation.strategies import Strategy

_ANYBODY: Final = AssignmentRequest()
_BUSINESS: Final = hours.parse(day.BUSINESS_HOURS)


class Dispatch:
    """Assigns waiting conversations. Calls `on_assigned` for every assignment."""

    def __init__(
        self,
        strategy: Strategy,
        timeline: Timeline,
        agents: Sequence[SimulatedAgent],
        on_assigned: Callable[[SimulatedConversation], None],
    ) -> None:
        self.sticky = self.returned = self.timed_out = self.escalated = 0
        self._strategy = strategy
        self._timeline = timeline
        self._agents = {agent.plan.id: agent for agent in agents}
        self._slots = [agent.slot for agent in agents]
        self._on_assigned = on_assigned
        self._queue = Queue()

    def enqueue(self, conversation: SimulatedConversation, former_id: int | None = None) -> None:
        """Assign or queue an unassigned conversation whose customer has written.

        `former_id`: the agent who answered last.
        """
        if self._strategy.has_queue:
            self._queue.put(conversation)
            self.drain(conversation, former_id)
        else:
            self._choose(conversation, AssignmentRequest())

    def drain(self, opened: SimulatedConversation | None = None, former_id: int | None = None) -> None:
        """Assign waiting conversations. `opened` goes to the agent `former_id` first, if eligible."""
        for conversation in self._queue:
            if not any(skip_of(slot, _ANYBODY) is None for slot in self._slots):
                return
            sticky_id = former_id if conversation is opened else None
            self._choose(
                conversation,
                AssignmentRequest(sticky_agent_id=sticky_id, returned_from_id=conversation.returned_from_id),
            )

    def assign_to(self, conversation: SimulatedConversation, agent: SimulatedAgent) -> None:
        """Assign an unassigned conversation to the agent who answered it."""
        self._queue.remove(conversation)
        agent.assign(conversation)

    def return_all(self, agent: SimulatedAgent) -> None:
        """Return the open conversations of an agent who leaves."""
        for conversation in sorted(agent.open, key=lambda conversation: conversation.rank):
            self.returned += 1
            self._put_back(conversation, agent)
        self.drain()

    def _choose(self, conversation: SimulatedConversation, request: AssignmentRequest) -> None:
        choice = self._strategy.choose(self._slots, request)
        if choice.slot is None:
            return
        agent, now = self._agents[choice.slot.agent_id], self._timeline.now
        agent.outcome.assigned += 1
        agent.outcome.above_capacity += agent.slot.open_count >= agent.slot.capacity
        self.sticky += choice.is_sticky
        self._queue.remove(conversation)
        agent.assign(conversation)
        if conversation.outcome.assigned is None:
            conversation.outcome.assigned = now
        if self._strategy.has_queue and conversation.waiting_since is not None:
            self._start_timer(conversation)
        self._on_assigned(conversation)

    def _start_timer(self, conversation: SimulatedConversation) -> None:
        now = self._timeline.now
        conversation.due_at = _BUSINESS.add(now, day.RESPONSE_MS, day.ZONE) if _BUSINESS else now + day.RESPONSE_MS
        if conversation.due_at is not None:
            self._timeline.at(conversation.due_at, partial(self._fire, conversation, conversation.due_at))

    def _fire(self, conversation: SimulatedConversation, due_at: int) -> None:
        agent = conversation.agent
        if agent is None or conversation.due_at != due_at:
            return
        self.timed_out += 1
        conversation.rounds += 1
        self._put_back(conversation, agent)
        self.drain()
        if not conversation.is_escalated and (conversation.rounds >= day.ESCALATE_AFTER or conversation.agent is None):
            conversation.is_escalated = True
            self.escalated += 1
            if conversation.agent is None:
                self._queue.put(conversation)

    def _put_back(self, conversation: SimulatedConversation, agent: SimulatedAgent) -> None:
        """Put it into the queue, for anybody but this agent."""
        agent.release(conversation)
        conversation.agent = conversation.due_at = None
        conversation.returned_from_id = agent.plan.id
        self._queue.put(conversation)
