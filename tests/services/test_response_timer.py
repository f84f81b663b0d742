"""The response timer runs until the first answer after an automatic assignment, even if the customer asks later."""

from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlmodel import Session

from roms_app.models import Agent
from roms_app.models.base import now_ms
from roms_app.models.tables import ASSIGNMENT, CONVERSATION, MESSAGE
from roms_app.services import assignment_settings, by_hand, changes, inboxes, leaving, outbox, relaying, response_timer
from roms_app.services.intake import intake
from tests.services.conftest import Receive
from tests.services.statements import counted
from tests.services.test_statements import KNOWN_CUSTOMERS
from tests.support.cast import Cast, received, sent
from wa_worker.contract.events import CommandFailed

MINUTE = 60_000


def set_timer(session: Session, cast: Cast, minutes: int | None) -> None:
    """As an admin does in the settings."""
    assignment_settings.set_assignment(
        session, cast.siti, cast.shop, order="round_robin", is_sticky=True, response_minutes=minutes, escalate_after=2,
        business_hours=None, timezone="Asia/Jakarta",
    )  # fmt: skip


def an_hour_passes(session: Session) -> None:
    """Since all that was written and decided; whose timer runs is not touched."""
    hour = 60 * MINUTE
    m, a = MESSAGE.c, ASSIGNMENT.c
    session.execute(update(MESSAGE).values(sent_at=m.sent_at - hour, created_at=m.created_at - hour))
    session.execute(update(ASSIGNMENT).values(at=a.at - hour))
    waiting = update(CONVERSATION).where(CONVERSATION.c.waiting_since.is_not(None))
    session.execute(waiting.values(waiting_since=CONVERSATION.c.waiting_since - hour))
    session.expire_all()


def minutes_left(session: Session, chat: int) -> int | None:
    """Until the timer fires; None when none runs."""
    due_at = session.execute(select(CONVERSATION.c.due_at).where(CONVERSATION.c.id == chat)).scalar_one()
    return None if due_at is None else round((due_at - now_ms()) / MINUTE)


def assignee_of(session: Session, chat: int) -> int | None:
    return session.execute(select(CONVERSATION.c.assignee_id).where(CONVERSATION.c.id == chat)).scalar_one()


def answer(session: Session, receive: Receive, cast: Cast, agent: Agent, chat: int, way: str) -> None:
    if way == "ROMS":
        outbox.queue_reply(session, agent, chat, "Baik")
    else:
        receive(sent(cast.shop))
    changes.settle(session)


def send_failed(session: Session, cast: Cast, reply: int) -> CommandFailed:
    """The worker's report that a reply failed: its number is not on WhatsApp."""
    relaying.take_due(session, 0, now_ms())
    id = session.execute(select(MESSAGE.c.wa_message_id).where(MESSAGE.c.id == reply)).scalar_one()
    return CommandFailed(inbox_id=cast.shop, command="SendText", wa_message_id=id, reason="not_on_whatsapp")


@pytest.fixture
def handed(session: Session, receive: Receive, cast: Cast) -> int:
    """Budi answered, and ended the shift an hour later: Ayu gets a conversation whose customer does not wait."""
    set_timer(session, cast, 10)
    chat = receive(received(cast.shop))[0].id
    assert minutes_left(session, chat) == 10
    outbox.queue_reply(session, cast.budi, chat, "Baik")
    an_hour_passes(session)
    leaving.return_and_go_away(session, cast.budi)
    assert (assignee_of(session, chat), minutes_left(session, chat)) == (cast.ayu.id, None)
    return chat


def test_the_first_answer_of_who_was_given_it_is_watched_from_when_it_is_asked_for(
    session: Session, receive: Receive, cast: Cast, handed: int
) -> None:
    an_hour_passes(session)
    receive(received(cast.shop))
    assert minutes_left(session, handed) == 10
    assert response_timer.fire_due(session, now_ms() + 11 * MINUTE) == 1
    assert assignee_of(session, handed) is None, "Budi is away, and Ayu had it before"


@pytest.mark.parametrize("way", ["ROMS", "phone"])
def test_what_was_answered_once_is_watched_no_more(
    session: Session, receive: Receive, cast: Cast, handed: int, way: str
) -> None:
    an_hour_passes(session)
    receive(received(cast.shop))
    answer(session, receive, cast, cast.ayu, handed, way)
    assert minutes_left(session, handed) is None
    receive(received(cast.shop))
    assert minutes_left(session, handed) is None


@pytest.mark.parametrize("way", ["ROMS", "phone"])
def test_what_was_said_before_the_customer_asked_is_an_answer(
    session: Session, receive: Receive, cast: Cast, handed: int, way: str
) -> None:
    an_hour_passes(session)
    answer(session, receive, cast, cast.ayu, handed, way)
    receive(received(cast.shop))
    assert minutes_left(session, handed) is None


