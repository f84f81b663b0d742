"""Tests of set-up, login, and the redirects of `/`."""

import asyncio
import re

import pytest
from sqlmodel import select

from roms_app import config, database
from roms_app.models import Agent, AgentSession, Role
from roms_app.services import agents, sessions
from roms_app.states.home import HomeState
from roms_app.states.login import LoginState, preferred_language
from roms_app.states.session import SessionState
from roms_app.states.setup import SetupState
from tests.support.cast import Cast
from tests.support.tabs import BROWSER, Tab, script_of, sign_in

SITI = {
    "name": "Siti Rahma",
    "email": "Siti@Example.com",
    "password": "rahasia sekali",
    "language": "id",
    "timezone": "Asia/Makassar",
}


@pytest.fixture
def budi(people: Cast) -> dict[str, str]:
    """Budi's login form."""
    with database.writing_session() as session:
        agents.set_password(session, people.budi.id or 0, "kopi susu gula aren")
        session.commit()
    return {"email": "budi@example.com", "password": "kopi susu gula aren"}


def redeemed(script: str) -> str | None:
    """The token for the ticket in a script, as `/auth/session` would give it."""
    ticket = re.search(r"roms\.enter\([\\\"']*([\w-]+)", script)
    assert ticket
    with database.writing_session() as session:
        token = sessions.redeem_ticket(session, ticket[1], BROWSER, session_days=30)
        session.commit()
    return token


async def test_the_right_password_opens_the_door(budi: dict[str, str], people: Cast, joined: list[str]) -> None:
    script = script_of(await Tab().call(LoginState.submit, budi))
    token = redeemed(script)
    assert token
    with database.reading_session() as session:
        found = sessions.agent_of_token(session, token)
    assert found is not None
    assert found.id == people.budi.id


@pytest.mark.parametrize(
    ("page", "to"),
    [("/inbox/42", "/inbox/42"), ("//evil.example", ""), ("https://evil.example", ""), ("", "")],
)
async def test_the_login_leads_back_to_where_the_person_was(
    budi: dict[str, str], joined: list[str], page: str, to: str
) -> None:
    tab = Tab()
    tab.state(LoginState).left_page = page
    script = script_of(await tab.call(LoginState.submit, budi))
    assert redeemed(script)
    assert re.search(r'roms\.enter\("[\w-]+","([^"]*)"\)', script.replace("\\", ""))[1] == to  # pyright: ignore[reportOptionalSubscript]


async def test_wrong_password_and_unknown_email_look_alike(budi: dict[str, str], joined: list[str]) -> None:
    said: list[str] = []
    for form in ({**budi, "password": "tidak tahu"}, {**budi, "email": "nobody@example.com"}, {}):
        tab = Tab()
        assert await tab.call(LoginState.submit, form) == []
        said.append(tab.state(LoginState).error)
    assert said[0].startswith("Email or password is not right.")
    assert len(set(said)) == 1


async def test_guessing_is_throttled_and_says_for_how_long(budi: dict[str, str], joined: list[str]) -> None:
    tab = Tab(address="203.0.113.9")
    # However the account is written.
    for email in (budi["email"], f" {budi['email'].upper()} ") * 4:
        await tab.call(LoginState.submit, {"email": email, "password": "tebak"})
    assert await tab.call(LoginState.submit, budi) == []
    assert tab.state(LoginState).error == "Too many attempts. Try again in 5 min."
    # The guesses keep nobody else out, nor the agent who comes from elsewhere.
    assert "roms.enter" in script_of(await Tab(address="203.0.113.10").call(LoginState.submit, budi))


async def test_one_address_can_not_try_many_emails(budi: dict[str, str], joined: list[str]) -> None:
    tab = Tab(address="203.0.113.9")
    for number in range(40):
        await tab.call(LoginState.submit, {"email": f"a{number}@example.com", "password": "x"})
    await tab.call(LoginState.submit, budi)
    assert "Too many attempts" in tab.state(LoginState).error
    assert "roms.enter" in script_of(await Tab(address="203.0.113.10").call(LoginState.submit, budi))


async def test_an_ipv6_host_is_one_client_whatever_address_it_chooses(budi: dict[str, str], joined: list[str]) -> None:
    for number in range(8):
        await Tab(address=f"2001:db8::{number:x}").call(LoginState.submit, {**budi, "password": "tebak"})
    assert await Tab(address="2001:db8::beef").call(LoginState.submit, budi) == []
    assert "roms.enter" in script_of(await Tab(address="2001:db8:1::1").call(LoginState.submit, budi))


async def test_many_addresses_can_not_try_one_account_for_ever(budi: dict[str, str], joined: list[str]) -> None:
    for number in range(40):
        await Tab(address=f"198.51.100.{number}").call(LoginState.submit, {**budi, "password": "tebak"})
    assert await Tab(address="203.0.113.10").call(LoginState.submit, budi) == []


async def test_good_logins_cost_nothing(budi: dict[str, str], joined: list[str]) -> None:
    for _ in range(45):
        assert "roms.enter" in script_of(await Tab(address="203.0.113.9").call(LoginState.submit, budi))


async def test_guesses_at_once_are_as_many_as_one_after_another(budi: dict[str, str], joined: list[str]) -> None:
    tabs = [Tab(address="203.0.113.9") for _ in range(12)]
    await asyncio.gather(*(tab.call(LoginState.submit, {**budi, "password": "tebak"}) for tab in tabs))
    refused = [tab for tab in tabs if "Too many attempts" in tab.state(LoginState).error]
    assert len(refused) == 4


