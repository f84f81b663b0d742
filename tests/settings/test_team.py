"""Tests of Settings → Team and Settings → Profile."""

import re
from typing import Any

import pytest

from roms_app import database
from roms_app.errors import TemporarilyUnavailable
from roms_app.live import rooms
from roms_app.models import Agent, Availability, Role
from roms_app.services import agents, sessions
from roms_app.states.profile import PasswordState, ProfileState
from roms_app.states.session import SessionState
from roms_app.states.team import TeamState
from tests.support.cast import Cast
from tests.support.tabs import Tab, script_of, sign_in

DEWI = {"name": "Dewi", "email": "dewi@example.com", "password": "", "role": "agent"}


@pytest.fixture
async def tab(people: Cast, joined: list[str]) -> Tab:
    """Siti looks at the team."""
    made = Tab(sign_in(people.siti.id or 0), path="/settings/team")
    await made.call(TeamState.load)
    return made


def stored(agent_id: int | None) -> Agent:
    with database.reading_session() as session:
        found = session.get(Agent, agent_id)
    assert found is not None
    return found


def row(tab: Tab, name: str) -> Any:
    return next(row for row in tab.state(TeamState).team if row.name == name)


def password_in(events: list[Any]) -> str:
    """The new password that the events give the browser to show; "" where none does."""
    given = re.search(r'roms\.give\("new_password","([^"]*)"\)', script_of(events).replace("\\", ""))
    return given[1] if given else ""


def everything_in(tab: Tab) -> str:
    """All that the tab's states hold."""
    return str(tab.root.dict())


async def test_a_generated_password_is_shown_once_and_kept_nowhere(tab: Tab) -> None:
    state = tab.state(TeamState)
    await tab.call(TeamState.set_dialog, "add", True)
    shown = password_in(await tab.call(TeamState.create, DEWI))
    assert sessions.verify_password(shown, stored(row(tab, "Dewi").id).password_hash)
    assert (state.new_password_name, state.dialog) == ("Dewi", "")
    assert shown not in everything_in(tab)
    await tab.call(TeamState.set_dialog, "password", False)
    assert (state.new_password_name, state.dialog) == ("", "")


async def test_a_page_that_is_read_again_keeps_its_dialog_and_the_password_just_made(tab: Tab) -> None:
    await tab.call(TeamState.create, DEWI)
    assert not password_in(await tab.call(TeamState.load))
    assert tab.state(TeamState).new_password_name == "Dewi"
    await tab.call(TeamState.set_dialog, "add", True)
    await tab.call(TeamState.load)
    assert tab.state(TeamState).dialog == "add"
    await tab.call(TeamState.arrive)
    assert tab.state(TeamState).dialog == ""


async def test_a_typed_password_is_not_shown(tab: Tab) -> None:
    await tab.call(TeamState.set_dialog, "add", True)
    assert not password_in(await tab.call(TeamState.create, {**DEWI, "password": "kopi susu gula"}))
    state = tab.state(TeamState)
    assert (state.new_password_name, state.dialog) == ("", "")
    assert sessions.verify_password("kopi susu gula", stored(row(tab, "Dewi").id).password_hash)


async def test_a_refusal_stays_in_the_dialog(tab: Tab) -> None:
    await tab.call(TeamState.set_dialog, "add", True)
    assert not password_in(await tab.call(TeamState.create, {**DEWI, "email": "budi@example.com"}))
    state = tab.state(TeamState)
    assert state.dialog == "add"
    assert state.error == "Somebody with this email is already in the team. Use another email, or reactivate them."
    assert state.new_password_name == ""


async def test_role_deactivation_and_return(tab: Tab, people: Cast) -> None:
    budi = people.budi.id
    await tab.call(TeamState.set_role, budi, "admin")
    assert row(tab, "Budi").role == "admin"
    await tab.call(TeamState.set_role, budi, "owner")
    assert tab.state(TeamState).error.startswith("There is no such role.")
    await tab.call(TeamState.deactivate, budi)
    assert not row(tab, "Budi").is_active
    await tab.call(TeamState.reactivate, budi)
    assert row(tab, "Budi").is_active


async def test_the_last_admin_is_told_why_not(tab: Tab, people: Cast) -> None:
    await tab.call(TeamState.deactivate, people.siti.id)
    assert tab.state(TeamState).error == "This is the last admin. Make somebody else an admin first."


async def test_a_reset_signs_out_and_shows_the_new_one(tab: Tab, people: Cast) -> None:
    token = sign_in(people.budi.id or 0)
    shown = password_in(await tab.call(TeamState.reset_password, people.budi.id))
    assert tab.state(TeamState).new_password_name == "Budi"
    assert sessions.verify_password(shown, stored(people.budi.id).password_hash)
    with database.reading_session() as session:
        assert sessions.agent_of_token(session, token) is None


