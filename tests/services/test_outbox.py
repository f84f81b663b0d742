"""Files, quotes and read receipts on their way to the worker."""

from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session
from structlog.testing import capture_logs

from roms_app.errors import Conflict, InvalidInput
from roms_app.models import Agent, DeliveryStatus, ReadReceipts, Upload
from roms_app.models.tables import CONVERSATION, INBOX, MESSAGE
from roms_app.services import changes, conversations, inboxes, outbox, reactions, relaying
from tests.services.conftest import Receive
from tests.support.cast import Cast, acked, jid, lid, phone, received, sent
from wa_worker.contract.commands import Command, ConversationCommand, MarkRead, MediaKind, SendMedia, SendText
from wa_worker.contract.events import CommandFailed, MessageKind, MessageSent, SessionStatus

KEY = "1/ab/abab.jpg"


def upload(agent: Agent, conversation_id: int, kind: MediaKind = MediaKind.IMAGE) -> Upload:
    file: dict[str, Any] = {"media_key": KEY, "mimetype": "image/jpeg", "size_bytes": 9, "sha256": "ab" * 32}
    owner: dict[str, Any] = {"agent_id": agent.id, "conversation_id": conversation_id}
    return Upload(token_hash="cd" * 32, kind=kind, filename="toko.jpg", width=4, height=3, **file, **owner)


def due(session: Session, unanswered_since: int = 0) -> list[Command]:
    taken = relaying.take_due(session, unanswered_since, 1000)
    return [command for one in taken if not one.is_on_its_way for command in one.commands]


def test_a_file_is_queued_shown_and_relayed(cast: Cast, session: Session, chat: int) -> None:
    sent_file = upload(cast.budi, chat)
    id = outbox.queue_media(session, cast.budi, chat, sent_file, caption=" ini ", quoted_message_id=1, key="0a1b2c3d")
    assert outbox.queue_media(session, cast.budi, chat, sent_file, key="0a1b2c3d") == id
    detail, thread = conversations.read_thread(session, cast.budi, chat)
    (row,) = [row for row in thread if row.id == f"m{id}"]
    assert (row.kind, row.body, row.status, row.quoted_body, row.quoted_id) == ("image", "ini", "queued", "Halo", "m1")
    assert row.attachment is not None and row.attachment.url == f"/media/message/{id}"
    assert (detail.row.preview, detail.row.preview_kind) == ("ini", "image")
    (send,) = due(session)
    assert isinstance(send, SendMedia)
    assert (send.kind, send.media_key, send.caption, send.filename) == (MediaKind.IMAGE, KEY, "ini", "toko.jpg")
    assert send.quoted_wa_message_id is not None


def test_a_failed_file_is_sent_again_under_its_id(receive: Receive, cast: Cast, session: Session, chat: int) -> None:
    id = outbox.queue_media(session, cast.budi, chat, upload(cast.budi, chat, MediaKind.VOICE))
    (first,) = due(session)
    assert isinstance(first, SendMedia)
    refused: dict[str, Any] = {"command": "SendMedia", "wa_message_id": first.wa_message_id, "reason": "upload_timeout"}
    receive(CommandFailed(inbox_id=cast.shop, **refused))
    outbox.retry(session, cast.budi, id)
    (again,) = due(session)
    assert isinstance(again, SendMedia)
    assert (again.wa_message_id, again.kind) == (first.wa_message_id, MediaKind.VOICE)


def test_another_chats_file_or_quote_is_refused(receive: Receive, cast: Cast, session: Session) -> None:
    receive(received(cast.shop, 1), received(cast.shop, 2))
    with pytest.raises(InvalidInput):
        outbox.queue_media(session, cast.budi, 1, upload(cast.budi, 2))
    with pytest.raises(InvalidInput):
        outbox.queue_media(session, cast.ayu, 1, upload(cast.budi, 1))
    with pytest.raises(InvalidInput):
        outbox.queue_reply(session, cast.budi, 1, "Siap", quoted_message_id=2)


def test_what_belongs_together_says_so_while_the_address_heals(
    receive: Receive, cast: Cast, session: Session, chat: int
) -> None:
    def asked(text: str) -> tuple[str, int | None]:
        outbox.queue_reply(session, cast.budi, chat, text)
        (command,) = due(session)
        assert isinstance(command, ConversationCommand)
        return command.chat_jid, command.conversation_id

    before = asked("Sebentar")
    receive(received(cast.shop, 1, chat_jid=lid(1), contact_lid=lid(1), phone_e164=phone(1)))
    assert (before, asked("Siap")) == ((jid(1), chat), (lid(1), chat))


def kinds_due(session: Session) -> list[type[Command]]:
    return [type(command) for command in due(session)]


def took(cast: Cast, command: Command) -> MessageSent:
    """WhatsApp tells of a reply of ours."""
    assert isinstance(command, SendText)
    return sent(cast.shop, body=command.body, wa_message_id=command.wa_message_id)


def test_ticks_turn_blue_when_the_first_answer_is_sent(
    receive: Receive, cast: Cast, session: Session, chat: int
) -> None:
    for text in ("one", "two"):
        outbox.queue_reply(session, cast.budi, chat, text)
    first, second = due(session)
    assert isinstance(first, SendText)
    assert due(session) == [], "not before WhatsApp has the reply"
    receive(took(cast, first), took(cast, second))
    assert kinds_due(session) == [MarkRead]
    receive(took(cast, first), acked(cast.shop, 3, first.wa_message_id))
    assert due(session) == [], "once"
    receive(received(cast.shop), sent(cast.shop))
    outbox.queue_reply(session, cast.budi, chat, "three")
    receive(took(cast, *due(session)))
    assert due(session) == [], "the phone that answered has read it"


