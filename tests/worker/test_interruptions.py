"""Interruptions of any part lose no message, send none twice, and keep each chat's order."""

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest

from devtools.waiting import PATIENCE, until
from tests.worker.cast import INBOX
from tests.worker.conftest import Stage, running
from tests.worker.sends import arrived, await_sent, send_text
from wa_worker.contract.addressing import mint_message_id
from wa_worker.contract.commands import Backfill, SendText
from wa_worker.contract.events import MessageReceived

pytestmark = pytest.mark.browser


@contextmanager
def customers_writing(stage: Stage, chats: list[str]) -> Iterator[list[str]]:
    """Customers write 20 times a second in a thread of their own; the texts, in order, grow in the list."""
    written: list[str] = []
    stop = threading.Event()

    def write() -> None:
        while not stop.wait(0.05):
            text = f"{len(written):05d}"
            stage.simulator.write(chats[len(written) % len(chats)], text)
            written.append(text)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield written
    finally:
        stop.set()
        writer.join()


def await_growth(count: Callable[[], int], by: int) -> None:
    """Until there are so many more."""
    begun = count()
    until(lambda: count() >= begun + by, f"{by} more than {begun}")


def await_loss(stage: Stage) -> None:
    """Until it was said since `begin_here`; it may be over when somebody looks."""
    until(lambda: "reconnecting" in stage.stream.statuses(), "the loss")


def assert_complete(stage: Stage, chats: list[str], written: list[str]) -> None:
    """Everything at least once, and each chat's first appearances in order."""
    until(lambda: set(stage.stream.bodies()) >= set(written), "all messages")
    by_chat: dict[str, list[str]] = {chat: [] for chat in chats}
    for event in stage.stream.events("MessageReceived"):
        if event.body not in by_chat[event.chat_jid]:
            by_chat[event.chat_jid].append(event.body)
    for texts in by_chat.values():
        assert texts == sorted(texts)


def test_the_worker_killed_in_the_middle_of_traffic(paired: Stage) -> None:
    chats = [paired.simulator.customer(n) for n in range(3)]
    with customers_writing(paired, chats) as written:
        for _ in range(2):
            await_growth(lambda: len(written), 20)
            paired.worker.end(signal.SIGKILL)
            await_growth(lambda: len(written), 20)
            paired.worker.start()
            await_growth(lambda: len(paired.stream.bodies()), 1)
    assert_complete(paired, chats, written)
    gap = paired.stream.events("GapRecovered")
    assert gap
    assert gap[0].recovered > 0


def test_redis_killed_in_the_middle_of_traffic(paired: Stage) -> None:
    chats = [paired.simulator.customer(n) for n in range(3)]
    with customers_writing(paired, chats) as written:
        until(lambda: len(paired.stream.bodies()) >= 20, "traffic")
        paired.redis.end(signal.SIGKILL)
        await_growth(lambda: len(written), 30)
        paired.redis.start()
    assert_complete(paired, chats, written)
    message_id = mint_message_id()
    paired.stream.command(SendText(inbox_id=INBOX, wa_message_id=message_id, chat_jid=chats[0], body="ya"))
    until(lambda: paired.stream.is_sent(message_id), "a reply after Redis returned")


def test_redis_emptied(paired: Stage) -> None:
    """The checkpoint lies beside the profile: what Redis forgot before it was verified comes again."""
    chat = paired.simulator.customer(1)
    paired.simulator.write(chat, "satu")
    until(lambda: paired.stream.bodies() == ["satu"], "the message")
    paired.redis.end(signal.SIGKILL)
    for file in (paired.folder / "appendonlydir").iterdir():
        file.unlink()
    paired.simulator.write(chat, "dua")
    paired.redis.start()
    until(lambda: paired.stream.bodies()[:2] in (["satu", "dua"], ["dua", "satu"]), "both messages")
    until(lambda: paired.stream.last_status() == "live", "the state, said again")
    message_id = mint_message_id()
    paired.stream.command(SendText(inbox_id=INBOX, wa_message_id=message_id, chat_jid=chat, body="ya"))
    until(lambda: paired.stream.is_sent(message_id), "a reply")


def test_redis_emptied_while_it_runs(paired: Stage) -> None:
    """No write of the worker fails; still it notices, and what the app may not have read yet comes again."""
    chat = paired.simulator.customer(1)
    paired.simulator.write(chat, "satu")
    until(lambda: paired.stream.bodies() == ["satu"], "the message")
    paired.stream.redis.flushall()
    until(lambda: paired.stream.bodies() == ["satu"], "the message again")
    until(lambda: paired.stream.last_status() == "live", "the state, said again")


