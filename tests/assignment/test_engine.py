"""Assignments are fair, have a reason, and are never made twice."""

import threading
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select, update
from sqlmodel import Session

from devtools.waiting import PATIENCE
from roms_app import database
from roms_app.domain import wording
from roms_app.errors import Conflict, InvalidInput, NotFound
from roms_app.models import Agent, Assignment, AssignmentKind, Availability, Priority
from roms_app.models.base import now_ms
from roms_app.models.tables import AGENT, ASSIGNMENT, CONVERSATION, INBOX_MEMBER
from roms_app.services import assignment, by_hand, changes, conversations, leaving
from roms_app.services.intake import intake
from tests.services.conftest import Receive
from tests.support.cast import Cast, make_agent, received, sent


def set_agent(session: Session, agent: Agent, **values: Any) -> None:
    session.execute(update(AGENT).where(AGENT.c.id == agent.id).values(**values))


def assignees(session: Session) -> list[int | None]:
    return list(session.execute(select(CONVERSATION.c.assignee_id).order_by(CONVERSATION.c.id)).scalars())


def test_six_chats_fall_three_to_each(receive: Receive, cast: Cast, session: Session) -> None:
    for customer in range(6):
        receive(received(cast.shop, customer))
    assert assignees(session) == [cast.budi.id, cast.ayu.id] * 3


def test_one_batch_is_as_fair_as_many(receive: Receive, cast: Cast, session: Session) -> None:
    receive(*(received(cast.shop, customer) for customer in range(6)))
    assert assignees(session) == [cast.budi.id, cast.ayu.id] * 3


def test_reason_counts_in_words(receive: Receive, cast: Cast, session: Session) -> None:
    receive(*(received(cast.shop, customer) for customer in range(3)))
    rows = session.execute(select(ASSIGNMENT).order_by(ASSIGNMENT.c.id)).all()
    assert [row.kind for row in rows] == [AssignmentKind.AUTOMATIC] * 3
    words = wording.words_of(rows[2].reason_code, rows[2].reason_params)
    assert words["en"] == "Assigned to Budi: available, 1 of 30 open, waited longest."
    assert words["id"].startswith("Diberikan kepada Budi")


def test_turns_survive_a_restart(cast: Cast) -> None:
    for customer in range(5):
        with database.writing_session() as session:
            intake.receive_batch(session, [received(cast.shop, customer)])
            session.commit()
    with database.reading_session() as session:
        assert assignees(session) == [cast.budi.id, cast.ayu.id, cast.budi.id, cast.ayu.id, cast.budi.id]
        turns = session.execute(select(INBOX_MEMBER.c.last_turn).where(INBOX_MEMBER.c.agent_id == cast.budi.id))
        assert turns.scalar_one() == 5


def test_who_comes_back_does_not_get_all_that_they_missed(receive: Receive, cast: Cast, session: Session) -> None:
    set_agent(session, cast.budi, availability=Availability.AWAY)
    receive(*(received(cast.shop, customer) for customer in range(4)))
    set_agent(session, cast.budi, availability=Availability.AVAILABLE)
    receive(*(received(cast.shop, customer) for customer in range(4, 8)))
    given = Counter(assignees(session)[4:])
    assert given == {cast.budi.id: 2, cast.ayu.id: 2}


@pytest.mark.parametrize(
    "why",
    [
        {"availability": Availability.AWAY},
        {"availability": Availability.BUSY},
        {"is_active": False},
        {"seen_at": None},
        {"seen_at": 1000},
    ],
)
def test_who_is_not_eligible_gets_nothing(receive: Receive, cast: Cast, session: Session, why: Any) -> None:
    set_agent(session, cast.budi, **why)
    receive(*(received(cast.shop, customer) for customer in range(2)))
    assert assignees(session) == [cast.ayu.id] * 2


def test_agents_of_another_number_get_nothing(receive: Receive, cast: Cast, session: Session) -> None:
    for agent in (cast.budi, cast.ayu):
        set_agent(session, agent, availability=Availability.AWAY)
    receive(received(cast.shop))
    assert assignees(session) == [None]


def test_nobody_there_it_waits_and_is_given_out_oldest_first(receive: Receive, cast: Cast, session: Session) -> None:
    for agent in (cast.budi, cast.ayu):
        set_agent(session, agent, availability=Availability.AWAY)
    receive(*(received(cast.shop, customer, sent_at=9000 - customer) for customer in range(3)))
    assert not assignment.can_drain(session, now_ms())
    assert assignment.drain_queue(session) == 0
    set_agent(session, cast.ayu, availability=Availability.AVAILABLE)
    assert assignment.can_drain(session, now_ms())
    assert assignment.drain_queue(session) == 3
    assert assignees(session) == [cast.ayu.id] * 3
    order = session.execute(select(ASSIGNMENT.c.conversation_id).order_by(ASSIGNMENT.c.id)).scalars().all()
    assert list(order) == [3, 2, 1], "who waits longest is first"
    assert not assignment.can_drain(session, now_ms())


