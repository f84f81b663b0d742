"""Times, names and texts as agents read them: assets/roms/format.js and view.js."""

import json
from typing import Any

import pytest

from tests.inbox.conftest import Node
from tests.inbox.rows import message, row

#: 2025-01-31 14:02 in Jakarta.
AT = 1_738_306_920_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def formatted(node: Node, expression: str, language: str = "en", zone: str = "Asia/Jakarta") -> Any:
    return node.run(
        f"(() => {{ const format = new romsFormat.Format('{language}', '{zone}'); return {expression}; }})()"
    )


def bubbles(node: Node, *messages: dict[str, Any], language: str = "en", now: int = AT) -> list[dict[str, Any]]:
    context = f"{{ now: {now}, expanded: new Set() }}"
    return formatted(node, f"romsView.messageItems({json.dumps(messages)}, format, {context})", language)


def listed(node: Node, tab: str = "mine", now: int = AT, language: str = "en", **columns: Any) -> dict[str, Any]:
    context = f"{{ me: 2, now: {now}, tab: '{tab}' }}"
    return formatted(node, f"romsView.listItem({json.dumps(row(**columns))}, format, {context})", language)


def test_times_are_in_the_agents_zone_and_language(node: Node):
    assert formatted(node, f"format.time({AT})") == "14:02"
    assert formatted(node, f"format.time({AT})", "id") == "14.02"
    assert formatted(node, f"format.time({AT})", zone="Asia/Jayapura") == "16:02"
    assert formatted(node, f"format.exact({AT})") == "31 Jan 2025, 14:02 WIB"
    assert formatted(node, f"format.exact({AT})", "id", "Asia/Makassar") == "31 Jan 2025, 15.02 WITA"
    assert formatted(node, f"format.exact({AT})", zone="Europe/Berlin").endswith("GMT+1")


@pytest.mark.parametrize(
    ("passed", "english", "indonesian"),
    [
        (0, "now", "baru saja"),
        (5 * MINUTE, "5m", "5 mnt"),
        (3 * HOUR, "11:02", "11.02"),
        (DAY, "Yesterday", "Kemarin"),
        (3 * DAY, "Tuesday", "Selasa"),
        (30 * DAY, "1 Jan", "1 Jan"),
    ],
)
def test_how_long_ago(node: Node, passed: int, english: str, indonesian: str):
    ago = f"format.ago({AT - passed}, {AT}).replace(/\\s/g, ' ')"
    assert formatted(node, ago) == english
    assert formatted(node, ago, "id") in (indonesian, indonesian.replace(" ", ""))


def test_days_are_those_of_the_agents_zone(node: Node):
    just_after_midnight = AT - 14 * HOUR
    assert formatted(node, f"format.dayLabel({just_after_midnight}, {AT})") == "Today"
    assert formatted(node, f"format.dayLabel({just_after_midnight - 3 * MINUTE}, {AT})") == "Yesterday"
    assert formatted(node, f"format.dayLabel({just_after_midnight}, {AT})", zone="UTC") == "Yesterday"


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Dewi Anggraini", "DA"),
        ("lina", "L"),
        ("🦋 Putri ✨", "P"),
        ("👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"),
        ("أحمد الفارسي", "أا"),
        ("+62 812-3456-7890", "#"),
        ("  ", "#"),
    ],
)
def test_initials(node: Node, name: str, initials: str):
    assert formatted(node, f"format.initials({json.dumps(name)}).trim() || '#'") == initials


def test_a_row_says_who_waits_and_for_whom(node: Node):
    item = listed(
        node, tab="all", unread=120, waiting_since=AT - 20 * MINUTE, last_message_at=AT - DAY, assignee_id=3,
        assignee_name="Ayu Lestari",
    )  # fmt: skip
    assert (item["unread"], item["unread_label"]) == ("99+", "120 unread")
    assert (item["waiting"], item["waiting_label"], item["waits_long"]) == ("20m", "waiting 20 minutes", True)
    assert (item["time"], item["assignee"], item["assignee_name"]) == ("Yesterday", "Ayu", "Ayu Lestari")


