"""Tests of actions on messages: react, cancel, request a file again, send a receipt."""

from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import select

from roms_app import database
from roms_app.errors import Conflict, InvalidInput, NotFound, TemporarilyUnavailable
from roms_app.live import relay, transactions
from roms_app.models import Attachment, AttachmentStatus, Conversation, DeliveryStatus, Message, Reaction
from roms_app.models.base import now_ms
from roms_app.models.tables import INBOX
from roms_app.services import attachments, conversations, merging, outbox
from roms_app.services.intake import intake
from roms_app.states.thread import ThreadState
from tests.inbox.test_handlers import handle, write
from tests.support import cast as says
from tests.support.cast import Cast
from wa_worker.contract.commands import FetchMedia, MarkRead
from wa_worker.contract.events import MediaFacts, MediaFailed, MessageKind, SessionStatus


@pytest.fixture
def thread_state() -> ThreadState:
    return ThreadState(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]


def photo(people: Cast, **failed: Any) -> Message:
    """A customer's picture that could not be downloaded."""
    event = says.received(people.shop, 1, "", kind=MessageKind.IMAGE, raw_kind="image", media=MediaFacts())
    failure = MediaFailed(
        inbox_id=people.shop, chat_jid=event.chat_jid, wa_message_id=event.wa_message_id, is_from_me=False,
        **{"reason": "timeout", **failed},
    )  # fmt: skip
    with database.writing_session() as session:
        intake.receive_batch(session, [event, failure])
        session.commit()
        return session.exec(select(Message)).one()


def fetched(kind: Any, id: Any) -> Any:
    with database.reading_session() as session:
        return session.get(kind, id)


async def test_a_file_is_asked_for_again_and_shown_as_under_way(
    people: Cast, asked: list[Any], thread_state: ThreadState
) -> None:
    message = photo(people)
    await handle(thread_state, "fetch_media", people.budi, message.id)
    [command] = asked
    assert isinstance(command, FetchMedia)
    assert (command.wa_message_id, command.is_from_me) == (message.wa_message_id, False)
    assert fetched(Attachment, message.id).status is AttachmentStatus.PENDING
    with pytest.raises(Conflict):
        await handle(thread_state, "fetch_media", people.budi, message.id)
    with pytest.raises(NotFound):
        await handle(thread_state, "fetch_media", people.eko, message.id)
    assert len(asked) == 1
    await transactions.settle()


async def test_a_question_that_did_not_get_out_can_be_asked_again(
    people: Cast, asked: list[Any], thread_state: ThreadState, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_model: Any) -> None:
        raise TemporarilyUnavailable("Redis does not answer.")

    message = photo(people)
    with monkeypatch.context() as without, pytest.raises(TemporarilyUnavailable):
        without.setattr(relay, "command", away)
        await handle(thread_state, "fetch_media", people.budi, message.id)
    assert fetched(Attachment, message.id).status is AttachmentStatus.FAILED
    await handle(thread_state, "fetch_media", people.budi, message.id)
    assert len(asked) == 1
    await transactions.settle()


async def test_a_file_that_never_comes_can_be_asked_for_again(
    people: Cast, asked: list[Any], thread_state: ThreadState
) -> None:
    """A command or its answer was lost, so no failure will ever be reported."""
    message = photo(people)
    await handle(thread_state, "fetch_media", people.budi, message.id)
    with database.writing_session() as session:
        session.execute(update(Attachment).values(pending_since=now_ms() - attachments.OVERDUE_MS - 1))
        session.commit()
        _, (row, *_rest) = conversations.read_thread(session, people.budi, message.conversation_id)
    assert row.attachment is not None
    assert (row.attachment.status, row.attachment.failure_reason) == ("failed", "timeout"), "there is a button"
    await handle(thread_state, "fetch_media", people.budi, message.id)
    assert len(asked) == 2
    with pytest.raises(Conflict):
        await handle(thread_state, "fetch_media", people.budi, message.id)
    await transactions.settle()


async def test_a_lost_file_is_not_asked_for(people: Cast, asked: list[Any], thread_state: ThreadState) -> None:
    message = photo(people, reason="expired", is_permanent=True)
    with pytest.raises(Conflict, match="no longer on the phone"):
        await handle(thread_state, "fetch_media", people.budi, message.id)
    assert asked == []


async def test_a_file_that_is_too_large_is_not_said_to_be_gone(
    people: Cast, asked: list[Any], thread_state: ThreadState
) -> None:
    message = photo(people, reason="too_big", is_permanent=True)
    with pytest.raises(Conflict, match="larger than ROMS may keep"):
        await handle(thread_state, "fetch_media", people.budi, message.id)
    assert asked == []


async def test_no_receipt_is_promised_of_a_number_that_is_not_live(
    people: Cast, asked: list[Any], thread_state: ThreadState
) -> None:
    message = photo(people)
    with database.writing_session() as session:
        session.execute(update(INBOX).values(status=SessionStatus.LOGGED_OUT))
        session.commit()
    with pytest.raises(Conflict, match="not connected"):
        await handle(thread_state, "send_receipt", people.budi, message.conversation_id)
    assert asked == []


async def test_an_undone_merge_is_made_again(people: Cast, asked: list[Any], thread_state: ThreadState) -> None:
    one, two = write(people, 1), write(people, 2)
    merge = await transactions.writing(merging.merge_by_hand, people.budi, one, two)
    await handle(thread_state, "undo_merge", people.budi, merge)
    with pytest.raises(NotFound):
        await handle(thread_state, "merge_again", people.eko, one, two)
    await handle(thread_state, "merge_again", people.budi, one, two)
    assert fetched(Conversation, two) is None
    await transactions.settle()


async def test_a_receipt_is_sent_when_an_agent_asks(people: Cast, asked: list[Any], thread_state: ThreadState) -> None:
    message = photo(people)
    await handle(thread_state, "send_receipt", people.budi, message.conversation_id)
    assert isinstance(asked[0], MarkRead)
    with pytest.raises(NotFound):
        await handle(thread_state, "send_receipt", people.eko, message.conversation_id)
    assert len(asked) == 1


async def test_a_reaction_is_ours_at_once(people: Cast, asked: list[Any], thread_state: ThreadState) -> None:
    message = photo(people)
    await handle(thread_state, "react", people.budi, message.id, "👍")
    assert fetched(Reaction, (message.id, "us")).emoji == "👍"
    for emoji in ("<b>", "x", "👍" * 100):
        with pytest.raises(InvalidInput):
            await handle(thread_state, "react", people.budi, message.id, emoji)
    with pytest.raises(NotFound):
        await handle(thread_state, "react", people.eko, message.id, "👍")
    await transactions.settle()


async def test_what_waits_is_cancelled(people: Cast, asked: list[Any], thread_state: ThreadState) -> None:
    message = photo(people)
    with database.writing_session() as session:
        reply = outbox.queue_reply(session, people.budi, message.conversation_id, "Sebentar")
        session.commit()
    with pytest.raises(NotFound):
        await handle(thread_state, "cancel", people.eko, reply)
    await handle(thread_state, "cancel", people.budi, reply)
    assert fetched(Message, reply).delivery_status is DeliveryStatus.CANCELLED
    await transactions.settle()
