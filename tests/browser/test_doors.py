"""Leaving and coming back: what the login says, where it leads, and what waits in the tab. One app, one Chromium."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlmodel import select

from devtools.people import PASSWORD
from roms_app.models import Agent
from roms_app.services import agents, sessions
from roms_app.services.access import id_of
from tests.browser.stage import Shop, Stage
from tests.support.tabs import sign_in


@pytest.fixture
def cookie_of(stage: Stage, shop: Shop) -> Any:
    """A new session's cookie of an agent, whose password is `PASSWORD`."""

    def run(name: str) -> str:
        with stage.session() as session:
            agent = session.exec(select(Agent).where(Agent.name == name)).one()
            agents.set_password(session, id_of(agent), PASSWORD)
            session.flush()
            return sign_in(id_of(agent), session)

    return run


def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_role("textbox", name="Email").fill(f"{name.lower()}@example.com")
    page.get_by_role("textbox", name="Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def lose_session(page: Page, why: str = "ended") -> None:
    page.context.clear_cookies(name=sessions.COOKIE)
    page.evaluate("(why) => romsLive.signOut(why)", why)


def box_of(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Message", exact=True)


def test_a_draft_outlives_the_session_and_is_its_agents_alone(visit: Any, cookie_of: Any, shop: Shop) -> None:
    cookie_of("Siti")
    page = visit(f"/inbox/{shop.conversation_id}", cookie_of("Budi"))
    box_of(page).fill("Sebentar, saya cek dulu")
    lose_session(page)
    expect(page.get_by_text("Your session has ended.")).to_be_visible()
    log_in(page, "Budi")
    expect(box_of(page)).to_have_value("Sebentar, saya cek dulu")
    lose_session(page)
    log_in(page, "Siti")
    expect(page.get_by_role("log").get_by_text("Masih ada.")).to_be_visible()
    expect(box_of(page)).to_have_value("")
    kept = page.evaluate("Object.keys(sessionStorage)")
    assert [name for name in kept if name.startswith("roms-draft")] == []


def test_a_refused_login_says_so_and_the_other_tab_goes_on(visit: Any, cookie_of: Any, stage: Stage) -> None:
    """Two restored tabs that were opened at once: the second one's mark of the browser replaced the first one's."""
    cookie_of("Budi")
    page = visit("/login")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    page.context.add_cookies([{"name": sessions.BROWSER_COOKIE, "value": "another", "url": stage.url}])
    other = page.context.new_page()
    other.goto("/settings/profile")
    expect(other.get_by_text("Log in to open the page that you asked for.")).to_be_visible()
    log_in(page, "Budi")
    expect(page.get_by_text("The login could not be completed. Log in again.")).to_be_visible()
    log_in(page, "Budi")
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    expect(other.get_by_role("heading", name="Profile")).to_be_visible()


def test_ones_own_new_password_is_confirmed_and_is_news_elsewhere(visit: Any, cookie_of: Any) -> None:
    cookie = cookie_of("Budi")
    page, other = visit("/settings/profile", cookie), visit("/inbox", cookie)
    expect(other.get_by_role("heading", name="Inbox")).to_be_visible()
    page.get_by_role("textbox", name="Current password").fill(PASSWORD)
    page.get_by_role("textbox", name="New password").fill("five words stand here now")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Your password was changed. Log in with the new one.")).to_be_visible()
    expect(other.get_by_text("Your account or password was changed")).to_be_visible()


@pytest.mark.parametrize(("cookie", "said"), [("ended", "Your session has ended."), ("", "Log in to open the page")])
def test_the_first_page_says_whether_one_was_signed_in(visit: Any, shop: Shop, cookie: str, said: str) -> None:
    page = visit("/queue", cookie)
    expect(page.get_by_text(said)).to_be_visible()