def test_an_answer_that_fails_or_comes_late_turns_no_ticks_blue(
    receive: Receive, cast: Cast, session: Session, chat: int
) -> None:
    id = outbox.queue_reply(session, cast.budi, chat, "one")
    (first,) = due(session)
    assert isinstance(first, SendText)
    refused: dict[str, Any] = {"command": "SendText", "wa_message_id": first.wa_message_id, "reason": "refused"}
    receive(CommandFailed(inbox_id=cast.shop, **refused))
    assert due(session) == []
    receive(received(cast.shop, body="since"))
    outbox.retry(session, cast.budi, id)
    receive(took(cast, *due(session)))
    assert due(session) == [], "nobody has read what came since"
    outbox.queue_reply(session, cast.budi, chat, "two")
    receive(took(cast, *due(session)), received(cast.shop, kind=MessageKind.NOTICE, body=""))
    assert kinds_due(session) == [MarkRead]


def test_ticks_turn_blue_by_hand_only(cast: Cast, session: Session, chat: int) -> None:
    session.execute(update(INBOX).values(read_receipts=ReadReceipts.BY_HAND))
    outbox.queue_reply(session, cast.budi, chat, "Siap")
    assert [type(command) for command in due(session)] == [SendText]
    assert conversations.read_thread(session, cast.budi, chat)[0].read_receipts == "by_hand"


def test_replies_wait_for_a_live_number_and_never_leave_a_removed_one(cast: Cast, session: Session, chat: int) -> None:
    session.execute(update(INBOX).values(status=SessionStatus.RECONNECTING))
    id = outbox.queue_reply(session, cast.budi, chat, "Siap")
    assert due(session) == []
    session.execute(update(INBOX).values(status=SessionStatus.LIVE))
    assert len(relaying.list_due(session, 0)) == 1
    (waiting,) = due(session)
    assert isinstance(waiting, SendText)
    inboxes.archive(session, cast.siti, cast.shop)
    session.flush()
    assert due(session) == []
    session.execute(update(MESSAGE).where(MESSAGE.c.id == id).values(delivery_status=DeliveryStatus.FAILED))
    with pytest.raises(Conflict, match="was removed"):
        outbox.retry(session, cast.budi, id)


def test_a_view_offers_to_cancel_what_can_be_cancelled(cast: Cast, session: Session, chat: int) -> None:
    def can_cancel() -> bool:
        return conversations.read_thread(session, cast.budi, chat)[1][-1].can_cancel

    session.execute(update(INBOX).values(status=SessionStatus.RECONNECTING))
    id = outbox.queue_reply(session, cast.budi, chat, "Siap")
    assert can_cancel()
    session.execute(update(INBOX).values(status=SessionStatus.LIVE))
    assert not can_cancel(), "it is relayed in the next moment"
    due(session)
    session.execute(update(INBOX).values(status=SessionStatus.RECONNECTING))
    assert not can_cancel()
    session.execute(update(MESSAGE).where(MESSAGE.c.id == id).values(delivery_status=DeliveryStatus.FAILED))
    assert can_cancel()
    outbox.cancel_message(session, cast.budi, id)
    assert not can_cancel()


def spoil(session: Session, chat: int) -> None:
    """As a defect of an older version, or somebody in the database, may leave a row."""
    session.execute(update(CONVERSATION).where(CONVERSATION.c.id == chat).values(chat_jid="nowhere"))
    session.expire_all()


def test_a_row_that_can_not_be_sent_fails_and_keeps_no_other_back(
    receive: Receive, cast: Cast, session: Session, chat: int
) -> None:
    other = receive(received(cast.other, 2))[-1].id
    bad = outbox.queue_reply(session, cast.budi, chat, "never")
    good = outbox.queue_reply(session, cast.eko, other, "Siap")
    reactions.react(session, cast.budi, 1, "🙏")
    spoil(session, chat)
    changes.settle(session)
    with capture_logs() as logs:
        sends = due(session)
    assert [(type(send), send.inbox_id) for send in sends] == [(SendText, cast.other)]
    assert [entry["exc_info"] is not None for entry in logs if entry["event"] == "reply.unsendable"] == [True, True]
    assert set(changes.of(session).conversations[chat].message_ids) == {bad, 1}, "open threads show it"
    rows = conversations.read_thread(session, cast.siti, chat)[1]
    (failed,) = [row for row in rows if row.id == f"m{bad}"]
    assert (failed.status, failed.failure_reason) == ("failed", "unsendable")
    assert [row.reactions for row in rows if row.id == "m1"] == [[]]
    assert [one.message_id for one in relaying.list_due(session, 2000)] == [good], "unanswered, and nothing else"


def test_a_receipt_that_can_not_be_sent_is_forgotten(receive: Receive, cast: Cast, session: Session, chat: int) -> None:
    outbox.queue_reply(session, cast.budi, chat, "Siap")
    receive(took(cast, *due(session)))
    spoil(session, chat)
    with capture_logs():
        assert due(session) == []
    assert relaying.list_due(session, 2000) == []
