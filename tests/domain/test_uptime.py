"""Tests of the time spans in a number's history."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from roms_app.domain.uptime import Span, Transition, live_share, spans
from wa_worker.contract.events import SessionStatus

LIVE, AWAY, SCAN = SessionStatus.LIVE, SessionStatus.RECONNECTING, SessionStatus.WAITING_FOR_SCAN

transitions = st.lists(
    st.builds(Transition, st.sampled_from([LIVE, AWAY, SCAN]), st.just(""), st.integers(0, 1000)), max_size=30
).map(lambda some: sorted(some, key=lambda one: one.at))


def test_the_state_before_the_time_begins_it() -> None:
    told = [Transition(LIVE, "", 10), Transition(AWAY, "deaf", 60), Transition(LIVE, "", 80)]
    assert spans(told, 50, 100) == [Span(LIVE, "", 50, 60), Span(AWAY, "deaf", 60, 80), Span(LIVE, "", 80, 100)]


def test_neighbours_in_one_state_are_one_stretch() -> None:
    told = [Transition(AWAY, "starting", 0), Transition(AWAY, "loading", 5), Transition(LIVE, "", 9)]
    assert spans(told, 0, 10) == [Span(AWAY, "starting", 0, 9), Span(LIVE, "", 9, 10)]


@given(transitions)
def test_stretches_follow_each_other_without_a_gap(told: list[Transition]) -> None:
    found = spans(told, 200, 800)
    assert all(one.until == other.since and one.status is not other.status for one, other in pairwise(found))
    assert all(200 <= span.since < span.until <= 800 for span in found)
    if told and told[0].at < 800:
        assert found[-1].until == 800


def test_time_without_a_pairing_is_no_outage() -> None:
    told = [Span(SCAN, "", 0, 500), Span(LIVE, "", 500, 590), Span(AWAY, "", 590, 600)]
    assert live_share(told) == 0.9
    assert live_share(told[:1]) is None
