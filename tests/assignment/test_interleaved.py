"""Two concurrent transactions on PostgreSQL: one does not see the other's uncommitted changes.

SQLite has one writer by nature.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlmodel import Session

from devtools.waiting import until
from roms_app import config, database
from roms_app.errors import Conflict
from roms_app.models import Agent, Availability, Priority, Role
from roms_app.models.tables import AGENT, CONVERSATION
from roms_app.services import (
    agents,
    assignment,
    assignment_settings,
    by_hand,
    changes,
    conversations,
    eligibility,
    leaving,
)
from roms_app.services.access import id_of
from roms_app.services.intake import intake
from tests.support.cast import Cast, make_agent, make_cast, received

_C = CONVERSATION.c


@pytest.fixture
def postgres_cast(postgres_url: str, settings: config.Settings) -> Iterator[Cast]:
    """The cast; Siti, an admin, is away."""
    database.use_engine(database.make_engine(postgres_url))
    with database.writing_session() as session:
        cast = make_cast(session)
        session.commit()
    yield cast
    database.get_engine().dispose()
    database.use_engine(None)


def beside(
    first: Callable[[Session], Any],
    second: Callable[[Session], Any],
    then: Callable[[Session], Any] = lambda _session: None,
) -> changes.Changes:
    """Do `first`; before it is committed begin `second`, which ends or waits for a lock; then `then`; commit both.

    Returns what the second one has noted, and raises what it raises.
    """
    with ThreadPoolExecutor(1) as other, database.writing_session() as session:
        first(session)
        changes.settle(session)
        noted = other.submit(write, second)
        until(lambda: noted.done() or _somebody_waits(), what="the second transaction waits or has ended")
        then(session)
        changes.settle(session)
        session.commit()
        return noted.result(30)


def _somebody_waits() -> bool:
    with database.reading_session() as session:
        waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return bool(session.execute(waiting).scalar_one())


def write(act: Callable[[Session], Any]) -> changes.Changes:
    with database.writing_session() as session:
        act(session)
        noted = changes.settle(session)
        session.commit()
    return noted


def holders() -> list[int | None]:
    with database.reading_session() as session:
        return list(session.execute(select(_C.assignee_id).order_by(_C.id)).scalars())


def send_away(*people: Agent) -> None:
    ids = [person.id for person in people]
    write(lambda session: session.execute(update(AGENT).where(AGENT.c.id.in_(ids)).values(availability="away")))


def test_who_becomes_available_is_given_what_is_just_coming_in(postgres_cast: Cast) -> None:
    cast = postgres_cast
    send_away(cast.budi, cast.ayu)
    beside(
        lambda session: intake.receive_batch(session, [received(cast.shop)]),
        lambda session: agents.set_availability(session, cast.budi.id or 0, Availability.AVAILABLE),
    )
    assert holders() == [cast.budi.id]


def test_a_place_that_becomes_free_is_given_to_what_is_just_coming_in(postgres_cast: Cast) -> None:
    cast = postgres_cast
    send_away(cast.ayu)
    write(lambda session: session.execute(update(AGENT).values(capacity=1)))
    write(lambda session: intake.receive_batch(session, [received(cast.shop, 1)]))
    beside(
        lambda session: intake.receive_batch(session, [received(cast.shop, 2)]),
        lambda session: conversations.resolve(session, session.get_one(Agent, cast.budi.id), 1),
    )
    assert holders() == [cast.budi.id, cast.budi.id]


def test_who_leaves_the_team_keeps_nothing_that_comes_meanwhile(postgres_cast: Cast) -> None:
    cast = postgres_cast
    beside(
        lambda session: intake.receive_batch(session, [received(cast.shop)]),
        lambda session: agents.deactivate(session, cast.budi.id or 0),
    )
    assert holders() == [cast.ayu.id]


def test_who_answers_the_number_no_more_keeps_nothing_that_comes_meanwhile(postgres_cast: Cast) -> None:
    cast = postgres_cast
    beside(
        lambda session: intake.receive_batch(session, [received(cast.shop)]),
        lambda session: leave_only_ayu(session, cast),
    )
    assert holders() == [cast.ayu.id]


def leave_only_ayu(session: Session, cast: Cast) -> None:
    admin = session.get_one(Agent, cast.siti.id)
    assignment_settings.set_members(session, admin, cast.shop, [cast.siti.id or 0, cast.ayu.id or 0])


def test_what_a_customer_just_writes_to_is_taken_from_who_left_the_number_at_the_next_look(postgres_cast: Cast) -> None:
    cast = postgres_cast
    write(lambda session: intake.receive_batch(session, [received(cast.shop)]))
    assert holders() == [cast.budi.id]
    noted = beside(
        lambda session: intake.receive_batch(session, [received(cast.shop)]),
        lambda session: leave_only_ayu(session, cast),
    )
    assert noted.must_drain or holders() == [cast.ayu.id]
    # As the assigner does when it is woken.
    write(leaving.return_orphans)
    assert holders() == [cast.ayu.id]


def test_a_gift_and_the_leaving_of_who_gets_it_do_not_wait_for_each_other(postgres_cast: Cast) -> None:
    cast = postgres_cast
    beside(
        eligibility.lock_engine,
        lambda session: leave_only_ayu(session, cast),
        lambda session: intake.receive_batch(session, [received(cast.shop)]),
    )
    assert holders() == [cast.ayu.id]


def test_nobody_is_handed_a_conversation_while_they_are_deactivated(postgres_cast: Cast) -> None:
    cast = postgres_cast
    write(lambda session: intake.receive_batch(session, [received(cast.shop)]))
    assert holders() == [cast.budi.id]

    def give_to_ayu(session: Session) -> None:
        giver = session.get_one(Agent, cast.budi.id)
        with pytest.raises(Exception, match="no longer on the team"):
            by_hand.assign_to_agent(session, giver, 1, cast.ayu.id or 0)

    beside(lambda session: agents.deactivate(session, cast.ayu.id or 0), give_to_ayu)
    assert holders() == [cast.budi.id]


def test_what_is_made_urgent_while_a_long_queue_is_given_out_moves_nothing_into_a_second_gift(
    postgres_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue is read in pages, and between the first two the last conversation moves to the front."""
    cast, pages = postgres_cast, 0
    send_away(cast.budi, cast.ayu)
    write(lambda session: intake.receive_batch(session, [received(cast.shop, customer) for customer in range(5)]))
    write(lambda session: session.execute(update(AGENT).values(availability="available")))
    lock_page = assignment._locked  # pyright: ignore[reportPrivateUsage]

    def lock_page_then_set_priority(session: Session, ids: Sequence[int]) -> Any:
        nonlocal pages
        rows, pages = lock_page(session, ids), pages + 1
        if pages == 1:
            write(lambda other: by_hand.set_priority(other, other.get_one(Agent, cast.siti.id), 5, Priority.URGENT))
        return rows

    monkeypatch.setattr(assignment, "_PAGE", 2)
    monkeypatch.setattr(assignment, "_locked", lock_page_then_set_priority)
    given: list[int] = []
    write(lambda session: given.append(assignment.drain_queue(session)))
    assert (given, pages) == ([5], 3)
    assert None not in holders()


