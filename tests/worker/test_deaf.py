"""A page that claims to be connected but receives nothing is detected, reloaded, and replaced if that does not help."""

import time

import pytest

from devtools.waiting import until
from tests.worker.cast import Stream
from tests.worker.conftest import Stage
from tests.worker.sends import send_text
from wa_worker.browser.liveness import Liveness, Verdict, is_from_server
from wa_worker.browser.silence import SilenceDetector
from wa_worker.page.history_calls import ChatHead
from wa_worker.session.page_tasks import DELIVERY_SECONDS


def reasons(stream: Stream) -> list[str]:
    return [event.reason for event in stream.events("SessionChanged")]


def paired(backstage: Stage, *, probe_seconds: str = "2", answer_seconds: str = "3") -> Stage:
    """Two seconds of silence are enough, and three for an answer; in earnest 20 and 8: it is found within 60.

    Where a page that hears must not be taken for deaf, an answer gets more: a busy machine may need three seconds.
    """
    stage = backstage.start(ROMS_PROBE_SECONDS=probe_seconds, ROMS_ANSWER_SECONDS=answer_seconds)
    stage.pair()
    stage.stream.begin_here()
    return stage


@pytest.mark.parametrize("how", ["socket", "store"])
def test_a_deaf_page_is_loaded_again_and_what_came_meanwhile_is_found(backstage: Stage, how: str) -> None:
    stage = paired(backstage, answer_seconds="10")
    chat = stage.simulator.customer(1)
    stage.simulator.ctl("deaf", how=how)
    stage.simulator.write(chat, "ada orang?")
    until(lambda: "deaf" in reasons(stage.stream), "the state")
    stage.stream.await_status("live")
    until(lambda: "ada orang?" in stage.stream.bodies(), "what came while it was deaf")
    assert "browser.lost" not in stage.worker.log, "a load was enough"


def test_a_page_that_stays_deaf_gets_a_new_browser(backstage: Stage) -> None:
    stage = paired(backstage)
    stage.simulator.ctl("deaf", how="store", sticky=True)
    until(lambda: "error=deaf" in stage.worker.log or "'deaf'" in stage.worker.log, "the new browser")
    stage.simulator.ctl("deaf", how=None)
    stage.stream.await_status("live")


def test_a_page_that_only_hears_itself_is_deaf(backstage: Stage) -> None:
    """Replies go out one after the other; each shows itself in the page, and none gets a tick."""
    stage = paired(backstage, probe_seconds="6")
    chats = [stage.simulator.customer(number) for number in range(30)]
    for chat in chats:
        stage.simulator.write(chat, "halo")
    until(lambda: len(stage.stream.events("MessageReceived")) == len(chats), "the customers")
    stage.simulator.ctl("deaf", how="socket")
    for chat in chats:
        send_text(stage, chat, "ya?")
    until(lambda: "deaf" in reasons(stage.stream), "the state")
    stage.stream.await_status("live")


@pytest.mark.parametrize(
    ("raw", "is_proof"),
    [
        ({"event": "message", "fromMe": False}, True),
        ({"event": "message", "fromMe": True}, False),
        ({"event": "ack", "ack": 1}, True),
        ({"event": "ack", "ack": 0}, False),
        ({"event": "edited", "fromMe": False}, True),
        ({"event": "revoked", "fromMe": True}, False),
        ({"event": "reaction", "isOurs": False}, True),
        ({"event": "reaction", "isOurs": True}, False),
        ({"event": "hint", "name": "contact"}, False),
        ({"event": "broken"}, False),
    ],
)
def test_what_proves_that_a_page_hears(raw: dict[str, object], is_proof: bool) -> None:
    assert is_from_server(raw) is is_proof


def test_it_asks_only_in_silence_and_believes_two_lost_answers() -> None:
    page = Liveness(silence=20.0)
    assert not page.is_due(100.0), "it has just come live"
    assert page.is_due(102.0)
    assert page.note_answer(102.0, is_answered=True) is Verdict.RECEIVES
    page.note_received(115.0)
    assert not page.is_due(134.0)
    assert page.is_due(135.0)
    assert page.note_answer(143.0, is_answered=False) is Verdict.UNSURE
    assert page.is_due(145.0)
    assert page.note_answer(153.0, is_answered=False) is Verdict.DEAF, "115 to 153: within 60 s"
    assert not page.is_due(160.0)
    assert page.is_due(162.0)
    page.note_answer(170.0, is_answered=False)
    assert page.note_answer(180.0, is_answered=False) is Verdict.DEAF_AGAIN


def test_an_answer_after_the_load_makes_it_new() -> None:
    page = Liveness(silence=20.0)
    page.is_due(0.0)
    for answered in (False, False, True, False):
        page.note_answer(1.0, is_answered=answered)
    assert page.note_answer(2.0, is_answered=False) is Verdict.DEAF


def test_a_page_that_keeps_to_itself_what_it_shows_is_loaded_again(backstage: Stage) -> None:
    """The server answers it, its chats show the message, and its hooks say nothing."""
    stage = paired(backstage, probe_seconds="20", answer_seconds="20")
    chat, began = stage.simulator.customer(1), time.monotonic()
    # Only what was written after the page came live had to be told.
    until(lambda: time.monotonic() > began + DELIVERY_SECONDS + 1, "a number that is live for good")
    stage.simulator.ctl("deaf", how="events")
    told = time.monotonic()
    stage.simulator.write(chat, "ada orang?")
    until(lambda: "ada orang?" in stage.stream.bodies(), "what it kept to itself", 120)
    assert "page.silence_detected" in stage.worker.log, f"found otherwise, in {time.monotonic() - told:.0f} s"
    stage.stream.await_status("live")
    stage.simulator.write(chat, "halo lagi")
    until(lambda: "halo lagi" in stage.stream.bodies(), "that the new load hears")


def head(chat: str, newest: str | None, t: int) -> ChatHead:
    return {"chat": chat, "newest": newest, "t": t, "unread": 0}


def test_silence_is_a_customers_new_message_that_stands_untold_at_two_looks() -> None:
    told = {"false_told"}
    silence = SilenceDetector()
    heads = [
        head("1", "false_told", 200), head("2", "false_untold", 200), head("3", "true_ours", 200),
        head("4", "false_before", 100), head("5", None, 200),
    ]  # fmt: skip
    assert not silence.check(heads, 150, told.__contains__), "it may be on its way"
    assert not silence.check(heads, 150, {*told, "false_untold"}.__contains__), "it was"
    assert not silence.check(heads, 150, told.__contains__)
    assert silence.check(heads, 150, told.__contains__)
    assert not silence.check(heads, 150, told.__contains__), "once each"
    newer = [head("2", "false_newer", 210)]
    assert not silence.check(newer, 150, told.__contains__)
    assert silence.check(newer, 150, told.__contains__)


def test_a_silent_page_is_not_loaded_again_and_again() -> None:
    silence = SilenceDetector()
    assert silence.may_load(0.0)
    assert not silence.may_load(599.0)
    assert silence.may_load(600.0)
