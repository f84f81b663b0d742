"""Tests of assignment, priority and timer in rows and the thread's header: assets/roms/duty.js, through view.js."""

import json
from typing import Any

import pytest

from tests.inbox.conftest import Node
from tests.inbox.rows import message, row
from tests.inbox.test_texts import bubbles, formatted, listed

NOW = 1_738_306_920_000


def headed(node: Node, at: int = NOW, language: str = "en", **columns: Any) -> dict[str, Any]:
    """The thread's header."""
    context = f"{{ me: 2, at: {at} }}"
    return formatted(node, f"romsView.threadView({json.dumps(row(**columns))}, null, format, {context})", language)


@pytest.mark.parametrize(
    ("priority", "name", "english", "indonesian"),
    [
        (-1, "low", "Low priority", "Prioritas rendah"),
        (0, "", "", ""),
        (1, "high", "High priority", "Prioritas tinggi"),
        (2, "urgent", "Urgent", "Mendesak"),
    ],
)
def test_priority_has_a_word(node: Node, priority: int, name: str, english: str, indonesian: str):
    item = listed(node, priority=priority)
    assert (item["priority"], item["priority_label"]) == (name, english)
    assert item["description"] == ", ".join(filter(None, [english, "Halo", "15 Nov"]))
    assert headed(node, priority=priority, language="id")["priority_label"] == indonesian


def test_why_is_said_in_the_agents_language(node: Node):
    because = {"en": "Assigned to Budi: waited longest.", "id": "Diberikan kepada Budi: paling lama."}
    assert listed(node, because=because)["because"] == "Assigned to Budi: waited longest."
    assert headed(node, language="id", because=because)["because"] == "Diberikan kepada Budi: paling lama."
    assert headed(node, language="id", because={"en": "Only in English."})["because"] == "Only in English."


@pytest.mark.parametrize(
    ("left", "shown"),
    [(120_001, ""), (120_000, "2:00"), (99_001, "1:40"), (400, "0:01"), (0, "0:00"), (-9_000, "0:00"), (-11_000, "")],
)
def test_the_last_two_minutes_count_down_by_the_servers_clock(node: Node, left: int, shown: str):
    head = headed(node, due_at=NOW + left)
    assert head["due"] == shown
    assert head["due_label"] == (f"answer within {shown}" if shown else "")
    context = f"{{ me: 2, now: {NOW - 55_000}, at: {NOW}, tab: 'mine' }}"
    item = formatted(node, f"romsView.listItem({json.dumps(row(due_at=NOW + left))}, format, {context})")
    assert item["due"] == shown, "the browser's own clock is wrong by 55 s"


def test_the_head_tells_who_has_it(node: Node):
    """The header has the assignee's id, which `HandoverState.take_over` needs."""
    assert headed(node, assignee_id=7)["assignee_id"] == 7
    assert node.run("romsView.NO_THREAD.assignee_id") == 0


def test_nothing_counts_down_where_no_timer_runs(node: Node):
    assert headed(node)["due"] == ""
    assert headed(node, due_at=NOW + 60_000, status="resolved")["due"] == ""


def test_a_screen_reader_hears_what_hurries_but_not_each_second(node: Node):
    columns = {"unread": 3, "priority": 2, "is_escalated": True, "due_at": NOW + 90_000}
    context = f"{{ me: 2, now: {NOW}, tab: 'mine' }}"
    item = formatted(node, f"romsView.listItem({json.dumps(row(**columns))}, format, {context})")
    hurries = "3 unread, Urgent, An admin is asked to look, to be answered within two minutes"
    assert item["description"] == f"{hurries}, Halo, 15 Nov"


def test_a_screen_reader_hears_of_a_row_what_is_seen_in_it(node: Node):
    columns = {
        "preview": "Ini fotonya",
        "preview_kind": "image",
        "waiting_since": NOW - 20 * 60_000,
        "last_message_at": NOW - 20 * 60_000,
        "assignee_id": 3,
        "assignee_name": "Ayu Lestari",
        "labels": ["Refund"],
    }
    context = f"{{ me: 2, now: {NOW}, tab: 'all' }}"
    item = formatted(node, f"romsView.listItem({json.dumps(row(**columns))}, format, {context})")
    assert item["description"] == "Photo, Ini fotonya, 20m, waiting 20 minutes, Ayu, Refund"


def test_whose_it_is_stands_where_the_list_does_not_say_so_itself(node: Node):
    waiting = {"team": "Shipping", "assignee_id": 0}
    for tab in ("all", "unassigned"):
        item = listed(node, tab=tab, **waiting)
        assert (item["assignee"], item["is_team"]) == ("Shipping", True)
    assert listed(node, tab="unassigned")["assignee"] == ""
    assert listed(node, tab="all")["assignee"] == "Unassigned"
    theirs = listed(node, tab="all", team="Shipping", assignee_id=3, assignee_name="Ayu Lestari")
    assert (theirs["assignee"], theirs["is_team"]) == ("Ayu", False)
    assert listed(node, tab="mine", team="Shipping", assignee_id=2)["assignee"] == ""


def test_a_note_stands_in_its_system_line_as_it_was_written(node: Node):
    note = "هذا الزبون غاضب 😠 <b>hati-hati</b>"
    [line] = bubbles(node, message("a4", kind="system", body="Ayu handed it over", sender_type="system", note=note))
    assert (line["is_system"], line["note"]) == (True, note)