async def test_a_browser_that_keeps_no_cookies_is_told(budi: dict[str, str], joined: list[str]) -> None:
    tab = Tab(headers={"cookie": "theme=dark"})
    assert await tab.call(LoginState.submit, budi) == []
    assert (
        tab.state(LoginState).error == "Your browser sent no cookie. Allow cookies for this site, then reload the page."
    )


async def test_the_login_greets_in_the_browsers_language(people: Cast, joined: list[str]) -> None:
    tab = Tab(headers={"accept-language": "id-ID,id;q=0.9,en;q=0.8"})
    assert await tab.call(LoginState.load) == []
    assert tab.state(SessionState).language == "id"
    await tab.call(LoginState.submit, {})
    assert tab.state(LoginState).error.startswith("Email atau kata sandi salah.")


def test_a_language_that_roms_does_not_speak() -> None:
    assert preferred_language("fr-FR,de;q=0.5", "en") == "en"
    assert preferred_language("fr, id", "en") == "id"


async def test_who_is_signed_in_passes_the_login(people: Cast, joined: list[str]) -> None:
    assert "/inbox" in script_of(await Tab(sign_in(people.budi.id or 0)).call(LoginState.load))


async def test_the_first_admin_sets_up(sqlite_engine: object, joined: list[str]) -> None:
    tab = Tab()
    assert "/setup" in script_of(await tab.call(HomeState.enter))
    assert "/setup" in script_of(await tab.call(LoginState.load))
    assert await tab.call(SetupState.load) == []
    assert not tab.state(SetupState).needs_token
    assert redeemed(script_of(await tab.call(SetupState.submit, SITI)))
    with database.reading_session() as session:
        siti = session.exec(select(Agent)).one()
    assert (siti.email, siti.role, siti.language, siti.timezone) == (
        "siti@example.com",
        Role.ADMIN,
        "id",
        "Asia/Makassar",
    )
    assert "/login" in script_of(await tab.call(HomeState.enter))


async def test_nobody_sets_up_twice(people: Cast, joined: list[str]) -> None:
    tab = Tab()
    assert "/login" in script_of(await tab.call(SetupState.load))
    assert await tab.call(SetupState.submit, SITI) == []
    assert "sudah disiapkan" in tab.state(SetupState).error
    with database.reading_session() as session:
        assert session.exec(select(AgentSession)).first() is None


async def test_a_bad_form_says_what_is_wrong(sqlite_engine: object, joined: list[str]) -> None:
    tab = Tab()
    await tab.call(SetupState.submit, {**SITI, "language": "en", "password": "short"})
    assert tab.state(SetupState).error.startswith("A password has at least 10 characters.")


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("203.0.113.9", {}),
        ("not an address", {}),
        ("127.0.0.1", {"host": "inbox.example.id"}),
        ("127.0.0.1", {"host": "[nonsense"}),
        ("127.0.0.1", {"host": ""}),
        *(
            ("127.0.0.1", {name: "127.0.0.1"})
            for name in ("x-forwarded-for", "x-forwarded-proto", "x-real-ip", "forwarded", "via", "cf-connecting-ip")
        ),
    ],
)
async def test_from_elsewhere_only_with_the_token(
    address: str, headers: dict[str, str], sqlite_engine: object, joined: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await only_with_the_token(Tab(address=address, headers=headers), monkeypatch)


@pytest.mark.parametrize("url", ["https://inbox.example.id", "https://localhost:8443", "http://localhost:8080"])
async def test_behind_a_public_address_nobody_is_known_to_be_on_this_machine(
    url: str, sqlite_engine: object, joined: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set-up needs the token behind a proxy that hides the visitor and calls ROMS by 127.0.0.1."""
    monkeypatch.setenv("ROMS_PUBLIC_URL", url)
    config.get_settings.cache_clear()
    await only_with_the_token(Tab(headers={"host": "127.0.0.1:3000"}), monkeypatch)


async def test_the_token_can_not_be_guessed(
    sqlite_engine: object, joined: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROMS_SETUP_TOKEN", "kembang-sepatu")
    config.get_settings.cache_clear()
    tab = Tab(address="203.0.113.9")
    for number in range(8):
        await tab.call(SetupState.submit, {**SITI, "language": "en", "token": f"kembang-{number}"})
    assert await tab.call(SetupState.submit, {**SITI, "language": "en", "token": "kembang-sepatu"}) == []
    assert tab.state(SetupState).error == "Too many attempts. Try again in 5 min."


async def only_with_the_token(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    await tab.call(SetupState.load)
    assert tab.state(SetupState).needs_token
    # Nothing was printed: then nothing opens.
    assert await tab.call(SetupState.submit, {**SITI, "token": ""}) == []
    monkeypatch.setenv("ROMS_SETUP_TOKEN", "kembang-sepatu")
    config.get_settings.cache_clear()
    assert await tab.call(SetupState.submit, {**SITI, "token": "kembang"}) == []
    assert tab.state(SetupState).error.startswith("Token penyiapan salah.")
    assert redeemed(script_of(await tab.call(SetupState.submit, {**SITI, "token": " kembang-sepatu "})))
