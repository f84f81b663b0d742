"""The state of a number is a pure function of what the page shows and what is remembered."""

import dataclasses

import pytest

from wa_worker.contract.events import SessionStatus
from wa_worker.page.state import Evidence, Memory, Observation, derive, is_unpaired

PAIRED = Memory(was_paired=True)
NEW = Memory()
UP = Evidence(is_ready=True, mode="QR")
QR = dataclasses.replace(UP, qr_text="2@abc,d,e,f")
MAIN = Evidence(is_ready=True, is_registered=True, is_authenticated=True, mode="MAIN", info="NORMAL")


@pytest.mark.parametrize(
    ("evidence", "memory", "status", "reason"),
    [
        (Evidence(), NEW, SessionStatus.NOT_PAIRED, "loading"),
        (Evidence(), PAIRED, SessionStatus.RECONNECTING, "loading"),
        (UP, NEW, SessionStatus.NOT_PAIRED, "loading"),
        (QR, NEW, SessionStatus.WAITING_FOR_SCAN, ""),
        (MAIN, NEW, SessionStatus.LIVE, ""),
        (MAIN, PAIRED, SessionStatus.LIVE, ""),
        (dataclasses.replace(MAIN, mode="SYNCING"), NEW, SessionStatus.SYNCING, "history"),
        (dataclasses.replace(MAIN, is_authenticated=False), PAIRED, SessionStatus.SYNCING, "history"),
        (dataclasses.replace(MAIN, is_online=False), PAIRED, SessionStatus.RECONNECTING, "offline"),
        (dataclasses.replace(MAIN, info="OFFLINE"), PAIRED, SessionStatus.RECONNECTING, "offline"),
        (dataclasses.replace(MAIN, mode="CONFLICT"), PAIRED, SessionStatus.RECONNECTING, "conflict"),
        (dataclasses.replace(MAIN, mode="DEPRECATED_VERSION"), PAIRED, SessionStatus.INCOMPATIBLE, "needs_update"),
    ],
)
def test_what_is_seen_decides(evidence: Evidence, memory: Memory, status: SessionStatus, reason: str) -> None:
    seen = derive(evidence, memory)
    assert (seen.status, seen.reason) == (status, reason)


def test_a_qr_is_shown_only_to_a_number_that_was_never_paired() -> None:
    assert derive(QR, NEW).qr_text == "2@abc,d,e,f"
    for looked_before in (False, True):
        seen = derive(QR, Memory(was_paired=True, was_unpaired_before=looked_before))
        assert seen.qr_text is None


def test_a_logout_needs_two_looks_so_that_a_start_is_not_taken_for_one() -> None:
    assert derive(QR, PAIRED) == Observation(SessionStatus.RECONNECTING, "loading")
    again = dataclasses.replace(PAIRED, was_unpaired_before=is_unpaired(QR))
    assert derive(QR, again) == Observation(SessionStatus.LOGGED_OUT, "phone_logout")


def test_a_logout_that_we_asked_for_says_so() -> None:
    memory = Memory(was_paired=True, was_unpaired_before=True, logout_reason="requested")
    assert derive(QR, memory).reason == "requested"


def test_the_moment_between_logout_and_reload_is_not_live() -> None:
    evidence = dataclasses.replace(MAIN, is_registered=False, is_authenticated=False)
    assert derive(evidence, PAIRED).status is SessionStatus.RECONNECTING


def test_an_idle_qr_is_never_shown_and_pauses_when_the_rounds_are_used() -> None:
    idle = dataclasses.replace(QR, is_qr_idle=True)
    assert derive(idle, NEW) == Observation(SessionStatus.WAITING_FOR_SCAN, "qr_expired")
    assert derive(idle, Memory(are_qr_rounds_used=True)) == Observation(SessionStatus.PAUSED, "qr_expired")


def test_a_pairing_code_goes_with_the_state() -> None:
    seen = derive(dataclasses.replace(QR, pairing_code="ABCD-EFGH"), NEW)
    assert (seen.status, seen.pairing_code) == (SessionStatus.WAITING_FOR_SCAN, "ABCD-EFGH")


def test_missing_parts_are_believed_only_when_they_stay_missing() -> None:
    evidence = dataclasses.replace(MAIN, missing=("MsgStore",))
    assert derive(evidence, PAIRED).status is SessionStatus.LIVE
    seen = derive(evidence, Memory(was_paired=True, is_missing_settled=True))
    assert (seen.status, seen.reason) == (SessionStatus.INCOMPATIBLE, "missing MsgStore")


def test_evidence_from_the_page_bears_nulls_and_unknown_names() -> None:
    raw = {"is_ready": True, "mode": None, "missing": ["Conn"], "qr_text": None, "of_a_later_bridge": 1}
    assert Evidence.from_page(raw) == Evidence(is_ready=True, missing=("Conn",))