@pytest.mark.parametrize(("becomes", "left"), [("failed", 10), ("cancelled", 10), ("retried", None)])
def test_a_reply_that_never_goes_out_is_no_answer_to_what_is_asked_next(
    session: Session, receive: Receive, cast: Cast, handed: int, becomes: str, left: int | None
) -> None:
    receive(received(cast.shop))
    reply = outbox.queue_reply(session, cast.ayu, handed, "Baik")
    assert minutes_left(session, handed) is None, "it may go out yet"
    if becomes == "cancelled":
        outbox.cancel_message(session, cast.ayu, reply)
    else:
        receive(send_failed(session, cast, reply))
    if becomes == "retried":
        outbox.retry(session, cast.ayu, reply)
    receive(received(cast.shop))
    assert minutes_left(session, handed) == left


def test_what_was_typed_on_the_phone_is_an_answer_also_when_the_workers_clock_is_behind(
    session: Session, receive: Receive, cast: Cast, handed: int
) -> None:
    receive(sent(cast.shop, sent_at=now_ms() + 1_000, occurred_at=now_ms() - 4_000))
    receive(received(cast.shop, sent_at=now_ms() + 2_000))
    assert minutes_left(session, handed) is None


@pytest.mark.parametrize("minutes_before", [1, 30])
def test_what_is_heard_late_of_the_time_before_is_no_answer(
    session: Session, receive: Receive, cast: Cast, handed: int, minutes_before: int
) -> None:
    receive(sent(cast.shop, sent_at=now_ms() - minutes_before * MINUTE, is_backfill=True))
    receive(received(cast.shop))
    assert minutes_left(session, handed) == 10


def test_what_a_person_gave_is_not_watched(session: Session, receive: Receive, cast: Cast, handed: int) -> None:
    by_hand.assign_to_agent(session, cast.ayu, handed, cast.budi.id or 0, "")
    receive(received(cast.shop))
    assert minutes_left(session, handed) is None


def test_what_comes_of_a_number_that_was_just_removed_is_not_watched(
    session: Session, receive: Receive, cast: Cast, handed: int
) -> None:
    inboxes.archive(session, cast.siti, cast.shop)
    receive(received(cast.shop))
    assert minutes_left(session, handed) is None


def test_a_timer_that_is_left_in_a_removed_number_is_never_due(
    session: Session, receive: Receive, cast: Cast, handed: int
) -> None:
    receive(received(cast.shop))
    later = now_ms() + 11 * MINUTE
    assert response_timer.is_any_due(session, later), "the premise"
    inboxes.archive(session, cast.siti, cast.shop)
    # As undoing a merge may bring it back.
    session.execute(update(CONVERSATION).values(due_at=1))
    assert not response_timer.is_any_due(session, later)
    assert response_timer.fire_due(session, later) == 0


def cost(engine: Engine, session: Session, events: list[Any]) -> int:
    with counted(engine) as seen:
        intake.receive_batch(session, events)
        changes.settle(session)
    return len(seen)


@pytest.mark.parametrize(("minutes", "more"), [(None, 0), (10, 1)])
def test_watching_costs_one_statement_a_batch(
    session: Session, receive: Receive, cast: Cast, engine: Engine, minutes: int | None, more: int
) -> None:
    set_timer(session, cast, minutes)
    chats = receive(*(received(cast.shop, customer) for customer in range(10)))
    receive(*(sent(cast.shop, customer) for customer in range(10)))
    assert cost(engine, session, [received(cast.shop, 0)]) == KNOWN_CUSTOMERS + more
    assert cost(engine, session, [received(cast.shop, n % 10) for n in range(1, 40)]) == KNOWN_CUSTOMERS + more
    assert {minutes_left(session, chat.id) for chat in chats} == {None}


@pytest.mark.parametrize("at_first", [None, 10])
def test_a_timer_that_is_turned_on_watches_what_was_given_before(
    session: Session, receive: Receive, cast: Cast, at_first: int | None
) -> None:
    set_timer(session, cast, at_first)
    rows = receive(*(received(cast.shop, customer) for customer in range(3)))
    waiting, answered, by_a_person = (row.id for row in rows)
    an_hour_passes(session)
    outbox.queue_reply(session, cast.ayu, answered, "Baik")
    receive(received(cast.shop, 1))
    by_hand.assign_to_agent(session, cast.siti, by_a_person, cast.ayu.id or 0, "")
    set_timer(session, cast, None)
    assert [minutes_left(session, row.id) for row in rows] == [None, None, None]
    set_timer(session, cast, 90)
    assert [minutes_left(session, row.id) for row in rows] == [30, None, None], "measured from when it was given"
    set_timer(session, cast, 70)
    assert minutes_left(session, waiting) == 10


def test_a_changed_timer_is_measured_from_when_the_customer_began_to_wait(
    session: Session, receive: Receive, cast: Cast, handed: int
) -> None:
    an_hour_passes(session)
    receive(received(cast.shop))
    set_timer(session, cast, 20)
    assert minutes_left(session, handed) == 20
