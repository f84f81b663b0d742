"""Runs a simulated day: customers write, a strategy assigns, agents answer.

An agent answers one customer at a time, in the order in which the messages reached them. An agent with many open
conversations therefore lets each customer wait longer: this is why there is a capacity.
"""

from functools import partial
from typing import Final

from roms_app.domain import hours
from roms_app.domain.rotation import AgentSlot, is_present
from roms_app.domain.simulation.day import HOUR, MINUTE, Absence, AbsenceKind, Day, Worker
from roms_app.domain.simulation.giving import Giving
from roms_app.domain.simulation.outcome import Outcome, VisitOutcome, WorkerOutcome
from roms_app.domain.simulation.state import Desk, Talk, Timeline
from roms_app.domain.simulation.strategies import strategy

_GRACE_MS: Final = 90_000
#: Nobody begins in the last two hours, because they could not be answered within the day.
_QUIET_MS: Final = 2 * HOUR


def play(day: Day, name: str) -> Outcome:
    """Run the day under one of `strategies.NAMES`."""
    office = _Office(day, name)
    office.timeline.run(day.ends)
    giving = office.giving
    return Outcome(
        strategy=name,
        visits=office.visits,
        workers=[desk.outcome for desk in office.desks],
        sticky=giving.sticky,
        returned=giving.returned,
        timed_out=giving.timed_out,
        escalated=giving.escalated,
    )


