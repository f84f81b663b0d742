"""The assigner with a fake clock: time alone triggers timers, shifts and absences; the sweep finds the rest."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis
from sqlalchemy import delete, select, update
from sqlmodel import Session

from devtools.waiting import until_async
from roms_app import database
from roms_app.live import assigner, transactions
from roms_app.models.tables import AGENT, CONVERSATION, INBOX_MEMBER
from roms_app.services import assignment, changes
from roms_app.services.intake import intake
from tests.flow.conftest import running
from tests.support.cast import Cast, received

#: A Monday, one second before nine.
BEFORE_NINE = int(datetime(2025, 3, 3, 8, 59, 59, tzinfo=UTC).timestamp() * 1000)
FROM_NINE = ";".join(["09:00-17:00"] * 7)


class Clock:
    """A clock that stands still until the test moves it (epoch ms)."""

    def __init__(self) -> None:
        self.now = BEFORE_NINE
        self.looks = 0

    def look(self) -> int:
        """The loop reads it."""
        self.looks += 1
        return self.now

    async def is_watched(self) -> None:
        """Wait until the loop has begun, and is in a round that began after this."""
        seen = self.looks

        async def is_looked_at() -> bool:
            return self.looks >= seen + 3

        await until_async(is_looked_at, what="the assigner looks at the clock")


@pytest.fixture
async def clock(cast: Cast, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Clock]:
    """The assigner's and the engine's clock."""
    made = Clock()
    monkeypatch.setattr(assigner, "now_ms", made.look)
    monkeypatch.setattr(assignment, "now_ms", lambda: made.now)
    yield made
    await transactions.settle()


def write(act: Any) -> None:
    """Change rows directly, without services and announcements."""
    with database.writing_session() as session:
        act(session)
        changes.settle(session)
        session.commit()


def customer_writes(cast: Cast) -> None:
    write(lambda session: intake.receive_batch(session, [received(cast.shop)]))


def holder() -> int | None:
    with database.reading_session() as session:
        return session.execute(select(CONVERSATION.c.assignee_id)).scalar_one()


def found_by_sweeps() -> float:
    return REGISTRY.get_sample_value("roms_assignment_sweep_found_total") or 0.0


async def comes_to(agent_id: int | None) -> None:
    async def is_theirs() -> bool:
        return holder() == agent_id

    await until_async(is_theirs, what="the conversation is given out")


def take_from_everybody(session: Session, cast: Cast) -> None:
    session.execute(update(CONVERSATION).values(assignee_id=None))


def take_budi_off_the_number(session: Session, cast: Cast) -> None:
    session.execute(delete(INBOX_MEMBER).where(INBOX_MEMBER.c.agent_id == cast.budi.id))


async def test_a_shift_that_begins_gives_out_without_the_sweep(cast: Cast, clock: Clock) -> None:
    away = AGENT.c.id != cast.ayu.id
    write(lambda session: session.execute(update(AGENT).where(away).values(availability="away")))
    write(lambda session: session.execute(update(AGENT).values(shift_hours=FROM_NINE, timezone="UTC")))
    customer_writes(cast)
    swept = found_by_sweeps()
    async with running(assigner.assign_forever()):
        await clock.is_watched()
        assert holder() is None
        # A sweep comes every 15 s.
        clock.now += 1_000
        await comes_to(cast.ayu.id)
    assert found_by_sweeps() == swept


@pytest.mark.parametrize("forget", [take_from_everybody, take_budi_off_the_number])
async def test_the_sweep_finds_what_was_forgotten_and_counts_it(forget: Any, cast: Cast, clock: Clock) -> None:
    customer_writes(cast)
    assert holder() == cast.budi.id
    swept = found_by_sweeps()
    async with running(assigner.assign_forever()):
        await clock.is_watched()
        write(lambda session: forget(session, cast))
        await clock.is_watched()
        assert holder() != cast.ayu.id, "nobody was told"
        clock.now += 15_000
        await comes_to(cast.ayu.id)
        await clock.is_watched()
    assert found_by_sweeps() == swept + 1


async def test_woken_it_looks_for_who_can_not_answer_any_more_too(cast: Cast, clock: Clock) -> None:
    customer_writes(cast)
    swept = found_by_sweeps()
    async with running(assigner.assign_forever()):
        await clock.is_watched()
        write(lambda session: take_budi_off_the_number(session, cast))
        transactions.here().assigner_woken.set()
        await comes_to(cast.ayu.id)
    assert found_by_sweeps() == swept
