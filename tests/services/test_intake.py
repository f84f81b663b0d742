"""The worker's events become rows: once, in the right conversation, with the right preview in the list."""

from typing import Any

import pytest
from sqlalchemy import Row, select
from sqlmodel import Session

from roms_app.models import Availability, Contact, DeliveryStatus, Inbox, SenderType, SessionHistory
from roms_app.models.base import now_ms
from roms_app.models.tables import CONTACT, MESSAGE
from roms_app.services import changes, conversations, outbox, relaying
from roms_app.services.intake import intake
from tests.services.conftest import Receive
from tests.support.cast import Cast, acked, jid, lid, phone, received, sent
from wa_worker.contract.events import (
    CommandFailed,
    ContactChanged,
    GapRecovered,
    MessageEdited,
    MessageKind,
    MessageRevoked,
    SessionChanged,
    SessionStatus,
)


def messages(session: Session) -> list[Row[Any]]:
    return list(session.execute(select(MESSAGE).order_by(MESSAGE.c.id)))


def only(rows: list[Any]) -> Any:
    (row,) = rows
    return row


def test_first_message_begins_an_open_assigned_conversation(receive: Receive, cast: Cast, session: Session) -> None:
    event = received(cast.shop, body="Halo\n\nkak", sent_at=5000)
    chat = only(receive(event))
    assert (chat.status, chat.assignee_id, chat.unread_count) == ("open", cast.budi.id, 1)
    assert (chat.waiting_since, chat.last_message_at, chat.last_message_preview) == (5000, 5000, "Halo kak")
    assert chat.last_message_id == only(messages(session)).id
    contact = only(list(session.execute(select(CONTACT))))
    assert (contact.phone_e164, contact.push_name, contact.first_seen_at) == (phone(1), "Customer 1", 5000)


def test_second_delivery_changes_nothing_and_is_announced(receive: Receive, cast: Cast, session: Session) -> None:
    event = received(cast.shop)
    before = only(receive(event))
    intake.receive_batch(session, [event])
    assert list(changes.of(session).conversations[before.id].message_ids) == [only(messages(session)).id]
    after = only(receive())
    assert {**after._mapping, "version": 0} == {**before._mapping, "version": 0}


def test_lid_and_number_of_one_customer_meet_in_one_conversation(receive: Receive, cast: Cast) -> None:
    hidden = received(cast.shop, chat_jid=lid(1), contact_lid=lid(1), phone_e164=None)
    chat = only(receive(hidden))
    assert chat.chat_jid == lid(1)
    told = received(cast.shop, chat_jid=lid(1), contact_lid=lid(1), phone_e164=phone(1))
    by_number = received(cast.shop, chat_jid=jid(1), contact_lid=None, phone_e164=phone(1))
    assert only(receive(told, by_number)).chat_jid == lid(1), "replies go to the LID"


def test_number_of_a_hidden_contact_heals(receive: Receive, cast: Cast, session: Session) -> None:
    receive(received(cast.shop, chat_jid=lid(1), contact_lid=lid(1), phone_e164=None))
    assert only(list(session.execute(select(CONTACT)))).phone_e164 is None
    receive(ContactChanged(inbox_id=cast.shop, chat_jid=lid(1), contact_lid=lid(1), phone_e164=phone(1)))
    assert only(list(session.execute(select(CONTACT)))).phone_e164 == phone(1)


def test_same_message_as_lid_and_as_number_is_one_and_links_them(
    receive: Receive, cast: Cast, session: Session
) -> None:
    event = received(cast.shop, chat_jid=lid(1), contact_lid=lid(1), phone_e164=None, wa_message_id="3AFF")
    again = received(cast.shop, chat_jid=jid(1), wa_message_id="3AFF")
    receive(event)
    assert only(receive(again)).unread_count == 1
    contact = only(list(session.execute(select(CONTACT))))
    assert (contact.contact_lid, contact.phone_e164) == (lid(1), phone(1))


