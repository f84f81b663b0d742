"""The simulated day follows the product's rules, and the same seed gives the same day."""

from collections.abc import Sequence
from math import inf

import pytest

from roms_app.domain.simulation import day as plan
from roms_app.domain.simulation.day import Absence, AbsenceKind, AgentPlan, CustomerPlan, Day, Exchange, Visit, draw_day
from roms_app.domain.simulation.outcome import Outcome, VisitOutcome, percentile
from roms_app.domain.simulation.simulate import simulate
from roms_app.domain.simulation.strategies import NAMES

PRODUCT = ("round robin", "balanced")
MINUTE, HOUR = 60_000, 3_600_000
#: 09:00, when the day has begun four hours ago.
NINE = plan.BEGINS + 4 * HOUR


def agent(id: int, shift: str = "05:00-24:00", *, capacity: int = 10, absences: Sequence[Absence] = ()) -> AgentPlan:
    return AgentPlan(id, plan.ZONE, ";".join([shift] * 7), capacity, 1.0, tuple(absences))


def lost(since: int, minutes: int) -> Absence:
    return Absence(AbsenceKind.LOST, since, since + minutes * MINUTE)


def visit(*, effort: int = MINUTE, pause: int = MINUTE, patience: tuple[int, ...] = ()) -> Visit:
    return Visit((Exchange(effort, pause),), patience)


def customer(id: int, at: int, *visits: Visit, former: int | None = None) -> CustomerPlan:
    return CustomerPlan(id, at, visits or (visit(),), HOUR, former)


def day(agents: Sequence[AgentPlan], customers: Sequence[CustomerPlan], restarts: Sequence[int] = ()) -> Day:
    return Day(plan.BEGINS, plan.BEGINS + 24 * HOUR, tuple(agents), tuple(customers), tuple(restarts))


def assigned_counts(outcome: Outcome) -> list[int]:
    return [one.assigned for one in outcome.agents]


@pytest.fixture(scope="module")
def busy_day() -> Day:
    return draw_day(3, agents=10, customers=600)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_is_the_same_day(name: str, busy_day: Day) -> None:
    again = draw_day(3, agents=10, customers=600)
    assert again == busy_day
    assert simulate(again, name) == simulate(busy_day, name)
    assert draw_day(4, agents=10, customers=600) != busy_day


@pytest.mark.parametrize("name", PRODUCT)
def test_nobody_is_given_more_than_their_capacity(name: str, busy_day: Day) -> None:
    assert simulate(busy_day, name).above_capacity == 0
    assert simulate(busy_day, "last id").above_capacity > 0, "the premise: the day is full enough"


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_assigned_before_it_came_nor_answered_before_it_is_assigned(name: str, busy_day: Day) -> None:
    outcome = simulate(busy_day, name)
    assert len(outcome.visits) > 600, "some come back"
    for one in outcome.visits:
        assert one.assigned is None or one.opened <= one.assigned
        assert one.answered is None or (one.assigned is not None and one.assigned < one.answered)


def test_round_robin_gives_by_turns() -> None:
    customers = [customer(id, NINE + id * 10 * MINUTE) for id in range(1, 10)]
    assert assigned_counts(simulate(day([agent(1), agent(2), agent(3)], customers), "round robin")) == [3, 3, 3]


def test_balanced_gives_to_who_has_more_room() -> None:
    customers = [customer(id, NINE + id, visit(pause=10 * HOUR)) for id in range(1, 7)]
    small_and_large = day([agent(1, capacity=3), agent(2, capacity=6)], customers)
    assert assigned_counts(simulate(small_and_large, "balanced")) == [2, 4]
    assert assigned_counts(simulate(small_and_large, "round robin")) == [3, 3]


@pytest.mark.parametrize("name", PRODUCT)
def test_what_waits_for_the_shift_is_given_when_it_begins(name: str) -> None:
    outcome = simulate(day([agent(1, "10:00-18:00")], [customer(1, NINE)]), name)
    assert outcome.visits == [VisitOutcome(NINE, NINE + HOUR, NINE + HOUR + MINUTE)]


@pytest.mark.parametrize(("patience", "assigned"), [((), None), ((30 * MINUTE,), None), ((90 * MINUTE,), 90 * MINUTE)])
def test_last_id_forgets_who_came_while_nobody_was_there(patience: tuple[int, ...], assigned: int | None) -> None:
    """Under "last id" a customer only gets an agent if they write again when one is online."""
    outcome = simulate(day([agent(1, "10:00-18:00")], [customer(1, NINE, visit(patience=patience))]), "last id")
    assert outcome.visits[0].assigned == (assigned and NINE + assigned)
    assert outcome.never_answered == (assigned is None)


@pytest.mark.parametrize("name", PRODUCT)
def test_a_shift_is_in_the_agents_zone(name: str) -> None:
    eastern = AgentPlan(1, "Asia/Makassar", ";".join(["10:30-18:00"] * 7), 10, 1.0, ())
    assert simulate(day([eastern], [customer(1, NINE)]), name).visits[0].assigned == NINE + HOUR // 2


@pytest.mark.parametrize("name", PRODUCT)
def test_the_full_are_passed_over_until_something_is_resolved(name: str) -> None:
    outcome = simulate(day([agent(1, capacity=2)], [customer(id, NINE) for id in (1, 2, 3)]), name)
    # The first is answered after a minute and resolved after one more.
    assert [one.assigned for one in outcome.visits] == [NINE, NINE, NINE + 2 * MINUTE]
    assert outcome.agents[0].most_open == 2


