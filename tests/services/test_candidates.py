"""Tests of the agents and teams that are offered for a handover, on both databases."""

import pytest
from sqlmodel import Session

from roms_app.errors import NotFound
from roms_app.models import Agent, InboxMember, Team, TeamMember
from roms_app.models.base import now_ms
from roms_app.services import candidates
from roms_app.views.handover import Candidates
from tests.support.cast import Cast, make_agent


def offered(session: Session, agent: Agent, chat: int, now: int | None = None) -> Candidates:
    return candidates.list_candidates(session, agent, chat, now or now_ms())


def test_others_of_this_number_who_may_reply(session: Session, cast: Cast, chat: int) -> None:
    gone = make_agent(session, "Wati", is_active=False)
    session.add(InboxMember(inbox_id=cast.shop, agent_id=gone.id or 0))
    session.flush()
    assert [each.name for each in offered(session, cast.budi, chat).agents] == ["Ayu", "Siti"]
    ayu = session.get_one(Agent, cast.ayu.id)
    ayu.may_reply = False
    session.flush()
    assert [each.name for each in offered(session, cast.budi, chat).agents] == ["Siti"]


def test_who_has_it_is_not_offered_to_a_supervisor(session: Session, cast: Cast, chat: int) -> None:
    assert [each.name for each in offered(session, cast.siti, chat).agents] == ["Ayu"]


def test_presence_ends_with_its_grace(session: Session, cast: Cast, chat: int) -> None:
    later = now_ms() + 4 * 3_600_000
    assert [each.is_present for each in offered(session, cast.budi, chat).agents] == [True, True]
    assert [each.is_present for each in offered(session, cast.budi, chat, later).agents] == [False, False]


def test_teams_of_which_nobody_answers_this_number_are_left_out(session: Session, cast: Cast, chat: int) -> None:
    for name, members in {"shipping": [cast.ayu, cast.budi], "Billing": [cast.siti], "Elsewhere": [cast.eko]}.items():
        team = Team(name=name, created_at=1)
        session.add(team)
        session.flush()
        session.add_all([TeamMember(team_id=team.id or 0, agent_id=member.id or 0) for member in members])
    session.flush()
    teams = offered(session, cast.budi, chat).teams
    assert [(each.name, each.available_count, each.member_count) for each in teams] == [
        ("Billing", 0, 1),
        ("shipping", 2, 2),
    ]


def test_a_stranger_to_the_number_learns_nothing(session: Session, cast: Cast, chat: int) -> None:
    with pytest.raises(NotFound):
        offered(session, cast.eko, chat)
