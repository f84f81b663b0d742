"""Runs a simulated day: customers write, a strategy assigns, agents answer.

An agent answers one customer at a time, in the order in which the messages reached them. An agent with many open
conversations therefore lets each customer wait longer: this is why there is a capacity.
"""

from functools import partial
from typing import Final

from roms_app.domain import hours
from roms_app.domain.rotation import AgentSlot, is_present
from roms_app.domain.simulation.day import HOUR, MINUTE, Absence, AbsenceKind, AgentPlan, Day
from roms_app.domain.simulation.dispatch import Dispatch
from roms_app.domain.simulation.outcome import AgentOutcome, Outcome, VisitOutcome
from roms_app.domain.simulation.state import SimulatedAgent, SimulatedConversation, Timeline
from roms_app.domain.simulation.strategies import strategy

_GRACE_MS: Final = 90_000
#: Nobody begins in the last two hours, because they could not be answered within the day.
_QUIET_MS: Final = 2 * HOUR


def simulate(day: Day, name: str) -> Outcome:
    """Run the day under one of `strategies.NAMES`."""
    simulation = _Simulation(day, name)
    simulation.timeline.run(day.ends)
    dispatch = simulation.dispatch
    return Outcome(
        strategy=name,
        visits=simulation.visits,
        agents=[agent.outcome for agent in simulation.agents],
        sticky=dispatch.sticky,
        returned=dispatch.returned,
        timed_out=dispatch.timed_out,
        escalated=dispatch.escalated,
    )


