"""Tests of the inbox's handlers: rooms, reads, browser calls and refusals. tests/auth has their authorization."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import reflex as rx
from redis.asyncio import Redis
from sqlalchemy import func
from sqlmodel import select

from roms_app import database
from roms_app.errors import Conflict, InvalidInput, NotFound
from roms_app.live import push, rooms, transactions
from roms_app.models import Agent, Conversation, ConversationStatus
from roms_app.services import conversations, merging
from roms_app.services.intake import intake
from roms_app.states.inbox import InboxState
from roms_app.states.thread import ThreadState
from roms_app.views.inbox import Counts
from tests.support import cast as says
from tests.support.cast import Cast

Joined = list[tuple[str, str]]


@pytest.fixture
async def joined(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Joined]:
    """The joined and left rooms, in order."""
    log: Joined = []

    async def join(_state: rx.State, names: list[str]) -> None:
        log.extend(("join", name) for name in names)

    async def leave(_state: rx.State, names: list[str]) -> None:
        log.extend(("leave", name) for name in names)

    monkeypatch.setattr(push, "join", join)
    monkeypatch.setattr(push, "leave", leave)
    yield log
    await transactions.settle()


def handle(state: rx.State, name: str, agent: Agent, *arguments: Any) -> Any:
    """A handler, behind its guard."""
    return type(state).event_handlers[name].fn.__wrapped__(state, agent, *arguments)


def told(answer: Any) -> dict[str, list[Any]]:
    """The calls for the browser: function → arguments."""
    calls: dict[str, list[Any]] = {}
    for event in answer if isinstance(answer, list) else [answer]:
        [script] = [json.loads(str(value)) for key, value in event.args if str(key) == "javascript_code"]
        function, _, rest = script.partition("(")
        calls[function.removeprefix("roms.")] = json.loads(f"[{rest.removesuffix(')')}]")
    return calls


def write(people: Cast, customer: int, body: str = "Halo") -> int:
    """A customer writes to the shop; the conversation's id."""
    with database.writing_session() as session:
        intake.receive_batch(session, [says.received(people.shop, customer, body)])
        session.commit()
    with database.reading_session() as session:
        return session.exec(select(func.max(Conversation.id))).one() or 0


def fetched(kind: Any, id: int) -> Any:
    with database.reading_session() as session:
        return session.get(kind, id)


@pytest.fixture
def inbox_state() -> InboxState:
    return InboxState(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]


@pytest.fixture
def thread_state() -> ThreadState:
    return ThreadState(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]


async def test_load_joins_the_agents_own_room_and_asks_the_tab_what_it_shows(
    people: Cast, joined: Joined, inbox_state: InboxState
):
    answer = await handle(inbox_state, "load", people.budi)
    assert told(answer) == {"ready": [people.budi.id]}
    assert joined == [("join", rooms.agent(people.budi.id or 0))]


async def test_show_joins_before_it_reads(people: Cast, joined: Joined, inbox_state: InboxState, monkeypatch: Any):
    write(people, 1)

    async def late(fn: Any, *arguments: Any, **named: Any) -> Any:
        joined.append(("read", fn.__name__))
        return await transactions.reading(fn, *arguments, **named)

    monkeypatch.setattr("roms_app.states.inbox.reading", late)
    assert await handle(inbox_state, "show", people.siti, "all", "open") is None
    rooms_of_siti = [("join", rooms.all_of(people.shop)), ("join", rooms.all_of(people.other))]
    assert joined == [("read", "visible_inboxes"), *rooms_of_siti, ("read", "_read")]
    [row] = inbox_state.rows
    assert row.preview == "Halo"
    listing = inbox_state.listing
    assert (listing.me, listing.tab, listing.has_more) == (people.siti.id, "all", False)
    assert inbox_state.counts == Counts(unassigned=0, all=1, mine=0)


