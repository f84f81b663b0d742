"""Leaving and coming back: what the login says, where it leads, and what waits in the tab. One app, one Chromium."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect
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


def open_without_react(page: Page, path: str) -> Callable[[], None]:
    """Open a page whose own scripts don't come yet; returns what lets them come."""
    waiting: list[Route] = []
    has_come = False

    def hold(route: Route) -> None:
        if has_come:
            route.continue_()
        else:
            waiting.append(route)

    def come() -> None:
        nonlocal has_come
        has_come = True
        for route in waiting:
            route.continue_()

    page.route(re.compile(r"/assets/[^/]+\.js"), hold)
    page.goto(path, wait_until="commit")
    return come


@pytest.mark.parametrize("by", ["a click", "Enter"])
def test_who_logs_in_before_react_listens_is_logged_in(visit: Any, cookie_of: Any, by: str) -> None:
    """And the address never holds the password, as it would if the browser sent the form."""
    cookie_of("Budi")
    page = visit("/login")
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    let_react_come = open_without_react(page, "/login")
    page.get_by_role("textbox", name="Email").fill("budi@example.com")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    if by == "Enter":
        page.get_by_role("textbox", name="Password").press("Enter")
    else:
        page.get_by_role("button", name="Log in").click()
    let_react_come()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    assert [address for address in addresses if "four" in address] == []


def test_the_browser_itself_sends_no_form(visit: Any) -> None:
    page = visit("/login")
    let_react_come = open_without_react(page, "/login")
    with page.expect_console_message(lambda message: "form-action" in message.text):
        page.locator("form").evaluate("form => form.submit()")
    assert "?" not in page.url
    let_react_come()


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
