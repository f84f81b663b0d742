"""Tests of teams, and of their conversations and rules when a team changes."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Row, select, update
from sqlmodel import Session

from roms_app.domain import wording
from roms_app.errors import Conflict, InvalidInput, NotAllowed, NotFound
from roms_app.models import Assignment, Conversation, ConversationStatus
from roms_app.models.tables import AGENT, ASSIGNMENT, CONVERSATION
from roms_app.services import assignment_settings, by_hand, changes, leaving, routing, teams
from roms_app.views.assignment import Person, TeamCard
from tests.services.conftest import Receive
from tests.support.cast import Cast, received


def assignee_of(session: Session, conversation_id: int) -> int | None:
    session.expire_all()
    return session.get_one(Conversation, conversation_id).assignee_id


def test_a_team_has_members_and_a_name_of_its_own(session: Session, cast: Cast) -> None:
    team_id = teams.create(session, cast.siti, "  Billing \n team ")
    teams.set_members(session, cast.siti, team_id, [cast.budi.id or 0, cast.ayu.id or 0])
    teams.set_members(session, cast.siti, team_id, [cast.ayu.id or 0])
    assert teams.list_teams(session) == [
        TeamCard(team_id, "Billing team", [Person(cast.ayu.id or 0, "Ayu")], rule_count=0, open_count=0)
    ]
    with pytest.raises(Conflict):
        teams.create(session, cast.siti, "BILLING team")
    teams.rename(session, cast.siti, team_id, "Billing Team")
    for name in ("", "\u200b", "x" * 61):
        with pytest.raises(InvalidInput):
            teams.create(session, cast.siti, name)
    with pytest.raises(InvalidInput):
        teams.set_members(session, cast.siti, team_id, [999])
    with pytest.raises(NotFound):
        teams.set_members(session, cast.siti, 999, [])


@pytest.mark.parametrize(
    "act",
    [
        lambda session, agent: teams.create(session, agent, "x"),
        lambda session, agent: teams.rename(session, agent, 1, "x"),
        lambda session, agent: teams.set_members(session, agent, 1, []),
        lambda session, agent: teams.delete(session, agent, 1),
    ],
)
def test_only_admins_change_teams(act, session: Session, cast: Cast) -> None:  # pyright: ignore
    with pytest.raises(NotAllowed):
        act(session, cast.budi)


def test_who_was_deactivated_keeps_their_place(session: Session, cast: Cast) -> None:
    team_id = teams.create(session, cast.siti, "Billing")
    teams.set_members(session, cast.siti, team_id, [cast.budi.id or 0, cast.ayu.id or 0])
    session.execute(update(AGENT).where(AGENT.c.id == cast.budi.id).values(is_active=False))
    assert [person.name for person in teams.list_teams(session)[0].members] == ["Ayu"]
    teams.set_members(session, cast.siti, team_id, [])
    session.execute(update(AGENT).where(AGENT.c.id == cast.budi.id).values(is_active=True))
    assert [person.name for person in teams.list_teams(session)[0].members] == ["Budi"]


def test_a_new_member_gets_what_waits_at_once(session: Session, chat: int, cast: Cast) -> None:
    team_id = teams.create(session, cast.siti, "Billing")
    by_hand.assign_to_team(session, cast.siti, chat, team_id)
    assert assignee_of(session, chat) is None
    teams.set_members(session, cast.siti, team_id, [cast.ayu.id or 0, cast.budi.id or 0])
    assert assignee_of(session, chat) in (cast.ayu.id, cast.budi.id)


def test_a_deleted_team_leaves_nothing_behind(session: Session, chat: int, cast: Cast) -> None:
    team_id = teams.create(session, cast.siti, "Billing")
    routing.create_rule(session, cast.siti, cast.shop, kind="first_contact", team_id=team_id)
    by_hand.assign_to_team(session, cast.siti, chat, team_id)
    assert teams.list_teams(session)[0].open_count == 1
    changes.settle(session)
    teams.delete(session, cast.siti, team_id)
    assert changes.of(session).must_reload
    assert changes.of(session).has_settings
    assert assignee_of(session, chat) is not None, "it waits for everybody now, and somebody is there"
    assert routing.list_rules(session, cast.shop) == []
    assert session.execute(select(Assignment.team_id).where(Assignment.team_id.is_not(None))).all() == []  # pyright: ignore
    assert teams.list_teams(session) == []


def test_who_no_longer_answers_a_number_gives_back_what_they_have(
    session: Session, receive: Receive, cast: Cast
) -> None:
    rows = receive(*(received(cast.shop, customer) for customer in range(1, 5)))
    assert {row.assignee_id for row in rows} == {cast.budi.id, cast.ayu.id}
    assignment_settings.set_members(session, cast.siti, cast.shop, [cast.siti.id or 0, cast.ayu.id or 0])
    found = session.execute(select(CONVERSATION.c.assignee_id).where(CONVERSATION.c.inbox_id == cast.shop))
    assert set(found.scalars()) == {cast.ayu.id}
    found = [wording.words_of(row.reason_code, row.reason_params) for row in session.execute(select(ASSIGNMENT))]
    assert {"en": "Returned to the queue: Budi no longer answers this number.",
            "id": "Kembali ke antrean: Budi tidak lagi melayani nomor ini."} in found  # fmt: skip


def test_what_admins_set_is_checked_and_lets_the_engine_look(session: Session, receive: Receive, cast: Cast) -> None:
    siti = cast.siti
    assignment_settings.set_default_capacity(session, siti, 1)
    receive(*(received(cast.shop, customer) for customer in range(1, 5)))
    waiting = select(CONVERSATION.c.id).where(CONVERSATION.c.assignee_id.is_(None))
    assert len(session.execute(waiting).all()) == 2
    duty = {"may_reply": True, "shift_hours": None}
    assignment_settings.set_duty(session, siti, cast.budi.id or 0, capacity=2, **duty)  # pyright: ignore
    assert len(session.execute(waiting).all()) == 1
    assignment_settings.set_default_capacity(session, siti, 5)
    assert session.execute(waiting).all() == []
    for wrong in (0, 1001):
        with pytest.raises(InvalidInput):
            assignment_settings.set_default_capacity(session, siti, wrong)
    with pytest.raises(InvalidInput):
        assignment_settings.set_duty(session, siti, cast.budi.id or 0, capacity=None, may_reply=True, shift_hours="9-5")
    with pytest.raises(NotFound):
        assignment_settings.set_duty(session, siti, 999, capacity=None, **duty)  # pyright: ignore


GOOD = {
    "order": "balanced",
    "is_sticky": False,
    "response_minutes": 10,
    "escalate_after": 3,
    "business_hours": "09:00-17:00;;;;;;",
    "timezone": "Asia/Makassar",
}


def test_a_number_keeps_how_it_gives_out(session: Session, cast: Cast) -> None:
    assignment_settings.set_assignment(session, cast.siti, cast.shop, **GOOD)  # pyright: ignore
    duty = assignment_settings.list_numbers(session)[0]
    assert (duty.order, duty.is_sticky, duty.response_minutes, duty.escalate_after) == ("balanced", False, 10, 3)
    assert (duty.business_hours, duty.timezone) == ("09:00-17:00;;;;;;", "Asia/Makassar")
    assert [person.name for person in duty.members] == ["Ayu", "Budi", "Siti"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("order", "random"),
        ("response_minutes", 0),
        ("response_minutes", 10_081),
        ("escalate_after", 0),
        ("business_hours", "09:00-17:00"),
        ("business_hours", "09:00-12:00,11:00-13:00;;;;;;"),
        ("timezone", "Mars/Olympus"),
    ],
)
def test_nonsense_is_refused_and_nothing_is_kept(name: str, value: object, session: Session, cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        assignment_settings.set_assignment(session, cast.siti, cast.shop, **{**GOOD, name: value})  # pyright: ignore
    assert assignment_settings.list_numbers(session)[0].order == "round_robin"


def test_who_may_not_reply_is_given_nothing(session: Session, receive: Receive, cast: Cast) -> None:
    assignment_settings.set_duty(
        session, cast.siti, cast.budi.id or 0, capacity=None, may_reply=False, shift_hours=None
    )
    rows = receive(*(received(cast.shop, customer) for customer in range(1, 5)))
    assert {row.assignee_id for row in rows} == {cast.ayu.id}
    assert {row.status for row in rows} == {ConversationStatus.OPEN}


def test_who_may_reply_no_more_keeps_nothing_open(session: Session, receive: Receive, cast: Cast) -> None:
    held = [row.id for row in receive(received(cast.shop, 1), received(cast.shop, 2)) if row.assignee_id]
    for chat in held:
        by_hand.assign_to_agent(session, cast.siti, chat, cast.budi.id or 0)
    duty = {"capacity": None, "shift_hours": None}
    assignment_settings.set_duty(session, cast.siti, cast.budi.id or 0, may_reply=True, **duty)  # pyright: ignore
    assert holders_of(session) == {cast.budi.id}
    assignment_settings.set_duty(session, cast.siti, cast.budi.id or 0, may_reply=False, **duty)  # pyright: ignore
    assert holders_of(session) == {cast.ayu.id}
    lines = session.execute(select(ASSIGNMENT).where(ASSIGNMENT.c.conversation_id == held[0])).all()
    assert "Returned to the queue: Budi may no longer reply to customers." in english(lines)


def test_what_is_with_somebody_who_may_not_reply_is_found(session: Session, receive: Receive, cast: Cast) -> None:
    """Conversations in this state are returned, however they got into it."""
    [chat] = receive(received(cast.shop))
    assert (chat.assignee_id, leaving.has_orphans(session)) == (cast.budi.id, False)
    session.execute(update(AGENT).where(AGENT.c.id == cast.budi.id).values(may_reply=False))
    assert leaving.has_orphans(session)
    assert leaving.return_orphans(session) == 1
    assert holders_of(session) == {cast.ayu.id}
    lines = session.execute(select(ASSIGNMENT).where(ASSIGNMENT.c.agent_id.is_(None))).all()
    assert english(lines) == ["Returned to the queue: Budi may no longer reply to customers."]


def english(lines: Sequence[Row[Any]]) -> list[str]:
    return [wording.words_of(line.reason_code, line.reason_params)["en"] for line in lines]


def holders_of(session: Session) -> set[int | None]:
    return set(session.execute(select(CONVERSATION.c.assignee_id)).scalars())
