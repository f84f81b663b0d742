"""Tests of the bubbles for each kind of message: assets/roms/kinds.js and view.js."""

import json
from typing import Any

import pytest

from tests.inbox.conftest import Node
from tests.inbox.rows import message
from tests.inbox.test_texts import AT, bubbles, formatted, listed

OURS = {"is_ours": True, "author": "Budi", "sender_type": "agent", "status": "sent"}


def file(status: str = "stored", **columns: Any) -> dict[str, Any]:
    """An `AttachmentView` as JSON."""
    is_stored = status == "stored"
    return {
        "status": status,
        "url": "/media/message/1" if is_stored else "",
        "thumbnail_url": "/media/message/1/thumbnail" if is_stored else "",
        "mimetype": "image/jpeg",
        "filename": "",
        "size_bytes": 0,
        "width": 0,
        "height": 0,
        "duration_ms": 0,
        "failure_reason": "",
        "is_lost": False,
        **columns,
    }


def bubble(node: Node, kind: str, body: str = "", language: str = "en", **columns: Any) -> dict[str, Any]:
    [shown] = bubbles(node, message(kind=kind, body=body, sent_at=AT, **columns), language=language)
    return shown


def acts(node: Node, **columns: Any) -> dict[str, Any]:
    return node.run(f"romsKinds.actsOf({json.dumps(message(**columns))})")


@pytest.mark.parametrize(
    ("kind", "layout"),
    [
        ("image", "image"), ("video", "video"), ("audio", "audio"), ("voice", "audio"), ("document", "document"),
        ("sticker", "sticker"),
    ],
)  # fmt: skip
def test_each_file_has_its_bubble_and_its_caption_below(node: Node, kind: str, layout: str):
    shown = bubble(node, kind, "Ini fotonya", attachment=file(mimetype=""))
    assert (shown["layout"], shown["label"]) == (layout, "")
    assert shown["parts"] == [{"text": "Ini fotonya", "href": ""}]
    assert shown["file"]["download"] == "/media/message/1?download=1"


@pytest.mark.parametrize(
    ("width", "height", "room"),
    [
        (1600, 1200, ("320px", "320 / 240")),
        (1200, 1600, ("240px", "240 / 320")),
        (100, 80, ("100px", "100 / 80")),
        (20, 20, ("72px", "72 / 72")),
        (8000, 10, ("320px", "320 / 72")),
        (10, 8000, ("72px", "72 / 320")),
        (0, 0, ("240px", "4 / 3")),
    ],
)
def test_a_picture_has_its_room_before_it_comes(node: Node, width: int, height: int, room: tuple[str, str]):
    for status in ("pending", "stored", "failed"):
        shown = bubble(node, "image", attachment=file(status, width=width, height=height))["file"]
        assert (shown["width"], shown["ratio"]) == room


def test_a_picture_is_told_in_words(node: Node):
    assert bubble(node, "image", "Struk kemarin", attachment=file())["file"]["alt"] == "Struk kemarin"
    context = f"{{ now: {AT}, expanded: new Set(), customer: 'Rina' }}"
    theirs, ours = (
        message("m1", kind="image", body="", sent_at=AT, attachment=file()),
        message("m2", kind="video", body="", sent_at=AT, attachment=file(), **OURS),
    )
    shown = formatted(node, f"romsView.messageItems({json.dumps([theirs, ours])}, format, {context})")
    assert [each["file"]["alt"] for each in shown] == ["Photo from Rina, 14:02", "Video from Budi, 14:02"]


@pytest.mark.parametrize(
    ("attachment", "state", "problem", "can_ask"),
    [
        (file("pending"), "pending", "", False),
        (file("failed", failure_reason="timeout"), "failed", "Could not be downloaded: it took too long.", True),
        (file("failed", failure_reason="new"), "failed", "Could not be downloaded: WhatsApp did not give it.", True),
        (
            file("failed", failure_reason="expired", is_lost=True),
            "lost",
            "The file is no longer on the phone, so it can't be downloaded any more.",
            False,
        ),
        (
            file("failed", failure_reason="too_big", is_lost=True),
            "lost",
            "Could not be downloaded: it is larger than ROMS may keep.",
            False,
        ),
    ],
)  # fmt: skip
def test_a_file_that_is_not_there_says_why(
    node: Node, attachment: dict[str, Any], state: str, problem: str, can_ask: bool
):
    shown = bubble(node, "document", attachment=attachment)["file"]
    assert (shown["state"], shown["problem"], shown["can_ask"], shown["url"]) == (state, problem, can_ask, "")


