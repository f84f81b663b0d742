"""A backfill claims to have covered only what it has, and the next one starts at the right position."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worker.look_backs import MINUTE, NEW, OLD, Number, Page, settled
from tests.worker.test_mapping import raw
from tests.worker.test_poison import POISONED
from wa_worker.contract.base import now_ms
from wa_worker.contract.events import GapRecovered, MessageReceived
from wa_worker.page.calls import PageTimeout
from wa_worker.receiving.checkpoint import Checkpoint

GROUP = "120363000000000001@g.us"


@pytest.fixture
def page() -> Page:
    page = Page()
    page.write(OLD, "lama", 3 * 3600)
    return page


async def test_what_redis_does_not_have_is_not_covered(tmp_path: Path, page: Page) -> None:
    """Redis is away, a new customer writes, the look-backs go on; then the worker is killed."""
    number = await settled(tmp_path, page)
    page.write(NEW, "baru", 15 * MINUTE)
    await number.look_back()
    await number.checkpoint.save()
    heir = Number(tmp_path, page)
    await heir.look_back()
    assert heir.spool.bodies() == ["baru"]
    heir.spool.write()
    assert (heir.checkpoint.covered_at or 0) > now_ms() - 60_000


async def test_before_whatsapp_has_told_all_nothing_is_covered(tmp_path: Path, page: Page) -> None:
    """The first look-back after an absence runs before the offline messages came; then the worker is killed."""
    number = await settled(tmp_path, page)
    await number.look_back(is_caught_up=False)
    number.spool.write()
    await number.checkpoint.save()
    page.write(NEW, "baru", 90 * MINUTE)
    heir = Number(tmp_path, page)
    await heir.look_back()
    assert heir.spool.bodies() == ["baru"]


async def test_a_chat_that_could_not_be_read_is_not_covered(tmp_path: Path, page: Page) -> None:
    number = await settled(tmp_path, page)
    page.write(NEW, "baru", 90 * MINUTE)
    page.broken.add(NEW)
    await number.look_and_write()
    page.broken.clear()
    await number.look_back()
    assert number.spool.bodies() == ["baru"]


async def test_an_unread_chat_is_read_whatever_was_covered(tmp_path: Path, page: Page) -> None:
    number = await settled(tmp_path, page)
    page.write(NEW, "baru", 5 * 3600)
    page.unread[NEW] = 1
    await number.look_back()
    assert number.spool.bodies() == ["baru"]


async def test_what_is_queued_is_not_queued_again_nor_counted(tmp_path: Path, page: Page) -> None:
    number = await settled(tmp_path, page)
    number.inbound.hold(set())
    page.write(OLD, "langsung", 10)
    number.inbound.deliver([page.stored[OLD][-1]])
    for repeat in (False, False, True):
        await number.look_back(repeat=repeat)
    assert number.spool.bodies() == ["langsung"]
    assert not any(isinstance(event, GapRecovered) for event in number.spool.write())


async def test_what_was_dropped_while_the_queue_was_full_is_told_as_after_an_absence(
    tmp_path: Path, page: Page
) -> None:
    number = await settled(tmp_path, page)
    await number.look_back()
    assert page.changes_asked == 0
    number.spool.is_full = True
    number.inbound.deliver([{"event": "ack", "chat": OLD, "ids": ["lama"], "ack": 3}])
    number.spool.is_full = False
    await number.look_back()
    await number.look_back()
    assert page.changes_asked == 1


async def test_changes_of_an_absence_that_could_not_be_read_are_told_by_the_next_look_back(
    tmp_path: Path, page: Page
) -> None:
    number = await settled(tmp_path, page)
    page.write(NEW, "baru", 10 * MINUTE)
    page.broken.add(NEW)
    await number.look_back(after_absence=True)
    assert number.spool.edited() == ["lama"], "the premise"
    page.broken.clear()
    page.asked_for_changes.clear()
    await number.look_back()
    assert number.spool.edited() == ["lama", "baru"]
    await number.look_back()
    assert page.asked_for_changes == [NEW], "the others were told, and this one is now"
    assert page.changes_asked == 1


async def interrupted(number: Number, page: Page) -> tuple[int, int]:
    """A look-back after an absence that is interrupted: since when it was away, and how many chats it had read."""
    since = number.checkpoint.heard_at = now_ms() - 3600 * 1000
    for n in range(9):
        page.write(f"20030{n}@lid", f"teks{n}", 10 * MINUTE)
    answer = page.look_back

    async def once(positions: list[Any]) -> list[dict[str, Any]]:
        number.page.look_back = breaks
        return await answer(positions)

    async def breaks(_: list[Any]) -> list[dict[str, Any]]:
        number.page.look_back = answer
        raise PageTimeout("lookBack did not answer in 360 s")

    number.page.look_back = once
    with pytest.raises(PageTimeout):
        await number.look_back(after_absence=True)
    return since, len(number.spool.bodies())


async def test_an_interrupted_look_back_is_in_the_next_ones_receipt(tmp_path: Path, page: Page) -> None:
    number = await settled(tmp_path, page)
    since, found = await interrupted(number, page)
    assert 0 < found < 9, "the premise"
    assert number.spool.gaps() == []
    number.checkpoint.note_alive()
    await number.look_back(after_absence=True)
    assert [(gap.recovered, gap.away_from) for gap in number.spool.gaps()] == [(9, since)]
    number.spool.write()
    page.write(NEW, "baru", 0)
    await number.look_back()
    assert [gap.recovered for gap in number.spool.gaps()] == [1]


async def test_another_numbers_look_back_begins_its_own_receipt(tmp_path: Path, page: Page) -> None:
    number = await settled(tmp_path, page)
    number.checkpoint.belong_to("+6281111111111")
    await interrupted(number, page)
    number.checkpoint.belong_to("+6282222222222")
    number.spool.queue.clear()
    await number.look_back(after_absence=True)
    assert number.spool.gaps() == []


async def test_a_redis_that_forgot_begins_from_what_the_app_has_taken(tmp_path: Path, page: Page) -> None:
    number = await settled(tmp_path, page)
    number.checkpoint.note_consumed(number.checkpoint.reached())
    page.write(OLD, "belum", 10 * MINUTE)
    page.write(NEW, "baru", 30 * MINUTE)
    await number.look_and_write()
    assert number.checkpoint.verified(OLD) != number.checkpoint.consumed(OLD)
    await number.checkpoint.save()
    for run in (number, Number(tmp_path, page)):
        run.checkpoint.go_back()
        await run.look_back(repeat=True)
        assert set(run.spool.bodies()) == {"belum", "baru"}, "not more, not less"
        run.spool.write()


async def test_what_redis_forgot_comes_again_though_its_address_is_not_its_chats(tmp_path: Path, page: Page) -> None:
    """The chat is known by its LID, and what was written before is still under the number."""
    number = await settled(tmp_path, page)
    page.write(NEW, "terlupa", 10 * MINUTE)
    page.stored[NEW][-1].update(key="false_6281@c.us_terlupa", chat="6281@c.us")
    await number.look_and_write()
    number.checkpoint.go_back()
    await number.look_back(repeat=True)
    assert "terlupa" in number.spool.bodies()


async def test_a_position_of_before_redis_forgot_is_none(tmp_path: Path, page: Page) -> None:
    """It was queued before, and is written after: what lay between it and the app is gone."""
    number = await settled(tmp_path, page)
    page.write(OLD, "belum", 10 * MINUTE)
    await number.look_back()
    covered = number.checkpoint.covered_at
    number.checkpoint.go_back()
    number.spool.write()
    assert number.checkpoint.verified(OLD) is None
    assert number.checkpoint.covered_at is None
    assert covered is not None


async def test_each_names_the_one_before_it(tmp_path: Path, page: Page) -> None:
    """Also the first of a look-back, which follows the position; what is not shown, or was not taken, is none."""
    number = await settled(tmp_path, page)
    page.write(OLD, "A", 0, t=now_ms() // 1000 - MINUTE)
    page.write(OLD, "hidden", 0, t=now_ms() // 1000 - MINUTE, type="e2e_notification", subtype="encrypt")
    page.write(OLD, "failed", 0, t=now_ms() // 1000 - MINUTE, fromMe=True, ack=-1)
    page.write(OLD, "B", 0, t=now_ms() // 1000 - MINUTE)
    page.write(NEW, "C", 10)
    await number.look_back()
    assert number.spool.follows() == [("A", "lama"), ("B", "A"), ("C", None)]
    number.spool.write()
    page.write(OLD, "D", 10)
    await number.look_back()
    assert number.spool.follows() == [("D", "B")]


@pytest.mark.parametrize("repeat", [True, False])
async def test_what_came_before_those_it_follows_is_told_again(tmp_path: Path, page: Page, repeat: bool) -> None:
    """The page announces the second of three and not the first; the third is of another second."""
    number = await settled(tmp_path, page)
    number.inbound.hold(set())
    second = now_ms() // 1000 - MINUTE
    for name, t in (("A", second), ("B", second), ("C", second + 1)):
        page.write(OLD, name, 0, t=t)
    number.inbound.deliver(page.stored[OLD][-2:])
    await number.look_back(repeat=repeat)
    assert number.spool.follows() == [("B", None), ("C", None), ("A", "lama"), ("B", "A")]


async def test_an_id_that_is_none_costs_only_the_place(tmp_path: Path, page: Page) -> None:
    number = await settled(tmp_path, page)
    page.write(OLD, "A", 10)
    page.write(OLD, "B", 10)
    page.stored[OLD][-2]["id"] = "x" * 500
    page.stored[OLD][0]["id"] = {"not": "an id"}
    await number.look_back()
    assert number.spool.follows() == [("B", None)]


HOSTILE = st.sampled_from([float("inf"), float("nan"), 10**30, -5, True, "9", None])


@settings(max_examples=200, deadline=None)
@given(
    messages=st.lists(st.one_of(POISONED.filter(lambda m: isinstance(m, dict)), st.builds(lambda t: raw(t=t), HOSTILE)))
)
async def test_no_stored_message_ends_a_look_back(messages: list[Any]) -> None:
    page = Page()
    page.write(OLD, "sesudah", 10 * MINUTE)
    page.write(NEW, "lain", 10 * MINUTE)
    page.stored[OLD][:0] = messages
    page.asked.clear()
    number = Number(Path("/nonexistent"), page)
    number.checkpoint.covered_at = 0

    async def all_of(positions: list[Any]) -> list[dict[str, Any]]:
        return [{"chat": position["chat"], "messages": page.stored[position["chat"]]} for position in positions]

    number.page.look_back = all_of
    await number.look_back()
    assert {"sesudah", "lain"} <= set(number.spool.bodies())
    json.dumps(number.checkpoint.reached())


async def test_what_was_said_in_groups_before_they_were_followed_was_not_missed(tmp_path: Path, page: Page) -> None:
    number = await settled(tmp_path, page)
    number.checkpoint.note_groups(False)
    await number.checkpoint.save()
    for text in ("satu", "dua", "tiga"):
        page.write(GROUP, text, 60 * MINUTE)
    heir = Number(tmp_path, page)
    heir.checkpoint.note_groups(True)
    await heir.look_back(is_caught_up=False)
    assert heir.spool.bodies() == ["satu", "dua", "tiga"], "they are there, for who answers the group now"
    assert heir.spool.gaps() == []
    heir.spool.write()
    # Followed an hour ago already: what came since is missed.
    heir.checkpoint.groups_since = now_ms() - 3_600_000
    page.write(GROUP, "empat", 10 * MINUTE)
    await heir.look_back()
    assert [gap.recovered for gap in heir.spool.gaps()] == [1]


async def test_since_when_groups_are_followed_outlives_the_process(tmp_path: Path) -> None:
    point = Checkpoint(tmp_path / "c.json")
    point.note_groups(True)
    since = point.groups_since
    assert since is not None
    await point.save()
    again = Checkpoint(tmp_path / "c.json")
    again.note_groups(True)
    assert again.groups_since == since
    again.note_groups(False)
    assert again.groups_since is None


async def test_a_file_of_an_older_worker_that_followed_groups(tmp_path: Path) -> None:
    """Messages in these chats during the update were missed."""
    (tmp_path / "c.json").write_text(json.dumps({"heard": {GROUP: ["false_x", 5]}}))
    point = Checkpoint(tmp_path / "c.json")
    point.note_groups(True)
    assert point.groups_since == 0


async def test_what_the_page_told_while_its_chat_was_held_is_no_history(tmp_path: Path, page: Page) -> None:
    """The look-back publishes it first; WhatsApp's clock is behind ours, so that it is older than the pairing."""
    number = Number(tmp_path, page)
    number.inbound.history_before = now_ms() + 60_000
    page.write(NEW, "langsung", 10)
    number.inbound.deliver([page.stored[NEW][-1]])
    await number.look_back()
    published = [event for event, _ in number.spool.queue if isinstance(event, MessageReceived)]
    assert {event.body: event.is_history for event in published} == {"lama": True, "langsung": False}