def test_of_all_numbers_together_who_waits_longest_is_first(receive: Receive, cast: Cast, session: Session) -> None:
    """An agent with room for one more answers two numbers: the lower id must not starve the other."""
    for agent in (cast.budi, cast.ayu, cast.eko):
        set_agent(session, agent, availability=Availability.AWAY)
    session.execute(insert(INBOX_MEMBER).values(inbox_id=cast.other, agent_id=cast.budi.id, last_turn=0))
    receive(received(cast.shop, 1, sent_at=9000))
    receive(received(cast.other, 2, sent_at=8000))
    late, early, urgent = receive(received(cast.other, 3, sent_at=9500))
    by_hand.set_priority(session, cast.siti, urgent.id, Priority.URGENT)
    for room in (1, 2, 3):
        set_agent(session, cast.budi, availability=Availability.AVAILABLE, capacity=room)
        assert assignment.drain_queue(session) == 1
    order = session.execute(select(ASSIGNMENT.c.conversation_id).order_by(ASSIGNMENT.c.id)).scalars().all()
    assert list(order) == [urgent.id, early.id, late.id]


def test_a_place_that_was_given_in_one_number_is_not_free_in_another(
    receive: Receive, cast: Cast, session: Session
) -> None:
    for agent in (cast.budi, cast.ayu, cast.eko):
        set_agent(session, agent, availability=Availability.AWAY)
    session.execute(insert(INBOX_MEMBER).values(inbox_id=cast.other, agent_id=cast.budi.id, last_turn=0))
    for customer in range(6):
        receive(received((cast.shop, cast.other)[customer % 2], customer))
    set_agent(session, cast.budi, availability=Availability.AVAILABLE, capacity=3)
    assert assignment.drain_queue(session) == 3
    assert Counter(assignees(session)) == {cast.budi.id: 3, None: 3}


def test_an_answer_on_the_phone_lets_whoever_gave_it_back_have_it_again(
    receive: Receive, cast: Cast, session: Session
) -> None:
    set_agent(session, cast.ayu, availability=Availability.AWAY)
    (chat,) = receive(received(cast.shop))
    by_hand.return_to_queue(session, cast.budi, chat.id)
    assert assignees(session) == [None]
    receive(sent(cast.shop, sent_at=now_ms()))
    assert assignees(session) == [cast.budi.id]


def test_take_first_wins_and_the_other_is_told_who(receive: Receive, cast: Cast, session: Session) -> None:
    for agent in (cast.budi, cast.ayu):
        set_agent(session, agent, availability=Availability.AWAY)
    (chat,) = receive(received(cast.shop))
    by_hand.take(session, cast.ayu, chat.id)
    by_hand.take(session, cast.ayu, chat.id)
    with pytest.raises(Conflict, match="Ayu has taken"):
        by_hand.take(session, cast.budi, chat.id)
    assert assignees(session) == [cast.ayu.id]
    assert session.execute(select(func.count()).select_from(ASSIGNMENT)).scalar_one() == 1


def test_hand_over(cast: Cast, session: Session, chat: int) -> None:
    by_hand.assign_to_agent(session, cast.budi, chat, cast.ayu.id or 0)
    assert assignees(session) == [cast.ayu.id]
    change = changes.of(session).conversations[chat]
    assert (change.was_assignee_id, change.counts_changed) == (cast.budi.id, True)
    _, thread = conversations.read_thread(session, cast.ayu, chat)
    assert thread[-1].words["en"] == "Budi handed this conversation over to Ayu."
    assert thread[-1].words["id"] == "Budi menyerahkan percakapan ini kepada Ayu."


def test_what_comes_to_an_agent_is_unread_whoever_read_it_before(cast: Cast, session: Session, chat: int) -> None:
    def unread() -> int:
        return conversations.list_rows(session, cast.ayu, tab="all", status="open")[0].unread

    conversations.mark_seen(session, cast.budi, chat)
    assert unread() == 0, "the premise"
    by_hand.assign_to_agent(session, cast.budi, chat, cast.ayu.id or 0)
    assert unread() == 1
    conversations.mark_seen(session, cast.ayu, chat)
    by_hand.assign_to_agent(session, cast.budi, chat, cast.budi.id or 0)
    assert unread() == 0, "they took it themselves"
    by_hand.return_to_queue(session, cast.budi, chat)
    assert (assignees(session), unread()) == ([cast.ayu.id], 1), "the engine gave it"


def test_hand_over_to_who_may_not_or_can_not(cast: Cast, session: Session, chat: int) -> None:
    with pytest.raises(InvalidInput, match="Eko does not answer this number"):
        by_hand.assign_to_agent(session, cast.budi, chat, cast.eko.id or 0)
    set_agent(session, cast.ayu, is_active=False)
    session.expire_all()
    with pytest.raises(InvalidInput):
        by_hand.assign_to_agent(session, cast.budi, chat, cast.ayu.id or 0)
    with pytest.raises(NotFound):
        by_hand.take(session, cast.eko, chat)