@pytest.mark.parametrize("act", [agents.deactivate, lambda session, id: agents.set_role(session, id, Role.AGENT)])
def test_admins_who_remove_each_other_leave_one(postgres_cast: Cast, act: Callable[[Session, int], None]) -> None:
    siti = id_of(postgres_cast.siti)
    with database.writing_session() as session:
        rini = id_of(make_agent(session, "Rini", role=Role.ADMIN))
        session.commit()
    with pytest.raises(Conflict, match="last admin"):
        beside(lambda session: act(session, siti), lambda session: act(session, rini))
    with database.reading_session() as session:
        admins = select(AGENT.c.id).where(AGENT.c.role == Role.ADMIN, AGENT.c.is_active)
        assert session.execute(admins).scalars().all() == [rini]


def test_of_two_who_set_up_at_once_one_is_the_admin(postgres_url: str, settings: config.Settings) -> None:
    database.use_engine(database.make_engine(postgres_url))

    def set_up(name: str) -> Callable[[Session], Any]:
        told = {"name": name, "email": f"{name}@example.com", "password": "kopi susu gula", "language": "en"}
        return lambda session: agents.create_first_admin(session, **told, timezone="Asia/Jakarta")

    try:
        with pytest.raises(Conflict, match="already set up"):
            beside(set_up("siti"), set_up("rini"))
        with database.reading_session() as session:
            assert session.execute(select(AGENT.c.name)).scalars().all() == ["siti"]
    finally:
        database.get_engine().dispose()
        database.use_engine(None)
