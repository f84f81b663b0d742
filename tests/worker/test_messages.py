"""Messages both ways through the unmodified bundle in a real Chromium."""

import pytest

from devtools.waiting import until
from tests.worker.cast import INBOX
from tests.worker.conftest import Stage
from wa_worker.contract.addressing import mint_message_id
from wa_worker.contract.commands import MarkRead, SendText
from wa_worker.contract.events import ContactChanged


def send(stage: Stage, chat: str, body: str, message_id: str | None = None) -> str:
    message_id = message_id or mint_message_id()
    stage.stream.command(SendText(inbox_id=INBOX, wa_message_id=message_id, chat_jid=chat, body=body))
    return message_id


def test_a_message_with_its_sender(shop: Stage) -> None:
    chat = shop.simulator.customer(20, "Alice")
    message_id = shop.simulator.write(chat, "halo <b>kak</b> 👨‍👩‍👧 \u202eabc")
    event = until(lambda: next(iter(shop.stream.events("MessageReceived")), None), "the message")
    assert event.wa_message_id == message_id
    assert event.body == "halo <b>kak</b> 👨‍👩‍👧 \u202eabc"
    assert (event.chat_jid, event.phone_e164, event.push_name) == (chat, "+6281200000020", "customer 20")
    assert not event.is_history
    told = until(lambda: contact_of(shop, chat), "the name")
    assert told.address_book_name == "Alice"


def test_order_is_kept_in_a_burst(shop: Stage) -> None:
    chats = [shop.simulator.customer(n) for n in range(5)]
    texts = [f"{n:04d}" for n in range(1000)]
    drafts = [{"chat": chats[n % 5], "body": text} for n, text in enumerate(texts)]
    shop.simulator.ctl("messages", messages=drafts)
    until(lambda: len(shop.stream.bodies()) >= 1000, "a thousand messages")
    assert shop.stream.bodies() == texts


def test_a_reply_climbs_the_ladder(shop: Stage) -> None:
    chat = shop.simulator.customer(21)
    message_id = send(shop, chat, "selamat pagi")
    until(lambda: shop.stream.is_sent(message_id), "sent")
    shop.simulator.ctl("receipt", ids=[message_id], ack=2)
    until(lambda: 2 in shop.stream.acks(message_id), "delivered")
    shop.simulator.ctl("receipt", ids=[message_id], ack=3)
    until(lambda: 3 in shop.stream.acks(message_id), "read")
    sent = [m for m in shop.simulator.state()["sent"] if m["id"] == message_id]
    assert [m["body"] for m in sent] == ["selamat pagi"]


def test_the_same_command_twice_sends_once(shop: Stage) -> None:
    chat = shop.simulator.customer(22)
    message_id = send(shop, chat, "sekali")
    send(shop, chat, "sekali", message_id)
    last = send(shop, chat, "lalu")
    until(lambda: shop.stream.is_sent(last), "the later message")
    sent = [m["id"] for m in shop.simulator.state()["sent"] if m["chat"] == chat]
    assert sent == [message_id, last]


def test_a_refused_message_fails_and_can_be_retried_under_its_id(shop: Stage) -> None:
    chat = shop.simulator.customer(23)
    shop.simulator.ctl("fail_next_send")
    message_id = send(shop, chat, "coba")
    failed = until(lambda: next(iter(shop.stream.events("CommandFailed")), None), "the failure")
    assert (failed.wa_message_id, failed.reason, failed.is_permanent) == (message_id, "refused", False)
    send(shop, chat, "coba", message_id)
    until(lambda: shop.stream.is_sent(message_id), "the retry")
    assert [m["body"] for m in shop.simulator.state()["sent"] if m["id"] == message_id] == ["coba"]


def test_an_unknown_number_fails_for_good(shop: Stage) -> None:
    message_id = send(shop, "628990000000@c.us", "siapa")
    failed = until(lambda: next(iter(shop.stream.events("CommandFailed")), None), "the failure")
    assert (failed.wa_message_id, failed.reason, failed.is_permanent) == (message_id, "unknown_number", True)


def test_a_reply_typed_on_the_phone(shop: Stage) -> None:
    chat = shop.simulator.customer(24)
    shop.simulator.ctl("own_message", chat=chat, body="dari HP")
    event = until(lambda: next(iter(shop.stream.events("MessageSent")), None), "the reply")
    assert (event.body, event.chat_jid, event.ack) == ("dari HP", chat, 1)


def test_edits_and_revokes(shop: Stage) -> None:
    chat = shop.simulator.customer(25)
    message_id = shop.simulator.write(chat, "sepuluh")
    until(lambda: shop.stream.bodies() == ["sepuluh"], "the message")
    shop.simulator.ctl("edit", id=message_id, body="sebelas")
    edited = until(lambda: next(iter(shop.stream.events("MessageEdited")), None), "the edit")
    assert (edited.wa_message_id, edited.body, edited.chat_jid) == (message_id, "sebelas", chat)
    shop.simulator.ctl("revoke", id=message_id)
    revoked = until(lambda: next(iter(shop.stream.events("MessageRevoked")), None), "the revoke")
    assert (revoked.wa_message_id, revoked.is_from_me) == (message_id, False)


def test_read_receipts_go_only_when_asked_for(shop: Stage) -> None:
    chat = shop.simulator.customer(26)
    shop.simulator.write(chat, "halo")
    reply = send(shop, chat, "ya")
    until(lambda: shop.stream.is_sent(reply), "the reply")
    assert unread(shop, chat) == 1
    shop.stream.command(MarkRead(inbox_id=INBOX, chat_jid=chat))
    until(lambda: unread(shop, chat) == 0, "the read receipt")


def test_a_number_behind_a_lid_heals(shop: Stage) -> None:
    shop.simulator.ctl("contact", id="400400@lid", pn="628120004444@c.us", hides_number=True, pushname="Dewi")
    shop.simulator.write("400400@lid", "halo")
    event = until(lambda: next(iter(shop.stream.events("MessageReceived")), None), "the message")
    assert event.phone_e164 is None
    shop.simulator.ctl("lid", lid="400400@lid")
    told = until(lambda: contact_of(shop, "400400@lid"), "the number")
    assert (told.contact_lid, told.phone_e164) == ("400400@lid", "+628120004444")


@pytest.mark.causes(r"command\.refused")
def test_what_is_no_command_goes_to_the_dead_letters(shop: Stage) -> None:
    stream = f"wa:{INBOX}:commands"
    for data in ('{"type":"Fly"}', "no json", '{"type":"MarkRead","v":2,"inbox_id":7,"chat_jid":"1@lid"}'):
        shop.stream.redis.xadd(stream, {"data": data})
    until(lambda: len(shop.stream.dead()) == 3, "three dead letters")
    assert all(letter["reason"] and letter["source"] == stream for letter in shop.stream.dead())
    until(lambda: shop.stream.redis.xpending(stream, "wa_worker")["pending"] == 0, "acknowledgement")


def unread(stage: Stage, chat: str) -> int:
    return next(c["unread"] for c in stage.simulator.state()["chats"] if c["id"] == chat)


def contact_of(stage: Stage, chat: str) -> ContactChanged | None:
    return next((event for event in stage.stream.events("ContactChanged") if event.chat_jid == chat), None)