async def test_another_view_leaves_the_rooms_of_the_last(people: Cast, joined: Joined, inbox_state: InboxState):
    await handle(inbox_state, "show", people.budi, "all", "open")
    joined.clear()
    await handle(inbox_state, "show", people.budi, "unassigned", "open")
    assert joined == [("leave", rooms.all_of(people.shop)), ("join", rooms.unassigned(people.shop))]
    joined.clear()
    await handle(inbox_state, "show", people.budi, "mine", "resolved")
    assert joined == [("leave", rooms.unassigned(people.shop))]


async def test_nobody_joins_rooms_of_inboxes_they_do_not_answer(people: Cast, joined: Joined, inbox_state: InboxState):
    await handle(inbox_state, "show", people.eko, "all", "open")
    assert joined == [("join", rooms.all_of(people.other))]
    assert inbox_state.rows == []


async def test_the_list_goes_on_below_its_last_row(people: Cast, joined: Joined, inbox_state: InboxState):
    for customer in range(1, 56):
        write(people, customer)
    await handle(inbox_state, "show", people.siti, "all", "open")
    first, last = inbox_state.listing, inbox_state.rows[-1]
    assert (len(inbox_state.rows), first.has_more) == (50, True)
    for _ in range(2):  # asked twice by a hasty thumb
        await handle(inbox_state, "load_more", people.siti, "all", "open", last.last_message_at, last.id)
    assert (len(inbox_state.rows), len({row.id for row in inbox_state.rows})) == (55, 55)
    assert inbox_state.listing == replace(first, has_more=False)
    await handle(inbox_state, "load_more", people.siti, "mine", "open", last.last_message_at, last.id)
    assert len(inbox_state.rows) == 55


@pytest.mark.parametrize(("tab", "status"), [("theirs", "open"), ("mine", "pending"), ("", "")])
async def test_a_view_that_does_not_exist_is_refused(
    people: Cast, joined: Joined, inbox_state: InboxState, tab: str, status: str
):
    with pytest.raises(InvalidInput):
        await handle(inbox_state, "show", people.budi, tab, status)
    assert joined == []


async def test_a_thread_is_joined_before_it_is_read_and_left_for_the_next(
    people: Cast, joined: Joined, thread_state: ThreadState
):
    one, two = write(people, 1, "satu"), write(people, 2, "dua")
    await handle(thread_state, "open_conversation", people.budi, one)
    assert [each.body for each in thread_state.messages if each.kind == "text"] == ["satu"]
    assert thread_state.detail is not None
    assert thread_state.detail.row.phone.startswith("+62 812")
    assert thread_state.page.conversation_id == one
    await handle(thread_state, "open_conversation", people.budi, two)
    await handle(thread_state, "open_conversation", people.budi, 0)
    assert (thread_state.messages, thread_state.detail, thread_state.page.since) == ([], None, 0)
    assert joined == [
        ("join", rooms.conversation(one)),
        ("leave", rooms.conversation(one)),
        ("join", rooms.conversation(two)),
        ("leave", rooms.conversation(two)),
    ]


async def test_a_conversation_that_is_read_again_disturbs_nobody(people: Cast, joined: list[str], thread_state: Any):
    one, two = write(people, 1), write(people, 2)
    await handle(thread_state, "open_conversation", people.budi, one)
    await handle(thread_state, "set_renaming", people.budi, True)
    thread_state.error = "Ayu has taken this conversation already."
    await handle(thread_state, "open_conversation", people.budi, one)
    assert thread_state.is_renaming
    assert thread_state.error
    await handle(thread_state, "open_conversation", people.budi, two)
    assert (thread_state.is_renaming, thread_state.error) == (False, "")


async def test_a_merged_threads_tab_is_led_to_where_it_went(people: Cast, joined: Joined, thread_state: ThreadState):
    one, two = write(people, 1), write(people, 2)
    await handle(thread_state, "open_conversation", people.budi, two)
    await transactions.writing(merging.merge_by_hand, people.budi, one, two)
    assert told(await handle(thread_state, "open_conversation", people.budi, two)) == {"follow": [two, one]}
    assert joined == [("join", rooms.conversation(two)), ("leave", rooms.conversation(two))]


