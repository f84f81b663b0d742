"""A Chromium is replaced when it has grown, or lived through the night: only while nobody needs it."""

import os
from datetime import datetime, timedelta

from devtools.waiting import until
from tests.worker.cast import INBOX
from tests.worker.conftest import Stage
from wa_worker.browser.recycle import RecycleTimer, memory_mb
from wa_worker.contract.addressing import mint_message_id
from wa_worker.contract.commands import SendText

NOON = datetime(2026, 11, 23, 12, 0)


def test_above_the_limit_it_waits_for_a_quiet_moment_but_not_for_ever() -> None:
    rule = RecycleTimer(max_mb=2000, at="", began=NOON)
    later = NOON + timedelta(hours=1)
    assert not rule.is_due(later, 1999, is_idle=True)
    assert rule.is_due(later, 2001, is_idle=True)
    assert not rule.is_due(later, 2001, is_idle=False)
    assert rule.is_due(later, 3001, is_idle=False), "else the machine's memory ends first"
    rule.note_fresh(later)
    assert not rule.is_due(later + timedelta(minutes=5), 9000, is_idle=True), "a limit too low is no loop"


def test_once_a_night() -> None:
    rule = RecycleTimer(max_mb=0, at="03:30", began=NOON)
    assert not rule.is_due(NOON + timedelta(hours=15), 9000, is_idle=True)
    night = NOON + timedelta(hours=15, minutes=30)
    assert not rule.is_due(night, 1, is_idle=False)
    assert rule.is_due(night + timedelta(minutes=40), 1, is_idle=True)
    rule.note_fresh(night + timedelta(minutes=40))
    assert not rule.is_due(night + timedelta(hours=20), 1, is_idle=True)
    assert rule.is_due(night + timedelta(hours=24), 1, is_idle=True)


def test_never_is_a_setting() -> None:
    rule = RecycleTimer(max_mb=0, at="", began=NOON)
    assert not rule.is_due(NOON + timedelta(days=9), 99_000, is_idle=True)


def test_memory_is_counted_with_all_children() -> None:
    assert memory_mb(os.getpid()) > 10
    assert memory_mb(2**22 - 1) == 0


def test_a_recycled_browser_loses_and_doubles_nothing(backstage: Stage) -> None:
    """Ten minutes are the least between two; here it is what a busy machine needs to send one reply."""
    stage = backstage.start(
        ROMS_CHROMIUM_MAX_MB="1",
        ROMS_RECYCLE_FRESH_SECONDS="15",
        ROMS_RECYCLE_LOOK_SECONDS="0.2",
        ROMS_IDLE_SECONDS="0",
    )
    stage.pair()
    chat = stage.simulator.customer(1)
    ids: list[str] = []
    begun = stage.worker.log.count("browser.recycled")
    while stage.worker.log.count("browser.recycled") < begun + 2:
        stage.simulator.write(chat, f"{len(ids):03d}")
        ids.append(mint_message_id())
        stage.stream.command(SendText(inbox_id=INBOX, wa_message_id=ids[-1], chat_jid=chat, body=f"re {len(ids)}"))
        until(lambda: stage.stream.is_sent(ids[-1]), "the reply")
    until(lambda: len(stage.stream.bodies()) == len(ids), "every message")
    assert stage.stream.bodies() == [f"{n:03d}" for n in range(len(ids))]
    assert [m["id"] for m in stage.simulator.state()["sent"]] == ids
    assert "recycling" in [event.reason for event in stage.stream.events("SessionChanged")]
