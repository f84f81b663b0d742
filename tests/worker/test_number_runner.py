"""A worker that waits for a number, and what it begins with when its turn has come. No browser; the Redis is real."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from redis.asyncio import Redis

from devtools.waiting import PATIENCE
from tests.support.servers import RedisServer
from tests.worker.cast import INBOX
from wa_worker import number_runner as runner_module
from wa_worker.config import WorkerSettings
from wa_worker.contract.commands import Backfill, Channel
from wa_worker.contract.events import EVENTS, SessionChanged
from wa_worker.contract.streams import WORKER_GROUP, commands_stream, entry_of, events_stream, lease_key
from wa_worker.number_runner import NumberRunner
from wa_worker.ownership.lease import Lease
from wa_worker.ownership.profile import Profile
from wa_worker.receiving.checkpoint import Checkpoint, Position
from wa_worker.sending.breaker import Breaker
from wa_worker.session.number import NumberSession
from wa_worker.stream.redis_io import reading_client, writing_client

CHAT = "200201@lid"
PAIRED_AT = 1_700_000_000_000


class Known(NamedTuple):
    is_paired: bool
    paired_at: int | None
    history_before: int | None
    verified: Position | None
    is_sending_paused: bool


#: What `pair_and_read` leaves behind.
LEFT = Known(True, PAIRED_AT, PAIRED_AT, ("false_x_1", 10), True)


def known_to(session: NumberSession) -> Known:
    return Known(
        session.number.profile.pairing.is_paired,
        session.number.profile.pairing.paired_at,
        session.receiving.inbound.history_before,
        session.receiving.checkpoint.verified(CHAT),
        session.send_queue.sender.breaker.is_open,
    )


class Standby:
    """A worker without a Chromium on this folder, and what each of its sessions knew when it began."""

    def __init__(self, url: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun: list[Known] = []
        self._clients = [reading_client(url), writing_client(url)]
        self._runner = NumberRunner(
            WorkerSettings(data_dir=data),
            INBOX,
            Channel.DEMO,
            has_groups=False,
            chromium="",
            reading=self._clients[0],
            writing=self._clients[1],
            head_start=_at_once,
        )
        self._task: asyncio.Task[None] | None = None

        def make(*args: Any, **more: Any) -> NumberSession:
            session = NumberSession(*args, **more)
            monkeypatch.setattr(session.browser, "run", asyncio.Event().wait)
            self.begun.append(known_to(session))
            return session

        monkeypatch.setattr(runner_module, "NumberSession", make)
        monkeypatch.setattr(runner_module, "_TURN_SECONDS", 0.02)

    @property
    def is_held(self) -> bool:
        return self._runner.is_held

    def start(self) -> None:
        self._task = asyncio.create_task(self._runner.run())

    async def end(self) -> None:
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for client in self._clients:
            await client.aclose()


@asynccontextmanager
async def _at_once() -> AsyncIterator[None]:
    yield


@pytest.fixture
async def standby(
    redis: Redis, redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Standby]:
    async with AsyncExitStack() as stack:
        standby = Standby(redis_server.url, tmp_path, monkeypatch)
        stack.push_async_callback(standby.end)
        yield standby


@pytest.fixture
def other(tmp_path: Path) -> Profile:
    """The folder as the worker has it that is in it first."""
    profile = Profile(tmp_path, INBOX)
    assert profile.try_lock()
    return profile


async def until(look: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await look():
            await asyncio.sleep(0.02)


async def pair_and_read(profile: Profile) -> None:
    """The files of a worker that paired the number, read a chat, and was banned."""
    profile.pairing.is_paired = True
    profile.pairing.paired_at = PAIRED_AT
    assert profile.remember()
    checkpoint = Checkpoint(profile.folder / "checkpoint.json")
    checkpoint.note_verified(CHAT, "false_x_1", 10)
    await checkpoint.save()
    Breaker(profile.folder / "breaker.json", 300, lambda _: None).open_for_ban()


async def test_a_standby_begins_with_what_was_paired_and_read_while_it_waited(
    standby: Standby, other: Profile, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = Lease(redis, INBOX, profile_id=other.id, worker="first")
    await lease.take(may_inherit=False)
    waits = asyncio.Event()
    attempt = NumberRunner._try  # pyright: ignore[reportPrivateUsage]

    async def noted(*args: Any) -> bool:
        is_held = await attempt(*args)
        waits.set()
        return is_held

    monkeypatch.setattr(NumberRunner, "_try", noted)
    standby.start()
    async with asyncio.timeout(PATIENCE):
        await waits.wait()
    await pair_and_read(other)
    other.unlock()
    await until(lambda: _true(standby.begun))
    assert standby.begun == [LEFT]


async def test_who_has_the_number_but_not_the_folder_says_so_and_does_nothing_else(
    standby: Standby, other: Profile, redis: Redis
) -> None:
    stream = commands_stream(INBOX)
    await redis.xgroup_create(stream, WORKER_GROUP, id="0", mkstream=True)
    entry: dict[Any, Any] = entry_of(Backfill(inbox_id=INBOX))
    await redis.xadd(stream, entry)
    standby.start()
    await until(lambda: redis.xlen(events_stream(INBOX)))
    [said] = await told(redis)
    assert (said.status, said.reason) == ("not_paired", "profile_in_use")
    assert standby.is_held
    await pair_and_read(other)
    await redis.flushall()
    await redis.xgroup_create(stream, WORKER_GROUP, id="0", mkstream=True)
    await redis.xadd(stream, entry)
    await until(lambda: redis.xlen(events_stream(INBOX)))
    assert [event.status for event in await told(redis)] == ["reconnecting"], "again when Redis was emptied, as it is"
    assert await _group(redis, "last-delivered-id") == "0-0", "what is read now the other one could have done"
    other.unlock()
    await until(lambda: _is_done(redis))
    assert standby.begun == [LEFT]


async def test_a_free_number_is_left_to_the_worker_that_is_about_to_take_it(
    standby: Standby, other: Profile, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken at once it would be lost again, and both workers would count it as theirs meanwhile."""
    attempt = NumberRunner._try  # pyright: ignore[reportPrivateUsage]
    #: After each attempt: whether the standby has the number, and whether anybody has.
    outcomes: list[tuple[bool, bool]] = []

    async def noted(*args: Any) -> bool:
        is_held = await attempt(*args)
        outcomes.append((is_held, bool(await redis.exists(lease_key(INBOX)))))
        return is_held

    monkeypatch.setattr(NumberRunner, "_try", noted)
    standby.start()
    await until(lambda: _true(len(outcomes) == 2))
    assert outcomes == [(False, False), (True, True)], "a process that stays in the folder is published as the reason"


async def told(redis: Redis) -> list[SessionChanged]:
    entries: Any = await redis.xrange(events_stream(INBOX))
    events = [EVENTS.validate_json(fields["data"]) for _, fields in entries]
    return [event for event in events if isinstance(event, SessionChanged)]


async def _true(value: object) -> bool:
    return bool(value)


async def _group(redis: Redis, what: str) -> Any:
    return (await redis.xinfo_groups(commands_stream(INBOX)))[0][what]


async def _is_done(redis: Redis) -> bool:
    return await _group(redis, "last-delivered-id") != "0-0" and not await _group(redis, "pending")
