"""Stale lists and the patches since are what a fresh fetch would give: assets/roms/merge.js against a model.

The model is a table of conversations, a server that joins, reads and delivers pages while changes go on, and a tab
that hears only of the rooms of its view, in order, some things twice.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from roms_app.live import rooms
from roms_app.live.push import rooms_of
from tests.inbox.conftest import Node
from tests.inbox.rows import message, row

ME = 2
PAGE = 3
TABS = ("mine", "unassigned", "all")

changes = st.tuples(
    st.integers(1, 8),
    st.sampled_from(["message", "resolve", "reopen", "mine", "theirs", "nobody", "seen"]),
)
views = st.tuples(st.sampled_from(TABS), st.sampled_from(["open", "resolved"]))
#: What happens while a page is asked for: changes before the tab has joined, before the read, before the delivery.
around = st.tuples(*[st.lists(changes, max_size=3)] * 3)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("change"), changes),
        st.tuples(st.just("again"), st.integers(0, 50)),
        st.tuples(st.just("view"), st.tuples(views, around)),
        st.tuples(st.just("reread"), around),
        st.tuples(st.just("offline"), st.lists(changes, max_size=4)),
        st.tuples(st.just("more"), around),
    ),
    max_size=25,
)


@dataclass
class World:
    """The server's state, and the messages that the tab received."""

    clock: int = 1000
    table: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])
    view: tuple[str, str] = ("mine", "open")
    joined: set[str] = field(default_factory=set[str])
    heard: list[tuple[dict[str, Any], int]] = field(default_factory=list[tuple[dict[str, Any], int]])
    calls: list[str] = field(default_factory=list[str])
    floor: dict[str, Any] | None = None

    def tick(self) -> int:
        self.clock += 1
        return self.clock

    def change(self, id: int, what: str) -> None:
        old = self.table.get(id) or row(id, 0, last_message_at=id)
        new = {**old, "version": old["version"] + 1}
        match what:
            case "message":
                new |= {"last_message_at": self.tick(), "status": "open"}
            case "resolve" | "reopen":
                new["status"] = "resolved" if what == "resolve" else "open"
            case "mine" | "theirs" | "nobody":
                new["assignee_id"] = {"mine": ME, "theirs": 3, "nobody": 0}[what]
            case _:
                new["unread"] = 0
        self.table[id] = new
        if rooms_of(new, old["assignee_id"]) & self.joined:
            self.patch(new)

    def patch(self, changed: dict[str, Any]) -> None:
        at = self.tick()
        self.heard.append((changed, at))
        self.calls.append(f"list.patch([{json.dumps(changed)}], {at})")

    def changes(self, some: list[tuple[int, str]]) -> None:
        for id, what in some:
            self.change(id, what)

    def fresh(self) -> list[dict[str, Any]]:
        tab, status = self.view
        assignees = {"mine": [ME], "unassigned": [0], "all": [0, ME, 3]}[tab]
        found = [each for each in self.table.values() if each["status"] == status and each["assignee_id"] in assignees]
        return sorted(found, key=_place, reverse=True)

    def page(self, happens: Any, *, is_first: bool) -> None:
        before, between, after = happens
        self.changes(before)
        since = self.tick()
        if is_first:
            list_room = {"mine": set[str](), "unassigned": {rooms.unassigned(1)}, "all": {rooms.all_of(1)}}
            self.joined = {rooms.agent(ME)} | list_room[self.view[0]]
        self.changes(between)
        below = [each for each in self.fresh() if is_first or (self.floor and _place(each) < _place(self.floor))]
        read = below[:PAGE]
        self.changes(after)
        tab, status = self.view
        page = {"me": ME, "tab": tab, "status": status, "rows": read, "is_first": is_first, "since": since}
        self.calls.append(f"list.takePage({json.dumps({**page, 'has_more': len(read) == PAGE})})")
        self.floor = read[-1] if len(read) == PAGE else None

    def expected(self) -> list[int]:
        return [each["id"] for each in self.fresh() if self.floor is None or _place(each) >= _place(self.floor)]


def _place(each: dict[str, Any]) -> tuple[int, int]:
    return each["last_message_at"], each["id"]


def _play(world: World, step: tuple[str, Any]) -> None:
    match step:
        case ("change", (id, what)):
            world.change(id, what)
        case ("again", index) if world.heard:
            # Delivery is at least once; a repetition says what was true then.
            old, _at = world.heard[index % len(world.heard)]
            if rooms_of(old, old["assignee_id"]) & world.joined and world.table[old["id"]] == old:
                world.patch(old)
        case ("view", (view, happens)):
            world.view = view
            world.calls.append(f"list.setView({json.dumps({'tab': view[0], 'status': view[1]})})")
            world.page(happens, is_first=True)
        case ("reread", happens):
            world.page(happens, is_first=True)
        case ("offline", missed):
            world.joined = set()
            world.changes(missed)
            world.page(([], [], []), is_first=True)
        case ("more", happens) if world.floor:
            world.page(happens, is_first=False)
        case _:
            pass


