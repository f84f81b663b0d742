"""The queue, assignments and response timer of a simulated day, like `services/assignment.py` on the database."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from roms_app.domain import hours
from roms_app.domain.rotation import Wanted, skip_of
from roms_app.domain.simulation import day
from roms_app.domain.simulation.queue import Queue
from roms_app.domain.simulation.state import Desk, Talk, Timeline
from roms_app.domain.simulation.strategies import Strategy

_ANYBODY: Final = Wanted()
_BUSINESS: Final = hours.parse(day.BUSINESS_HOURS)


class Giving:
    """Assigns waiting conversations. Calls `on_given` for every assignment."""

    def __init__(
        self, strategy: Strategy, timeline: Timeline, desks: Sequence[Desk], on_given: Callable[[Talk], None]
    ) -> None:
        self.sticky = self.returned = self.timed_out = self.escalated = 0
        self._strategy = strategy
        self._timeline = timeline
        self._desks = {desk.worker.id: desk for desk in desks}
        self._places = [desk.place for desk in desks]
        self._on_given = on_given
        self._queue = Queue()

    def offer(self, talk: Talk, former_id: int | None = None) -> None:
        """Assign or queue an unassigned conversation whose customer has written.

        `former_id`: the agent who answered last.
        """
        if self._strategy.has_queue:
            self._queue.put(talk)
            self.drain(talk, former_id)
        else:
            self._choose(talk, Wanted())

    def drain(self, opened: Talk | None = None, former_id: int | None = None) -> None:
        """Assign waiting conversations. `opened` goes to the agent `former_id` first, if eligible."""
        for talk in self._queue:
            if not any(skip_of(place, _ANYBODY) is None for place in self._places):
                return
            sticky_id = former_id if talk is opened else None
            self._choose(talk, Wanted(sticky_agent_id=sticky_id, returned_from_id=talk.returned_from_id))

    def take(self, talk: Talk, desk: Desk) -> None:
        """Assign an unassigned conversation to the agent who answered it."""
        self._queue.remove(talk)
        desk.hold(talk)

    def return_all(self, desk: Desk) -> None:
        """Return the open conversations of an agent who leaves."""
        for talk in sorted(desk.open, key=lambda talk: talk.rank):
            self.returned += 1
            self._put_back(talk, desk)
        self.drain()

    def _choose(self, talk: Talk, wanted: Wanted) -> None:
        choice = self._strategy.choose(self._places, wanted)
        if choice.place is None:
            return
        desk, now = self._desks[choice.place.agent_id], self._timeline.now
        desk.outcome.given += 1
        desk.outcome.above_capacity += desk.place.open_count >= desk.place.capacity
        self.sticky += choice.is_sticky
        self._queue.remove(talk)
        desk.hold(talk)
        if talk.outcome.assigned is None:
            talk.outcome.assigned = now
        if self._strategy.has_queue and talk.waiting_since is not None:
            self._start_timer(talk)
        self._on_given(talk)

    def _start_timer(self, talk: Talk) -> None:
        now = self._timeline.now
        talk.due_at = _BUSINESS.add(now, day.RESPONSE_MS, day.ZONE) if _BUSINESS else now + day.RESPONSE_MS
        if talk.due_at is not None:
            self._timeline.at(talk.due_at, partial(self._fire, talk, talk.due_at))

    def _fire(self, talk: Talk, due_at: int) -> None:
        desk = talk.desk
        if desk is None or talk.due_at != due_at:
            return
        self.timed_out += 1
        talk.rounds += 1
        self._put_back(talk, desk)
        self.drain()
        if not talk.is_escalated and (talk.rounds >= day.ESCALATE_AFTER or talk.desk is None):
            talk.is_escalated = True
            self.escalated += 1
            if talk.desk is None:
                self._queue.put(talk)

    def _put_back(self, talk: Talk, desk: Desk) -> None:
        """Put it into the queue, for anybody but this agent."""
        desk.let_go(talk)
        talk.desk = talk.due_at = None
        talk.returned_from_id = desk.worker.id
        self._queue.put(talk)