def test_who_leaves_the_team_gives_all_back(receive: Receive, cast: Cast, session: Session) -> None:
    receive(*(received(cast.shop, customer) for customer in range(4)))
    set_agent(session, cast.budi, is_active=False)
    assert leaving.return_all(session, cast.budi.id or 0) == 2
    assert assignees(session) == [cast.ayu.id] * 4
    (first, *_) = list(changes.of(session).conversations.values())
    assert first.was_assignee_id == cast.budi.id


def test_who_leaves_the_team_keeps_no_resolved_one(receive: Receive, cast: Cast, session: Session) -> None:
    receive(*(received(cast.shop, customer) for customer in range(2)))
    conversations.resolve(session, cast.budi, 1)
    changes.settle(session)
    before = session.execute(select(CONVERSATION.c.version).where(CONVERSATION.c.id == 1)).scalar_one()
    set_agent(session, cast.budi, is_active=False)
    assert leaving.return_all(session, cast.budi.id or 0) == 0
    assert assignees(session) == [None, cast.ayu.id], "a resolved one waits for nobody"
    after = session.execute(select(CONVERSATION.c.version).where(CONVERSATION.c.id == 1)).scalar_one()
    assert (after > before, changes.of(session).must_reload) == (True, True)
    again = receive(received(cast.shop, 0))
    assert (again[0].status, again[0].assignee_id) == ("open", cast.ayu.id)


def _claim_together(chat: int, agents: list[int]) -> list[bool]:
    """Two connections claim at once, each in a transaction of its own."""
    barrier, won = threading.Barrier(len(agents)), []

    def claim(agent_id: int) -> None:
        with database.writing_session() as session:
            session.connection()
            barrier.wait(PATIENCE)
            won.append(assignment.claim(session, chat, agent_id))
            session.commit()

    threads = [threading.Thread(target=claim, args=(agent_id,)) for agent_id in agents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return won


@pytest.fixture
def postgres_cast(postgres_url: str, settings: object, request: pytest.FixtureRequest) -> Any:
    """The cast on PostgreSQL, where two writers are at work at once; SQLite has one writer by nature."""
    from tests.support.cast import make_cast

    engine = database.make_engine(postgres_url)
    database.use_engine(engine)
    with database.writing_session() as session:
        cast = make_cast(session)
        session.execute(update(AGENT).values(availability=Availability.AWAY))
        intake.receive_batch(session, [received(cast.shop, customer) for customer in range(20)])
        session.commit()
    yield cast
    database.use_engine(None)
    engine.dispose()


def test_race_for_one_conversation_has_one_winner(postgres_cast: Cast) -> None:
    for chat in range(1, 11):
        won = _claim_together(chat, [postgres_cast.budi.id or 0, postgres_cast.ayu.id or 0])
        assert sorted(won) == [False, True]


def test_two_processes_drain_at_once_and_stay_fair(postgres_cast: Cast) -> None:
    with database.writing_session() as session:
        session.execute(update(AGENT).values(availability=Availability.AVAILABLE))
        session.commit()
    barrier, given = threading.Barrier(2), []

    def drain() -> None:
        with database.writing_session() as session:
            session.connection()
            barrier.wait(PATIENCE)
            given.append(assignment.drain_queue(session))
            session.commit()

    threads = [threading.Thread(target=drain) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    with database.reading_session() as session:
        counts = Counter(assignees(session))
        rows = session.execute(select(func.count()).select_from(Assignment)).scalar_one()
    assert sum(given) == rows == 20
    assert max(counts.values()) - min(counts.values()) <= 1
    assert None not in counts


def test_presence_ends_with_the_grace(
    receive: Receive, cast: Cast, session: Session, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = now_ms()
    monkeypatch.setattr(assignment, "now_ms", lambda: now)
    set_agent(session, cast.budi, seen_at=now - 89_000)
    set_agent(session, cast.ayu, seen_at=now - 91_000)
    receive(*(received(cast.shop, customer) for customer in range(2)))
    assert assignees(session) == [cast.budi.id] * 2


def test_new_agent_begins_at_their_turn(receive: Receive, cast: Cast, session: Session) -> None:
    receive(*(received(cast.shop, customer) for customer in range(4)))
    dewi = make_agent(session, "Dewi")
    session.execute(INBOX_MEMBER.insert().values(inbox_id=cast.shop, agent_id=dewi.id, last_turn=0))
    receive(*(received(cast.shop, customer) for customer in range(4, 7)))
    assert Counter(assignees(session)[4:]) == {dewi.id: 1, cast.budi.id: 1, cast.ayu.id: 1}
