"""Workers are told which numbers to hold, and a number without a worker gets the right status."""

import asyncio

import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from devtools.waiting import PATIENCE, until_async
from roms_app.live import control
from roms_app.live.control import control_round
from roms_app.models.tables import INBOX, SESSION_HISTORY
from tests.flow.conftest import Flow
from tests.flow.test_outbox import commands_of
from tests.support.cast import Cast
from wa_worker.contract.commands import CONTROLS, Channel, Logout, StartNumber, StopNumber
from wa_worker.contract.events import SessionChanged, SessionStatus
from wa_worker.contract.streams import CONTROL_STREAM, DATA_FIELD, Heartbeat, heartbeat_key


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
    # It waits for the phone's word, however long that takes; only the second number is given up.
    monkeypatch.setattr(control, "LOGOUT_SECONDS", 3600.0)
    removal = asyncio.create_task(control.remove_number(cast.siti, flow.inbox_id))

    async def is_asked() -> bool:
        return [type(one) for one in await commands_of(flow)] == [Logout]

    async with flow.consuming():
        await until_async(is_asked)
        assert flow.read(select(INBOX.c.is_active).where(INBOX.c.id == flow.inbox_id)).scalar_one()
        await flow.emit(SessionChanged(inbox_id=flow.inbox_id, status=SessionStatus.LOGGED_OUT))
        await asyncio.wait_for(removal, PATIENCE)
    assert not flow.read(select(INBOX.c.is_active).where(INBOX.c.id == flow.inbox_id)).scalar_one()
    monkeypatch.setattr(control, "LOGOUT_SECONDS", 0.0)
    await asyncio.wait_for(control.remove_number(cast.siti, cast.other), PATIENCE)
    assert not flow.read(select(INBOX.c.is_active).where(INBOX.c.id == cast.other)).scalar_one(), "no worker answers"


def _state(flow: Flow) -> tuple[str, str]:
    row = flow.read(select(INBOX.c.status, INBOX.c.status_reason).where(INBOX.c.id == flow.inbox_id)).one()
    return str(row.status), row.status_reason


async def test_a_number_that_no_worker_holds_is_not_live(flow: Flow, cast: Cast) -> None:
    async with flow.consuming():
        await flow.emit(SessionChanged(inbox_id=flow.inbox_id, status=SessionStatus.LIVE, reason="live"))
        await flow.drained()
    patient, watch = control.WorkerLossMonitor(), control.WorkerLossMonitor(seconds=0)
    await patient.note([flow.inbox_id], [])
    assert _state(flow) == ("live", "live"), "it may be started again"
    for _ in range(3):
        await watch.note([flow.inbox_id], [])
    assert _state(flow) == ("reconnecting", "worker_away")
    past = flow.read(select(SESSION_HISTORY.c.reason).where(SESSION_HISTORY.c.inbox_id == flow.inbox_id))
    assert list(past.scalars()) == ["live", "worker_away"], "once"
    await watch.note([flow.inbox_id], [flow.inbox_id])
    assert _state(flow) == ("live", "live"), "a worker that only stood still has nothing new to say"
    told = [one.status for one in await flow.announcements() if one.type == "inbox" and one.inbox_id == flow.inbox_id]
    assert told[-2:] == ["reconnecting", "live"]


@pytest.mark.parametrize("reason", ["worker_stopped", "profile_elsewhere"])
async def test_what_a_worker_said_when_it_left_stays(flow: Flow, cast: Cast, reason: str) -> None:
    async with flow.consuming():
        await flow.emit(SessionChanged(inbox_id=flow.inbox_id, status=SessionStatus.RECONNECTING, reason=reason))
        await flow.drained()
    await control.WorkerLossMonitor(seconds=0).note([flow.inbox_id], [])
    assert _state(flow) == ("reconnecting", reason)
