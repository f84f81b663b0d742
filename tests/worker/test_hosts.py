"""Several workers: each number is held once, a dead worker's numbers move, and a profile that is elsewhere is told."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devtools.waiting import until
from tests.worker.cast import INBOX, Stream, Worker
from tests.worker.conftest import Stage
from wa_worker.contract.addressing import mint_message_id
from wa_worker.contract.commands import ResetSession, SendText
from wa_worker.contract.streams import Heartbeat, heartbeat_key, profile_key

NUMBERS = [INBOX, 8, 9, 10]


@pytest.fixture
def second(backstage: Stage) -> Iterator[Callable[..., Worker]]:
    """Start another worker with the same Redis; by default in the same data folder."""
    begun: list[Worker] = []

    def start(data: Path | None = None, **env: str) -> Worker:
        folder = backstage.folder / "second"
        folder.mkdir(exist_ok=True)
        settings = {"ROMS_DATA_DIR": str(data or backstage.folder), "ROMS_WORKER_ID": "second", **env}
        worker = Worker(folder, backstage.redis.url, backstage.simulator.port, **settings)
        begun.append(worker)
        worker.start()
        until(lambda: "worker.started" in worker.log, "the second worker")
        until(lambda: beat_of(backstage, "second"), "its heartbeat")
        return worker

    yield start
    for worker in begun:
        print(worker.log)
        worker.end()


def beat_of(stage: Stage, worker: str) -> Heartbeat | None:
    raw = stage.stream.redis.get(heartbeat_key(worker))
    return Heartbeat.model_validate_json(str(raw)) if raw else None


def held_by(stage: Stage, worker: str) -> list[int]:
    beat = beat_of(stage, worker)
    return beat.inbox_ids if beat else []


def send(stage: Stage, chat: str, body: str) -> str:
    message_id = mint_message_id()
    stage.stream.command(SendText(inbox_id=INBOX, wa_message_id=message_id, chat_jid=chat, body=body))
    return message_id


def test_two_workers_share_the_numbers_and_one_takes_over_the_others(
    backstage: Stage, second: Callable[..., Worker]
) -> None:
    backstage.stream.stop_number()
    stage = backstage.start(ROMS_WORKER_ID="first")
    until(lambda: beat_of(stage, "first"), "the first worker")
    second()
    for inbox_id in NUMBERS:
        stage.stream.start_number(inbox_id)
    until(lambda: stage.stream.held() == NUMBERS, "all held")
    until(lambda: [len(held_by(stage, worker)) for worker in ("first", "second")] == [2, 2], "fair shares")
    theirs = held_by(stage, "first")
    streams = [Stream(stage.redis.url, inbox_id) for inbox_id in theirs]
    for stream in streams:
        stream.begin_here()
    stage.worker.end(signal.SIGKILL)
    for stream in streams:
        stream.await_status("waiting_for_scan")
    until(lambda: held_by(stage, "second") == NUMBERS, "the heartbeat")


def test_a_worker_started_twice_waits_and_takes_over_when_the_first_dies(
    paired: Stage, second: Callable[..., Worker]
) -> None:
    other = second()
    chat = paired.simulator.customer(1)
    first_id = send(paired, chat, "satu")
    until(lambda: paired.stream.is_sent(first_id), "the reply")
    assert held_by(paired, "second") == []
    assert "browser.lost" not in other.log
    paired.stream.begin_here()
    paired.worker.end(signal.SIGKILL)
    paired.simulator.write(chat, "masih ada?")
    paired.stream.await_status("live")
    until(lambda: "masih ada?" in paired.stream.bodies(), "the message")
    second_id = send(paired, chat, "dua")
    until(lambda: paired.stream.is_sent(second_id), "the reply of the heir")
    assert [m["id"] for m in paired.simulator.state()["sent"]] == [first_id, second_id]


def test_a_stopped_worker_that_lost_its_lease_says_and_sends_nothing(
    paired: Stage, second: Callable[..., Worker]
) -> None:
    """Its page is alive meanwhile, and hears; the other worker's word is that the profile is in use."""
    pid = worker_pid(paired)
    other = second()
    chat = paired.simulator.customer(1)
    os.kill(pid, signal.SIGSTOP)
    try:
        until(lambda: held_by(paired, "second") == [INBOX], "the lease moves")
        until(lambda: reasons(paired)[-1:] == ["profile_in_use"], "why it waits")
        paired.stream.begin_here()
        paired.simulator.write(chat, "halo")
        message_id = send(paired, chat, "ya")
    finally:
        os.kill(pid, signal.SIGCONT)
    until(lambda: "lease.lost" in paired.worker.log, "the old one's end")
    paired.stream.await_status("live")
    until(lambda: "halo" in paired.stream.bodies(), "the message")
    until(lambda: paired.stream.is_sent(message_id), "the reply")
    assert len([e for e in paired.stream.events("MessageReceived") if e.body == "halo"]) == 1
    assert [m["id"] for m in paired.simulator.state()["sent"]] == [message_id]
    assert held_by(paired, "second") == [INBOX]
    assert "session.died" not in other.log


def test_a_profile_on_another_host_is_told_and_waited_for(backstage: Stage, second: Callable[..., Worker]) -> None:
    stage = backstage.start(ROMS_WORKER_ID="first", ROMS_HOST_NAME="toko-a")
    stage.pair()
    until(lambda: stage.stream.redis.hgetall(profile_key(INBOX)).get("host") == "toko-a", "its home")
    other = second(stage.folder / "elsewhere", ROMS_HOST_NAME="toko-b", ROMS_ELSEWHERE_SECONDS="2")
    stage.worker.end(signal.SIGKILL)
    until(lambda: reasons(stage)[-1:] == ["profile_elsewhere"], "the state")
    last = stage.stream.events("SessionChanged")[-1]
    assert (last.status, last.host, last.qr_text) == ("reconnecting", "toko-a", None)
    assert held_by(stage, "second") == []
    stage.stream.begin_here()
    stage.worker.start()
    stage.stream.await_status("live")
    assert stage.stream.events("SessionChanged")[-1].host == "toko-a"

    stage.worker.end(signal.SIGKILL)
    until(lambda: reasons(stage)[-1:] == ["profile_elsewhere"], "the state")
    stage.stream.command(ResetSession(inbox_id=INBOX))
    stage.stream.await_status("waiting_for_scan")
    assert held_by(stage, "second") == [INBOX] or "number.moved_here" in other.log


def reasons(stage: Stage) -> list[str]:
    return [event.reason for event in stage.stream.events("SessionChanged")]


def worker_pid(stage: Stage) -> int:
    keys = stage.stream.redis.keys(heartbeat_key("*"))
    [raw] = stage.stream.redis.mget(keys)  # pyright: ignore[reportGeneralTypeIssues]
    return Heartbeat.model_validate_json(raw).pid
