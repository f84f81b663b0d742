"""A number's lanes and its session lane, with a page that is played and a Redis that is real."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from devtools.waiting import PATIENCE
from wa_worker.contract.base import now_ms
from wa_worker.contract.commands import Backfill, MarkRead, SendReaction, SendText, SetTyping
from wa_worker.contract.events import EVENTS, AnyEvent
from wa_worker.contract.streams import commands_stream, dead_stream, events_stream
from wa_worker.media.store import open_store
from wa_worker.ownership.lease import Lease
from wa_worker.page.calls import PageTimeout, PageUnavailable
from wa_worker.page.outbound_calls import Addressed, LeaseOver, SendOutcome, SendsClosed
from wa_worker.page.refusals import REFUSED, refusal_of
from wa_worker.page.whatsapp_page import WhatsAppPage
from wa_worker.sending import queue as queue_module
from wa_worker.sending import sender as sender_module
from wa_worker.sending.breaker import Breaker
from wa_worker.sending.pacing import Pacing
from wa_worker.sending.queue import SendQueue, Tries
from wa_worker.sending.sender import Patience, Refused, Sender
from wa_worker.session.pairing_commands import PairingCommands
from wa_worker.stream.publisher import Publisher

INBOX = 7
CHAT = "6281200000001@c.us"
OTHER = "6281200000002@c.us"


class FakePage:
    """Knows what was sent; what it does with an id is told beforehand."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        #: Raises something that no caller of the page foresees.
        self.poison: set[str] = set()
        #: The call does not answer, and nothing is to be seen of it until the page is loaded again.
        self.hanging: set[str] = set()
        #: In the page's own outbox, without a tick.
        self.without_tick: set[str] = set()
        self.closed_for = 0
        self.loads = 0
        #: How often each id was looked up.
        self.looks: Counter[str] = Counter()
        self.signals: list[tuple[str, str]] = []
        self.reactions: list[str] = []
        self.until: list[int] = []

    async def find_sent(self, chat: str, message_id: str) -> SendOutcome | None:
        self.looks[message_id] += 1
        if self.closed_for:
            self.closed_for -= 1
            raise SendsClosed("sends_closed")
        if message_id in self.hanging:
            return SendOutcome("sending", is_sending=True)
        ack = 0 if message_id in self.without_tick else 1
        return SendOutcome("sent", chat=chat, ack=ack, t=5, is_repeated=True) if message_id in self.sent else None

    async def send_text(self, to: Addressed, body: str, *, seconds: float) -> SendOutcome:
        if to.message_id in self.poison:
            raise TypeError("half an emoji: \ud83d")
        if to.message_id in self.hanging:
            await asyncio.sleep(seconds)
            raise PageTimeout("sendText did not answer")
        self.until.append(to.until)
        self.sent.append(to.message_id)
        return SendOutcome("sent", chat=to.chat, ack=1, t=5)

    async def reload(self) -> None:
        self.loads += 1
        self.hanging.clear()

    async def mark_read(self, chat: str) -> None:
        raise KeyError(chat)

    async def react(self, to: Addressed, *, is_from_me: bool, emoji: str, seconds: float) -> SendOutcome:
        self.reactions.append(emoji)
        return SendOutcome("sent", chat=to.chat)

    async def set_typing(self, chat: str, activity: str) -> None:
        self.signals.append((chat, activity))


class CountedPacing(Pacing):
    """Counts the turns that were taken."""

    turns = 0

    async def wait_turn(self, on_delay: Callable[[int], None]) -> None:
        self.turns += 1