def test_a_row_shows_ticks_only_of_our_own_words_and_no_wait_once_resolved(node: Node):
    assert listed(node, preview_is_ours=True, preview_status="read")["tick"] == "read"
    assert listed(node, preview_status="read")["tick"] == ""
    assert listed(node, status="resolved", waiting_since=AT - DAY)["waiting"] == ""


def test_who_hides_their_number_has_words_for_a_name(node: Node):
    assert listed(node, name="", phone="")["name"] == "Number hidden"
    assert listed(node, name="", phone="", language="id")["name"] == "Nomor disembunyikan"
    assert listed(node, name="")["name"] == "+62 812-3000-0001"


def test_media_without_a_caption_is_named(node: Node):
    assert listed(node, preview="", preview_kind="image") | {"preview": "Photo", "glyph": "image"} == listed(
        node, preview="", preview_kind="image"
    )
    [bubble] = bubbles(node, message(kind="voice", body=""), language="id")
    assert (bubble["label"], bubble["glyph"], bubble["parts"]) == ("Pesan suara", "voice", [])


@pytest.mark.parametrize("text", ["", "\u200b\u200d", " \n\t", "\u3164\ufeff", "\u2800"])
def test_what_nobody_can_see_is_said(node: Node, text: str):
    [bubble] = bubbles(node, message(body=text))
    assert bubble["parts"] == [{"text": "(no visible text)", "href": ""}]
    assert bubble["is_muted"]


def test_text_stays_text_and_only_web_addresses_are_links(node: Node):
    text = "<b>x</b> javascript:alert(1) see https://example.com/a?b=1. or HTTP://x.id/(1) data:text/html,x"
    [bubble] = bubbles(node, message(body=text))
    assert "".join(part["text"] for part in bubble["parts"]) == text
    assert [part["href"] for part in bubble["parts"] if part["href"]] == ["https://example.com/a?b=1", "HTTP://x.id/(1"]


def test_a_very_long_text_is_shortened_without_tearing_a_character(node: Node):
    [bubble] = bubbles(node, message(body="a" + "😀" * 32_000))
    [part] = bubble["parts"]
    assert bubble["is_shortened"]
    assert len(part["text"]) < 1300
    part["text"].encode("utf-8")


def test_a_deleted_message_shows_nothing_of_what_it_said(node: Node):
    [bubble] = bubbles(node, message(body="secret", is_revoked=True))
    assert (bubble["label"], bubble["parts"]) == ("This message was deleted", [])


def test_runs_days_and_authors(node: Node):
    ours = {"is_ours": True, "author": "Budi", "sender_type": "agent", "status": "sent"}
    shown = bubbles(
        node,
        message("m1", sent_at=AT - DAY),
        message("m2", sent_at=AT),
        message("m3", sent_at=AT + 1),
        message("m4", sent_at=AT + 2, **ours),
        message("m5", sent_at=AT + 3, **ours),
        message("m6", sent_at=AT + 4, **(ours | {"author": "", "sender_type": "device"})),
    )
    assert [each["day"] for each in shown] == ["Yesterday", "Today", "", "", "", ""]
    assert [each["is_run_start"] for each in shown] == [True, True, False, True, False, True]
    assert [each["is_run_end"] for each in shown] == [True, False, True, False, True, True]
    assert [each["author"] for each in shown] == ["", "", "", "Budi", "", "From the phone"]


def test_system_lines_are_in_the_agents_language(node: Node):
    words = {"en": "Assigned to Budi", "id": "Diberikan kepada Budi"}
    line = message("a4", kind="system", body="", words=words, sender_type="system")
    [english], [indonesian] = bubbles(node, line), bubbles(node, line, language="id")
    assert english["is_system"] and english["parts"][0]["text"] == "Assigned to Budi"
    assert indonesian["parts"][0]["text"] == "Diberikan kepada Budi"
