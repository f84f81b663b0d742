"""Tests of push: receivers, contents, frequency, and number of frames."""

import asyncio
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import REGISTRY

from devtools.waiting import until_async
from roms_app.live import push, rooms
from roms_app.live.push import _DirectSocket, rooms_of
from roms_app.views.inbox import Counts, Patch
from tests.inbox.conftest import Tabs
from tests.inbox.rows import announced, message, row

BUDI, AYU = 2, 3


@pytest.fixture
def gathering(monkeypatch: pytest.MonkeyPatch) -> None:
    """Later changes are coalesced until the test flushes them, on any machine."""
    monkeypatch.setattr(push, "COALESCE_SECONDS", 60.0)


def test_a_row_goes_to_the_rooms_that_hold_it_or_held_it():
    assert rooms_of(row(), 0) == {rooms.all_of(1), rooms.unassigned(1)}
    assert rooms_of(row(assignee_id=BUDI), 0) == {rooms.all_of(1), rooms.unassigned(1), rooms.agent(BUDI)}
    assert rooms_of(row(assignee_id=AYU), BUDI) == {rooms.all_of(1), rooms.agent(BUDI), rooms.agent(AYU)}
    assert rooms_of(row(inbox_id=7), 0) == {rooms.all_of(7), rooms.unassigned(7)}


async def test_a_handover_reaches_both_agents_and_nobody_else(tabs: Tabs):
    _, budi = await tabs.open(rooms.agent(BUDI))
    _, ayu = await tabs.open(rooms.agent(AYU))
    _, waiting = await tabs.open(rooms.unassigned(1))
    _, other_inbox = await tabs.open(rooms.all_of(2))
    tabs.push.add(announced(row(assignee_id=AYU), was_assignee_id=BUDI))
    for socket in (budi, ayu):
        [patch] = socket.patches()
        assert patch["rows"] == [row(assignee_id=AYU)]
        assert patch["messages"] == []
        assert patch["moved"] == [1], "who gets it is told so"
        assert list(patch) == [field.name for field in fields(Patch)]
    assert waiting.patches() == other_inbox.patches() == []


async def test_messages_go_only_to_tabs_that_have_the_thread_open_and_in_the_same_frame(tabs: Tabs):
    _, reader = await tabs.open(rooms.all_of(1), rooms.agent(BUDI), rooms.conversation(1))
    _, watcher = await tabs.open(rooms.all_of(1), rooms.agent(BUDI))
    tabs.push.add(announced(row(assignee_id=BUDI), message(), was_assignee_id=BUDI))
    [with_text] = reader.patches()
    [without] = watcher.patches()
    assert with_text["messages"] == [message()]
    assert without["messages"] == []
    assert without["moved"] == []


async def test_an_open_thread_hears_of_its_row_in_whatever_list_it_is(tabs: Tabs):
    _, reader = await tabs.open(rooms.agent(AYU), rooms.conversation(1))
    tabs.push.add(announced(row(status="resolved", assignee_id=BUDI)))
    [patch] = reader.patches()
    assert patch["rows"][0]["status"] == "resolved"


@pytest.mark.usefixtures("gathering")
async def test_the_first_change_goes_at_once_and_the_next_ones_together(tabs: Tabs):
    _, socket = await tabs.open(rooms.all_of(1))
    tabs.push.add(announced(row(version=1)))
    assert len(socket.patches()) == 1
    tabs.push.add(announced(row(version=3, preview="newest")))
    tabs.push.add(announced(row(version=2, preview="late")))
    tabs.push.add(announced(row(id=2)))
    assert socket.patches() == []
    tabs.push.flush()
    [patch] = socket.patches()
    assert [(each["id"], each["version"], each["preview"]) for each in patch["rows"]] == [
        (1, 3, "newest"),
        (2, 1, "Halo"),
    ]


async def test_what_was_gathered_goes_by_itself(tabs: Tabs):
    _, socket = await tabs.open(rooms.all_of(1))
    seen: list[int] = []

    async def both_came() -> bool:
        seen.extend(patch["rows"][0]["version"] for patch in socket.patches())
        return seen == [1, 2]

    tabs.push.add(announced(row(version=1)))
    tabs.push.add(announced(row(version=2)))
    await until_async(both_came, "the second change")


@pytest.mark.usefixtures("gathering")
async def test_rooms_of_gathered_changes_add_up(tabs: Tabs):
    _, budi = await tabs.open(rooms.agent(BUDI))
    _, ayu = await tabs.open(rooms.agent(AYU))
    tabs.push.add(announced(row(id=9)))
    tabs.push.add(announced(row(version=2, assignee_id=BUDI)))
    tabs.push.add(announced(row(version=3, assignee_id=AYU), was_assignee_id=BUDI))
    tabs.push.flush()
    for socket in (budi, ayu):
        [patch] = socket.patches()
        assert patch["rows"] == [row(version=3, assignee_id=AYU)]