class Desk:
    """The lanes with what they need; their number goes live when `is_live` is set."""

    def __init__(self, redis: Redis, folder: Path) -> None:
        self.redis = redis
        self.page = FakePage()
        self.pacing = CountedPacing()
        self.acknowledged: list[str] = []
        self.is_live = asyncio.Event()
        self.lease = Lease(redis, INBOX, profile_id="p", worker="w")
        self.publisher = Publisher(redis, INBOX, lambda: None, lease=self.lease)
        sender = Sender(
            self.publisher,
            self.pacing,
            Breaker(folder / "breaker.json", 300.0, lambda _: None),
            open_store("", folder),
            Patience(send=0.05),
            live_page=self._live_page,
            lease_until=lambda: 4711,
            note_sent=lambda _: None,
        )
        self.send_queue = SendQueue(
            self.publisher,
            sender,
            live_page=self._live_page,
            page_now=lambda: cast(WhatsAppPage, self.page) if self.is_live.is_set() else None,
            acknowledge=self.acknowledge,
        )
        unused: Any = None
        self.lane = PairingCommands(
            self.publisher, unused, unused, unused, cast(Any, self),
            acknowledge=self.acknowledge, resume_sending=unused,
        )  # fmt: skip

    def backfill_now(self, *, repeat: bool) -> None:
        """As page_tasks: a fault."""
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
async def desk(redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(queue_module, "_MESSAGE_WAITS", (0.01,) * 4)
    monkeypatch.setattr(queue_module, "_OTHER_WAITS", (0.01,) * 2)
    monkeypatch.setattr(sender_module, "_STEP_SECONDS", 0.001)
    monkeypatch.setattr(sender_module, "_TURN_SECONDS", 0.02)
    desk = Desk(redis, tmp_path)
    assert await desk.lease.take(may_inherit=False)
    running = [asyncio.create_task(work) for work in (desk.publisher.run(), desk.send_queue.run(), desk.lane.run())]
    yield desk
    for task in running:
        assert not task.done(), "no command ends a lane"
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*running)