@pytest.mark.parametrize("named", [(1, 2), (1,), (2,)])
def test_the_name_that_an_agent_gave_outlives_a_merge(
    receive: Receive, cast: Cast, session: Session, named: tuple[int, ...]
) -> None:
    hidden = received(cast.shop, chat_jid=lid(1), contact_lid=lid(1), phone_e164=None)
    receive(hidden, received(cast.shop))
    for chat in named:
        conversations.rename_contact(session, cast.siti, chat, f"Name {chat}")
    receive(ContactChanged(inbox_id=cast.shop, chat_jid=lid(1), contact_lid=lid(1), phone_e164=phone(1)))
    assert only(list(session.execute(select(CONTACT)))).manual_name == f"Name {named[0]}"


def test_two_contacts_that_turn_out_to_be_one_are_merged(receive: Receive, cast: Cast, session: Session) -> None:
    hidden = received(cast.shop, chat_jid=lid(1), contact_lid=lid(1), phone_e164=None, body="one", sent_at=1000)
    by_number = received(cast.shop, body="two", sent_at=2000)
    assert len(receive(hidden, by_number)) == 2
    link = ContactChanged(inbox_id=cast.shop, chat_jid=lid(1), contact_lid=lid(1), phone_e164=phone(1))
    intake.receive_batch(session, [link])
    assert changes.of(session).must_reload
    chat = only(receive())
    assert (chat.unread_count, chat.last_message_preview, chat.chat_jid) == (2, "two", lid(1))
    assert {row.conversation_id for row in messages(session)} == {chat.id}
    assert len(list(session.execute(select(CONTACT)))) == 1


def test_contradicting_addresses_are_never_merged(receive: Receive, cast: Cast, session: Session) -> None:
    receive(received(cast.shop, chat_jid=lid(1), contact_lid=lid(1), phone_e164=phone(1)))
    receive(received(cast.shop, chat_jid=lid(2), contact_lid=lid(2), phone_e164=phone(2)))
    chats = receive(received(cast.shop, chat_jid=lid(1), contact_lid=lid(1), phone_e164=phone(2)))
    assert len(chats) == 2
    assert {row.phone_e164 for row in session.execute(select(CONTACT))} == {phone(1), phone(2)}


def test_history_waits_for_nobody(receive: Receive, cast: Cast) -> None:
    old = [received(cast.shop, is_history=True, sent_at=at, body=str(at)) for at in (1000, 3000, 2000)]
    chat = only(receive(*old))
    assert (chat.status, chat.assignee_id, chat.unread_count, chat.waiting_since) == ("resolved", None, 0, None)
    assert (chat.last_message_preview, chat.last_message_at) == ("3000", 3000)


def test_older_history_does_not_become_the_newest(receive: Receive, cast: Cast) -> None:
    receive(received(cast.shop, body="new", sent_at=9000))
    chat = only(receive(received(cast.shop, body="old", sent_at=1000, is_history=True)))
    assert (chat.last_message_preview, chat.unread_count) == ("new", 1)


def test_customer_reopens_and_returns_to_who_knows_them(
    receive: Receive, cast: Cast, session: Session, chat: int
) -> None:
    conversations.resolve(session, cast.budi, chat)
    assert only(receive()).status == "resolved"
    reopened = only(receive(received(cast.shop)))
    assert (reopened.status, reopened.assignee_id, reopened.resolved_at) == ("open", cast.budi.id, None)


def test_customer_reopens_and_goes_on_in_turn_when_who_knows_them_is_away(
    receive: Receive, cast: Cast, session: Session, chat: int
) -> None:
    conversations.resolve(session, cast.budi, chat)
    session.merge(cast.budi).availability = Availability.AWAY
    session.flush()
    assert only(receive(received(cast.shop))).assignee_id == cast.ayu.id


def test_reply_from_the_phone_answers(receive: Receive, cast: Cast, session: Session, chat: int) -> None:
    answered = only(receive(sent(cast.shop, body="Dari HP", ack=2)))
    assert (answered.unread_count, answered.waiting_since, answered.last_message_preview) == (0, None, "Dari HP")
    message = messages(session)[-1]
    assert (message.sender_type, message.delivery_status) == (SenderType.DEVICE, DeliveryStatus.DELIVERED)