@pytest.mark.parametrize(
    ("filename", "stem", "ending", "note"),
    [
        ("Daftar harga 2025.pdf", "Daftar harga 2025", ".pdf", "PDF · 1.2 MB"),
        ("", "Document", "", "PDF · 1.2 MB"),
        ("foto\u202egpj.exe", "fotogpj", ".exe", "EXE · 1.2 MB"),
        ("x" * 300 + ".docx", "x" * 300, ".docx", "DOCX · 1.2 MB"),
        (".profile", ".profile", "", "PROFILE · 1.2 MB"),
        ("kalimat. Lalu yang panjang", "kalimat. Lalu yang panjang", "", "PDF · 1.2 MB"),
    ],
)
def test_a_document_shows_its_true_ending(node: Node, filename: str, stem: str, ending: str, note: str):
    attachment = file(filename=filename, mimetype="application/pdf", size_bytes=1_234_567)
    shown = bubble(node, "document", attachment=attachment)["file"]
    assert (shown["stem"], shown["ending"], shown["note"], shown["icon"]) == (stem, ending, note, "text")


@pytest.mark.parametrize(
    ("kind", "mimetype", "layout"),
    [
        ("image", "image/png", "image"),
        ("image", "text/plain", "document"),
        ("sticker", "application/octet-stream", "document"),
        ("video", "application/octet-stream", "document"),
        ("voice", "application/octet-stream", "document"),
        ("voice", "audio/ogg; codecs=opus", "audio"),
        ("audio", "application/ogg", "audio"),
        ("document", "text/plain", "document"),
        ("image", "", "image"),
    ],
)
def test_what_is_not_what_it_is_called_is_there_to_be_downloaded(node: Node, kind: str, mimetype: str, layout: str):
    shown = bubble(node, kind, attachment=file(mimetype=mimetype))
    assert shown["layout"] == layout
    is_told = layout == "document" and kind != "document"
    assert shown["file"]["problem"] == ("This file can't be shown here. Download it to open it." if is_told else "")
    assert shown["file"]["download"] != ""


def test_what_the_browser_can_not_show_is_there_to_be_downloaded(node: Node):
    picture = json.dumps([message("m1", kind="image", body="", sent_at=AT, attachment=file(mimetype="image/png"))])
    context = f"{{ now: {AT}, expanded: new Set(), known, broken }}"
    items = f"romsView.messageItems(messages, format, {context})[0]"
    script = f"""(() => {{
      const [messages, known, broken] = [{picture}, new Map(), new Set()];
      const first = {items};
      broken.add("m1");
      const then = {items};
      return [first, then].map(({{ layout, file }}) => [layout, file.problem]);
    }})()"""
    assert formatted(node, script) == [
        ["image", ""],
        ["document", "This file can't be shown here. Download it to open it."],
    ]


def test_a_file_of_the_limit_is_shown_with_the_limits_number(node: Node):
    assert formatted(node, "format.size(64 * 1024 * 1024).replace(/\\s/g, ' ')") == "64 MB"


def test_sizes_and_lengths_are_in_the_agents_language(node: Node):
    sizes = "[12, 480123, 1234567, 98765432].map((bytes) => format.size(bytes).replace(/\\s/g, ' '))"
    assert formatted(node, sizes) == ["12 bytes", "469 kB", "1.2 MB", "94.2 MB"]
    assert formatted(node, sizes, "id")[2] == "1,2 MB"
    assert formatted(node, "[7200, 754000, 3723000].map((ms) => format.length(ms))") == ["0:07", "12:34", "1:02:03"]


@pytest.mark.parametrize(
    ("body", "label", "position"),
    [
        ("-6.2, 106.81667", "", "-6.20000, 106.81667"),
        ("Toko Melati\nJl. Kenanga 12, 13\n-6.2, 106.8", "Toko Melati\nJl. Kenanga 12, 13", "-6.20000, 106.80000"),
    ],
)
def test_a_place_leads_to_a_map_only_when_asked(node: Node, body: str, label: str, position: str):
    shown = bubble(node, "location", body)
    latitude, longitude = position.split(", ")
    assert (shown["layout"], shown["parts"]) == ("location", [])
    assert shown["place"]["position"] == position
    assert shown["place"]["label"] == label
    assert shown["place"]["href"].startswith(f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}")