async def until(look: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not look():
            await asyncio.sleep(0.01)


def text(message_id: str, chat: str = CHAT, *, conversation_id: int | None = None) -> SendText:
    about = {"chat_jid": chat, "conversation_id": conversation_id}
    return SendText(inbox_id=INBOX, wa_message_id=message_id, body="halo", **about)


async def test_a_copy_of_what_waits_is_dropped_and_acknowledged(desk: Desk) -> None:
    await desk.send_queue.add("1-0", text("A1"))
    await desk.send_queue.add("2-0", text("A1"))
    await desk.send_queue.add("3-0", text("A2"))
    assert desk.acknowledged == ["2-0"]
    desk.is_live.set()
    await until(lambda: desk.acknowledged == ["2-0", "1-0", "3-0"])
    assert desk.page.sent == ["A1", "A2"]
    assert [event.type for event in await desk.events()] == ["MessageSent"] * 2


async def test_what_was_sent_before_is_reported_without_a_turn(desk: Desk) -> None:
    desk.is_live.set()
    await desk.send_queue.add("1-0", text("A1"))
    await until(lambda: desk.acknowledged == ["1-0"])
    await desk.send_queue.add("2-0", text("A1"))
    await until(lambda: desk.acknowledged == ["1-0", "2-0"])
    assert (desk.page.sent, desk.pacing.turns) == (["A1"], 1)
    assert [event.type for event in await desk.events()] == ["MessageSent"] * 2, "a copy is answered all the same"


async def test_a_poisoned_command_is_put_aside_and_the_next_goes_out(desk: Desk) -> None:
    desk.is_live.set()
    desk.page.poison.add("A1")
    await desk.send_queue.add("1-0", text("A1"))
    await desk.send_queue.add("2-0", MarkRead(inbox_id=INBOX, chat_jid=CHAT))
    await desk.send_queue.add("3-0", text("A2"))
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


async def test_nothing_is_sent_while_the_page_can_not_be_sure(desk: Desk) -> None:
    desk.page.closed_for = 3
    desk.is_live.set()
    await desk.send_queue.add("1-0", text("A1"))
    await until(lambda: desk.acknowledged == ["1-0"])
    assert (desk.page.sent, desk.page.closed_for) == (["A1"], 0)
    assert desk.page.until == [4711], "each send carries the end of the lease"


async def test_a_hanging_send_is_ended_by_a_new_load_and_holds_up_no_other_chat(desk: Desk) -> None:
    desk.page.hanging.add("A1")
    desk.is_live.set()
    await desk.send_queue.add("1-0", text("A1"))
    await desk.send_queue.add("2-0", text("A2"))
    await desk.send_queue.add("3-0", text("B1", OTHER))
    await until(lambda: len(desk.acknowledged) == 3)
    assert desk.acknowledged == ["3-0", "1-0", "2-0"]
    assert desk.page.sent == ["B1", "A1", "A2"]
    assert desk.page.loads == 1


async def test_a_chat_keeps_its_order_while_its_address_heals(desk: Desk) -> None:
    desk.page.hanging.add("A1")
    desk.is_live.set()
    await desk.send_queue.add("1-0", text("A1", conversation_id=3))
    await desk.send_queue.add("2-0", text("A2", "900000000001@lid", conversation_id=3))
    await desk.send_queue.add("3-0", text("B1", OTHER, conversation_id=4))
    await until(lambda: len(desk.acknowledged) == 3)
    assert desk.page.sent == ["B1", "A1", "A2"]


async def test_what_belongs_to_two_chats_that_became_one_waits_for_both(desk: Desk) -> None:
    desk.page.hanging.add("B1")
    desk.is_live.set()
    await desk.send_queue.add("1-0", text("A1", conversation_id=3))
    await desk.send_queue.add("2-0", text("B1", "900000000001@lid", conversation_id=5))
    await desk.send_queue.add("3-0", text("A2", "900000000001@lid", conversation_id=3))
    await desk.send_queue.add("4-0", text("C1", OTHER))
    await until(lambda: len(desk.acknowledged) == 4)
    assert desk.page.sent == ["A1", "C1", "B1", "A2"]
    assert desk.send_queue.is_idle


async def test_what_lies_in_the_pages_own_outbox_is_not_overtaken_in_its_chat(desk: Desk) -> None:
    desk.page.sent.append("A1")
    desk.page.without_tick.add("A1")
    desk.is_live.set()
    await desk.send_queue.add("1-0", text("A1"))
    await desk.send_queue.add("2-0", text("A2"))
    await desk.send_queue.add("3-0", text("B1", OTHER))
    await until(lambda: desk.acknowledged == ["3-0"])
    await until(lambda: desk.page.looks["A1"] > 2 * sender_module._LOOKS)
    assert desk.page.sent == ["A1", "B1"]
    desk.page.without_tick.clear()
    await until(lambda: desk.acknowledged == ["3-0", "1-0", "2-0"])
    assert (desk.page.sent, desk.page.loads) == (["A1", "B1", "A2"], 0)
    told = [event for event in await desk.events() if event.type == "MessageSent"]
    assert [(event.wa_message_id, event.ack) for event in told] == [("B1", 1), ("A1", 1), ("A2", 1)]


async def test_what_never_leaves_the_pages_own_outbox_is_left_to_it_in_the_end(desk: Desk) -> None:
    """A message that gets no tick is reported with its ack 0, and its chat goes on."""
    desk.page.sent.append("A1")
    desk.page.without_tick.add("A1")
    desk.is_live.set()
    await desk.send_queue.add("1-0", text("A1"))
    await desk.send_queue.add("2-0", text("A2"))
    await until(lambda: desk.acknowledged == ["1-0", "2-0"])
    told = [event for event in await desk.events() if event.type == "MessageSent"]
    assert [(event.wa_message_id, event.ack) for event in told] == [("A1", 0), ("A2", 1)]
    assert (desk.page.sent, desk.page.loads) == (["A1", "A2"], 0)


async def test_a_message_is_told_as_failed_only_once_it_can_not_go_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last call does not answer, and goes through after all."""
    monkeypatch.setattr(queue_module, "_MESSAGE_WAITS", ())

    async def slow(to: Addressed, body: str, *, seconds: float) -> SendOutcome:
        desk.page.sent.append(to.message_id)
        raise PageTimeout("sendText did not answer")

    monkeypatch.setattr(desk.page, "send_text", slow)
    desk.is_live.set()
    await desk.send_queue.add("1-0", text("A1"))
    await until(lambda: desk.acknowledged == ["1-0"])
    assert [event.type for event in await desk.events()] == ["MessageSent"]
    assert desk.page.sent == ["A1"]


async def test_a_page_that_has_not_caught_up_has_not_looked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The load that ends a hanging send is followed by up to 30 s in which the page answers no look."""
    monkeypatch.setattr(queue_module, "_MESSAGE_WAITS", ())

    async def hanging(to: Addressed, body: str, *, seconds: float) -> SendOutcome:
        desk.page.sent.append(to.message_id)
        desk.page.closed_for = 60
        raise PageTimeout("sendText did not answer")

    monkeypatch.setattr(desk.page, "send_text", hanging)
    desk.is_live.set()
    await desk.send_queue.add("1-0", text("A1"))
    await until(lambda: desk.acknowledged == ["1-0"])
    assert [event.type for event in await desk.events()] == ["MessageSent"]


async def test_a_lease_that_ends_while_the_chat_is_found_costs_a_try_and_no_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = desk.page.send_text
    slow = iter([True, True])

    async def send_text(to: Addressed, body: str, *, seconds: float) -> SendOutcome:
        if to.message_id == "A2" or next(slow, False):
            raise LeaseOver("lease_over")
        return await really(to, body, seconds=seconds)

    monkeypatch.setattr(desk.page, "send_text", send_text)
    desk.is_live.set()
    await desk.send_queue.add("1-0", text("A1"))
    await desk.send_queue.add("2-0", text("A2"))
    await until(lambda: desk.acknowledged == ["1-0", "2-0"])
    assert desk.page.sent == ["A1"]
    failed = [event.reason for event in await desk.events() if event.type == "CommandFailed"]
    assert failed == ["timeout"], "a lane does not try for ever"


async def test_copies_of_receipts_and_reactions_are_dropped(desk: Desk) -> None:
    def reaction(emoji: str) -> SendReaction:
        return SendReaction(inbox_id=INBOX, chat_jid=CHAT, wa_message_id="AB12", is_from_me=False, emoji=emoji)

    receipt = MarkRead(inbox_id=INBOX, chat_jid=CHAT)
    asked = [text("A1"), receipt, receipt, reaction("👍"), reaction("👍"), reaction(""), reaction("👍")]
    for number, command in enumerate(asked):
        await desk.send_queue.add(f"{number}-0", command)
    assert desk.acknowledged == ["2-0", "4-0"], "the last word on a message counts, whatever was said before"


async def test_a_reaction_does_not_keep_the_message_behind_it_from_its_trial(desk: Desk, tmp_path: Path) -> None:
    breaker = desk.send_queue.sender.breaker = Breaker(tmp_path / "b.json", 0.05, lambda _: None)
    for _ in range(3):
        breaker.note(is_good=False, is_trial=False)
    assert breaker.is_open
    desk.is_live.set()
    reaction = SendReaction(inbox_id=INBOX, wa_message_id="A1", chat_jid=CHAT, is_from_me=False, emoji="👍")
    await desk.send_queue.add("1-0", reaction)
    await desk.send_queue.add("2-0", text("A2"))
    await until(lambda: desk.acknowledged == ["1-0", "2-0"])
    assert (desk.page.reactions, desk.page.sent, breaker.is_open) == (["👍"], ["A2"], False)


async def test_signals_go_at_once_or_not_at_all(desk: Desk) -> None:
    await desk.send_queue.add("1-0", SetTyping(inbox_id=INBOX, chat_jid=CHAT, activity="typing"))
    await asyncio.sleep(0)
    assert desk.page.signals == [], "not live: nobody waits for it"
    desk.is_live.set()
    desk.page.hanging.add("A1")
    await desk.send_queue.add("2-0", text("A1"))
    old = now_ms() - 10_001
    await desk.send_queue.add("3-0", SetTyping(inbox_id=INBOX, chat_jid=OTHER, activity="typing", requested_at=old))
    await desk.send_queue.add("4-0", SetTyping(inbox_id=INBOX, chat_jid=CHAT, activity="paused"))
    await until(lambda: desk.page.signals == [(CHAT, "paused")])
    assert desk.acknowledged[:3] == ["1-0", "3-0", "4-0"]


def test_how_often_a_command_is_tried_again() -> None:
    transient = Refused(refusal_of("ERROR_NETWORK"), "")
    tries = Tries((1.0, 5.0))
    assert [tries.wait_after(transient) for _ in range(3)] == [1.0, 5.0, None]
    assert Tries((1.0,)).wait_after(Refused(REFUSED, "")) is None, "a refusal without a reason is not repeated"
    interrupted = Tries((1.0,))
    waits = [interrupted.wait_after(PageUnavailable("")) for _ in range(20)]
    assert waits[-1] is None
    assert all(wait is not None and wait <= 2 for wait in waits[:-1])
    assert interrupted.wait_after(PageTimeout("")) == 1.0, "interruptions use up no try"


@pytest.mark.parametrize(
    ("words", "reason", "is_transient"),
    [
        ("ERROR_UNKNOWN, ack -1", "refused", False),
        ("", "refused", False),
        ("ack -4", "too_big", False),
        ("file_too_large: File size 70 MB exceeds the upload limit", "too_big", False),
        ("ack -5", "unsupported_media", False),
        ("blocked", "blocked", False),
        ("ERROR_NETWORK", "network", True),
        ("ERROR_UPLOAD", "upload_failed", True),
        ("ERROR_EXPIRED", "timeout", True),
        ("503", "server_error", True),
        ("rate-overlimit", "too_fast", True),
        ("not-authorized", "not_allowed", False),
        ("chat creation failed: no such account 1@c.us", "unknown_number", False),
        ("msg_not_found", "message_missing", False),
    ],
)
def test_whatsapps_words_as_ours(words: str, reason: str, is_transient: bool) -> None:
    refusal = refusal_of(words)
    assert (refusal.reason, refusal.is_transient) == (reason, is_transient)