def test_what_the_phone_begins_waits_for_nobody(receive: Receive, cast: Cast) -> None:
    chat = only(receive(sent(cast.shop)))
    assert (chat.status, chat.assignee_id) == ("resolved", None)


def test_reply_of_ours_keeps_its_row(receive: Receive, cast: Cast, session: Session, chat: int) -> None:
    message_id = outbox.queue_reply(session, cast.budi, chat, "Siap")
    reply = messages(session)[-1]
    receive(sent(cast.shop, body="Siap", wa_message_id=reply.wa_message_id, ack=1, sent_at=7000))
    after = messages(session)[-1]
    assert (after.id, after.delivery_status, after.sent_at) == (message_id, DeliveryStatus.SENT, 7000)
    assert (after.sender_type, after.agent_id) == (SenderType.AGENT, cast.budi.id)


@pytest.mark.parametrize("together", [True, False])
def test_acks_climb_in_whatever_order(
    receive: Receive, cast: Cast, session: Session, chat: int, together: bool
) -> None:
    outbox.queue_reply(session, cast.budi, chat, "Siap")
    id = messages(session)[-1].wa_message_id
    events = [acked(cast.shop, 3, id), acked(cast.shop, 2, id), sent(cast.shop, wa_message_id=id, ack=1)]
    for batch in [events] if together else [[event] for event in events]:
        receive(*batch)
    assert messages(session)[-1].delivery_status is DeliveryStatus.READ


def test_ack_of_an_unknown_message_is_harmless(receive: Receive, cast: Cast) -> None:
    assert receive(acked(cast.shop, 3, "3EB0FFFF")) == []


def test_failure_is_told_and_retry_queues_the_same_id(
    receive: Receive, cast: Cast, session: Session, chat: int
) -> None:
    message_id = outbox.queue_reply(session, cast.budi, chat, "Siap")
    id = messages(session)[-1].wa_message_id
    relaying.take_due(session, 0, now_ms())
    refused = CommandFailed(inbox_id=cast.shop, command="SendText", wa_message_id=id, reason="unknown_number")
    receive(refused)
    failed = messages(session)[-1]
    assert (failed.delivery_status, failed.failure_reason) == (DeliveryStatus.FAILED, "unknown_number")
    outbox.retry(session, cast.budi, message_id)
    queued = messages(session)[-1]
    assert (queued.delivery_status, queued.wa_message_id, queued.relayed_at) == (DeliveryStatus.QUEUED, id, None)
    receive(refused)
    assert messages(session)[-1].delivery_status is DeliveryStatus.QUEUED, "told again, it is about the first try"
    relaying.take_due(session, 0, now_ms())
    receive(refused)
    assert messages(session)[-1].delivery_status is DeliveryStatus.FAILED


def test_undecrypted_message_becomes_readable_in_place(receive: Receive, cast: Cast, session: Session) -> None:
    first = received(cast.shop, body="", kind=MessageKind.UNDECRYPTED, raw_kind="ciphertext", wa_message_id="3AFF")
    receive(first)
    chat = only(receive(received(cast.shop, body="Terbaca", wa_message_id="3AFF")))
    message = only(messages(session))
    assert (message.kind, message.body, chat.last_message_preview) == (MessageKind.TEXT, "Terbaca", "Terbaca")
    assert chat.unread_count == 1


def test_undecrypted_and_readable_in_one_batch_is_the_readable_one(
    receive: Receive, cast: Cast, session: Session
) -> None:
    first = received(cast.shop, body="", kind=MessageKind.UNDECRYPTED, raw_kind="ciphertext", wa_message_id="3AFF")
    receive(first, received(cast.shop, body="Terbaca", wa_message_id="3AFF"))
    assert only(messages(session)).body == "Terbaca"