@pytest.mark.parametrize("body", ["di rumah", "", "91.5, 10.25", "12, 181"])
def test_a_place_that_is_nowhere_is_text(node: Node, body: str):
    shown = bubble(node, "location", body)
    assert (shown["layout"], shown["label"]) == ("", "Location")
    assert "".join(part["text"] for part in shown["parts"]) == body


def test_contact_cards_have_names_and_numbers(node: Node):
    assert bubble(node, "contact_card", "Ayu\n+6281230001001\n0812-3000-1002\nRina")["cards"] == [
        {"name": "Ayu", "numbers": ["+62 812-3000-1001", "0812-3000-1002"]},
        {"name": "Rina", "numbers": []},
    ]
    assert bubble(node, "contact_card", "+6281230001001")["cards"] == [{"name": "", "numbers": ["+62 812-3000-1001"]}]


def test_a_poll_is_its_question_and_choices(node: Node):
    shown = bubble(node, "poll", "Warna apa?\n• Merah\n• 2 biru")
    assert shown["poll"] == {"question": "Warna apa?", "choices": ["Merah", "2 biru"]}
    assert shown["parts"] == []


@pytest.mark.parametrize(
    ("raw_kind", "words", "glyph"),
    [
        ("call_log:missed", "Missed voice call", "missed_call"),
        ("call_log:rejected_video", "Declined video call", "call"),
        ("call_log:missed_video", "Missed video call", "missed_call"),
        ("call_log:completed_video", "Video call", "call"),
        ("call_log", "Voice call", "call"),
    ],
)
def test_calls_say_what_they_were(node: Node, raw_kind: str, words: str, glyph: str):
    shown = bubble(node, "call", raw_kind=raw_kind)
    assert (shown["label"], shown["glyph"], shown["parts"]) == (words, glyph, [])


def test_notices_are_lines_and_break_runs(node: Node):
    notice = message("m2", kind="notice", body="", raw_kind="e2e_notification:identity", sent_at=AT + 1)
    shown = bubbles(node, message("m1", sent_at=AT), notice, message("m3", sent_at=AT + 2))
    assert [each["is_system"] for each in shown] == [False, True, False]
    assert shown[1]["parts"][0]["text"] == "The security code of this chat changed"
    assert bubble(node, "notice", raw_kind="gp2:new")["parts"][0]["text"] == "WhatsApp changed something in this chat"
    assert (shown[0]["is_run_end"], shown[2]["is_run_start"]) == (True, True)


def test_what_can_not_be_shown_says_so(node: Node):
    assert bubble(node, "unsupported", raw_kind="interactive")["label"].endswith("(interactive)")
    assert "can be opened on the phone only" in bubble(node, "view_once")["label"]
    assert bubble(node, "undecrypted")["label"].startswith("WhatsApp could not read this message yet")


def test_what_was_deleted_shows_neither_file_nor_reactions(node: Node):
    reaction = {"emoji": "👍", "count": 1, "is_ours": False}
    shown = bubble(node, "image", is_revoked=True, attachment=file(), reactions=[reaction], is_forwarded=True)
    assert (shown["layout"], shown["file"]["url"], shown["reactions"], shown["can_act"]) == ("", "", [], False)
    assert (shown["label"], shown["is_forwarded"]) == ("This message was deleted", False)


def test_a_quote_names_its_author_and_kind(node: Node):
    context = f"{{ now: {AT}, expanded: new Set(), customer: 'Rina' }}"
    lines = [
        message("m1", quoted_id="m0", quoted_kind="image", quoted_body=""),
        message("m2", quoted_id="m0", quoted_kind="text", quoted_body="Halo", quoted_is_ours=True),
        message("m3", quoted_id="m0", quoted_kind="revoked", quoted_body=""),
        message("m4"),
    ]
    shown = formatted(node, f"romsView.messageItems({json.dumps(lines)}, format, {context})")
    fields = ("has_quote", "quoted_author", "quoted_glyph", "quoted")
    assert [tuple(each[name] for name in fields) for each in shown] == [
        (True, "Rina", "image", "Photo"),
        (True, "You", "", "Halo"),
        (True, "Rina", "", "This message was deleted"),
        (False, "", "", ""),
    ]


