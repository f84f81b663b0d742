"""What runs beside a page never dies unseen, and a look-back that fails holds nothing back for ever."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from wa_worker.browser_keeper import watched
from wa_worker.config import WorkerSettings
from wa_worker.page_chores import PageChores
from wa_worker.page_watch import BrowserLost
from wa_worker.presence import Presence


async def _for_ever() -> None:
    await asyncio.Event().wait()


async def _break() -> None:
    raise ZeroDivisionError("in the middle")


async def _return() -> None:
    return


@pytest.mark.parametrize("ended", [_break, _return])
async def test_what_ends_beside_a_page_ends_the_page(ended: Any) -> None:
    with pytest.raises(BrowserLost, match="beside the page"):
        await asyncio.wait_for(watched(_for_ever(), [_for_ever(), ended()]), 5)


async def test_the_pages_own_end_is_what_counts() -> None:
    with pytest.raises(ZeroDivisionError):
        await watched(_break(), [_for_ever()])
    await watched(_return(), [_for_ever()])


class Broken:
    """A look-back that meets what nobody foresaw."""

    def __init__(self) -> None:
        self.runs = 0
        self.calls: list[dict[str, Any]] = []

    async def run(self, _page: Any, **asked: Any) -> int:
        self.calls.append(asked)
        self.runs += 1
        raise OverflowError("cannot convert float infinity to integer")


class Held:
    def __init__(self) -> None:
        self.released = asyncio.Event()

    def hold(self, _chats: set[str]) -> None:
        self.released.set()


async def test_a_look_back_that_fails_is_tried_again_and_lets_go(tmp_path: Path) -> None:
    lease: Any = None
    presence = Presence(lease, lambda: None)
    look_back, held, profile, page = Broken(), Held(), object(), object()
    parts: Any = (presence, held, look_back, profile)
    settings = WorkerSettings(data_dir=tmp_path, look_back_seconds=0.01)
    chores = PageChores(settings, *parts, is_unused=lambda: True, recycle=lambda: None)
    anything: Any = page
    running = asyncio.gather(*chores.beside(anything))
    presence.come()
    chores.look_back_now(repeat=True)
    await asyncio.wait_for(held.released.wait(), 20)
    assert look_back.runs == 3
    assert all(call["repeat"] for call in look_back.calls)
    running.cancel()


async def test_a_page_has_caught_up_once_whatsapp_said_so() -> None:
    lease: Any = None
    presence = Presence(lease, lambda: None)
    presence.note_loading()
    presence.go()
    presence.note_handed_all()
    presence.go()
    presence.come()
    assert presence.is_caught_up, "it may be said before we have seen that it is live"
    presence.go()
    presence.come()
    assert not presence.is_caught_up, "it was away again"
    presence.note_handed_all()
    presence.note_loading()
    presence.come()
    assert not presence.is_caught_up, "another page"