def test_edit_and_revocation_show_in_thread_and_list(receive: Receive, cast: Cast, session: Session) -> None:
    event = received(cast.shop, body="Haloo")
    about = {"inbox_id": cast.shop, "chat_jid": jid(1), "wa_message_id": event.wa_message_id, "is_from_me": False}
    chat = only(receive(event, MessageEdited(**about, body="Halo")))
    assert chat.last_message_preview == "Halo"
    _, thread = conversations.read_thread(session, cast.budi, chat.id)
    assert [(row.body, row.is_edited) for row in thread if row.kind != "system"] == [("Halo", True)]
    assert only(receive(MessageRevoked(**about))).last_message_preview == ""
    detail, thread = conversations.read_thread(session, cast.budi, chat.id)
    assert [(row.body, row.is_revoked) for row in thread if row.kind != "system"] == [("", True)]
    assert detail.row.preview_kind == "revoked"


def test_names_by_order_and_history_overwrites_none(receive: Receive, cast: Cast, session: Session) -> None:
    receive(received(cast.shop, push_name="Rina"), received(cast.shop, push_name="Old", is_history=True))
    contact = session.execute(select(Contact)).scalar_one()
    assert contact.push_name == "Rina"
    receive(ContactChanged(inbox_id=cast.shop, chat_jid=jid(1), phone_e164=phone(1), address_book_name="Rina Toko"))
    detail, _ = conversations.read_thread(session, cast.siti, only(receive()).id)
    assert (detail.row.name, detail.row.phone) == ("Rina Toko", "+62 812-3000-0001")


@pytest.mark.parametrize("body", ["x" * 65_536, "\u200b", "שלום", "👨‍👩‍👧‍👦", "<script>alert(1)</script>", "a\x00b"])
def test_text_is_stored_as_sent(receive: Receive, cast: Cast, session: Session, body: str) -> None:
    receive(received(cast.shop, body=body))
    assert only(messages(session)).body == body.replace("\x00", "\ufffd")


def test_messages_of_two_inboxes_in_one_batch_stay_apart(receive: Receive, cast: Cast) -> None:
    chats = receive(received(cast.shop), received(cast.other), received(cast.shop))
    assert [(chat.inbox_id, chat.unread_count) for chat in chats] == [(cast.shop, 2), (cast.other, 1)]


def test_version_counts_up_once_a_transaction(receive: Receive, cast: Cast) -> None:
    assert only(receive(received(cast.shop), received(cast.shop))).version == 1
    assert only(receive(received(cast.shop))).version == 2


def test_session_states_are_kept_with_their_history(receive: Receive, cast: Cast, session: Session) -> None:
    at = now_ms()
    waiting = {"inbox_id": cast.shop, "status": SessionStatus.WAITING_FOR_SCAN, "occurred_at": at}
    receive(SessionChanged(**waiting, qr_text="one"), SessionChanged(**waiting, qr_text="two"))
    inbox = session.get_one(Inbox, cast.shop)
    assert (inbox.status, inbox.qr_text) == (SessionStatus.WAITING_FOR_SCAN, "two")
    receive(
        SessionChanged(inbox_id=cast.shop, status=SessionStatus.LIVE, phone_e164=phone(99), push_name="Toko"),
        GapRecovered(inbox_id=cast.shop, away_from=1, away_until=2, recovered=7),
    )
    session.expire_all()
    inbox = session.get_one(Inbox, cast.shop)
    assert (inbox.status, inbox.qr_text, inbox.phone_e164) == (SessionStatus.LIVE, None, phone(99))
    history = session.execute(select(SessionHistory).order_by(SessionHistory.id)).scalars().all()  # pyright: ignore
    assert [(row.status, row.recovered) for row in history] == [
        (SessionStatus.WAITING_FOR_SCAN, None), (SessionStatus.LIVE, None), (SessionStatus.LIVE, 7),
    ]  # fmt: skip


def test_conversations_of_resolved_customers_are_found_again_by_their_chat(receive: Receive, cast: Cast) -> None:
    receive(received(cast.shop, chat_jid="odd@hosted", phone_e164=None))
    assert only(receive(received(cast.shop, chat_jid="odd@hosted", phone_e164=None))).unread_count == 2
