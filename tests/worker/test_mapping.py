"""Raw shapes, as the bridge hands them out, and the events they become."""

from typing import Any

import pytest
from pydantic import ValidationError

from wa_worker.contract.base import LATEST_MS
from wa_worker.contract.events import MessageKind, MessageReceived, MessageSent
from wa_worker.page.mapping import contact_event, edited_event, message_event, reaction_event, revoked_event

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
    event = message_event(7, raw(**changes), history_before=None, is_backfill=False)
    assert event is not None
    return event


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


def test_what_is_no_id_is_no_quote_and_costs_no_message() -> None:
    assert mapped(quoted="3AF524C6679FA6350E83").quoted_wa_message_id == "3AF524C6679FA6350E83"
    for hostile in ("", "no spaces", "x" * 129, 7, {"a": 1}):
        assert mapped(quoted=hostile).quoted_wa_message_id is None


def test_a_groups_message_names_the_member_and_the_group() -> None:
    group = {"chat": "120363@g.us", "lid": None, "phone": None, "pushName": "Reseller"}
    event = mapped(chat="120363@g.us", author="77@lid", authorName="Dewi", contact=group)
    assert (event.push_name, event.author_jid, event.author_name) == ("Reseller", "77@lid", "Dewi")
    assert (event.phone_e164, event.contact_lid) == (None, None)


@pytest.mark.parametrize("t", [1_700_000_000, 1_700_000_000_000])
def test_a_reactions_time_may_come_in_seconds_or_milliseconds(t: int) -> None:
    said = {"chat": "1@lid", "id": "A1", "fromMe": True, "isOurs": False, "author": None, "emoji": "👍🏽", "t": t}
    event = reaction_event(7, said)
    assert (event.emoji, event.reacted_at, event.is_from_me) == ("👍🏽", 1_700_000_000_000, True)
    assert reaction_event(7, {**said, "emoji": ""}).emoji == ""


def test_older_than_the_pairing_is_history() -> None:
    paired_at = 1_700_000_000_000
    before = message_event(7, raw(t=1_699_999_999), history_before=paired_at, is_backfill=True)
    after = message_event(7, raw(t=1_700_000_000), history_before=paired_at, is_backfill=True)
    assert before
    assert after
    assert (before.is_history, after.is_history) == (True, False)


def test_what_is_heard_live_is_news_whatever_the_clocks_say() -> None:
    """Ours may be ahead of WhatsApp's, and what was on its way at the pairing is older than it."""
    event = message_event(7, raw(t=1_699_999_999), history_before=1_700_000_000_000, is_backfill=False)
    assert event
    assert not event.is_history


@pytest.mark.parametrize("t", [-5, 0, 4_294_967_295, 1 << 60, 10**30])
def test_no_time_costs_the_message(t: int) -> None:
    assert 0 <= mapped(t=t).sent_at <= LATEST_MS
    reaction = {"chat": "1@lid", "id": "3AFF", "fromMe": True, "isOurs": False, "emoji": "🙏", "t": t}
    assert 0 <= reaction_event(7, reaction).reacted_at <= LATEST_MS


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
