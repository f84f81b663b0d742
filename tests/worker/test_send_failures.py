"""Sends that are refused, hang or are interrupted: each message once at the customer's phone, or told as failed.

The worker is impatient here: seconds instead of minutes, and more of them than a healthy send takes on a busy machine.
A pause, though, is long: only a test ends it.
"""

import json
import os
import signal
from collections.abc import Iterator

import pytest

from devtools.waiting import until
from tests.media.samples import PDF, picture
from tests.worker.cast import INBOX
from tests.worker.conftest import Stage, running
from tests.worker.sends import arrived, await_failed, await_sent, delays, keep, send_media, send_text
from wa_worker.contract.commands import MediaKind, ResumeSending
from wa_worker.contract.events import Alert

_PAUSE_SECONDS = 3600
_IMPATIENT = {
    "ROMS_SEND_SECONDS": "10",
    "ROMS_UPLOAD_SECONDS": "10",
    "ROMS_BREAKER_SECONDS": str(_PAUSE_SECONDS),
}


@pytest.fixture(scope="module")
def _impatient() -> Iterator[Stage]:
    with running(**_IMPATIENT) as stage:
        stage.pair()
        yield stage


@pytest.fixture
def hurt(_impatient: Stage) -> Stage:
    """A live number that this module's tests share; its faults are of the next send only."""
    _impatient.stream.begin_here()
    return _impatient


def once(stage: Stage, message_id: str) -> None:
    """The message is told as sent, and the customer has it one time."""
    await_sent(stage, message_id)
    assert len(arrived(stage, message_id)) == 1


# ---- refused


def test_a_refusal_that_may_pass_is_tried_again_under_the_same_id(hurt: Stage) -> None:
    chat = hurt.simulator.customer(60)
    hurt.simulator.ctl("fail_next_send", count=1, error="ERROR_NETWORK")
    message_id = send_text(hurt, chat, "coba lagi")
    once(hurt, message_id)
    assert {delay.reason for delay in delays(hurt, message_id)} == {"retry"}
    assert hurt.stream.events("CommandFailed") == []


def test_a_file_too(hurt: Stage) -> None:
    chat = hurt.simulator.customer(61)
    hurt.simulator.ctl("fail_next_send", count=1, error="ERROR_UPLOAD")
    message_id = send_media(hurt, chat, MediaKind.IMAGE, keep(hurt, picture(), "jpg"), "image/jpeg")
    once(hurt, message_id)
    assert {delay.reason for delay in delays(hurt, message_id)} == {"retry"}


@pytest.mark.parametrize(
    ("error", "reason", "is_permanent"),
    [
        ("CONTENT_TOO_BIG", "too_big", True),
        ("blocked", "blocked", True),
        ("unsupported media", "unsupported_media", True),
    ],
)
def test_one_that_does_not_pass_is_told_at_once(hurt: Stage, error: str, reason: str, is_permanent: bool) -> None:
    chat = hurt.simulator.customer(62)
    hurt.simulator.ctl("fail_next_send", count=1, error=error)
    message_id = send_text(hurt, chat, "tidak bisa")
    failed = await_failed(hurt, message_id)
    assert (failed.command, failed.reason, failed.is_permanent) == ("SendText", reason, is_permanent)
    assert error in failed.detail
    assert delays(hurt, message_id) == []
    once(hurt, send_text(hurt, chat, "lalu"))


# ---- hanging


def test_a_send_that_hangs_but_is_through(hurt: Stage) -> None:
    chat = hurt.simulator.customer(63)
    hurt.simulator.ctl("hang", what="send", count=1, through=True)
    once(hurt, send_text(hurt, chat, "sampai"))


def test_a_send_that_hangs_and_got_nowhere_holds_up_no_other_chat(hurt: Stage) -> None:
    stuck, other = hurt.simulator.customer(64), hurt.simulator.customer(65)
    hurt.simulator.ctl("hang", what="send", count=1, through=False)
    message_id = send_text(hurt, stuck, "macet")
    behind = send_text(hurt, stuck, "di belakang")
    until(lambda: not hurt.simulator.state()["hanging"].get("send"), "it hangs")
    beside = send_text(hurt, other, "di samping")
    once(hurt, beside)
    once(hurt, message_id)
    once(hurt, behind)
    told = [event.wa_message_id for event in hurt.stream.events("MessageSent")]
    assert told.index(beside) < told.index(message_id), "the other chat did not wait"
    order = [m["id"] for m in hurt.simulator.state()["sent"] if m["chat"] == stuck]
    assert order == [message_id, behind]


def test_a_send_that_hangs_while_the_customer_is_away(hurt: Stage) -> None:
    """Through, without any tick to tell: the next load of the page knows."""
    chat = hurt.simulator.customer(66)
    hurt.simulator.ctl("contact", id=chat, online=False)
    hurt.simulator.ctl("hang", what="send", count=1, through=True)
    once(hurt, send_text(hurt, chat, "nanti dibaca"))


def test_an_upload_that_hangs(hurt: Stage) -> None:
    chat = hurt.simulator.customer(67)
    hurt.simulator.ctl("hang", what="upload", count=1)
    message_id = send_media(hurt, chat, MediaKind.DOCUMENT, keep(hurt, PDF, "pdf"), "application/pdf", filename="a.pdf")
    once(hurt, message_id)


