"""A reply reaches the worker's stream at once and in order, and again if no answer came."""

from typing import Any

import pytest
from redis.asyncio.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from devtools.waiting import until_async
from roms_app.errors import Conflict, TemporarilyUnavailable
from roms_app.live import connection, relay, transactions
from roms_app.live.relay import command, relay_due
from roms_app.live.transactions import writing
from roms_app.models import DeliveryStatus
from roms_app.models.base import now_ms
from roms_app.models.tables import INBOX, MESSAGE
from roms_app.services import conversations, outbox, relaying
from tests.flow.conftest import Flow, running
from tests.support.cast import Cast, acked, received, sent
from tests.support.servers import RedisServer
from wa_worker.contract.commands import (
    COMMANDS,
    AnyCommand,
    MarkRead,
    RefreshQr,
    SendText,
)
from wa_worker.contract.events import SessionChanged, SessionStatus
from wa_worker.contract.streams import DATA_FIELD, commands_stream


async def commands_of(flow: Flow) -> list[AnyCommand]:
    entries = await flow.redis.xrange(commands_stream(flow.inbox_id))
    return [COMMANDS.validate_json(fields[DATA_FIELD]) for _, fields in entries]


async def sends_of(flow: Flow) -> list[SendText]:
    return [one for one in await commands_of(flow) if isinstance(one, SendText)]


async def half_a_minute_later() -> None:
    """Move the time of relaying into the past instead of the clock."""

    def move_back(session: Session) -> None:
        session.execute(update(MESSAGE).values(relayed_at=MESSAGE.c.relayed_at - relay.UNANSWERED_MS - 1))

    await writing(move_back)


async def begin(flow: Flow) -> None:
    async with flow.consuming():
        await flow.emit(received(flow.inbox_id))
        await flow.drained()


async def test_replies_are_relayed_at_once_and_in_order(flow: Flow, cast: Cast) -> None:
    await begin(flow)
    async with running(relay.relay_forever()):
        for n in range(30):
            await writing(outbox.queue_reply, cast.budi, 1, f"reply {n}")

        async def all_there() -> bool:
            return len(await sends_of(flow)) >= 30

        await until_async(all_there)
    sends = await sends_of(flow)
    assert [one.body for one in sends] == [f"reply {n}" for n in range(30)]
    rows = flow.read(select(MESSAGE.c.wa_message_id).where(MESSAGE.c.direction == "outbound").order_by(MESSAGE.c.id))
    assert [one.wa_message_id for one in sends] == list(rows.scalars())


async def test_an_answered_reply_is_not_relayed_again(flow: Flow, cast: Cast) -> None:
    await begin(flow)
    await writing(outbox.queue_reply, cast.budi, 1, "Siap")
    assert await relay_due(flow.redis) == 1
    assert await relay_due(flow.redis) == 0
    (send,) = await sends_of(flow)
    async with flow.consuming():
        id = send.wa_message_id
        await flow.emit(sent(flow.inbox_id, wa_message_id=id), acked(flow.inbox_id, 2, id))
        await flow.drained()
    await half_a_minute_later()
    assert await relay_due(flow.redis) == 1, "its read receipt"
    assert [type(command) for command in await commands_of(flow)] == [SendText, MarkRead]
    assert await relay_due(flow.redis) == 0
    status = flow.read(select(MESSAGE.c.delivery_status).where(MESSAGE.c.wa_message_id == send.wa_message_id))
    assert status.scalar_one() is DeliveryStatus.DELIVERED
    assert len(flow.bodies()) == 2, "the reply kept its row"


async def test_outbox_is_relayed_again_after_redis_was_emptied(flow: Flow, cast: Cast) -> None:
    await begin(flow)
    await writing(outbox.queue_reply, cast.budi, 1, "one")
    await writing(outbox.queue_reply, cast.budi, 1, "two")
    await relay_due(flow.redis)
    first = await sends_of(flow)
    await flow.redis.flushall()
    assert await relay_due(flow.redis) == 0, "the worker may still be at it"
    await half_a_minute_later()
    assert await relay_due(flow.redis) == 2
    again = await sends_of(flow)
    assert [one.wa_message_id for one in again] == [one.wa_message_id for one in first]
    assert await relay_due(flow.redis) == 0


async def cut_before_the_stream(flow: Flow) -> None:
    """The app took what is due, and died before any of it was on the stream."""
    await writing(relaying.take_due, 0, now_ms())


async def test_an_app_that_died_while_it_relayed_changes_no_order(flow: Flow, cast: Cast) -> None:
    await begin(flow)
    await writing(outbox.queue_reply, cast.budi, 1, "one")
    await cut_before_the_stream(flow)
    await writing(outbox.queue_reply, cast.budi, 1, "two")
    await relay_due(flow.redis)
    assert [one.body for one in await sends_of(flow)] == ["one", "two"]
    await writing(outbox.queue_reply, cast.budi, 1, "three")
    await relay_due(flow.redis)
    assert [one.body for one in await sends_of(flow)] == ["one", "two", "three"], "what is there goes once"


async def test_lost_commands_change_no_order(flow: Flow, cast: Cast) -> None:
    await begin(flow)
    await writing(outbox.queue_reply, cast.budi, 1, "one")
    await relay_due(flow.redis)
    await flow.redis.flushall()
    await flow.redis.xadd(commands_stream(flow.inbox_id), {"other": "field"})
    await writing(outbox.queue_reply, cast.budi, 1, "two")
    await relay_due(flow.redis)
    bodies = [fields[DATA_FIELD] for _, fields in (await flow.redis.xrange(commands_stream(flow.inbox_id)))[1:]]
    assert [getattr(COMMANDS.validate_json(body), "body", None) for body in bodies] == ["one", "two"]


