"""Messages, ticks and what pages and handsets are told of them."""

from typing import Any

import pytest

from tests.simulator.cast import AGUS, AGUS_PN, DEWI, DEWI_PN, FakeHandset, FakePage, do
from wa_worker.simulator import traffic
from wa_worker.simulator.errors import BadCommandError, NotNowError
from wa_worker.simulator.model import Author, Message
from wa_worker.simulator.phone import Phone


def page_sends(phone: Phone, message_id: str, chat: str = DEWI, body: str = "Siap kak") -> Message:
    """As the page's link does it, without the wire."""
    message = Message(id=message_id, chat=chat, author=Author.PAGE, t=1_700_000_000, body=body)
    assert traffic.accept_send(phone, message)
    traffic.deliver(phone, message)
    return message


def test_a_customers_message_reaches_the_page_with_the_name_they_gave_themself(phone: Phone, seat: FakePage) -> None:
    do(phone, "message", chat=DEWI, body="Halo")
    [frame] = seat.of("messages")
    [message] = frame["messages"]
    assert (message["body"], message["fromMe"], message["notifyName"]) == ("Halo", False, "Dewi Lestari")
    assert phone.chats[DEWI].unread == 1


def test_a_stranger_becomes_a_contact(phone: Phone, seat: FakePage) -> None:
    do(phone, "message", chat="555@lid", body="Halo", notifyName="Baru")
    assert [event["t"] for event in seat.told] == ["contact", "messages"]
    assert phone.contacts["555@lid"].pushname == "Baru"


def test_our_message_is_delivered_while_the_customers_phone_is_on(phone: Phone, seat: FakePage) -> None:
    message = page_sends(phone, "3EB0AA")
    assert message.ack == 2
    assert [(r["ids"], r["ack"]) for r in seat.of("receipt")] == [(["3EB0AA"], 2)]


def test_it_waits_while_the_customers_phone_is_off(phone: Phone, seat: FakePage) -> None:
    do(phone, "contact", id=DEWI, online=False)
    message = page_sends(phone, "3EB0AA")
    assert message.ack == 1
    do(phone, "contact", id=DEWI, online=True)
    assert message.ack == 2


def test_it_is_read_at_once_where_the_chat_is_open(phone: Phone, seat: FakePage) -> None:
    phone.handsets.add(FakeHandset(open_chat=DEWI))
    page_sends(phone, "3EB0AA")
    page_sends(phone, "3EB0BB", chat=AGUS)
    assert [(r["ids"][0], r["ack"]) for r in seat.of("receipt")] == [("3EB0AA", 2), ("3EB0AA", 3), ("3EB0BB", 2)]


def test_opening_the_chat_reads_all_in_one_receipt(phone: Phone, seat: FakePage) -> None:
    page_sends(phone, "3EB0AA")
    page_sends(phone, "3EB0BB")
    seat.told.clear()
    traffic.read_by_customer(phone, phone.contacts[DEWI])
    assert [(r["ids"], r["ack"]) for r in seat.of("receipt")] == [(["3EB0AA", "3EB0BB"], 3)]


def test_ticks_never_go_back(phone: Phone, seat: FakePage) -> None:
    message = page_sends(phone, "3EB0AA")
    do(phone, "receipt", ids=["3EB0AA"], ack=3)
    do(phone, "receipt", ids=["3EB0AA"], ack=2)
    assert message.ack == 3
    assert [r["ack"] for r in seat.of("receipt")] == [2, 3]


def test_half_an_emoji_from_the_page_is_kept_too(phone: Phone) -> None:
    """A text cut in the middle of a pair: no UTF-8 holds it, JSON's escapes do."""
    page_sends(phone, "3EB0AA", body="\ud83d")
    assert phone.store.messages("7")[-1]["body"] == "\ud83d"


def test_the_same_id_sent_twice_is_stored_twice_so_that_doubles_can_be_counted(phone: Phone) -> None:
    page_sends(phone, "3EB0AA")
    page_sends(phone, "3EB0AA")
    assert [message.id for message in phone.sent] == ["3EB0AA", "3EB0AA"]


def test_refused_sends_are_counted_down_and_kept_nowhere(phone: Phone) -> None:
    do(phone, "fail_next_send", count=1)
    refused = Message(id="3EB0AA", chat=DEWI, author=Author.PAGE, t=1, body="x")
    assert not traffic.accept_send(phone, refused)
    page_sends(phone, "3EB0BB")
    assert [message.id for message in phone.sent] == ["3EB0BB"]


def test_a_reply_typed_on_the_phone_reaches_the_page_as_ours_and_counts_as_read(phone: Phone, seat: FakePage) -> None:
    do(phone, "message", chat=DEWI, body="Halo")
    do(phone, "own_message", chat=DEWI, body="Ya kak?")
    assert seat.of("messages")[-1]["messages"][0]["fromMe"] is True
    assert phone.chats[DEWI].unread == 0
    assert phone.sent == []


