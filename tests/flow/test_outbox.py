"""A reply reaches the worker's stream at once, in order, and again when nobody answered for it."""

import asyncio

import pytest
from redis.asyncio import Redis
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from roms_app.errors import TemporarilyUnavailable
from roms_app.live import connection, control, relay, transactions
from roms_app.live.control import control_round
from roms_app.live.relay import command, relay_due
from roms_app.live.transactions import writing
from roms_app.models import DeliveryStatus
from roms_app.models.tables import INBOX, MESSAGE
from roms_app.services import conversations, outbox, relaying
from tests.flow.conftest import Flow, running
from tests.support.cast import Cast, acked, received, sent
from tests.support.servers import RedisServer
from tests.support.waiting import until_async
from wa_worker.contract.commands import (
    COMMANDS,
    CONTROLS,
    AnyCommand,
    Channel,
    Logout,
    RefreshQr,
    SendText,
    StartNumber,
    StopNumber,
)
from wa_worker.contract.events import SessionChanged, SessionStatus
from wa_worker.contract.streams import CONTROL_STREAM, DATA_FIELD, Heartbeat, commands_stream, heartbeat_key


async def commands_of(flow: Flow) -> list[AnyCommand]:
    entries = await flow.redis.xrange(commands_stream(flow.inbox_id))
    return [COMMANDS.validate_json(fields[DATA_FIELD]) for _, fields in entries]


async def sends_of(flow: Flow) -> list[SendText]:
    return [one for one in await commands_of(flow) if isinstance(one, SendText)]


async def half_a_minute_later() -> None:
    """The clock stays, what was relayed moves back."""

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


async def _control(redis: Redis) -> list[object]:
    return [CONTROLS.validate_json(fields[DATA_FIELD]) for _, fields in await redis.xrange(CONTROL_STREAM)]


async def test_numbers_that_no_worker_holds_are_announced_until_one_does(redis: Redis) -> None:
    channels = {1: Channel.DEMO, 2: Channel.WHATSAPP}
    active = {id: StartNumber(inbox_id=id, channel=channel) for id, channel in channels.items()}
    told = dict[int, int]()
    await control_round(redis, active, told)
    started = [(type(word), getattr(word, "inbox_id", 0)) for word in await _control(redis)]
    assert started == [(StartNumber, 1), (StartNumber, 2)]
    await control_round(redis, active, told)
    assert len(await _control(redis)) == 2, "said once, it has time to be heard"
    await control_round(redis, active, told)
    assert len(await _control(redis)) == 4, "and is said again"
    beat = Heartbeat(worker_id="w", pid=1, inbox_ids=[1, 2, 3], at=1)
    await redis.set(heartbeat_key("w"), beat.model_dump_json())
    await control_round(redis, active, told)
    (last,) = (await _control(redis))[4:]
    assert isinstance(last, StopNumber) and last.inbox_id == 3, "what nobody wants is stopped"


async def test_a_number_starts_anew_when_groups_are_switched(redis: Redis) -> None:
    word = StartNumber(inbox_id=1, channel=Channel.DEMO, has_groups=True)
    for with_groups, expected in (([], [True]), ([1], [True])):
        beat = Heartbeat(worker_id="w", pid=1, inbox_ids=[1], at=1, group_inbox_ids=with_groups)
        await redis.set(heartbeat_key("w"), beat.model_dump_json())
        await control_round(redis, {1: word}, {})
        assert [getattr(said, "has_groups", None) for said in await _control(redis)] == expected


async def test_a_removed_number_leaves_its_phone_first(flow: Flow, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    removal = asyncio.create_task(control.remove_number(cast.siti, flow.inbox_id))

    async def is_asked() -> bool:
        return [type(one) for one in await commands_of(flow)] == [Logout]

    async with flow.consuming():
        await until_async(is_asked)
        assert flow.read(select(INBOX.c.is_active).where(INBOX.c.id == flow.inbox_id)).scalar_one()
        await flow.emit(SessionChanged(inbox_id=flow.inbox_id, status=SessionStatus.LOGGED_OUT))
        await asyncio.wait_for(removal, 5)
    assert not flow.read(select(INBOX.c.is_active).where(INBOX.c.id == flow.inbox_id)).scalar_one()
    monkeypatch.setattr(control, "LOGOUT_SECONDS", 0.0)
    await asyncio.wait_for(control.remove_number(cast.siti, cast.other), 5)
    assert not flow.read(select(INBOX.c.is_active).where(INBOX.c.id == cast.other)).scalar_one(), "no worker answers"


async def test_what_redis_did_not_take_is_given_back(flow: Flow, cast: Cast, killable_redis: RedisServer) -> None:
    await begin(flow)
    id = await writing(outbox.queue_reply, cast.budi, 1, "Siap")
    killable_redis.kill()
    away = connection.make_redis(killable_redis.url)
    due = await writing(relaying.take_due, 0, 1000)
    with pytest.raises(TemporarilyUnavailable):
        await relay.relay_taken(away, due)
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
    """The promise of row patches: whoever applies them by version sees what the database says."""
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