async def test_a_held_reply_is_asked_for_again_before_a_younger_one(flow: Flow, cast: Cast) -> None:
    await begin(flow)
    id = await writing(outbox.queue_reply, cast.budi, 1, "one")
    await relay_due(flow.redis)
    until = now_ms() + 3_600_000
    await writing(lambda session: session.execute(update(MESSAGE).where(MESSAGE.c.id == id).values(held_until=until)))
    await half_a_minute_later()
    assert await relay_due(flow.redis) == 0, "the worker keeps it back"
    await flow.redis.flushall()
    await writing(outbox.queue_reply, cast.budi, 1, "two")
    await relay_due(flow.redis)
    assert [one.body for one in await sends_of(flow)] == ["one", "two"]


async def test_no_unread_command_is_cut_off(flow: Flow) -> None:
    filler = {DATA_FIELD: RefreshQr(inbox_id=flow.inbox_id).model_dump_json()}
    async with flow.redis.pipeline(transaction=False) as pipeline:
        for _ in range(10_500):
            pipeline.xadd(commands_stream(flow.inbox_id), dict[Any, Any](filler))
        await pipeline.execute()
    await command(RefreshQr(inbox_id=flow.inbox_id))
    assert await flow.redis.xlen(commands_stream(flow.inbox_id)) == 10_501


async def test_unanswered_replies_wait_while_the_number_is_not_live(flow: Flow, cast: Cast) -> None:
    await begin(flow)
    await writing(outbox.queue_reply, cast.budi, 1, "one")
    await relay_due(flow.redis)
    async with flow.consuming():
        await flow.emit(SessionChanged(inbox_id=flow.inbox_id, status=SessionStatus.RECONNECTING))
        await flow.drained()
        assert flow.read(select(INBOX.c.status).where(INBOX.c.id == flow.inbox_id)).scalar_one() == "reconnecting"
        await half_a_minute_later()
        assert await relay_due(flow.redis) == 0


async def test_command_goes_to_its_number(flow: Flow) -> None:
    await command(RefreshQr(inbox_id=flow.inbox_id))
    (one,) = await commands_of(flow)
    assert one.type == "RefreshQr"


async def test_what_redis_may_have_taken_is_not_cancelled(
    flow: Flow, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis' answer was lost: the reply is on the stream, and a worker will send it."""
    execute = Pipeline.execute

    async def unheard(pipeline: Any, *args: Any) -> Any:
        await execute(pipeline, *args)
        raise RedisConnectionError("Connection closed by server.")

    await begin(flow)
    id = await writing(outbox.queue_reply, cast.budi, 1, "Siap")
    with monkeypatch.context() as cut, pytest.raises(TemporarilyUnavailable):
        cut.setattr(Pipeline, "execute", unheard)
        await relay_due(flow.redis)
    assert [one.body for one in await sends_of(flow)] == ["Siap"]
    with pytest.raises(Conflict):
        await writing(outbox.cancel_message, cast.budi, id)


async def test_what_redis_did_not_take_is_not_marked(flow: Flow, cast: Cast, killable_redis: RedisServer) -> None:
    await begin(flow)
    id = await writing(outbox.queue_reply, cast.budi, 1, "Siap")
    killable_redis.kill()
    away = connection.make_redis(killable_redis.url)
    with pytest.raises(RedisError):
        await relay_due(away)
    await away.aclose()
    await writing(outbox.cancel_message, cast.budi, id)
    assert await relay_due(flow.redis) == 0


async def test_a_closed_tab_cancels_no_commit(flow: Flow, cast: Cast) -> None:
    await begin(flow)
    async with running(_reply_for_ever(cast)) as task:
        await until_async(lambda: _has_messages(flow))
        task.cancel()
    # The one writer takes things in turn: after this, what was under way is committed.
    await transactions.writing(lambda session: None)
    await transactions.settle()
    announced = await flow.announced_messages()
    assert set(flow.bodies()) == set(announced), "what is committed is announced"


async def _reply_for_ever(cast: Cast) -> None:
    number = 0
    while True:
        await writing(outbox.queue_reply, cast.budi, 1, f"reply {number}")
        number += 1


async def _has_messages(flow: Flow) -> bool:
    return len(flow.bodies()) > 5


async def test_stale_rows_with_patches_equal_a_fresh_read(flow: Flow, cast: Cast) -> None:
    """Applying row patches by version gives the state of the database."""
    async with flow.consuming():
        await flow.emit(*(received(flow.inbox_id, customer=n % 4, body=str(n)) for n in range(40)))
        await flow.drained()
        await writing(conversations.resolve, cast.budi, 1)
        await writing(outbox.queue_reply, cast.ayu, 2, "Siap")
        await flow.emit(received(flow.inbox_id, customer=0, body="lagi"))
        await flow.drained()
    await transactions.settle()
    shown: dict[int, object] = {}
    for patch in await flow.announcements():
        row = getattr(patch, "row", None)
        if row is not None and row.version >= getattr(shown.get(row.id), "version", 0):
            shown[row.id] = row
    fresh = await transactions.reading(conversations.list_rows, cast.siti, tab="all", status="open")
    assert shown == {row.id: row for row in fresh}