class _Office:
    """One day under one strategy."""

    def __init__(self, day: Day, name: str) -> None:
        chooses = strategy(name)
        self.visits: list[VisitOutcome] = []
        self.timeline = Timeline(day.begins)
        self.desks = [_desk(worker, day) for worker in day.workers]
        self.giving = Giving(chooses, self.timeline, self.desks, self._reaches)
        self._has_queue = chooses.has_queue
        self._last_opening = day.ends - _QUIET_MS
        for desk in self.desks:
            for at in desk.outcome.shift:
                self.timeline.at(at, partial(self._changes_shift, desk))
            for absence in desk.worker.absences:
                self.timeline.at(absence.since, partial(self._steps_away, desk, absence))
                self.timeline.at(absence.until, partial(self._comes_back, desk))
        for chat in day.chats:
            self.timeline.at(chat.arrives, partial(self._opens, Talk(chat)))
        for at in day.restarts:
            self.timeline.at(at, chooses.restart)

    def _after(self, ms: int) -> int:
        return self.timeline.now + ms

    # Customers

    def _opens(self, talk: Talk) -> None:
        """The customer's first message, or the first after the conversation was resolved."""
        now = self.timeline.now
        former_id = talk.chat.former_agent_id if talk.desk is None else talk.desk.worker.id
        talk.visit, talk.answers, talk.is_open = talk.visit + 1, 0, True
        talk.rounds, talk.is_escalated, talk.returned_from_id = 0, False, None
        talk.outcome = VisitOutcome(now)
        self.visits.append(talk.outcome)
        if self._has_queue:
            talk.desk = None
        elif talk.desk is not None:
            # Like the system before: the assignee stays the same, present or not.
            talk.outcome.assigned = now
            talk.desk.hold(talk)
        self._writes(talk, former_id)
        if talk.plan.patience:
            self.timeline.at(self._after(talk.plan.patience[0]), partial(self._asks_again, talk, talk.visit, 0))

    def _writes(self, talk: Talk, former_id: int | None = None) -> None:
        talk.last_message_at = self.timeline.now
        if talk.waiting_since is None:
            talk.waiting_since = self.timeline.now
        if talk.desk is None:
            self.giving.offer(talk, former_id)
        else:
            self._reaches(talk)

    def _asks_again(self, talk: Talk, visit: int, times: int) -> None:
        """The customer's repeated message: the first one of the visit is still unanswered."""
        if talk.visit != visit or talk.outcome.answered is not None:
            return
        talk.last_message_at = self.timeline.now
        if talk.desk is None:
            self.giving.offer(talk)
        if times + 1 < len(talk.plan.patience):
            again = partial(self._asks_again, talk, visit, times + 1)
            self.timeline.at(self._after(talk.plan.patience[times + 1]), again)

    # Agents

    def _reaches(self, talk: Talk) -> None:
        """A message reaches the assignee, or the conversation was just assigned."""
        if talk.desk is None:
            return
        if talk.waiting_since is not None:
            talk.desk.pending.append(talk)
            self._works(talk.desk)
        elif talk.is_finished:
            self.timeline.at(self._after(MINUTE), partial(self._resolves, talk, talk.visit))

    def _works(self, desk: Desk) -> None:
        """Start to answer the next waiting customer."""
        if not desk.can_work:
            return
        if not desk.pending:
            desk.stays_late = False
            return
        talk = desk.busy_with = desk.pending.popleft()
        effort = int(talk.plan.exchanges[talk.answers].effort * desk.worker.pace)
        self.timeline.at(self._after(effort), partial(self._answers, desk, talk, talk.visit))

    def _answers(self, desk: Desk, talk: Talk, visit: int) -> None:
        desk.busy_with = None
        # Otherwise a colleague to whom the timer had moved it was faster.
        if talk.visit == visit and talk.waiting_since is not None:
            self._is_answered(desk, talk)
        if desk.is_leaving:
            self._leaves(desk)
        self._works(desk)

    def _is_answered(self, desk: Desk, talk: Talk) -> None:
        if talk.outcome.answered is None:
            talk.outcome.answered = self.timeline.now
        if talk.desk is None:
            self.giving.take(talk, desk)
        elif talk in talk.desk.pending:
            talk.desk.pending.remove(talk)
        talk.waiting_since = talk.due_at = talk.returned_from_id = None
        talk.rounds, talk.is_escalated = 0, False
        pause = talk.plan.exchanges[talk.answers].pause
        talk.answers += 1
        then = partial(self._resolves, talk, talk.visit) if talk.is_finished else partial(self._writes, talk)
        self.timeline.at(self._after(pause), then)

    def _resolves(self, talk: Talk, visit: int) -> None:
        if talk.visit != visit or not talk.is_open or talk.desk is None:
            return
        talk.is_open = False
        talk.desk.let_go(talk)
        opens = self._after(talk.chat.comes_back_after)
        if talk.visit + 1 < len(talk.chat.visits) and opens < self._last_opening:
            self.timeline.at(opens, partial(self._opens, talk))
        self._drain()

    # Hours and absences

    def _changes_shift(self, desk: Desk) -> None:
        worker, place = desk.worker, desk.place
        place.is_on_shift = hours.is_open(worker.shift_hours, self.timeline.now, worker.zone)
        if place.is_on_shift:
            place.is_present = True
            self._drain()
        elif self._has_queue:
            self._leaves(desk)
        else:
            desk.stays_late = True
        self._works(desk)

    def _steps_away(self, desk: Desk, absence: Absence) -> None:
        desk.absence = absence
        if absence.kind is AbsenceKind.LOST:
            self.timeline.at(self._after(_GRACE_MS + 1), partial(self._is_missed, desk, absence))
            return
        desk.place.availability = "away"
        if absence.kind is AbsenceKind.LUNCH and self._has_queue:
            self._leaves(desk)

    def _is_missed(self, desk: Desk, absence: Absence) -> None:
        """The grace period is over."""
        if desk.absence is absence:
            desk.place.is_present = is_present(absence.since, self.timeline.now, _GRACE_MS)

    def _comes_back(self, desk: Desk) -> None:
        desk.absence = None
        desk.place.availability, desk.place.is_present = "available", True
        self._drain()
        self._works(desk)

    def _leaves(self, desk: Desk) -> None:
        """Return the open conversations; the one being answered follows after its answer."""
        desk.is_leaving = desk.busy_with is not None
        if not desk.is_leaving:
            self.giving.return_all(desk)

    def _drain(self) -> None:
        if self._has_queue:
            self.giving.drain()


def _desk(worker: Worker, day: Day) -> Desk:
    weekly = hours.parse(worker.shift_hours)
    begins = weekly.next_opening(day.begins - 1, worker.zone) if weekly else day.begins
    ends = weekly.last_closing(day.ends, worker.zone) if weekly else day.ends
    place = AgentSlot(
        agent_id=worker.id,
        name=f"Agent {worker.id}",
        last_turn=0,
        capacity=worker.capacity,
        is_present=False,
        is_on_shift=False,
    )
    shift = (begins or day.begins, ends or day.ends)
    return Desk(worker, place, WorkerOutcome(worker.id, shift, worker.capacity))