# ---- interrupted


def test_the_page_reloads_in_mid_send_and_mid_upload(hurt: Stage) -> None:
    chat, other = hurt.simulator.customer(68), hurt.simulator.customer(69)
    hurt.simulator.ctl("hang", what="send", count=1, through=True)
    hurt.simulator.ctl("hang", what="upload", count=1)
    text = send_text(hurt, chat, "sedang dikirim")
    file = send_media(hurt, other, MediaKind.DOCUMENT, keep(hurt, PDF, "pdf"), "application/pdf", filename="a.pdf")
    until(lambda: not any(hurt.simulator.state()["hanging"].values()), "both are on their way")
    hurt.simulator.ctl("reload")
    once(hurt, text)
    once(hurt, file)


@pytest.mark.parametrize("is_through", [True, False], ids=["through", "not through"])
def test_the_worker_killed_in_mid_send(hurt: Stage, is_through: bool) -> None:
    chat = hurt.simulator.customer(70)
    hurt.simulator.ctl("hang", what="send", count=1, through=is_through)
    message_id = send_text(hurt, chat, "tengah jalan")
    until(lambda: not hurt.simulator.state()["hanging"].get("send"), "it is on its way")
    hurt.worker.end(signal.SIGKILL)
    hurt.worker.start()
    once(hurt, message_id)


def test_chromium_killed_between_the_cloud_and_its_answer(hurt: Stage) -> None:
    hurt.restart_in_order()
    hurt.stream.begin_here()
    chat = hurt.simulator.customer(71)
    hurt.simulator.ctl("contact", id=chat, online=False)
    hurt.simulator.ctl("hang", what="send", count=1, through=True)
    message_id = send_text(hurt, chat, "sudah di awan")
    until(lambda: arrived(hurt, message_id), "the cloud has it")
    os.kill(hurt.chromium_pid(), signal.SIGKILL)
    once(hurt, message_id)


def test_what_the_page_holds_without_a_network_is_never_sent_beside_it(hurt: Stage) -> None:
    """The network goes in the moment of sending: the page has the message in its own outbox and sends it itself."""
    chat = hurt.simulator.customer(72)
    once(hurt, send_text(hurt, chat, "satu"))
    hurt.simulator.ctl("network", online=False)
    ids = [send_text(hurt, chat, f"tanpa jaringan {n}") for n in range(3)]
    hurt.stream.await_status("reconnecting")
    hurt.simulator.ctl("network", online=True)
    for message_id in ids:
        once(hurt, message_id)
    order = [m["id"] for m in hurt.simulator.state()["sent"] if m["chat"] == chat]
    assert order[1:] == ids


# ---- signs of a ban: last, because each restarts the worker or rests


def test_three_refusals_in_a_row_pause_sending_until_one_message_goes(hurt: Stage) -> None:
    chats = [hurt.simulator.customer(n) for n in range(73, 78)]
    hurt.simulator.ctl("fail_next_send", count=3)
    for chat in chats[:3]:
        await_failed(hurt, send_text(hurt, chat, "ditolak"))
    until(lambda: alerts(hurt) == [Alert.SENDING_PAUSED], "the alert")
    waiting = [send_text(hurt, chat, "menunggu") for chat in chats[3:]]
    until(lambda: all(delays(hurt, one) for one in waiting), "why they wait")
    assert {delay.reason for delay in delays(hurt, waiting[0])} == {"breaker"}
    assert hurt.stream.acks(waiting[0]) == []
    hurt.worker.end()
    end_pause(hurt)
    hurt.worker.start()
    for message_id in waiting:
        once(hurt, message_id)
    until(lambda: alerts(hurt) == [], "the alert is over")


def test_a_ban_sign_pauses_sending_over_a_restart_until_an_admin_resumes(hurt: Stage) -> None:
    chat = hurt.simulator.customer(78)
    hurt.simulator.ctl("backend_event", name="account_temporarily_banned")
    until(lambda: alerts(hurt) == [Alert.SENDING_PAUSED], "the alert")
    message_id = send_text(hurt, chat, "menunggu admin")
    until(lambda: delays(hurt, message_id), "why it waits")
    hurt.worker.end()
    hurt.stream.begin_here()
    hurt.worker.start()
    hurt.stream.await_status("live")
    until(lambda: alerts(hurt) == [Alert.SENDING_PAUSED], "the alert, after a restart")
    until(lambda: delays(hurt, message_id), "why it waits, after a restart")
    assert arrived(hurt, message_id) == []
    hurt.stream.command(ResumeSending(inbox_id=INBOX))
    once(hurt, message_id)
    assert alerts(hurt) == []


def end_pause(stage: Stage) -> None:
    """Set what the stopped worker has written as if its pause were over."""
    file = stage.folder / "profiles" / str(INBOX) / "breaker.json"
    state = json.loads(file.read_text())
    file.write_text(json.dumps({**state, "until": state["until"] - _PAUSE_SECONDS * 1000}))


def alerts(stage: Stage) -> list[Alert]:
    said = stage.stream.events("SessionChanged")
    return said[-1].alerts if said else []
