"""Tasks beside a page never die unnoticed, and a failing backfill holds no messages back for ever."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from devtools.waiting import PATIENCE
from tests.worker.look_backs import MINUTE, NEW, OLD, Number, Page
from wa_worker.browser.page_watch import BrowserLost
from wa_worker.browser.watched import watched
from wa_worker.config import WorkerSettings
from wa_worker.page.calls import PageTimeout
from wa_worker.session import page_tasks as page_tasks_module
from wa_worker.session.connectivity import Connectivity
from wa_worker.session.page_tasks import PageTasks


async def _for_ever() -> None:
    await asyncio.Event().wait()


async def _break() -> None:
    raise ZeroDivisionError("in the middle")


async def _return() -> None:
    return


@pytest.mark.causes(r"page\.task_failed")
@pytest.mark.parametrize("ended", [_break, _return])
async def test_what_ends_beside_a_page_ends_the_page(ended: Any) -> None:
    with pytest.raises(BrowserLost, match="beside the page"):
        await asyncio.wait_for(watched(_for_ever(), [_for_ever(), ended()]), PATIENCE)


async def test_the_pages_own_end_is_what_counts() -> None:
    with pytest.raises(ZeroDivisionError):
        await watched(_break(), [_for_ever()])
    await watched(_return(), [_for_ever()])


class Store(Page):
    """A page whose store is told what to do when it is looked into."""

    def __init__(self) -> None:
        super().__init__()
        self.write(OLD, "lama", 3 * 3600)
        self.looks = 0
        self.asked_now: list[str] = []
        self.on_look: Callable[[int], Awaitable[None]] = self._answer_at_once

    async def look_back(self, positions: list[Any]) -> list[dict[str, Any]]:
        self.looks += 1
        self.asked_now = [position["chat"] for position in positions]
        await self.on_look(self.looks)
        return await super().look_back(positions)

    async def _answer_at_once(self, _look: int) -> None:
        return


@dataclass
class Beside:
    """A live number with what looks back beside its page."""

    page: Store
    number: Number
    connectivity: Connectivity
    page_tasks: PageTasks

    def hear(self, name: str) -> None:
        """A customer writes, and the page delivers it."""
        self.page.write(OLD, name, 10)
        self.number.inbound.deliver([self.page.stored[OLD][-1]])

    @asynccontextmanager
    async def looking_back(self) -> AsyncIterator[None]:
        """For as long as a page is up."""
        page: Any = self.page
        task = asyncio.create_task(self.page_tasks._keep_backfilling(page))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Beside:
    monkeypatch.setattr(page_tasks_module, "_AGAIN_SECONDS", 0.0)
    page = Store()
    number = Number(tmp_path, page)
    anything: Any = None
    connectivity = Connectivity(anything, lambda: None)
    connectivity.mark_connected()
    page_tasks = PageTasks(
        WorkerSettings(data_dir=tmp_path, look_back_seconds=3600),
        connectivity, number.inbound, number.look, anything,
        is_unused=lambda: True, recycle=lambda: None,
    )  # fmt: skip
    return Beside(page, number, connectivity, page_tasks)


async def test_a_look_back_that_fails_is_tried_again_and_lets_go(beside: Beside) -> None:
    """Messages arrive during six backfills: the first three hold them, and the sixth is the first that succeeds."""
    heard: list[list[str]] = []
    succeeded, again = asyncio.Event(), asyncio.Event()

    async def look(number: int) -> None:
        beside.hear(f"{number}")
        heard.append(beside.number.spool.bodies())
        if number in (4, 5):
            raise PageTimeout("lookBack did not answer in 360 s")
        if number < 4:
            raise OverflowError("cannot convert float infinity to integer")
        (succeeded if number == 6 else again).set()

    beside.page.on_look = look
    async with beside.looking_back():
        beside.page_tasks.backfill_now(repeat=True)
        await asyncio.wait_for(succeeded.wait(), PATIENCE)
        beside.hear("between")
        beside.page_tasks.backfill_now()
        await asyncio.wait_for(again.wait(), PATIENCE)
    assert heard[:3] == [[], [], []]
    assert [len(told) for told in heard[3:6]] == [4, 5, 6]
    assert "between" in heard[6]
    assert "7" not in heard[6], "after one that succeeded, what is heard waits for the look-back again"


async def test_a_store_that_answers_for_no_chat_holds_nothing_for_long(beside: Beside) -> None:
    """Three look-backs give up after the first few chats; the fourth holds nothing and asks for all, and is in vain."""
    number, page = beside.number, beside.page
    chats = [OLD, *(f"2003{n}@lid" for n in range(10, 22))]
    for chat in chats[1:]:
        page.write(chat, "lama", MINUTE)
    page.unanswered = set(chats)
    asked: dict[int, list[str]] = {}
    told: dict[int, list[str]] = {}
    fifth = asyncio.Event()

    async def look(_number: int) -> None:
        if page.asked_now[0] == chats[0]:
            run = len(told) + 1
            page.write(chats[-1], f"{run}", 10)
            number.inbound.deliver([page.stored[chats[-1]][-1]])
            told[run] = number.spool.bodies()
        asked.setdefault(len(told), []).extend(page.asked_now)
        if len(told) == 5:
            fifth.set()

    page.on_look = look
    beside.page_tasks.backfill_now()
    async with beside.looking_back():
        await asyncio.wait_for(fifth.wait(), PATIENCE)
    assert [3 <= len(asked[run]) <= 5 for run in (1, 2, 3)] == [True] * 3
    assert asked[4] == chats
    assert [told[run] for run in (1, 2, 3)] == [[], [], []], "the premise: it is held"
    assert told[4] == ["1", "2", "3", "4"]
    assert told[5] == ["1", "2", "3", "4", "5"], "nothing waits again before one has succeeded"


async def test_chats_that_do_not_answer_among_others_are_only_left_out(beside: Beside) -> None:
    number, page = beside.number, beside.page
    chats = {f"20030{n}@lid": f"teks{n}" for n in range(9)}
    for chat, body in chats.items():
        page.write(chat, body, MINUTE)
    page.unanswered = set(list(chats)[::4])
    left_out = {chats[chat] for chat in page.unanswered}
    await number.look_back()
    assert set(number.spool.bodies()) == {"lama", *chats.values()} - left_out
    number.spool.write()
    page.unanswered.pop()
    page.asked.clear()
    await number.look_back()
    assert set(page.asked) == set(list(chats)[::4]), "the premise: the two that are slow are nearly alone"
    page.unanswered.clear()
    await number.look_back()
    assert set(number.spool.bodies()) == left_out


async def test_an_absence_that_begins_during_a_look_back_is_still_to_be_made_up_for(beside: Beside) -> None:
    beside.number.checkpoint.heard_at = 1
    absent: list[bool] = []
    heard_at: list[int | None] = []
    ended = asyncio.Event()

    async def look(number: int) -> None:
        absent.append(beside.connectivity.is_absent)
        heard_at.append(beside.number.checkpoint.heard_at)
        if number == 1:
            beside.connectivity.mark_disconnected()
            beside.connectivity.mark_connected()
        if number < 3:
            beside.page_tasks.backfill_now()
        else:
            ended.set()

    beside.page.on_look = look
    beside.page_tasks.backfill_now()
    async with beside.looking_back():
        await asyncio.wait_for(ended.wait(), PATIENCE)
    assert absent == [True, True, False]
    assert beside.page.changes_asked == 2, "what changed is told again after both"
    assert heard_at[:2] == [1, 1], "the gap begins where the first absence began"
    assert heard_at[2] != 1, "it has heard since"


async def test_what_a_page_did_not_live_to_repeat_the_next_one_repeats(beside: Beside) -> None:
    """Redis forgot what was published; the page is lost in the middle of the look-back that is to say it again."""
    beside.number.inbound.hold(set())
    beside.hear("terlupa")
    beside.number.spool.write()
    begun, ended = asyncio.Event(), asyncio.Event()

    async def look(number: int) -> None:
        if number == 1:
            begun.set()
            await asyncio.Event().wait()
        if number == 2:
            beside.page_tasks.backfill_now()
        if number == 3:
            ended.set()

    beside.page.on_look = look
    beside.page_tasks.backfill_now(repeat=True)
    async with beside.looking_back():
        await asyncio.wait_for(begun.wait(), PATIENCE)
    # As every page does once it is live.
    beside.page_tasks.backfill_now()
    async with beside.looking_back():
        await asyncio.wait_for(ended.wait(), PATIENCE)
    assert beside.number.spool.bodies().count("terlupa") == 1


async def test_a_chat_that_could_not_be_repeated_is_repeated_by_the_next_look_back(beside: Beside) -> None:
    """Redis forgot what was published, and the page can't read one chat when it is to be said again."""
    number, page = beside.number, beside.page
    await number.look_and_write()
    number.inbound.hold(set())
    page.write(NEW, "terlupa", 10)
    number.inbound.deliver(page.stored[NEW])
    number.spool.write()
    page.broken.add(NEW)
    await number.look_back(repeat=True)
    page.broken.clear()
    await number.look_back()
    assert number.spool.bodies() == ["terlupa"]
    number.spool.write()
    page.write(NEW, "lagi", 5)
    await number.look_back()
    assert number.spool.bodies() == ["lagi"]


