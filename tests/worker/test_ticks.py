"""Ticks that a page took along: asked for by the message's id, whatever page comes next."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

from devtools.waiting import until
from tests.worker.cast import INBOX
from tests.worker.conftest import Stage
from tests.worker.look_backs import Number, Page
from tests.worker.sends import await_sent, send_text
from wa_worker.contract.events import AckChanged, MessageSent
from wa_worker.receiving.open_ticks import OpenTicks

DAY = 86_400


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.is_file() else {}


def verified(folder: Path, chat: str) -> str:
    """The key of the message up to which a look-back has been."""
    return read(folder / "checkpoint.json").get("verified", {}).get(chat, [""])[0]


def sent(message_id: str, *, ack: int = 1, age: int = 0) -> MessageSent:
    at = (int(time.time()) - age) * 1000
    return MessageSent(inbox_id=INBOX, wa_message_id=message_id, chat_jid="1@lid", sent_at=at, ack=ack, body="ya")


def ids(ticks: OpenTicks) -> list[str]:
    return [one["id"] for one in ticks.to_query()]


def test_a_tick_that_went_with_its_page_is_found_on_a_message_that_the_next_one_does_not_hold(backstage: Stage) -> None:
    stage = backstage.start(ROMS_LOOK_BACK_SECONDS="2")
    stage.pair()
    chat = stage.simulator.customer(1)
    message_id = send_text(stage, chat, "sudah dikirim kak")
    await_sent(stage, message_id)
    until(lambda: max(stage.stream.acks(message_id)) == 2, "that it arrived")
    for number in range(60):
        stage.simulator.write(chat, f"pesan {number}")
    until(lambda: "pesan 59" in stage.stream.bodies(), "what pushes it out of a fresh page's memory")
    folder = stage.folder / "profiles" / str(INBOX)
    until(lambda: message_id in read(folder / "ticks.json"), "what the worker remembers")
    # A look-back that began before it would tell of it again, with all of its ticks.
    until(lambda: verified(folder, chat).startswith("false_"), "one past it")
    os.kill(stage.worker.pid, signal.SIGSTOP)
    # The page gets the tick but can't deliver it to the worker, and WhatsApp does not repeat it.
    stage.simulator.ctl("receipt", ids=[message_id], ack=3, chat=chat)
    stage.worker.end(signal.SIGKILL)
    until(lambda: stage.simulator.state()["pages"] == 0, "the end of the page")
    stage.worker.start()
    until(lambda: max(stage.stream.acks(message_id)) == 3, "that it was read", 90)


def test_what_may_still_get_ticks_outlives_the_process(tmp_path: Path) -> None:
    path = tmp_path / "ticks.json"
    ticks = OpenTicks(path)
    for event in (sent("arrived"), sent("read"), sent("read-before", ack=3), sent("old", age=DAY + 60), sent("new")):
        ticks.note_sent(event)
    ticks.note_published(["arrived"], 2)
    ticks.note_published(["arrived"], 1)
    ticks.note_published(["read", "of nobody"], 3)
    assert ids(ticks) == ["arrived", "new"]
    answers = [{"chat": "1@lid", "id": name, "ack": ack} for name, ack in (("arrived", 2), ("new", 2), ("read", 3))]
    assert [one["id"] for one in ticks.newer_ticks(answers)] == ["new"]


async def test_it_is_kept_on_disk_and_bounded(tmp_path: Path) -> None:
    path = tmp_path / "ticks.json"
    ticks = OpenTicks(path)
    for number in range(2500):
        ticks.note_sent(sent(f"m{number}"))
    await ticks.save()
    again = OpenTicks(path)
    assert len(ids(again)) == 2000
    assert again.to_query()[-1] == {"chat": "1@lid", "id": "m2499"}
    again.clear()
    await again.save()
    assert ids(OpenTicks(path)) == []


def test_a_file_that_is_no_such_file_is_nothing_remembered(tmp_path: Path) -> None:
    path = tmp_path / "ticks.json"
    path.write_text('{"a": [1], "b": 7}')
    assert ids(OpenTicks(path)) == []


def test_more_ticks_than_an_event_holds_are_told_in_several(tmp_path: Path) -> None:
    number = Number(tmp_path, Page())
    number.inbound.hold(set())
    names = [f"3EB0{n:04X}" for n in range(1500)]
    for name in names:
        number.checkpoint.ticks.note_sent(sent(name))
    number.inbound.deliver([{"event": "ack", "chat": "1@lid", "ids": names, "ack": 3}])
    told = [event for event, _ in number.spool.queue if isinstance(event, AckChanged)]
    assert [name for event in told for name in event.wa_message_ids] == names
    assert len(ids(number.checkpoint.ticks)) == 1500, "none is told before Redis has it"
    _, first_is_there = number.spool.queue[0]
    assert first_is_there is not None
    first_is_there()
    assert ids(number.checkpoint.ticks) == names[1000:], "told is only what stands in that event"
    number.spool.write()
    assert ids(number.checkpoint.ticks) == []