def test_redis_emptied_of_what_was_verified_and_not_read() -> None:
    """The app is away, look-backs go on: what they confirmed is in Redis only, and comes again when that is emptied."""
    with running(ROMS_LOOK_BACK_SECONDS="1") as stage:
        stage.pair()
        chat = stage.simulator.customer(1)
        stage.simulator.write(chat, "satu")
        file = stage.folder / "profiles" / str(INBOX) / "checkpoint.json"
        until(lambda: file.exists() and chat in json.loads(file.read_text())["verified"], "that it was verified")
        stage.stream.redis.flushall()
        until(lambda: stage.stream.bodies() == ["satu"], "the message again")


def test_what_is_found_names_the_message_before_it() -> None:
    """The page itself reports messages right behind a position, and within one second."""
    with running(ROMS_LOOK_BACK_SECONDS="1") as stage:
        stage.pair()
        chat = stage.simulator.customer(1)
        stage.simulator.ctl("messages", messages=[{"chat": chat, "body": body} for body in "abcd"])
        file = stage.folder / "profiles" / str(INBOX) / "checkpoint.json"
        until(lambda: file.exists() and chat in json.loads(file.read_text())["verified"], "that it was verified")
        ids = {event.body: event.wa_message_id for event in stage.stream.events("MessageReceived")}
        stage.simulator.write(chat, "e")
        until(lambda: "e" in stage.stream.bodies(), "what came live")
        stage.stream.command(Backfill(inbox_id=INBOX))
        until(lambda: ("e", ids["d"]) in _found(stage), "what came live, told again")
        stage.stream.redis.flushall()
        chain = [("a", None), ("b", ids["a"]), ("c", ids["b"]), ("d", ids["c"]), ("e", ids["d"])]
        until(lambda: _found(stage)[-5:] == chain, "all of it in WhatsApp's order")


def _found(stage: Stage) -> list[tuple[str, str | None]]:
    """The backfilled messages: each text, and the id of the message that it follows."""
    told = [event for event in stage.stream.events("MessageReceived") if isinstance(event, MessageReceived)]
    return [(event.body, event.follows) for event in told if event.is_backfill]


def test_replies_are_sent_once_over_kills(paired: Stage) -> None:
    chat = paired.simulator.customer(1)
    ids = [mint_message_id() for _ in range(30)]
    for n, message_id in enumerate(ids):
        paired.stream.command(SendText(inbox_id=INBOX, wa_message_id=message_id, chat_jid=chat, body=f"{n}"))
        if n in (10, 20):
            until(lambda i=ids[n - 5]: paired.stream.acks(i), "some were sent")
            paired.worker.end(signal.SIGKILL)
            paired.worker.start()
    for message_id in ids:
        until(lambda i=message_id: max(paired.stream.acks(i), default=0) >= 1, "every reply")
    assert [m["id"] for m in paired.simulator.state()["sent"]] == ids


def test_away_for_a_while_messages_and_ticks_are_made_up_for(paired: Stage) -> None:
    chat = paired.simulator.customer(1)
    message_id = mint_message_id()
    paired.stream.command(SendText(inbox_id=INBOX, wa_message_id=message_id, chat_jid=chat, body="halo"))
    until(lambda: paired.stream.is_sent(message_id), "sent")
    assert paired.worker.end() == 0
    assert paired.stream.last_status() == "reconnecting", "a stopped worker says so"
    assert paired.stream.events("SessionChanged")[-1].reason == "worker_stopped"
    paired.simulator.write(chat, "masih buka?")
    paired.simulator.ctl("own_message", chat=chat, body="dari HP")
    paired.simulator.ctl("receipt", ids=[message_id], ack=3)
    paired.worker.start()
    until(lambda: "masih buka?" in paired.stream.bodies(), "the message")
    until(lambda: "dari HP" in paired.stream.bodies("MessageSent"), "the phone's own reply")
    until(lambda: 3 in paired.stream.acks(message_id), "the tick")
    gap = until(lambda: next(iter(paired.stream.events("GapRecovered")), None), "the gap's receipt")
    assert gap.recovered == 2
    assert gap.away_from <= gap.away_until


