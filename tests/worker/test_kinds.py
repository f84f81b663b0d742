"""Every kind of WhatsApp's, and the text that stands for it; hostile facts cost no message."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worker.test_mapping import mapped, raw
from wa_worker.contract.events import MessageKind
from wa_worker.page.kinds import filename_of
from wa_worker.page.mapping import MALFORMED, message_event


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("image", MessageKind.IMAGE),
        ("ptv", MessageKind.VIDEO),
        ("ptt", MessageKind.VOICE),
        ("multi_vcard", MessageKind.CONTACT_CARD),
        ("ciphertext", MessageKind.UNDECRYPTED),
        ("poll_creation", MessageKind.POLL),
        ("buttons_response", MessageKind.TEXT),
        ("interactive_of_next_year", MessageKind.UNSUPPORTED),
        ("revoked", MessageKind.UNSUPPORTED),
    ],
)
def test_kinds(kind: str, expected: MessageKind) -> None:
    event = mapped(type=kind, text="")
    assert (event.kind, event.raw_kind) == (expected, kind)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ({"outcome": "missed", "isVideo": False}, "call_log:missed"),
        ({"outcome": "Missed", "isVideo": True}, "call_log:missed_video"),
        ({"outcome": 1, "isVideo": True}, "call_log:missed_video"),
        ({"outcome": "completed", "isVideo": True}, "call_log:completed_video"),
        ({"outcome": "Connected", "isVideo": False}, "call_log:completed"),
        ({"outcome": 3, "isVideo": False}, "call_log:rejected"),
        ({"outcome": None, "isVideo": False}, "call_log:missed"),
        (None, "call_log:missed"),
    ],
)
def test_calls(call: dict[str, Any] | None, expected: str) -> None:
    event = mapped(type="call_log", text="whatever", call=call)
    assert (event.kind, event.raw_kind, event.body) == (MessageKind.CALL, expected, "")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"type": "e2e_notification", "subtype": "identity"}, "e2e_notification:identity"),
        ({"type": "notification_template", "subtype": "change_number"}, "notification_template:change_number"),
        ({"type": "protocol", "subtype": "ephemeral_setting", "seconds": 604800}, "protocol:ephemeral_setting_on"),
        ({"type": "protocol", "subtype": "ephemeral_setting", "seconds": 0}, "protocol:ephemeral_setting_off"),
        ({"type": "gp2", "subtype": "leave"}, "gp2:leave"),
    ],
)
def test_notices(said: dict[str, Any], expected: str) -> None:
    event = mapped(text="", **said)
    assert (event.kind, event.raw_kind) == (MessageKind.NOTICE, expected)


@pytest.mark.parametrize(
    "said", [("e2e_notification", "encrypt"), ("protocol", None), ("reaction", None), ("gp2", "?")]
)
def test_whatsapps_own_lines_are_not_messages(said: tuple[str, str | None]) -> None:
    line = raw(type=said[0], subtype=said[1])
    assert message_event(7, line, history_before=None, is_backfill=False) is None


@pytest.mark.parametrize(
    "said", [{"type": "image", "isViewOnce": True}, {"type": "ciphertext", "subtype": "view_once_unavailable_fanout"}]
)
def test_what_may_be_seen_once_is_only_announced(said: dict[str, Any]) -> None:
    event = mapped(text="rahasia", file={"size": 5}, **said)
    assert (event.kind, event.body, event.media) == (MessageKind.VIEW_ONCE, "", None)


def test_contact_cards_become_names_and_numbers() -> None:
    budi = "BEGIN:VCARD\nFN:Budi\nTEL;type=CELL;waid=62812:+62 812-3456-7890\nitem1.TEL:0812 3456 7890\nEND:VCARD"
    odd = "TEL:ext. 12"
    event = mapped(
        type="multi_vcard", text="", cards=[{"name": "Budi\nX", "vcard": budi}, {"name": None, "vcard": odd}]
    )
    assert event.body == "Budi X\n+6281234567890\next. 12"


def test_places_and_polls_become_text() -> None:
    place = {"label": "Toko Kopi", "lat": -6.2000001, "lng": "106.816666"}
    assert mapped(type="location", text="", place=place).body == "Toko Kopi\n-6.2, 106.816666"
    assert mapped(type="location", text="", place={"label": None, "lat": None, "lng": 1}).body == ""
    poll = {"question": "Kapan?", "choices": ["Senin", None, "Selasa"]}
    assert mapped(type="poll_creation", text="", poll=poll).body == "Kapan?\n• Senin\n• Selasa"


def test_forwarded_edited_and_a_files_facts() -> None:
    file = {"mimetype": "image/jpeg", "size": 1234, "filename": "x.jpg", "duration": 2.5, "width": 640, "height": 480}
    event = mapped(type="video", text="lihat", isForwarded=True, isEdited=True, file=file)
    assert (event.is_forwarded, event.is_edited, event.body) == (True, True, "lihat")
    assert event.media is not None
    facts = (event.media.mimetype, event.media.size_bytes, event.media.filename)
    assert facts == ("image/jpeg", 1234, "x.jpg")
    assert (event.media.duration_ms, event.media.width, event.media.height) == (2500, 640, 480)
    assert mapped().media is None


def test_a_length_that_no_database_holds_is_cut() -> None:
    event = mapped(type="video", file={"size": 1 << 70, "duration": 4_294_967_295, "width": 1 << 40, "height": 7})
    assert event.media is not None
    assert (event.media.duration_ms, event.media.width, event.media.height) == (2**31 - 1, 100_000, 7)
    assert event.media.size_bytes == 0, "no size at all"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\invoice\x00\n.pdf", "invoice.pdf"),
        ("x" * 10_000 + ".pdf", "x" * 239 + ".pdf"),
        ("x." + "y" * 10_000, "x." + "y" * 254),
        ("  ", None),
        (None, None),
        (7, "7"),
    ],
)
def test_names_of_files(said: Any, name: str | None) -> None:
    assert filename_of(said) == name


WRONG = st.sampled_from([None, True, "x" * 20_000, [{}], {}, "\ud83d", -1, 10**400])
ANYTHING = WRONG | st.integers() | st.floats() | st.text(max_size=30)
FACTS = st.sampled_from(["mimetype", "size", "filename", "duration", "width", "height", "hash"])


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["mimetype", "size", "filename", "duration", "width", "height", "hash"]), ANYTHING)
)
def test_no_fact_of_a_file_costs_the_message(file: dict[str, Any]) -> None:
    assert mapped(type="document", text="", file=file).media is not None


DETAILS = ["file", "cards", "place", "poll", "call", "subtype", "text", "t", "type", "quoted", "pushName", "contact"]


@settings(max_examples=400, deadline=None)
@given(
    kind=st.sampled_from(["chat", "image", "vcard", "location", "poll_creation", "call_log", "protocol"]),
    wrong=st.dictionaries(st.sampled_from(DETAILS), ANYTHING),
)
def test_a_wrong_shape_is_refused_in_good_order(kind: str, wrong: dict[str, Any]) -> None:
    """Either an event or one of the errors that the caller takes to the dead letters; nothing else."""
    try:
        message_event(7, {**raw(type=kind), **wrong}, history_before=None, is_backfill=False)
    except MALFORMED:
        return