@pytest.mark.parametrize("name", PRODUCT)
def test_a_returning_customer_goes_to_who_answered_them(name: str) -> None:
    """A sticky assignment costs no turn: otherwise the last of four would go to the first agent."""
    customers = [customer(id, NINE + id * 10 * MINUTE, former=3 if id == 2 else None) for id in range(1, 5)]
    outcome = simulate(day([agent(1), agent(2), agent(3)], customers), name)
    assert outcome.sticky == 1
    assert assigned_counts(outcome) == [1, 1, 2]


def test_a_reopened_conversation_goes_on_to_somebody_who_is_there() -> None:
    """The agent's shift ended at 10. "Last id" leaves the conversation with them."""
    twice = day([agent(1, "05:00-10:00"), agent(2, "09:30-18:00")], [customer(1, NINE, visit(), visit())])
    first, second = simulate(twice, "round robin").visits
    assert first.answered == NINE + MINUTE
    assert second.opened == NINE + HOUR + 2 * MINUTE
    assert second.answered == second.opened + MINUTE
    assert simulate(twice, "last id").never_answered == 1


def test_the_timer_gives_it_to_somebody_else() -> None:
    """The first agent's tab goes a moment after the gift; ten minutes later a colleague has it."""
    agents = [agent(1, absences=[lost(NINE, 60)]), agent(2)]
    outcome = simulate(day(agents, [customer(1, NINE + 30_000)]), "round robin")
    assert outcome.timed_out == 1
    assert assigned_counts(outcome) == [1, 1]
    assert outcome.visits[0].answered == NINE + 30_000 + plan.RESPONSE_MS + MINUTE


def test_the_timer_never_gives_it_to_the_same_agent() -> None:
    alone = day([agent(1, absences=[Absence(AbsenceKind.PAUSE, NINE + 1, NINE + HOUR)])], [])
    held = day(alone.agents, [customer(1, NINE, visit(effort=1)), customer(2, NINE, visit(effort=1))])
    outcome = simulate(held, "round robin")
    assert (outcome.timed_out, outcome.never_answered) == (1, 1), "the other one was in hand"
    assert outcome.escalated == 1, "nobody else is there: the admins are told at once"


def test_after_two_rounds_the_admins_are_told() -> None:
    gone = [lost(NINE, 60), Absence(AbsenceKind.LOST, NINE + 10 * MINUTE, NINE + HOUR)]
    agents = [agent(id, absences=[one]) for id, one in enumerate(gone, start=1)]
    outcome = simulate(day([*agents, agent(3)], [customer(1, NINE + 1)]), "round robin")
    assert (outcome.timed_out, outcome.escalated) == (2, 1)
    assert outcome.visits[0].answered == NINE + 1 + 2 * plan.RESPONSE_MS + MINUTE


def test_a_tab_that_is_gone_is_given_nothing_after_the_grace() -> None:
    agents = [agent(1, absences=[lost(NINE, 60)]), agent(2)]
    customers = [customer(id, NINE + id * 2 * MINUTE) for id in range(1, 5)]
    assert assigned_counts(simulate(day(agents, customers), "round robin")) == [0, 4]
    assert assigned_counts(simulate(day(agents, customers), "last id")) == [2, 2], "it never looks"


def test_lunch_returns_what_is_open() -> None:
    lunch = Absence(AbsenceKind.LUNCH, NINE + 30_000, NINE + HOUR)
    pair = day([agent(1, absences=[lunch]), agent(2)], [customer(1, NINE, visit(pause=HOUR)), customer(2, NINE + 1)])
    outcome = simulate(pair, "round robin")
    assert outcome.returned == 1
    assert assigned_counts(outcome) == [1, 2]
    assert outcome.visits[0].answered == NINE + MINUTE, "the answer in hand is written before"


@pytest.mark.parametrize("kind", AbsenceKind)
def test_what_waits_is_given_when_somebody_comes_back(kind: AbsenceKind) -> None:
    away = Absence(kind, NINE, NINE + 30 * MINUTE)
    outcome = simulate(day([agent(1, absences=[away])], [customer(1, NINE + 20 * MINUTE)]), "round robin")
    assert outcome.visits[0].assigned == NINE + 30 * MINUTE


def test_turns_survive_a_restart_and_a_cache_does_not() -> None:
    customers = [customer(id, NINE + id * 10 * MINUTE) for id in (1, 2)]
    restarted = day([agent(1), agent(2)], customers, restarts=[NINE + 15 * MINUTE])
    assert assigned_counts(simulate(restarted, "round robin")) == [1, 1]
    assert assigned_counts(simulate(restarted, "last id")) == [2, 0]


def test_percentiles_by_nearest_rank() -> None:
    assert percentile([1, 2, 3, 4], 0.5) == 2
    assert percentile([1, 2, 3, 4], 0.51) == 3
    assert percentile([1, inf], 1) == inf
    assert percentile([7], 0) == 7


def test_the_spread_is_among_colleagues_of_one_shift() -> None:
    early, late = "05:00-13:00", "13:00-21:00"
    customers = [customer(id, NINE + id * 10 * MINUTE) for id in range(1, 5)]
    uneven = simulate(day([agent(1, early), agent(2, early), agent(3, late)], customers), "round robin")
    assert assigned_counts(uneven) == [2, 2, 0]
    assert uneven.spread == 0