def test_the_network_goes_and_returns(paired: Stage) -> None:
    chat = paired.simulator.customer(1)
    paired.simulator.ctl("network", online=False)
    paired.stream.await_status("reconnecting")
    message_id = mint_message_id()
    paired.stream.command(SendText(inbox_id=INBOX, wa_message_id=message_id, chat_jid=chat, body="nanti"))
    paired.simulator.write(chat, "di luar")
    paired.simulator.ctl("network", online=True)
    paired.stream.await_status("live")
    until(lambda: "di luar" in paired.stream.bodies(), "the message")
    until(lambda: paired.stream.is_sent(message_id), "the reply that waited")


def test_a_page_that_hangs_gets_a_new_chromium(paired: Stage) -> None:
    """Its renderer is stopped: three looks of five seconds go without an answer."""
    paired.worker.end()
    paired.start(ROMS_LOOK_SECONDS="5")
    paired.stream.await_status("live")
    chromium = psutil.Process(paired.chromium_pid())
    renderers = [child for child in chromium.children(recursive=True) if "--type=renderer" in child.cmdline()]
    paired.stream.begin_here()
    for renderer in renderers:
        renderer.suspend()
    chat = paired.simulator.customer(1)
    paired.simulator.write(chat, "halo?")
    await_loss(paired)
    paired.stream.await_status("live")
    until(lambda: "halo?" in paired.stream.bodies(), "the message")
    psutil.wait_procs([chromium, *renderers], timeout=PATIENCE)
    assert not any(process.is_running() for process in (chromium, *renderers)), "nothing of it is left"


def driver_of(stage: Stage) -> psutil.Process:
    """Playwright's driver of the worker's one number."""
    below = psutil.Process(stage.worker.pid).children(recursive=True)
    [driver] = [process for process in below if "run-driver" in process.cmdline()]
    return driver


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["dies", "hangs"])
def test_a_driver_that_dies_or_hangs_is_replaced(paired: Stage, how: signal.Signals) -> None:
    """By the next looks: the watchdog, which loads a page that never comes up again, has no part in it."""
    paired.worker.end()
    paired.start(ROMS_LOOK_SECONDS="5", ROMS_WATCHDOG_SECONDS="3600")
    paired.stream.await_status("live")
    chat, driver = paired.simulator.customer(1), driver_of(paired)
    paired.stream.begin_here()
    driver.send_signal(how)
    paired.simulator.write(chat, "masih ada?")
    reply = send_text(paired, chat, "masih")
    await_loss(paired)
    paired.stream.await_status("live")
    until(lambda: "masih ada?" in paired.stream.bodies(), "the message")
    await_sent(paired, reply)
    assert len(arrived(paired, reply)) == 1
    psutil.wait_procs([driver], timeout=60)
    assert not driver.is_running(), "nothing of it is left"


def test_a_worker_whose_driver_is_dead_ends_quietly(paired: Stage) -> None:
    paired.stream.begin_here()
    driver_of(paired).kill()
    await_loss(paired)
    assert paired.worker.end() == 0
    assert "never retrieved" not in paired.worker.log


def test_one_numbers_chromium_killed(paired: Stage) -> None:
    paired.restart_in_order()
    pid = paired.chromium_pid()
    paired.stream.begin_here()
    os.kill(pid, signal.SIGKILL)
    await_loss(paired)
    chat = paired.simulator.customer(1)
    paired.simulator.write(chat, "masih ada?")
    paired.stream.await_status("live")
    until(lambda: "masih ada?" in paired.stream.bodies(), "the message")


def test_a_tick_of_an_old_message_while_nobody_was_there(paired: Stage) -> None:
    """The page that is loaded then has only the newest of the chat in its memory."""
    chat = paired.simulator.customer(61)
    paired.simulator.ctl("contact", id=chat, online=False)
    paired.simulator.write(chat, "halo")
    sent = SendText(inbox_id=INBOX, wa_message_id=mint_message_id(), chat_jid=chat, body="segera")
    paired.stream.command(sent)
    until(lambda: paired.stream.is_sent(sent.wa_message_id), "one tick")
    paired.worker.end(signal.SIGKILL)
    until(lambda: paired.simulator.state()["pages"] == 0, "the page's end")
    many = [{"chat": chat, "body": f"lagi {number}"} for number in range(60)]
    paired.simulator.ctl("messages", messages=many)
    paired.simulator.ctl("contact", id=chat, online=True)
    paired.worker.start()
    until(lambda: 2 in paired.stream.acks(sent.wa_message_id), "two ticks")
