"""Tests of the rotation: which agent is next."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from roms_app.domain.rotation import AgentSlot, is_present, next_in_turn


@given(st.integers(1, 9), st.integers(0, 60))
def test_turns_differ_by_one_at_most(agents: int, rounds: int) -> None:
    slots = [AgentSlot(id, f"Agent {id}", last_turn=0) for id in range(1, agents + 1)]
    given_to: Counter[int] = Counter({slot.agent_id: 0 for slot in slots})
    for turn in range(1, rounds + 1):
        slot = next_in_turn(slots, "round_robin")
        assert slot is not None
        slot.last_turn = turn
        given_to[slot.agent_id] += 1
    assert max(given_to.values()) - min(given_to.values()) <= 1


def test_oldest_turn_then_lowest_id() -> None:
    assert next_in_turn([AgentSlot(3, "", 5), AgentSlot(2, "", 4), AgentSlot(1, "", 4)], "round_robin") == AgentSlot(
        1, "", 4
    )


def test_nobody() -> None:
    assert next_in_turn([], "balanced") is None


def test_presence_has_a_grace() -> None:
    assert is_present(1000, now=1090, grace_ms=90)
    assert not is_present(1000, now=1091, grace_ms=90)
    assert not is_present(None, now=0, grace_ms=90)