async def test_a_position_moves_once_redis_has_had_the_time_to_write_to_its_disk(beside: Beside) -> None:
    """A backfill may find old messages: the time since when Redis has them counts, not the time of writing."""
    number, waiting = beside.number, list[tuple[float, Callable[[], None]]]()
    number.look.later = lambda *asked: waiting.append(asked)
    await number.look_and_write()
    assert number.checkpoint.reached() == ({}, None)
    assert min(seconds for seconds, _ in waiting) >= 3, "Redis writes once a second, and up to two later"
    for _, move in waiting:
        move()
    reached = number.checkpoint.reached()
    assert (list(reached.verified), reached.covered_at is not None) == ([OLD], True)
    await number.look_and_write()
    number.checkpoint.go_back()
    waiting[-1][1]()
    assert number.checkpoint.reached() == ({}, None), "Redis forgot meanwhile"


async def test_a_page_has_caught_up_once_whatsapp_said_so() -> None:
    lease: Any = None
    connectivity = Connectivity(lease, lambda: None)
    connectivity.note_loading()
    connectivity.mark_disconnected()
    connectivity.mark_delivery_complete()
    connectivity.mark_disconnected()
    connectivity.mark_connected()
    assert connectivity.is_caught_up, "it may be said before we have seen that it is live"
    connectivity.mark_disconnected()
    connectivity.mark_connected()
    assert not connectivity.is_caught_up, "it was away again"
    connectivity.mark_delivery_complete()
    connectivity.note_loading()
    connectivity.mark_connected()
    assert not connectivity.is_caught_up, "another page"
