"""A worker holds the right numbers, and they don't affect each other."""

import json
import signal
from typing import Any

import pytest

from devtools.waiting import until
from tests.worker.cast import INBOX, Stream
from tests.worker.conftest import Stage
from wa_worker.contract.streams import lease_key

OTHER = 8


def _said(stage: Stage) -> list[int]:
    """The workers' heartbeats, without the malformed one."""
    redis: Any = stage.stream.redis
    beats = [json.loads(redis.get(key) or "{}") for key in redis.keys("wa:worker:*") if not key.endswith("newer")]
    return [inbox for beat in beats for inbox in beat.get("inbox_ids", [])]


def test_numbers_start_stop_and_start_again(stage: Stage) -> None:
    stage.stream.await_status("waiting_for_scan")
    until(lambda: stage.stream.held() == [INBOX], "the heartbeat")
    stage.stream.stop_number()
    until(lambda: stage.stream.held() == [], "the number's end")
    stage.stream.begin_here()
    stage.stream.start_number()
    stage.stream.await_status("waiting_for_scan")
    assert stage.worker.end() == 0
    assert not stage.stream.redis.keys("wa:worker:*"), "a worker that stops takes its heartbeat with it"


def test_an_impatient_stop_leaves_nothing_behind(stage: Stage) -> None:
    stage.stream.await_status("waiting_for_scan")
    until(lambda: stage.stream.held() == [INBOX], "the heartbeat")
    until(lambda: stage.worker.signal_until_ended(signal.SIGINT), "the worker's end")
    assert stage.worker.end() == 0
    assert not stage.stream.redis.keys("wa:worker:*")
    assert not stage.stream.redis.exists(lease_key(INBOX))


def test_a_number_whose_session_died_is_held_again(stage: Stage) -> None:
    stage.stream.await_status("waiting_for_scan")
    stage.stream.redis.set(lease_key(INBOX), "1|other|other", px=60_000)
    until(lambda: "lease.lost" in stage.worker.log, "the session's end")
    stage.stream.begin_here()
    stage.stream.redis.delete(lease_key(INBOX))
    stage.stream.await_status("waiting_for_scan")


@pytest.mark.causes(r"session\.died")
def test_a_number_that_can_not_start_leaves_the_others_alone(backstage: Stage) -> None:
    broken = backstage.folder / "profiles" / str(OTHER)
    broken.parent.mkdir(exist_ok=True)
    broken.write_text("no folder")
    backstage.stream.start_number(OTHER)
    stage = backstage.start()
    stage.pair()
    other = Stream(stage.redis.url, OTHER)
    assert not other.events()
    assert "session.died" in stage.worker.log

    broken.unlink()
    other.await_status("waiting_for_scan")
    assert stage.stream.last_status() == "live"


def test_control_entries_that_nobody_understands_are_kept_aside(stage: Stage) -> None:
    stage.stream.redis.xadd("wa:control", {"data": '{"type":"PaintNumber"}'})
    stage.stream.start_number(OTHER)
    Stream(stage.redis.url, OTHER).await_status("waiting_for_scan")
    assert stage.stream.redis.xlen("wa:0:dead") == 1
    stage.worker.end()
    newer = {"worker_id": "newer", "pid": 1, "inbox_ids": "none yet", "at": 0}
    stage.stream.redis.set("wa:worker:newer", json.dumps(newer))
    stage.stream.begin_here()
    stage.worker.start()
    until(lambda: _said(stage) == [INBOX, OTHER], "both, beside a worker whose words nobody understands")
    assert stage.stream.redis.xlen("wa:0:dead") == 1, "put aside once"
    assert "session.died" not in stage.worker.log


def test_without_its_parts_the_worker_says_what_is_missing(backstage: Stage) -> None:
    stage = backstage.start(ROMS_WA_JS_PATH=str(backstage.folder / "nowhere.js"))
    until(lambda: "wa-js bundle is not at" in stage.worker.log, "the sentence")
