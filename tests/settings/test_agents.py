"""The team's rules, on both databases."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlmodel import Session, select

from roms_app.errors import Conflict, InvalidInput, NotFound
from roms_app.models import Agent, Availability, Conversation, InboxMember, Role
from roms_app.models.base import now_ms
from roms_app.services import agents, changes, sessions
from roms_app.services.intake import intake
from tests.support.cast import Cast, make_agent, make_inbox, received
from tests.support.tabs import sign_in


def new_agent(session: Session, **values: Any) -> int:
    """An agent, made as the team page does."""
    asked = {"email": "dewi@example.com", "name": "Dewi", "password": "kopi susu gula", **values}
    return agents.create_agent(session, **asked)


def agent_of(session: Session, agent_id: int | None) -> Agent:
    found = session.get(Agent, agent_id)
    assert found is not None
    return found


def waiting(session: Session, inbox_id: int) -> Conversation:
    """A conversation that nobody has."""
    intake.receive_batch(session, [received(inbox_id)])
    return session.exec(select(Conversation)).one()


def test_a_new_agent_answers_every_number(session: Session) -> None:
    shops = {make_inbox(session, "Shop"), make_inbox(session, "Service")}
    dewi = agent_of(session, new_agent(session, email="  DEWI@Example.com ", name="  Dewi   Putri "))
    assert (dewi.email, dewi.name) == ("dewi@example.com", "Dewi Putri")
    assert sessions.verify_password("kopi susu gula", dewi.password_hash)
    members = session.exec(select(InboxMember).where(InboxMember.agent_id == dewi.id)).all()
    assert {member.inbox_id for member in members} == shops
    assert changes.of(session).agents == {dewi.id: False}


def test_later_admins_begin_away_and_agents_available(session: Session) -> None:
    make_agent(session, "Siti", role=Role.ADMIN)
    assert agent_of(session, new_agent(session)).availability is Availability.AVAILABLE
    rini = new_agent(session, email="rini@example.com", name="Rini", role=Role.ADMIN)
    assert agent_of(session, rini).availability is Availability.AWAY


@pytest.mark.parametrize("make", [agents.create_first_admin, partial(agents.create_agent, role=Role.ADMIN)])
def test_the_first_admin_begins_available(session: Session, make: Callable[..., int]) -> None:
    """Nobody else is there to answer, whether they came by `/setup`, the command line or the demo."""
    values = {"email": "siti@example.com", "password": "four words stand here", "language": "en"}
    admin_id = make(session, name="Siti", timezone="Asia/Jakarta", **values)
    session.expire_all()
    assert session.get_one(Agent, admin_id).availability is Availability.AVAILABLE


def test_nobody_takes_the_name_of_a_colleague(session: Session, cast: Cast) -> None:
    mine = {"language": "en", "timezone": "Asia/Jakarta"}
    with pytest.raises(Conflict, match="looks like that of Siti"):
        agents.set_preferences(session, cast.budi.id or 0, name="Ѕіtі", **mine)
    agents.set_preferences(session, cast.budi.id or 0, name="BUDI", **mine)
    assert session.get_one(Agent, cast.budi.id).name == "BUDI"
    agents.deactivate(session, cast.ayu.id or 0)
    agents.set_preferences(session, cast.budi.id or 0, name="Ayu\u202e \u200bB", **mine)
    assert session.get_one(Agent, cast.budi.id).name == "Ayu B"


def test_an_admin_gives_nobody_the_very_name_of_a_colleague(session: Session, cast: Cast) -> None:
    with pytest.raises(Conflict, match="looks like that of Budi"):
        new_agent(session, name="  bUdI\u200b")


def alike(session: Session) -> dict[str, str]:
    """The names that the list of the team warns of, and whom each looks like."""
    return {row.name: row.looks_like for row in agents.list_team(session, now_ms()) if row.looks_like}


def test_people_whose_names_look_alike_are_all_in_the_team_and_admins_are_warned(session: Session, cast: Cast) -> None:
    new_agent(session, name="Nuraini")
    new_agent(session, name="Nur Aini", email="nur@example.com")
    new_agent(session, name="Iis", email="iis@example.com")
    new_agent(session, name="Lis", email="lis@example.com")
    assert alike(session) == {"Nur Aini": "Nuraini", "Nuraini": "Nur Aini"}


def test_admins_are_warned_when_somebody_comes_back_to_a_name_like_theirs(session: Session, cast: Cast) -> None:
    agents.deactivate(session, cast.ayu.id or 0)
    agents.set_preferences(session, cast.budi.id or 0, name="Аyu", language="en", timezone="Asia/Jakarta")
    assert alike(session) == {}
    agents.reactivate(session, cast.ayu.id or 0)
    assert alike(session) == {"Ayu": "Аyu", "Аyu": "Ayu"}


def test_an_email_is_there_once(session: Session) -> None:
    new_agent(session)
    with pytest.raises(Conflict, match="already in the team"):
        new_agent(session, email="Dewi@EXAMPLE.com")


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "dewi"},
        {"email": "dewi@"},
        {"email": "de wi@example.com"},
        {"email": "a@b@example.com"},
        {"email": f"{'a' * 250}@example.com"},
        {"email": "dewi@example.com\x00"},
        {"name": "   "},
        {"name": "\x00"},
        {"name": "D" * 121},
        {"password": "123456789"},
        {"password": "p" * 201},
        {"language": "fr"},
        {"timezone": "Asia/Atlantis"},
        {"timezone": "../../etc/passwd"},
    ],
    ids=str,
)
def test_what_is_wrong_is_refused_with_a_mend(session: Session, wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        new_agent(session, **wrong)
    assert refused.value.mend
    assert session.exec(select(Agent)).first() is None


def test_the_last_admin_stays(session: Session) -> None:
    siti = make_agent(session, "Siti", role=Role.ADMIN)
    with pytest.raises(Conflict, match="last admin"):
        agents.deactivate(session, siti.id or 0)
    with pytest.raises(Conflict, match="last admin"):
        agents.set_role(session, siti.id or 0, Role.AGENT)
    rini = make_agent(session, "Rini", role=Role.ADMIN)
    agents.set_role(session, siti.id or 0, Role.AGENT)
    assert agent_of(session, siti.id).role is Role.AGENT
    with pytest.raises(Conflict, match="last admin"):
        agents.deactivate(session, rini.id or 0)


def test_an_inactive_admin_does_not_count(session: Session) -> None:
    siti = make_agent(session, "Siti", role=Role.ADMIN)
    make_agent(session, "Rini", role=Role.ADMIN, is_active=False)
    with pytest.raises(Conflict):
        agents.deactivate(session, siti.id or 0)
    assert agents.is_set_up(session)


def test_who_leaves_is_signed_out_and_their_chats_go_to_others(session: Session) -> None:
    make_agent(session, "Siti", role=Role.ADMIN)
    budi = make_agent(session, "Budi")
    shop = make_inbox(session, "Shop", budi)
    conversation = waiting(session, shop)
    assert conversation.assignee_id == budi.id
    ayu = make_agent(session, "Ayu")
    session.add(InboxMember(inbox_id=shop, agent_id=ayu.id or 0))
    token = sign_in(budi.id or 0, session)
    agents.deactivate(session, budi.id or 0)
    session.refresh(conversation)
    assert conversation.assignee_id == ayu.id
    assert sessions.agent_of_token(session, token) is None
    assert changes.of(session).agents[budi.id or 0] is True


def test_with_nobody_else_they_wait_in_the_queue(session: Session) -> None:
    make_agent(session, "Siti", role=Role.ADMIN)
    budi = make_agent(session, "Budi")
    conversation = waiting(session, make_inbox(session, "Shop", budi))
    agents.deactivate(session, budi.id or 0)
    session.refresh(conversation)
    assert conversation.assignee_id is None


def test_who_comes_back_signs_in_as_before(session: Session) -> None:
    make_agent(session, "Siti", role=Role.ADMIN)
    dewi = new_agent(session)
    agents.deactivate(session, dewi)
    assert sessions.credentials(session, "dewi@example.com") is None
    agents.reactivate(session, dewi)
    found = sessions.credentials(session, "dewi@example.com")
    assert found is not None
    assert sessions.verify_password("kopi susu gula", found[1])


def test_a_new_password_ends_all_sessions(session: Session) -> None:
    dewi = new_agent(session)
    token = sign_in(dewi, session)
    agents.set_password(session, dewi, "teh manis hangat")
    assert sessions.agent_of_token(session, token) is None
    assert sessions.verify_password("teh manis hangat", agent_of(session, dewi).password_hash)
    assert changes.of(session).agents[dewi] is True


def test_generated_passwords_are_accepted_and_differ(session: Session) -> None:
    made = {agents.generate_password() for _ in range(50)}
    assert len(made) == 50
    new_agent(session, password=made.pop())


def test_becoming_available_gives_out_what_waits(session: Session) -> None:
    budi = make_agent(session, "Budi", availability=Availability.BUSY)
    conversation = waiting(session, make_inbox(session, "Shop", budi))
    assert conversation.assignee_id is None
    agents.set_availability(session, budi.id or 0, Availability.AVAILABLE)
    session.refresh(conversation)
    assert conversation.assignee_id == budi.id


def test_coming_back_gives_out_what_waits(session: Session) -> None:
    budi = make_agent(session, "Budi", seen_at=now_ms() - 3_600_000)
    conversation = waiting(session, make_inbox(session, "Shop", budi))
    assert conversation.assignee_id is None
    agents.touch_presence(session, budi.id or 0)
    session.refresh(conversation)
    assert conversation.assignee_id == budi.id


def test_presence_is_not_written_for_each_of_many_tabs(session: Session) -> None:
    seen_at = now_ms() - 2_000
    budi = make_agent(session, "Budi", seen_at=seen_at)
    agents.touch_presence(session, budi.id or 0)
    assert budi.seen_at == seen_at
    assert not changes.of(session).agents


def test_the_team_lists_who_is_there_and_what_they_have(session: Session) -> None:
    now = now_ms()
    budi = make_agent(session, "Budi", seen_at=now - 10_000)
    make_agent(session, "ayu", seen_at=now - 91_000)
    make_agent(session, "Eko", seen_at=now, is_active=False)
    waiting(session, make_inbox(session, "Shop", budi))
    rows = agents.list_team(session, now)
    assert [row.name for row in rows] == ["ayu", "Budi", "Eko"]
    assert [row.is_present for row in rows] == [False, True, False]
    assert [row.open_count for row in rows] == [0, 1, 0]
    assert not hasattr(rows[0], "password_hash")


def test_there_is_no_such_member(session: Session, cast: Cast) -> None:
    with pytest.raises(NotFound):
        agents.deactivate(session, 999)


def leave_and_return(session: Session, agent_id: int) -> None:
    agents.deactivate(session, agent_id)
    agents.reactivate(session, agent_id)


def new_password(session: Session, agent_id: int) -> None:
    agents.set_password(session, agent_id, "another four words")


@pytest.mark.parametrize("sign_out", [leave_and_return, new_password])
def test_who_is_signed_out_everywhere_is_given_nothing(
    session: Session, sign_out: Callable[[Session, int], None]
) -> None:
    """Until a tab of theirs is open again."""
    make_agent(session, "Siti", role=Role.ADMIN)
    budi = make_agent(session, "Budi", seen_at=now_ms())
    token = sign_in(budi.id or 0, session)
    assert agents.attend(session, token)
    sign_out(session, budi.id or 0)
    assert not agents.attend(session, token), "what a tab says that was open until now"
    conversation = waiting(session, make_inbox(session, "Shop", budi))
    assert conversation.assignee_id is None
    assert agents.attend(session, sign_in(budi.id or 0, session))
    session.refresh(conversation)
    assert conversation.assignee_id == budi.id


def test_the_setup_never_opens_again(session: Session) -> None:
    """Not even where no admin is left, as after a race in an older version."""
    first = {"email": "x@example.com", "name": "X", "password": "kopi susu gula", "language": "en",
             "timezone": "Asia/Jakarta"}  # fmt: skip
    assert not agents.is_set_up(session)
    siti = agents.create_first_admin(session, **first)
    agent_of(session, siti).role = Role.AGENT
    agent_of(session, siti).is_active = False
    session.flush()
    assert agents.is_set_up(session)
    with pytest.raises(Conflict, match="already set up"):
        agents.create_first_admin(session, **{**first, "email": "y@example.com"})