async def test_what_waits_unsent_in_closed_conversations_is_led_after_them(
    people: Cast, joined: Joined, thread_state: ThreadState
):
    one, two, three = (write(people, customer) for customer in range(1, 4))
    await transactions.writing(merging.merge_by_hand, people.budi, one, two)
    kept = [one, two, three, 999_999]
    assert told(await handle(thread_state, "find_moved", people.budi, kept)) == {"follow": [two, one]}
    assert await handle(thread_state, "find_moved", people.eko, kept) == []
    await transactions.writing(merging.merge_by_hand, people.budi, three, one)
    moved = await transactions.reading(merging.find_moved, people.budi, kept)
    assert moved == {two: three, one: three}, "also twice"


async def test_what_can_not_be_read_any_more_is_left(
    people: Cast, joined: Joined, thread_state: ThreadState, monkeypatch: pytest.MonkeyPatch
):
    def gone(*_: Any, **__: Any) -> None:
        raise NotFound("There is no such conversation.")

    one = write(people, 1)
    in_and_out = [("join", rooms.conversation(one)), ("leave", rooms.conversation(one))]
    await handle(thread_state, "open_conversation", people.budi, one)
    for refused in ("access_conversation", "read_thread"):
        with monkeypatch.context() as without:
            without.setattr(merging if refused == "access_conversation" else conversations, refused, gone)
            await handle(thread_state, "open_conversation", people.budi, one)
        assert joined in (in_and_out, in_and_out * 2)
        assert (thread_state.page.is_missing, thread_state.messages, thread_state.detail) == (True, [], None)
    await handle(thread_state, "open_conversation", people.budi, 0)
    assert joined == in_and_out * 2


async def test_somebody_elses_thread_is_neither_joined_nor_read(
    people: Cast, joined: Joined, thread_state: ThreadState
):
    one = write(people, 1)
    for unseen in (one, 999_999):
        await handle(thread_state, "open_conversation", people.eko, unseen)
        assert (thread_state.page.conversation_id, thread_state.page.is_missing) == (unseen, True)
        assert (thread_state.messages, thread_state.detail, thread_state.error) == ([], None, "")
    with pytest.raises(NotFound):
        await handle(thread_state, "load_older", people.eko, one, 2**60, "m1")
    assert joined == []


async def test_an_error_is_left_with_its_conversation(people: Cast, joined: Joined, thread_state: ThreadState):
    one = write(people, 1)
    for opened in (one, 999_999):
        await handle(thread_state, "open_conversation", people.budi, opened)
        thread_state.error = "It could not be done."
        await handle(thread_state, "open_conversation", people.budi, opened)
        assert thread_state.error == "It could not be done.", "it is read again, not opened anew"
        await handle(thread_state, "open_conversation", people.budi, 0)
        assert thread_state.error == ""


async def test_resolve_reopen_and_rename(people: Cast, joined: Joined, thread_state: ThreadState):
    one = write(people, 1)
    with pytest.raises(Conflict, match="wrote while you resolved"):
        await handle(thread_state, "resolve", people.budi, one, 0)
    assert fetched(Conversation, one).status is ConversationStatus.OPEN
    await handle(thread_state, "resolve", people.budi, one, fetched(Conversation, one).last_message_id)
    assert fetched(Conversation, one).status is ConversationStatus.RESOLVED
    await handle(thread_state, "reopen", people.budi, one)
    assert fetched(Conversation, one).status is ConversationStatus.OPEN
    await handle(thread_state, "rename", people.budi, one, {"name": " Bu Dewi "})
    await handle(thread_state, "open_conversation", people.budi, one)
    assert thread_state.detail is not None
    assert thread_state.detail.row.name == "Bu Dewi"


@pytest.mark.parametrize("line", ["", "x1", "m", "m-1", "a1; drop", "m1.5"])
async def test_a_cursor_that_is_none_is_refused(people: Cast, joined: Joined, thread_state: ThreadState, line: str):
    one = write(people, 1)
    with pytest.raises(InvalidInput):
        await handle(thread_state, "load_older", people.budi, one, 1, line)