@settings(max_examples=300, deadline=None)
@given(steps)
def test_a_stale_list_and_its_patches_are_a_fresh_fetch(node: Node, some: list[tuple[str, Any]]):
    world = World()
    world.page(([(id, "mine") for id in range(1, 6)], [], []), is_first=True)
    for step in some:
        _play(world, step)
    script = ";".join(["globalThis.list = new romsMerge.ConversationList()", *world.calls, "list.rows()"])
    shown = node.run(script)
    assert [each["id"] for each in shown] == world.expected()
    assert shown == [world.table[each["id"]] for each in shown]


def test_an_older_version_changes_nothing(node: Node):
    script = f"""
    globalThis.list = new romsMerge.ConversationList();
    list.takePage({{ me: 2, tab: "mine", status: "open", rows: [], has_more: false, is_first: true, since: 1 }});
    list.patch([{json.dumps(row(1, 5, assignee_id=ME, preview="new"))}], 2);
    list.patch([{json.dumps(row(1, 4, assignee_id=3, preview="old"))}], 3);
    list.rows().map((each) => each.preview)
    """
    assert node.run(script) == ["new"]


def test_an_answer_to_a_view_that_was_left_is_passed_over(node: Node):
    script = f"""
    globalThis.list = new romsMerge.ConversationList();
    list.setView({{ tab: "all" }});
    const page = {{ me: 2, tab: "mine", status: "open", rows: [{json.dumps(row())}], is_first: true, since: 1 }};
    const taken = list.takePage(page);
    [taken, list.rows().length, list.isLoaded]
    """
    assert node.run(f"(() => {{ {script.replace('[taken', 'return [taken')} }})()") == [False, 0, False]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_stale_thread_and_its_patches_are_a_fresh_fetch(node: Node, data: st.DataObject):
    """Messages come, change and are read page by page; the tab ends up with all from its oldest page on."""
    table = {f"m{id}": message(f"m{id}", 1, sent_at=data.draw(st.integers(1, 9))) for id in range(1, 9)}
    ordered = lambda: sorted(table.values(), key=lambda each: (each["sent_at"], int(each["id"][1:])))  # noqa: E731
    calls, clock, version, floor = [], 100, 1, None

    def page(is_first: bool) -> None:
        nonlocal floor
        readable = [each for each in ordered() if is_first or _line(each) < _line(floor)]
        read = readable[-PAGE:]
        page = {
            "conversation_id": 1,
            "messages": read,
            "has_more": len(read) == PAGE,
            "is_first": is_first,
            "since": clock,
        }
        calls.append(f"thread.takePage({json.dumps(page)})")
        # What was read further up stays, whatever is read again at the end.
        if not is_first or len(calls) == 1:
            floor = read[0] if len(read) == PAGE else None

    page(True)
    for what in data.draw(st.lists(st.sampled_from(["new", "tick", "older", "again"]), max_size=15)):
        clock, version = clock + 1, version + 1
        if what == "older" and floor is not None:
            page(False)
        elif what == "again":
            page(True)
        elif what in ("new", "tick"):
            id = f"m{len(table) + 1}" if what == "new" else data.draw(st.sampled_from(sorted(table)))
            table[id] = {**table.get(id, message(id, sent_at=10)), "version": version, "status": f"v{version}"}
            calls.append(f"thread.patch([{json.dumps(table[id])}], {clock})")
    script = ["globalThis.thread = new romsMerge.Thread()", "thread.reset(1)", *calls, "thread.messages()"]
    assert node.run(";".join(script)) == [each for each in ordered() if floor is None or _line(each) >= _line(floor)]


def _line(each: Any) -> tuple[int, int]:
    return each["sent_at"], int(each["id"][1:])


def test_a_hole_after_a_long_absence_is_not_shown_as_if_nothing_was_missing(node: Node):
    old = [message(f"m{id}", sent_at=id) for id in (1, 2, 3)]
    new = [message(f"m{id}", sent_at=id) for id in (7, 8, 9)]
    script = f"""
    globalThis.thread = new romsMerge.Thread();
    thread.reset(1);
    thread.takePage({{ conversation_id: 1, messages: {json.dumps(old)}, has_more: false, is_first: true, since: 1 }});
    thread.takePage({{ conversation_id: 1, messages: {json.dumps(new)}, has_more: true, is_first: true, since: 9 }});
    ({{ ids: thread.messages().map((each) => each.id), more: thread.floor !== null }})
    """
    assert node.run(script) == {"ids": ["m7", "m8", "m9"], "more": True}


def test_messages_of_another_conversation_stay_out(node: Node):
    script = f"""
    globalThis.thread = new romsMerge.Thread();
    thread.reset(2);
    [thread.patch([{json.dumps(message())}], 1), thread.messages().length]
    """
    assert node.run(script) == [False, 0]