def test_reactions_are_counted_and_ours_is_marked(node: Node):
    reactions = [{"emoji": "👍", "count": 2, "is_ours": True}, {"emoji": "🙏", "count": 1, "is_ours": False}]
    assert bubble(node, "text", "Halo", reactions=reactions)["reactions"] == [
        {"emoji": "👍", "count": "2", "is_ours": True, "label": "👍 2, also from us"},
        {"emoji": "🙏", "count": "", "is_ours": False, "label": "🙏 1"},
    ]


@pytest.mark.parametrize(
    ("reason", "left", "english", "indonesian"),
    [
        ("pacing", 2_500, "waits 3 s: pacing", "menunggu 3 dtk: jeda antarpesan"),
        ("retry", 20_000, "trying again in 20 s", "mencoba lagi dalam 20 dtk"),
        ("retry", 300_000, "trying again in 5 min", "mencoba lagi dalam 5 mnt"),
        ("breaker", 60_000, "sending paused", "pengiriman dijeda"),
        ("pacing", 0, "", ""),
    ],
)
def test_a_reply_that_waits_says_how_long(node: Node, reason: str, left: int, english: str, indonesian: str):
    waiting = {**OURS, "status": "queued", "held_until": AT + left, "hold_reason": reason}
    for language, words in (("en", english), ("id", indonesian)):
        assert bubble(node, "text", "Halo", language, **waiting)["wait"].replace("\xa0", " ") == words
    assert bubble(node, "text", "Halo", **{**waiting, "status": "sent"})["wait"] == ""


def test_in_a_group_everybody_is_named(node: Node):
    names = ("Ayu", "Ayu", "Beni", "")
    lines = [message(f"m{at}", group_author=name, sent_at=AT + at) for at, name in enumerate(names, 1)]
    shown = bubbles(node, *lines)
    assert [each["author"] for each in shown] == ["Ayu", "", "Beni", ""]
    assert [each["is_run_start"] for each in shown] == [True, False, True, True]


def test_what_can_be_done_with_a_message(node: Node):
    names = ("can_answer", "can_copy", "can_cancel", "can_retry")

    def can(**columns: Any) -> tuple[bool, ...]:
        shown = acts(node, **columns)
        return tuple(shown[name] for name in names)

    assert can() == (True, True, False, False)
    assert can(**OURS) == (True, True, False, False)
    assert can(**{**OURS, "status": "queued"}) == (False, True, False, False)
    assert can(**{**OURS, "status": "queued", "can_cancel": True}) == (False, True, True, False)
    assert can(**{**OURS, "status": "failed", "can_cancel": True}) == (False, True, True, True)
    assert can(**{**OURS, "status": "cancelled"}) == (False, True, False, False)
    for kind in ("notice", "system", "call", "undecrypted"):
        assert can(kind=kind) == (False, False, False, False)
    assert can(is_revoked=True) == (False, False, False, False)
    assert acts(node, kind="image", body="", attachment=file())["url"] == "/media/message/1?download=1"
    assert acts(node, reactions=[{"emoji": "👍", "count": 1, "is_ours": True}])["mine"] == "👍"


def test_what_did_not_change_is_the_same_item(node: Node):
    lines = [message(f"m{at}", sent_at=AT + at) for at in (1, 2, 3)]
    same = formatted(
        node,
        f"""(() => {{
          const lines = {json.dumps(lines)};
          const context = {{ now: {AT + 5}, expanded: new Set(), known: new Map() }};
          const first = romsView.messageItems(lines, format, context);
          const longer = [...lines, {{ ...lines[2], id: "m4", sent_at: lines[2].sent_at + 1 }}];
          const second = romsView.messageItems(longer, format, context);
          return first.map((item, at) => item === second[at]);
        }})()""",
    )
    assert same == [True, True, False]


def test_rows_of_the_list_name_what_has_no_words(node: Node):
    assert listed(node, preview="-6.2, 106.8", preview_kind="location")["preview"] == "Location"
    assert listed(node, preview="Ayu +6281230001001", preview_kind="contact_card")["glyph"] == "contact_card"
    shown = listed(node, preview="Ini fotonya", preview_kind="image", picture="/media/contact/4", is_group=True)
    assert (shown["preview"], shown["glyph"]) == ("Ini fotonya", "image")
    assert (shown["picture"], shown["is_group"]) == ("/media/contact/4", True)
    assert listed(node, preview="", preview_kind="call")["preview"] == "Call"