class _Simulation:
    """One day under one strategy."""

    def __init__(self, day: Day, name: str) -> None:
        chosen_strategy = strategy(name)
        self.visits: list[VisitOutcome] = []
        self.timeline = Timeline(day.begins)
        self.agents = [_simulated_agent(plan, day) for plan in day.agents]
        self.dispatch = Dispatch(chosen_strategy, self.timeline, self.agents, self._on_message)
        self._has_queue = chosen_strategy.has_queue
        self._last_opening = day.ends - _QUIET_MS
        for agent in self.agents:
            for at in agent.outcome.shift:
                self.timeline.at(at, partial(self._change_shift, agent))
            for absence in agent.plan.absences:
                self.timeline.at(absence.since, partial(self._step_away, agent, absence))
                self.timeline.at(absence.until, partial(self._come_back, agent))
        for customer in day.customers:
            self.timeline.at(customer.arrives, partial(self._open, SimulatedConversation(customer)))
        for at in day.restarts:
            self.timeline.at(at, chosen_strategy.restart)

    def _after(self, ms: int) -> int:
        return self.timeline.now + ms

    # Customers

    def _open(self, conversation: SimulatedConversation) -> None:
        """The customer's first message, or the first after the conversation was resolved."""
        now = self.timeline.now
        former_id = (
            conversation.customer.previous_agent_id if conversation.agent is None else conversation.agent.plan.id
        )
        conversation.visit, conversation.answers, conversation.is_open = conversation.visit + 1, 0, True
        conversation.rounds, conversation.is_escalated, conversation.returned_from_id = 0, False, None
        conversation.outcome = VisitOutcome(now)
        self.visits.append(conversation.outcome)
        if self._has_queue:
            conversation.agent = None
        elif conversation.agent is not None:
            # Like the system before: the assignee stays the same, present or not.
            conversation.outcome.assigned = now
            conversation.agent.assign(conversation)
        self._write(conversation, former_id)
        if conversation.visit_plan.patience:
            self.timeline.at(
                self._after(conversation.visit_plan.patience[0]),
                partial(self._ask_again, conversation, conversation.visit, 0),
            )

    def _write(self, conversation: SimulatedConversation, former_id: int | None = None) -> None:
        conversation.last_message_at = self.timeline.now
        if conversation.waiting_since is None:
            conversation.waiting_since = self.timeline.now
        if conversation.agent is None:
            self.dispatch.enqueue(conversation, former_id)
        else:
            self._on_message(conversation)

    def _ask_again(self, conversation: SimulatedConversation, visit: int, times: int) -> None:
        """The customer's repeated message: the first one of the visit is still unanswered."""
        if conversation.visit != visit or conversation.outcome.answered is not None:
            return
        conversation.last_message_at = self.timeline.now
        if conversation.agent is None:
            self.dispatch.enqueue(conversation)
        if times + 1 < len(conversation.visit_plan.patience):
            again = partial(self._ask_again, conversation, visit, times + 1)
            self.timeline.at(self._after(conversation.visit_plan.patience[times + 1]), again)

    # Agents

    def _on_message(self, conversation: SimulatedConversation) -> None:
        """A message reaches the assignee, or the conversation was just assigned."""
        if conversation.agent is None:
            return
        if conversation.waiting_since is not None:
            conversation.agent.pending.append(conversation)
            self._start_work(conversation.agent)
        elif conversation.is_finished:
            self.timeline.at(self._after(MINUTE), partial(self._resolve, conversation, conversation.visit))

    def _start_work(self, agent: SimulatedAgent) -> None:
        """Start to answer the next waiting customer."""
        if not agent.can_work:
            return
        if not agent.pending:
            agent.stays_late = False
            return
        conversation = agent.answering = agent.pending.popleft()
        effort = int(conversation.visit_plan.exchanges[conversation.answers].effort * agent.plan.pace)
        self.timeline.at(self._after(effort), partial(self._finish_answer, agent, conversation, conversation.visit))

    def _finish_answer(self, agent: SimulatedAgent, conversation: SimulatedConversation, visit: int) -> None:
        agent.answering = None
        # Otherwise a colleague to whom the timer had moved it was faster.
        if conversation.visit == visit and conversation.waiting_since is not None:
            self._record_answer(agent, conversation)
        if agent.is_leaving:
            self._leave(agent)
        self._start_work(agent)

    def _record_answer(self, agent: SimulatedAgent, conversation: SimulatedConversation) -> None:
        if conversation.outcome.answered is None:
            conversation.outcome.answered = self.timeline.now
        if conversation.agent is None:
            self.dispatch.assign_to(conversation, agent)
        elif conversation in conversation.agent.pending:
            conversation.agent.pending.remove(conversation)
        conversation.waiting_since = conversation.due_at = conversation.returned_from_id = None
        conversation.rounds, conversation.is_escalated = 0, False
        pause = conversation.visit_plan.exchanges[conversation.answers].pause
        conversation.answers += 1
        then = (
            partial(self._resolve, conversation, conversation.visit)
            if conversation.is_finished
            else partial(self._write, conversation)
        )
        self.timeline.at(self._after(pause), then)

    def _resolve(self, conversation: SimulatedConversation, visit: int) -> None:
        if conversation.visit != visit or not conversation.is_open or conversation.agent is None:
            return
        conversation.is_open = False
        conversation.agent.release(conversation)
        opens = self._after(conversation.customer.returns_after)
        if conversation.visit + 1 < len(conversation.customer.visits) and opens < self._last_opening:
            self.timeline.at(opens, partial(self._open, conversation))
        self._drain()

    # Hours and absences

    def _change_shift(self, agent: SimulatedAgent) -> None:
        plan, slot = agent.plan, agent.slot
        slot.is_on_shift = hours.is_open(plan.shift_hours, self.timeline.now, plan.zone)
        if slot.is_on_shift:
            slot.is_present = True
            self._drain()
        elif self._has_queue:
            self._leave(agent)
        else:
            agent.stays_late = True
        self._start_work(agent)

    def _step_away(self, agent: SimulatedAgent, absence: Absence) -> None:
        agent.absence = absence
        if absence.kind is AbsenceKind.LOST:
            self.timeline.at(self._after(_GRACE_MS + 1), partial(self._mark_absent, agent, absence))
            return
        agent.slot.availability = "away"
        if absence.kind is AbsenceKind.LUNCH and self._has_queue:
            self._leave(agent)

    def _mark_absent(self, agent: SimulatedAgent, absence: Absence) -> None:
        """The grace period is over."""
        if agent.absence is absence:
            agent.slot.is_present = is_present(absence.since, self.timeline.now, _GRACE_MS)

    def _come_back(self, agent: SimulatedAgent) -> None:
        agent.absence = None
        agent.slot.availability, agent.slot.is_present = "available", True
        self._drain()
        self._start_work(agent)

    def _leave(self, agent: SimulatedAgent) -> None:
        """Return the open conversations; the one being answered follows after its answer."""
        agent.is_leaving = agent.answering is not None
        if not agent.is_leaving:
            self.dispatch.return_all(agent)

    def _drain(self) -> None:
        if self._has_queue:
            self.dispatch.drain()


def _simulated_agent(plan: AgentPlan, day: Day) -> SimulatedAgent:
    weekly = hours.parse(plan.shift_hours)
    begins = weekly.next_opening(day.begins - 1, plan.zone) if weekly else day.begins
    ends = weekly.last_closing(day.ends, plan.zone) if weekly else day.ends
    slot = AgentSlot(
        agent_id=plan.id,
        name=f"Agent {plan.id}",
        last_turn=0,
        capacity=plan.capacity,
        is_present=False,
        is_on_shift=False,
    )
    shift = (begins or day.begins, ends or day.ends)
    return SimulatedAgent(plan, slot, AgentOutcome(plan.id, shift, plan.capacity))
