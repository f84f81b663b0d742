"""A number makes only documented transitions, whatever a page shows in any order."""

import dataclasses
import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from wa_worker.contract.events import SessionStatus
from wa_worker.page.state import TRANSITIONS, Evidence, StateMachine

MODES = st.sampled_from(["", "QR", "PAIRING", "SYNCING", "MAIN", "OFFLINE", "CONFLICT", "DEPRECATED_VERSION"])
LOOKS = st.builds(
    Evidence,
    is_ready=st.booleans(),
    is_registered=st.booleans(),
    is_authenticated=st.booleans(),
    mode=MODES,
    info=st.sampled_from(["", "NORMAL", "OFFLINE", "PAIRING"]),
    is_online=st.booleans(),
    is_qr_idle=st.booleans(),
    qr_text=st.sampled_from([None, "2@a,b,c"]),
    missing=st.sampled_from([(), (), ("MsgStore",)]),
)
QR = Evidence(is_ready=True, mode="QR", qr_text="2@a,b,c")
GATE = Evidence(is_ready=True, is_registered=True, mode="PAIRING", info="PAIRING")


def walk(looks: list[tuple[Evidence, float]], *, was_paired: bool, are_rounds_used: bool = False) -> list[str]:
    """The states in order, as a session lives them: live once is paired, a logout ends the walk."""
    machine, now, states = StateMachine(), 0.0, list[str]()
    for evidence, seconds in looks:
        now += seconds
        seen = machine.observe(
            evidence, now, was_paired=was_paired, are_qr_rounds_used=are_rounds_used, logout_reason="phone_logout"
        )
        states.append(seen.status.value)
        was_paired = was_paired or seen.status is SessionStatus.LIVE
        if seen.status is SessionStatus.LOGGED_OUT:
            break
    return states


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(LOOKS, st.sampled_from([0.2, 1.0, 30.0])), min_size=2, max_size=12),
    st.booleans(),
    st.booleans(),
)
def test_only_steps_that_are_written_down(
    looks: list[tuple[Evidence, float]], was_paired: bool, are_rounds_used: bool
) -> None:
    states = [SessionStatus(name) for name in walk(looks, was_paired=was_paired, are_rounds_used=are_rounds_used)]
    for before, after in itertools.pairwise(states):
        assert after in TRANSITIONS[before], f"{before.value} → {after.value}"


def test_the_table_knows_every_state() -> None:
    assert set(TRANSITIONS) == set(SessionStatus)
    reachable = {after for before, step in TRANSITIONS.items() for after in step if after is not before}
    assert reachable == set(SessionStatus)


def test_a_scan_then_the_gate_then_the_chats() -> None:
    main = Evidence(is_ready=True, is_registered=True, is_authenticated=True, mode="MAIN", info="NORMAL")
    syncing = dataclasses.replace(main, mode="SYNCING")
    looks = [(QR, 1.0), (GATE, 1.0), (GATE, 14.0), (GATE, 2.0), (syncing, 1.0), (main, 1.0)]
    expected = ["waiting_for_scan", "scanned", "scanned", "confirm_on_phone", "syncing", "live"]
    assert walk(looks, was_paired=False) == expected


def test_a_code_that_is_gone_without_a_word_was_taken() -> None:
    gone = dataclasses.replace(QR, qr_text=None)
    states = walk([(QR, 1.0), (gone, 1.0), (gone, 1.0), (gone, 3.0), (QR, 1.0)], was_paired=False)
    assert states == ["waiting_for_scan", "not_paired", "not_paired", "scanned", "waiting_for_scan"]


def test_missing_parts_are_believed_later_while_the_page_is_not_ready() -> None:
    lacking = Evidence(missing=("Cmd",))
    assert walk([(lacking, 1.0), (lacking, 30.0)], was_paired=False)[-1] == "not_paired"
    assert walk([(lacking, 1.0), (lacking, 61.0)], was_paired=False)[-1] == "incompatible"
