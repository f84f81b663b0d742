"""A delivery status never moves backwards."""

from hypothesis import given
from hypothesis import strategies as st

from roms_app.domain.delivery import LADDER, below, further, status_of_ack
from roms_app.models import DeliveryStatus

statuses = st.sampled_from(list(DeliveryStatus))


@given(statuses, statuses)
def test_order_of_arrival_does_not_matter(one: DeliveryStatus, other: DeliveryStatus) -> None:
    assert further(one, other) is further(other, one)


@given(st.lists(statuses, min_size=1))
def test_many_steps_end_at_the_highest(steps: list[DeliveryStatus]) -> None:
    reached = DeliveryStatus.QUEUED
    for step in steps:
        before, reached = reached, further(reached, step)
        assert LADDER.index(reached) >= LADDER.index(before)
    assert reached is max([DeliveryStatus.QUEUED, *steps], key=LADDER.index)


@given(statuses, statuses)
def test_below_says_what_may_be_replaced(status: DeliveryStatus, other: DeliveryStatus) -> None:
    assert (other in below(status)) == (further(status, other) is status and status is not other)


def test_every_status_has_a_place() -> None:
    assert set(LADDER) == set(DeliveryStatus)


def test_proof_of_sending_overrules_a_failure_but_a_failure_no_proof() -> None:
    assert further(DeliveryStatus.FAILED, DeliveryStatus.SENT) is DeliveryStatus.SENT
    assert further(DeliveryStatus.DELIVERED, DeliveryStatus.FAILED) is DeliveryStatus.DELIVERED


@given(st.integers(min_value=-1, max_value=5))
def test_every_ack_of_the_contract_is_known(ack: int) -> None:
    assert status_of_ack(ack) in DeliveryStatus