@pytest.mark.usefixtures("gathering")
async def test_a_message_that_changed_twice_is_sent_once_as_it_looks_last(tabs: Tabs):
    _, reader = await tabs.open(rooms.conversation(1))
    tabs.push.add(announced(row(id=9)))
    tabs.push.add(announced(row(version=2), message(version=2, status="sent"), message("m2", 2)))
    tabs.push.add(announced(row(version=3), message(version=3, status="read")))
    tabs.push.add(announced(row(version=2), message(version=2, status="delivered")))
    tabs.push.flush()
    [patch] = reader.patches()
    assert [(each["id"], each["version"], each["status"]) for each in patch["messages"]] == [
        ("m1", 3, "read"),
        ("m2", 2, ""),
    ]


@pytest.mark.usefixtures("gathering")
async def test_the_lag_is_measured_from_the_oldest_event(tabs: Tabs):
    _, socket = await tabs.open(rooms.all_of(1))
    tabs.push.add(announced(row()))
    [by_an_agent] = socket.patches()
    assert by_an_agent["lag"] == -1
    tabs.push.add(announced(row(version=2), occurred_at=by_an_agent["at"] - 5000))
    tabs.push.add(announced(row(id=2), occurred_at=by_an_agent["at"]))
    tabs.push.flush()
    [patch] = socket.patches()
    assert 5000 <= patch["lag"] <= patch["at"] - by_an_agent["at"] + 5000


async def test_counts_go_to_their_agents_tabs_only(tabs: Tabs, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(push, "_push", tabs.push)
    _, budi = await tabs.open(rooms.EVERYONE, rooms.tabs_of(BUDI))
    _, ayu = await tabs.open(rooms.EVERYONE, rooms.tabs_of(AYU))
    push.announce_counts(BUDI, Counts(unassigned=1, all=4, mine=3))
    assert budi.scripts() == ['roms.takeCounts({"unassigned":1,"all":4,"mine":3,"escalated":0})']
    assert ayu.scripts() == []


async def test_no_text_breaks_out_of_the_script(tabs: Tabs):
    nasty = "\"');alert(1)//</script>\\\n\r\u2028\u2029\x00 {} __ROMS_SCRIPT__ 🦋👩‍👩‍👧"
    _, socket = await tabs.open(rooms.conversation(1))
    tabs.push.add(announced(row(name=nasty, preview=nasty), message(body=nasty)))
    [patch] = socket.patches()
    assert patch["rows"][0]["name"] == nasty
    assert patch["messages"][0]["body"] == nasty


async def test_who_left_a_room_or_closed_hears_nothing(tabs: Tabs):
    sid, left = await tabs.open(rooms.all_of(1))
    _, closed = await tabs.open(rooms.all_of(1))
    await tabs.push.leave(sid, [rooms.all_of(1), "never joined"])
    closed.closed = True
    tabs.push.add(announced(row()))
    assert left.scripts() == closed.scripts() == []


async def test_a_tab_that_closed_before_it_joined_does_no_harm(tabs: Tabs):
    await tabs.push.join("nobody", [rooms.all_of(1)])
    tabs.push.add(announced(row()))


def figures() -> list[float]:
    """Frames that were handed to sockets, and sockets that were closed."""
    names = ("roms_push_frames_total", "roms_push_cut_off_total")
    return [REGISTRY.get_sample_value(name) or 0.0 for name in names]


async def test_a_socket_that_takes_nothing_is_closed_and_the_others_are_not_held_up(tabs: Tabs):
    taken: list[dict[str, Any]] = []
    never = asyncio.Event()

    async def stall(_message: dict[str, Any]) -> None:
        await never.wait()

    async def take(message: dict[str, Any]) -> None:
        taken.append(message)

    _, stuck = await tabs.open(rooms.EVERYONE)
    _, quick = await tabs.open(rooms.EVERYONE)
    for socket, send in ((stuck, stall), (quick, take)):
        direct = _DirectSocket(SimpleNamespace(__self__=socket), None)
        direct.asgi_send = send  # pyright: ignore[reportAttributeAccessIssue]
    before = figures()
    for _ in range(600):
        tabs.push.call("beat", {}, to=rooms.EVERYONE)
        await asyncio.sleep(0)
    assert len(taken) == 600
    assert stuck.queue.get_nowait() is None
    never.set()
    frames, cut_off = (after - was for after, was in zip(figures(), before, strict=True))
    assert (frames, cut_off >= 1) == (1200, True), "Prometheus is told"


async def test_what_reflex_has_queued_goes_first(tabs: Tabs):
    _, socket = await tabs.open(rooms.EVERYONE)
    direct = _DirectSocket(SimpleNamespace(__self__=socket), None)
    direct.asgi_send = None
    of_reflex = object()
    socket.queue.put_nowait(of_reflex)
    tabs.push.call("beat", to=rooms.EVERYONE)
    assert socket.queue.get_nowait() is of_reflex
    assert socket.scripts() == ["roms.beat()"]
