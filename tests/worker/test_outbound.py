"""A number's queue and its session lane, with a page that is played and a Redis that is real."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from wa_worker import outbound as outbound_module
from wa_worker.contract.commands import Backfill, MarkRead, SendText
from wa_worker.contract.events import EVENTS, AnyEvent
from wa_worker.contract.streams import commands_stream, dead_stream, events_stream
from wa_worker.outbound import Outbound
from wa_worker.pacing import Pacing
from wa_worker.page.outbound_calls import SendOutcome
from wa_worker.page.whatsapp_page import WhatsAppPage
from wa_worker.publisher import Publisher
from wa_worker.session_commands import SessionCommands

INBOX = 7
CHAT = "6281200000001@c.us"


class FakePage:
    """Knows what was sent; `poison` raises something that no caller of the page foresees."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.poison: set[str] = set()

    async def find_sent(self, chat: str, message_id: str) -> SendOutcome | None:
        return SendOutcome("sent", chat=chat, ack=1, t=5, is_repeated=True) if message_id in self.sent else None

    async def send_text(self, chat: str, message_id: str, *_: Any, **__: Any) -> SendOutcome:
        if message_id in self.poison:
            raise TypeError("half an emoji: \ud83d")
        self.sent.append(message_id)
        return SendOutcome("sent", chat=chat, ack=1, t=5)

    async def mark_read(self, chat: str) -> None:
        raise KeyError(chat)


class CountedPacing(Pacing):
    """Counts the turns that were taken."""

    turns = 0

    async def wait_turn(self) -> None:
        self.turns += 1


class Desk:
    """The queue with what it needs; its number goes live when `is_live` is set."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.page = FakePage()
        self.pacing = CountedPacing()
        self.acknowledged: list[str] = []
        self.is_live = asyncio.Event()
        self.publisher = Publisher(redis, INBOX, lambda: None)
        self.outbound = Outbound(
            self.publisher,
            self.pacing,
            live_page=self._live_page,
            acknowledge=self.acknowledge,
            note_sent=lambda _: None,
        )
        self.lane = SessionCommands(cast(Any, self))

    @property
    def commands(self) -> "Desk":
        """As a session: who acknowledges."""
        return self

    def look_back_now(self, *, repeat: bool) -> None:
        """As a session: a fault."""
        raise ZeroDivisionError(f"{repeat}")

    async def _live_page(self) -> WhatsAppPage:
        await self.is_live.wait()
        return cast(WhatsAppPage, self.page)

    async def acknowledge(self, entry_id: str) -> None:
        self.acknowledged.append(entry_id)

    async def events(self) -> list[AnyEvent]:
        entries: Any = await self.redis.xrange(events_stream(INBOX))
        return [EVENTS.validate_json(fields["data"]) for _, fields in entries]

    async def dead(self) -> list[dict[str, str]]:
        entries: Any = await self.redis.xrange(dead_stream(INBOX))
        return [fields for _, fields in entries]


@pytest.fixture
async def desk(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(outbound_module, "_ATTEMPTS", 2)
    desk = Desk(redis)
    running = [asyncio.create_task(work) for work in (desk.publisher.run(), desk.outbound.run(), desk.lane.run())]
    yield desk
    for task in running:
        assert not task.done(), "no command ends a lane"
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*running)


async def until(look: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not look():
            await asyncio.sleep(0.01)


def text(message_id: str) -> SendText:
    return SendText(inbox_id=INBOX, wa_message_id=message_id, chat_jid=CHAT, body="halo")


async def test_a_copy_of_what_waits_is_dropped_and_acknowledged(desk: Desk) -> None:
    await desk.outbound.add("1-0", text("A1"))
    await desk.outbound.add("2-0", text("A1"))
    await desk.outbound.add("3-0", text("A2"))
    assert desk.acknowledged == ["2-0"]
    desk.is_live.set()
    await until(lambda: desk.acknowledged == ["2-0", "1-0", "3-0"])
    assert desk.page.sent == ["A1", "A2"]
    assert [event.type for event in await desk.events()] == ["MessageSent"] * 2


async def test_what_was_sent_before_is_reported_without_a_turn(desk: Desk) -> None:
    desk.is_live.set()
    await desk.outbound.add("1-0", text("A1"))
    await until(lambda: desk.acknowledged == ["1-0"])
    await desk.outbound.add("2-0", text("A1"))
    await until(lambda: desk.acknowledged == ["1-0", "2-0"])
    assert (desk.page.sent, desk.pacing.turns) == (["A1"], 1)
    assert [event.type for event in await desk.events()] == ["MessageSent"] * 2, "a copy is answered all the same"


async def test_a_poisoned_command_is_put_aside_and_the_next_goes_out(desk: Desk) -> None:
    desk.is_live.set()
    desk.page.poison.add("A1")
    await desk.outbound.add("1-0", text("A1"))
    await desk.outbound.add("2-0", MarkRead(inbox_id=INBOX, chat_jid=CHAT))
    await desk.outbound.add("3-0", text("A2"))
    await until(lambda: desk.acknowledged == ["1-0", "2-0", "3-0"])
    assert desk.page.sent == ["A2"]
    told = [event for event in await desk.events() if event.type == "CommandFailed"]
    assert [(event.command, event.wa_message_id, event.reason) for event in told] == [
        ("SendText", "A1", "page_failed"),
        ("MarkRead", None, "page_failed"),
    ]
    letters = await desk.dead()
    assert [(letter["source"], letter["entry_id"]) for letter in letters] == [
        (commands_stream(INBOX), "1-0"),
        (commands_stream(INBOX), "2-0"),
    ]
    assert letters[0]["reason"] == "TypeError: half an emoji: \\ud83d"


async def test_a_poisoned_session_command_too(desk: Desk) -> None:
    desk.lane.add("1-0", Backfill(inbox_id=INBOX))
    await until(lambda: desk.acknowledged == ["1-0"])
    [told] = await desk.events()
    assert told.type == "CommandFailed"
    assert (told.command, told.reason) == ("Backfill", "page_failed")
    assert [letter["reason"] for letter in await desk.dead()] == ["ZeroDivisionError: True"]