async def test_availability_is_kept(people: Cast, joined: list[str]) -> None:
    tab = Tab(sign_in(people.budi.id or 0))
    await tab.call(SessionState.load)
    await tab.call(SessionState.set_availability, "busy")
    assert tab.state(SessionState).availability == "busy"
    assert stored(people.budi.id).availability is Availability.BUSY
    assert "no such availability" in script_of(await tab.call(SessionState.set_availability, "sleeping"))


async def test_a_tab_joins_the_rooms_of_its_role(people: Cast, joined: list[str]) -> None:
    await Tab(sign_in(people.budi.id or 0)).call(SessionState.load)
    shop, other = rooms.number(people.shop), rooms.number(people.other)
    assert joined == ["everyone", shop]
    joined.clear()
    await Tab(sign_in(people.siti.id or 0)).call(SessionState.load)
    assert joined == ["everyone", shop, other, "admins"]


async def test_preferences_speak_at_once(people: Cast, joined: list[str]) -> None:
    tab = Tab(sign_in(people.budi.id or 0))
    form = {"name": "Budi Santoso", "language": "id", "timezone": "Asia/Jayapura"}
    assert await tab.call(ProfileState.save, form)
    assert tab.state(ProfileState).is_saved
    await tab.call(SessionState.load)
    session = tab.state(SessionState)
    assert (session.name, session.language, session.timezone) == ("Budi Santoso", "id", "Asia/Jayapura")
    await tab.call(ProfileState.save, {**form, "name": ""})
    assert (
        tab.state(ProfileState).error == "Nama terdiri dari 1 sampai 120 karakter. Tulis nama yang dikenal rekan kerja."
    )
    assert not tab.state(ProfileState).is_saved


async def test_nobody_makes_themself_an_admin(people: Cast, joined: list[str]) -> None:
    tab = Tab(sign_in(people.budi.id or 0))
    await tab.call(ProfileState.save, {"name": "B", "language": "en", "timezone": "UTC", "role": "admin"})
    assert stored(people.budi.id).role is Role.AGENT


async def test_ones_own_password_needs_the_current_one(people: Cast, joined: list[str]) -> None:
    with database.writing_session() as session:
        agents.set_password(session, people.budi.id or 0, "kopi susu gula")
        session.commit()
    tab = Tab(sign_in(people.budi.id or 0))
    assert await tab.call(PasswordState.change_password, {"current": "wrong", "new": "teh manis hangat"}) == []
    assert tab.state(PasswordState).error.startswith("The current password is not right.")
    assert await tab.call(PasswordState.change_password, {"current": "kopi susu gula", "new": "teh"}) == []
    assert tab.state(PasswordState).error.startswith("A password has at least 10")
    assert joined == [], "the tab hears all the time when somebody else changes it"
    done = await tab.call(PasswordState.change_password, {"current": "kopi susu gula", "new": "teh manis hangat"})
    assert 'roms.signOut("own_password")' in script_of(done)
    assert sessions.verify_password("teh manis hangat", stored(people.budi.id).password_hash)
    assert "roms.signOut(" in script_of(await tab.call(SessionState.load))


async def test_a_tab_whose_new_password_could_not_be_written_hears_again(
    people: Cast, joined: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.writing_session() as session:
        agents.set_password(session, people.budi.id or 0, "kopi susu gula")
        session.commit()

    def fail(*arguments: Any) -> None:
        raise TemporarilyUnavailable("The database is away.", "Try again.")

    monkeypatch.setattr(agents, "set_password", fail)
    tab = Tab(sign_in(people.budi.id or 0))
    await tab.call(PasswordState.change_password, {"current": "kopi susu gula", "new": "teh manis hangat"})
    assert tab.state(PasswordState).error == "The database is away. Try again."
    assert joined == [rooms.tabs_of(people.budi.id or 0)]


async def test_an_unlocked_screen_is_not_enough_to_guess_the_password(people: Cast, joined: list[str]) -> None:
    with database.writing_session() as session:
        agents.set_password(session, people.budi.id or 0, "kopi susu gula")
        session.commit()
    tab = Tab(sign_in(people.budi.id or 0))
    for number in range(8):
        await tab.call(PasswordState.change_password, {"current": f"tebak {number}", "new": "teh manis hangat"})
    assert await tab.call(PasswordState.change_password, {"current": "kopi susu gula", "new": "teh manis hangat"}) == []
    assert tab.state(PasswordState).error == "Too many attempts. Try again in 5 min."