def test_edit_and_deletion(phone: Phone, seat: FakePage) -> None:
    sent = do(phone, "message", chat=DEWI, body="Halo")["message"]
    do(phone, "edit", id=sent["id"], body="Halo!")
    do(phone, "revoke", id=sent["id"])
    assert seat.of("edit")[0]["message"]["body"] == "Halo!"
    assert seat.of("revoke")[0]["message"]["type"] == "revoked"
    assert "body" not in seat.of("revoke")[0]["message"]


def test_a_hidden_number_is_told_only_when_revealed(phone: Phone, seat: FakePage) -> None:
    assert phone.contacts[AGUS].for_page()["pn"] is None
    do(phone, "lid", lid=AGUS)
    assert seat.of("contact")[-1]["contact"]["pn"] == AGUS_PN


def test_a_customer_is_known_by_number_too(phone: Phone) -> None:
    assert phone.contact_of(DEWI_PN) is phone.contacts[DEWI]


def test_many_messages_travel_in_few_frames_and_keep_their_order(phone: Phone, seat: FakePage) -> None:
    bodies = [f"pesan {n}" for n in range(250)]
    answer = do(phone, "messages", messages=[{"chat": DEWI, "body": body} for body in bodies])
    frames = seat.of("messages")
    assert [m["body"] for frame in frames for m in frame["messages"]] == bodies
    assert len(frames) == 3
    assert len(set(answer["ids"])) == 250


def test_an_offline_page_hears_nothing_and_finds_everything_new_or_changed_later(phone: Phone, seat: FakePage) -> None:
    first = do(phone, "message", chat=DEWI, body="sebelum")["message"]
    since = phone.history.rev
    do(phone, "network", online=False)
    seat.told.clear()
    do(phone, "message", chat=DEWI, body="selama")
    do(phone, "edit", id=first["id"], body="diubah")
    assert seat.told == []
    assert [m.body for m in phone.history.changed_since(since)] == ["diubah", "selama"]


@pytest.mark.parametrize(
    ("away", "back"),
    [
        (("network", {"online": False}), ("network", {"online": True})),
        (("deaf", {"how": "socket"}), ("deaf", {"how": None})),
        (("deaf", {"how": "store"}), ("deaf", {"how": None})),
    ],
    ids=["network", "socket", "store"],
)
def test_after_a_gap_a_page_is_told_nothing_new_before_it_has_asked_for_what_it_missed(
    phone: Phone, seat: FakePage, away: tuple[str, dict[str, Any]], back: tuple[str, dict[str, Any]]
) -> None:
    do(phone, away[0], **away[1])
    do(phone, "message", chat=DEWI, body="selama")
    do(phone, back[0], **back[1])
    seat.told.clear()
    do(phone, "message", chat=AGUS, body="sesudah")
    assert seat.told == []


@pytest.mark.parametrize("body", ["x" * 65_536, "\u202eABC", "👨‍👩‍👧‍👦", "<script>alert(1)</script>", "a\x00b"])
def test_any_text_is_kept_as_it_is(phone: Phone, seat: FakePage, body: str) -> None:
    do(phone, "message", chat=DEWI, body=body)
    assert seat.of("messages")[0]["messages"][0]["body"] == body
    assert phone.history.all[-1].body == body


def test_only_the_author_edits_and_deletes(phone: Phone) -> None:
    sent = do(phone, "message", chat=DEWI, body="Halo")["message"]
    for cmd, arguments in [("edit", {"body": "x"}), ("revoke", {})]:
        with pytest.raises(BadCommandError, match="only the author"):
            do(phone, cmd, id=sent["id"], by="owner", **arguments)


def test_one_account_has_one_reaction_on_a_message(phone: Phone, seat: FakePage) -> None:
    sent = do(phone, "message", chat=DEWI, body="Halo")["message"]
    for text in ("👍", "❤️", ""):
        do(phone, "reaction", id=sent["id"], text=text)
    told = [event["message"]["reactions"] for event in seat.of("reaction")]
    assert [[reaction["text"] for reaction in reactions] for reactions in told] == [["👍"], ["❤️"], [""]]
    assert len({reactions[0]["rid"] for reactions in told}) == 3


def test_a_message_in_a_group_needs_its_author(phone: Phone) -> None:
    with pytest.raises(BadCommandError, match="needs its author"):
        do(phone, "message", chat="120363000000000001@g.us", body="Halo")


def test_a_readable_message_is_not_decrypted_again(phone: Phone) -> None:
    sent = do(phone, "message", chat=DEWI, body="Halo")["message"]
    with pytest.raises(NotNowError, match="readable"):
        do(phone, "decrypt", id=sent["id"], body="lain")
