"""Fakes for the tests of backfills: a number over a page's fake store, and a Redis that is a list."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.worker.test_mapping import raw
from wa_worker.contract.base import now_ms
from wa_worker.contract.events import Event, GapRecovered, MessageEdited, MessageReceived
from wa_worker.receiving.backfill import Backfiller
from wa_worker.receiving.checkpoint import Checkpoint
from wa_worker.receiving.inbound import Inbound

NEW, OLD = "200202@lid", "200201@lid"
MINUTE = 60


class Spool:
    """A publisher whose Redis has only what `write` was called for."""

    def __init__(self) -> None:
        self.queue: list[tuple[Event | None, Callable[[], None] | None]] = []
        self.is_full = False

    def put(self, event: Event, done: Callable[[], None] | None = None) -> None:
        self.queue.append((event, done))

    def put_marker(self, done: Callable[[], None]) -> None:
        self.queue.append((None, done))

    def put_dead(self, *_: Any) -> None: ...

    async def wait_room(self) -> None: ...

    def write(self) -> list[Event]:
        queue, self.queue = self.queue, []
        for _, done in queue:
            if done:
                done()
        return [event for event, _ in queue if event]

    def bodies(self) -> list[str]:
        return [event.body for event, _ in self.queue if isinstance(event, MessageReceived)]

    def gaps(self) -> list[GapRecovered]:
        return [event for event, _ in self.queue if isinstance(event, GapRecovered)]

    def edited(self) -> list[str]:
        return [event.body for event, _ in self.queue if isinstance(event, MessageEdited)]

    def follows(self) -> list[tuple[str, str | None]]:
        """Each message that was put, and which one it names as the one before it."""
        return [(event.body, event.follows) for event, _ in self.queue if isinstance(event, MessageReceived)]


class Page:
    """The store of a page: ``{chat: [raw, …]}``, read as the bridge reads it."""

    def __init__(self) -> None:
        self.stored: dict[str, list[dict[str, Any]]] = {}
        self.unread: dict[str, int] = {}
        self.broken: set[str] = set()
        self.unanswered: set[str] = set()
        self.asked: list[str] = []
        self.changes_asked = 0
        self.asked_for_changes: list[str] = []

    def write(self, chat: str, text: str, age: int, **fields: Any) -> None:
        at = now_ms() // 1000 - age
        message = raw(key=f"false_{chat}_{text}", id=text, chat=chat, **{"text": text, "t": at, **fields})
        self.stored.setdefault(chat, []).append(message)

    async def chats(self) -> list[dict[str, Any]]:
        return [
            {"chat": chat, "t": all_[-1]["t"], "newest": all_[-1]["key"], "unread": self.unread.get(chat, 0)}
            for chat, all_ in self.stored.items()
        ]

    async def look_back(self, positions: list[Any]) -> list[dict[str, Any]]:
        self.asked += [position["chat"] for position in positions]
        return [self._answer(**position) for position in positions]

    def _answer(self, chat: str, key: str | None, floor: int) -> dict[str, Any]:
        if chat in self.broken:
            return {"chat": chat, "error": "the store throws"}
        if chat in self.unanswered:
            return {"chat": chat, "error": "no_answer"}
        found = self.stored[chat]
        keys = [message["key"] for message in found]
        if key in keys:
            return {"chat": chat, "messages": found[keys.index(key) :]}
        return {"chat": chat, "messages": [message for message in found if message["t"] >= floor]}

    async def ignored(self) -> dict[str, int]:
        return {}

    async def acks(self, _floor: int) -> list[Any]:
        self.changes_asked += 1
        return []

    async def changes(self, chats: dict[str, list[str]], _floor: int) -> list[dict[str, Any]]:
        """The last message of each chat was edited."""
        self.asked_for_changes += chats
        return [
            {"chat": chat, "error": "no_answer"}
            if chat in self.broken | self.unanswered
            else {"chat": chat, "changes": [{**self.stored[chat][-1], "event": "edited"}], "looked_at": []}
            for chat in chats
        ]


class Number:
    """One run of a worker over the same folder and page."""

    def __init__(self, folder: Path, page: Page) -> None:
        self.page: Any = page
        self.spool = Spool()
        publisher: Any = self.spool
        self.checkpoint = Checkpoint(folder / "c.json")
        self.inbound = Inbound(7, publisher, self.checkpoint, on_hint=lambda _: None, in_flight=set())
        self.inbound.hold_all()
        self.look = Backfiller(7, publisher, self.checkpoint, self.inbound, 7 * 86_400, later=lambda _, move: move())

    async def look_back(self, *, is_caught_up: bool = True, repeat: bool = False, after_absence: bool = False) -> int:
        return await self.look.run(self.page, after_absence=after_absence, repeat=repeat, is_caught_up=is_caught_up)

    async def look_and_write(self) -> list[Event]:
        await self.look_back()
        return self.spool.write()


async def settled(folder: Path, page: Page) -> Number:
    """A number that has covered everything two hours ago."""
    number = Number(folder, page)
    await number.look_and_write()
    number.checkpoint.covered_at = now_ms() - 2 * 3600 * 1000
    await number.checkpoint.save()
    return number
