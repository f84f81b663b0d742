"""Raw shapes, as the bridge hands them out, and the events they become."""

from typing import Any

import pytest
from pydantic import ValidationError

from wa_worker.contract.events import MessageKind, MessageReceived, MessageSent
from wa_worker.mapping import contact_event, edited_event, is_said_by_somebody, message_event, revoked_event

CONTACT = {
    "chat": "200201@lid",
    "lid": "200201@lid",
    "phone": "6281200000001@c.us",
    "name": "Alice",
    "pushName": "alice",
    "verifiedName": None,
}


def raw(**changes: Any) -> dict[str, Any]:
    """A text as the real bundle gives it."""
    return {
        "event": "message",
        "key": "false_200201@lid_3AF524C6679FA6350E83",
        "id": "3AF524C6679FA6350E83",
        "chat": "200201@lid",
        "fromMe": False,
        "type": "chat",
        "text": "halo",
        "t": 1_700_000_000,
        "ack": 1,
        "pushName": "alice",
        "quoted": None,
        "contact": CONTACT,
        **changes,
    }


def mapped(**changes: Any) -> MessageReceived | MessageSent:
    return message_event(7, raw(**changes), history_before=None, is_backfill=False)


def test_a_text() -> None:
    event = mapped()
    assert isinstance(event, MessageReceived)
    assert (event.wa_message_id, event.chat_jid, event.contact_lid) == (
        "3AF524C6679FA6350E83", "200201@lid", "200201@lid",
    )  # fmt: skip
    assert (event.phone_e164, event.push_name, event.body) == ("+6281200000001", "alice", "halo")
    assert (event.kind, event.raw_kind, event.sent_at) == (MessageKind.TEXT, "chat", 1_700_000_000_000)


def test_a_lid_is_never_read_as_a_number() -> None:
    hidden = {**CONTACT, "phone": None}
    assert mapped(contact=hidden).phone_e164 is None
    assert mapped(contact={**CONTACT, "phone": "200201@lid"}).phone_e164 is None


def test_our_own_message_carries_its_tick_and_not_our_name_for_the_customers() -> None:
    event = mapped(fromMe=True, ack=2, pushName="ROMS")
    assert isinstance(event, MessageSent)
    assert (event.ack, event.push_name) == (2, "alice")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("image", MessageKind.IMAGE),
        ("ptt", MessageKind.VOICE),
        ("multi_vcard", MessageKind.CONTACT_CARD),
        ("ciphertext", MessageKind.UNDECRYPTED),
        ("poll_creation", MessageKind.UNSUPPORTED),
        ("call_log", MessageKind.UNSUPPORTED),
    ],
)
def test_kinds(kind: str, expected: MessageKind) -> None:
    event = mapped(type=kind, text="")
    assert (event.kind, event.raw_kind) == (expected, kind)


def test_whatsapps_own_lines_are_not_messages() -> None:
    assert not is_said_by_somebody(raw(type="e2e_notification"))
    assert is_said_by_somebody(raw(type="interactive_of_next_year"))


def test_older_than_the_pairing_is_history() -> None:
    paired_at = 1_700_000_000_000
    before = message_event(7, raw(t=1_699_999_999), history_before=paired_at, is_backfill=True)
    after = message_event(7, raw(t=1_700_000_000), history_before=paired_at, is_backfill=True)
    assert (before.is_history, after.is_history) == (True, False)


def test_nul_and_endless_names_do_not_cost_a_message() -> None:
    event = mapped(text="a\x00b", pushName="n" * 400)
    assert event.body == "a�b"
    assert event.push_name == "n" * 256


def test_what_can_not_be_an_event_is_refused() -> None:
    too_long = {"text": "x" * 65_537}
    for broken in (too_long, {"id": "no spaces allowed"}, {"chat": "nowhere"}, {"ack": "?", "fromMe": True}):
        with pytest.raises(ValidationError):
            mapped(**broken)


def test_edits_revokes_and_contacts() -> None:
    edited = edited_event(7, {"chat": "200201@lid", "id": "A1", "fromMe": False, "text": "new"})
    assert (edited.body, edited.is_from_me) == ("new", False)
    assert revoked_event(7, {"chat": "200201@lid", "id": "A1", "fromMe": True}).is_from_me
    told = contact_event(7, CONTACT)
    assert (told.address_book_name, told.push_name, told.verified_name) == ("Alice", "alice", None)
