"""Tests of the composer's handlers: queued replies, their order, and refusals. tests/auth has their authorization."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlmodel import select

from roms_app import database
from roms_app.errors import InvalidInput, NotFound
from roms_app.live import connection, transactions
from roms_app.models import Agent, Attachment, Message
from roms_app.services import uploads
from roms_app.services.uploads import Quota, UploadedFile
from roms_app.states.composer import ComposerState
from tests.inbox.test_handlers import handle, told, write
from tests.support import cast as says
from tests.support.cast import Cast
from wa_worker.contract.commands import COMMANDS, MediaKind, SetTyping
from wa_worker.contract.streams import commands_stream

#: As the browser makes them.
KEY = "0a1b2c3d" * 4
#: Of what may be uploaded within a day.
ENOUGH = Quota(1 << 30, 1 << 30)


@pytest.fixture
async def composer(redis: Redis) -> AsyncIterator[ComposerState]:
    yield ComposerState(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    await transactions.settle()


def uploaded(agent: Agent, chat: int, name: str, kind: MediaKind = MediaKind.IMAGE) -> str:
    """A file that the agent has handed over; its token."""
    digest = f"{len(name):064x}"
    size = (640, 480, None)
    file = UploadedFile(kind, f"1/00/{digest}.jpg", f"1/00/{digest}.thumb.webp", "image/jpeg", 9, digest, name, *size)
    with database.writing_session() as session:
        token = uploads.keep_upload(session, agent, chat, file, ENOUGH)
        session.commit()
    return token


def queued() -> list[Message]:
    """Our replies, in their order."""
    with database.reading_session() as session:
        return list(session.exec(select(Message).where(Message.direction == "outbound").order_by(Message.id)))  # pyright: ignore[reportArgumentType]


def send(
    state: ComposerState, agent: Agent, chat: int, body: str = "", key: str = KEY, quoted: int = 0, **files: Any
) -> Any:
    return handle(state, "send_message", agent, chat, body, key, quoted, *map(list, (files, files.values())))


async def test_a_reply_is_accepted_only_when_it_is_in_the_database(people: Cast, composer: ComposerState) -> None:
    chat = write(people, 1)
    assert told(await send(composer, people.budi, chat, "Siap kak")) == {"accepted": [KEY]}
    assert [each.body for each in queued()] == ["Siap kak"]


async def test_a_reply_sent_again_without_an_answer_is_not_queued_twice(people: Cast, composer: ComposerState) -> None:
    chat = write(people, 1)
    for _ in range(2):
        assert told(await send(composer, people.budi, chat, "Siap kak")) == {"accepted": [KEY]}
    await send(composer, people.budi, chat, "Siap kak", KEY.replace("a", "b"))
    assert len(queued()) == 2


async def test_files_go_in_their_order_and_the_text_after_them(people: Cast, composer: ComposerState) -> None:
    chat = write(people, 1)
    files = {uploaded(people.budi, chat, "satu.jpg"): "Depan", uploaded(people.budi, chat, "dua dua.jpg"): ""}
    for _ in range(2):
        answer = await send(composer, people.budi, chat, "Silakan", quoted=1, **files)
        assert told(answer) == {"accepted": [KEY]}
    first, second, third = queued()
    assert [each.body for each in (first, second, third)] == ["Depan", "", "Silakan"]
    assert [each.kind for each in (first, second, third)] == ["image", "image", "text"]
    with database.reading_session() as session:
        names = [session.get_one(Attachment, each.id).filename for each in (first, second)]
        quoted = session.get_one(Message, 1).wa_message_id
    assert names == ["satu.jpg", "dua dua.jpg"]
    assert [each.quoted_wa_message_id for each in (first, second, third)] == [quoted, None, None]


async def test_all_or_nothing(people: Cast, composer: ComposerState) -> None:
    chat = write(people, 1)
    files = {uploaded(people.budi, chat, "satu.jpg"): "", "made-up": ""}
    [[key, words]] = told(await send(composer, people.budi, chat, "Silakan", **files)).values()
    assert (key, words) == (KEY, "A file is not there any more. Remove it and attach it again.")
    assert queued() == []


async def test_nobody_sends_what_another_uploaded_or_uploaded_elsewhere(people: Cast, composer: ComposerState) -> None:
    """As a browser would that knows the token: by a look over a shoulder, or from its own other thread."""
    one, two = write(people, 1), write(people, 2)
    token = uploaded(people.budi, one, "satu.jpg")
    for agent, chat in ((people.ayu, one), (people.budi, two), (people.siti, one)):
        assert list(told(await send(composer, agent, chat, **{token: ""}))) == ["refused"]
    assert list(told(await send(composer, people.eko, one, **{token: ""}))) == ["refused"]
    assert queued() == []


@pytest.mark.parametrize("key", ["", "short-1", "x" * 65, "key_of_more", "a key of words", "12345678\n"])
async def test_a_key_that_is_none_is_refused(people: Cast, composer: ComposerState, key: str) -> None:
    chat = write(people, 1)
    assert list(told(await send(composer, people.budi, chat, "Siap", key))) == ["refused"]
    assert queued() == []


@pytest.mark.parametrize("body", ["", " \n", "x" * 65_537])
async def test_a_refused_reply_says_why_and_leaves_the_text(people: Cast, composer: ComposerState, body: str) -> None:
    chat = write(people, 1)
    [[key, words]] = told(await send(composer, people.budi, chat, body)).values()
    assert key == KEY
    assert words.endswith(".")
    assert queued() == []


async def test_captions_belong_to_files_and_files_are_not_without_number(people: Cast, composer: ComposerState) -> None:
    chat = write(people, 1)
    for tokens, captions in ((["a"], []), ([], ["a"]), (["a"] * 31, [""] * 31)):
        answer = await handle(composer, "send_message", people.budi, chat, "x", KEY, 0, tokens, captions)
        assert list(told(answer)) == ["refused"]
    assert queued() == []


async def test_a_quote_of_another_conversation_is_refused(people: Cast, composer: ComposerState) -> None:
    one, _two = write(people, 1), write(people, 2)
    assert list(told(await send(composer, people.budi, one, "Ya", quoted=2))) == ["refused"]
    assert queued() == []


async def test_typing_goes_to_the_customers_phone(people: Cast, composer: ComposerState, redis: Redis) -> None:
    chat = write(people, 1)
    for activity in ("typing", "recording", "paused"):
        await handle(composer, "set_typing", people.budi, chat, activity)
    entries = await redis.xrange(commands_stream(people.shop))
    commands = [COMMANDS.validate_json(next(iter(fields.values()))) for _, fields in entries]
    assert [each.activity for each in commands if isinstance(each, SetTyping)] == ["typing", "recording", "paused"]
    assert {each.chat_jid for each in commands if isinstance(each, SetTyping)} == {says.jid(1)}


async def test_typing_is_for_who_may_answer(people: Cast, composer: ComposerState, redis: Redis) -> None:
    chat = write(people, 1)
    with pytest.raises(NotFound):
        await handle(composer, "set_typing", people.eko, chat, "typing")
    with pytest.raises(InvalidInput):
        await handle(composer, "set_typing", people.budi, chat, "dancing")
    assert await redis.xlen(commands_stream(people.shop)) == 0


async def test_typing_without_redis_says_nothing(people: Cast, composer: ComposerState, redis: Redis) -> None:
    chat = write(people, 1)
    connection.use_redis(connection.make_redis("unix:///nowhere/redis.sock"))
    assert await handle(composer, "set_typing", people.budi, chat, "typing") is None
    connection.use_redis(redis)
