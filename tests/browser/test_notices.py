"""Tests of hints, toasts, banners and long names. One app, one Chromium.

The first test needs an app without customers; the others need the shop that opens then.
"""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect
from sqlmodel import select, update

from devtools.people import DESKTOP, PHONE
from roms_app.models import Agent, Role
from roms_app.models.tables import AGENT, CONTACT, INBOX, LABEL, TEAM
from roms_app.ops.paths import CLIENT
from roms_app.services import by_hand, conversations
from roms_app.services.access import id_of
from tests.browser.stage import Shop, Stage
from tests.support.cast import make_agent, make_inbox
from tests.support.tabs import sign_in

#: Where words leave the place that they have: the window, a region, a card.
OVERFLOWS = """() => [...document.querySelectorAll("body *")].filter((element) => {
  const { overflowX, visibility, display } = getComputedStyle(element);
  const isPlain = overflowX === "visible" && display !== "inline" && visibility !== "hidden" && element.clientWidth > 0;
  const scrolls = element.matches(".roms-main, .roms-queue, .roms-log, .roms-contact, .roms-list-scroll");
  // A dot at a picture's corner is beside it on purpose.
  return (isPlain || scrolls) && element.scrollWidth > element.clientWidth + 1 && !element.matches(".roms-initial");
}).map((element) => `${element.tagName}.${element.className} ${element.scrollWidth} > ${element.clientWidth}`)"""
PAGES = {
    "/inbox/{id}": ("textbox", "Message"),
    "/queue": ("list", "Agents"),
    "/settings/whatsapp": ("button", "Add WhatsApp number"),
    "/settings/team": ("button", "Add agent"),
    "/settings/assignment": ("button", "Add team"),
}


def toast(page: Page, words: str | re.Pattern[str]) -> Any:
    return page.locator("[data-sonner-toast]").filter(has_text=words)


def test_before_the_first_customer_everybody_is_told_what_they_can_do(visit: Any, stage: Stage) -> None:
    with stage.session() as session:
        admin, agent = make_agent(session, "Ani", role=Role.ADMIN), make_agent(session, "Doni")
        other = make_agent(session, "Rudi")
        make_inbox(session, "Toko", admin, agent)
        ani, doni, rudi = (sign_in(id_of(each), session) for each in (admin, agent, other))
    page = visit("/inbox", ani)
    page.get_by_role("tab", name="All").click()
    expect(page.get_by_text("No customer has written yet. Write to your number")).to_be_visible()
    expect(page.get_by_role("link", name="Invite agents")).to_have_attribute("href", "/settings/team")
    page = visit("/inbox", doni)
    expect(page.get_by_text("No customer has written yet. Write to the number")).to_be_visible()
    expect(page.get_by_role("link", name="Invite agents")).to_have_count(0)
    expect(visit("/inbox", rudi).get_by_text("You answer no number yet.")).to_be_visible()


def test_settings_lead_to_the_first_that_one_may_see(visit: Any, shop: Shop) -> None:
    expect(visit("/settings", shop.siti).get_by_role("heading", name="WhatsApp", level=1)).to_be_visible()
    expect(visit("/settings", shop.budi).get_by_role("heading", name="Profile", level=1)).to_be_visible()
    expect(visit("/settings").get_by_role("button", name="Log in")).to_be_visible()


def test_an_address_that_names_no_conversation_says_so(visit: Any, shop: Shop) -> None:
    page = visit("/inbox/abc", shop.budi)
    expect(page.get_by_text("This conversation doesn't exist, or you may not see it.")).to_be_visible()
    page.get_by_role("button", name="Back to the list").click()
    expect(page.get_by_text("Choose a chat on the left")).to_be_visible()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_toast_covers_neither_send_nor_the_threads_head(visit: Any, shop: Shop, viewport: ViewportSize) -> None:
    page = visit(f"/inbox/{shop.conversation_id}", shop.budi, viewport)
    page.get_by_role("textbox", name="Message", exact=True).fill("Baik")
    expect(page.get_by_role("log").get_by_text("Masih ada.")).to_be_visible()
    page.evaluate("roms.toast('error', 'Maaf.'); roms.toast('error', 'Maaf.')")
    said = toast(page, "Maaf.")
    expect(said).to_have_count(1)
    expect(said).to_have_css("font-family", re.compile("^.?Inter Variable"))
    said.evaluate("(toast) => Promise.all(toast.getAnimations().map((one) => one.finished))")
    box, head = said.bounding_box(), page.locator(".roms-thread-head").bounding_box()
    send = page.get_by_role("button", name="Send", exact=True).bounding_box()
    assert box and head and send
    assert head["y"] + head["height"] <= box["y"]
    assert box["y"] + box["height"] < send["y"]


def test_a_page_for_admins_refuses_once(visit: Any, shop: Shop) -> None:
    page = visit("/settings/team", shop.budi)
    expect(page.get_by_role("heading", name="Inbox", level=1)).to_be_visible()
    expect(toast(page, "Only admins can do this.")).to_have_count(1)


def test_the_thread_stays_at_its_end_while_the_composer_grows(visit: Any, shop: Shop) -> None:
    page = visit(f"/inbox/{shop.conversation_id}", shop.budi, {"width": 1440, "height": 560})
    log = page.get_by_role("log")
    expect(log.get_by_text("Masih ada.")).to_be_visible()
    rest = "(log) => log.scrollHeight - log.clientHeight - log.scrollTop"
    room = "(log) => log.clientHeight"
    before = log.evaluate(room)
    assert log.evaluate("(log) => log.scrollHeight > log.clientHeight"), "the premise"
    page.get_by_role("textbox", name="Message", exact=True).fill("Satu\nDua\nTiga\nEmpat\nLima")
    page.wait_for_function("(before) => document.getElementById('roms-messages').clientHeight < before", arg=before)
    page.wait_for_function("() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(true))))")
    assert log.evaluate(rest) < 2


def test_without_a_connection_a_click_is_refused_and_never_done(visit: Any, shop: Shop) -> None:
    page = visit(f"/inbox/{shop.conversation_id}", shop.budi)
    resolve = page.get_by_role("button", name="Resolve", exact=True)
    expect(resolve).to_be_visible()
    page.evaluate("roms.setConnected(false)")
    resolve.click()
    expect(toast(page, "There is no connection: nothing was changed.")).to_be_visible()
    page.evaluate("roms.setConnected(true)")
    page.get_by_role("button", name="Hand over", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(resolve).to_be_visible()


def test_reflex_says_nothing_of_the_connection_by_itself() -> None:
    assert [file.name for file in CLIENT.rglob("*.js") if "Cannot connect to server" in file.read_text("utf-8")] == []


def test_copying_says_whether_it_worked(visit: Any, shop: Shop) -> None:
    page = visit(f"/inbox/{shop.conversation_id}", shop.budi)
    text = "Halo, apakah bajunya masih ada?"
    expect(page.get_by_role("log").get_by_text(text)).to_be_visible()

    def copy() -> None:
        page.get_by_role("log").get_by_text(text).hover()
        page.locator(".roms-bubble-row").filter(has_text=text).get_by_role("button").first.click()
        page.get_by_role("menuitem", name="Copy text").click()

    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.evaluate("document.addEventListener('copy', () => (window.copied = String(document.activeElement.value)))")
    copy()
    expect(toast(page, "Copied")).to_be_visible()
    assert page.evaluate("window.copied") == text
    page.evaluate("document.execCommand = () => false")
    copy()
    expect(toast(page, "The browser did not let ROMS copy it.")).to_be_visible()


def test_a_chat_that_is_handed_over_is_unread_and_announced(visit: Any, stage: Stage, shop: Shop) -> None:
    with stage.session() as session:
        siti, budi = (session.exec(select(Agent).where(Agent.name == name)).one() for name in ("Siti", "Budi"))
        conversations.mark_seen(session, budi, shop.conversation_id)
        by_hand.assign_to_agent(session, siti, shop.conversation_id, id_of(siti))
    giving, getting = visit(f"/inbox/{shop.conversation_id}", shop.siti), visit("/inbox", shop.budi)
    expect(getting.get_by_role("option", name="Customer 2", exact=True)).to_be_visible()
    row = getting.get_by_role("option", name="Customer 1", exact=True)
    expect(row).to_have_count(0)
    giving.get_by_role("button", name="Hand over", exact=True).click()
    dialog = giving.get_by_role("dialog")
    dialog.get_by_role("radio", name=re.compile("^Budi")).check()
    dialog.get_by_role("button", name="Hand over").click()
    expect(row).to_have_attribute("data-unread", "true")
    said = toast(getting, "Customer 1 is yours now")
    expect(said).to_contain_text("Siti handed this conversation over to Budi.")
    said.get_by_role("button", name="Open").click()
    expect(getting.get_by_role("log").get_by_text("Masih ada.")).to_be_visible()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_long_names_stay_in_their_place(visit: Any, stage: Stage, shop: Shop, viewport: ViewportSize) -> None:
    lengths = (
        (AGENT, "name", 100),
        (INBOX, "name", 100),
        (CONTACT, "manual_name", 100),
        (TEAM, "name", 60),
        (LABEL, "name", 40),
    )
    with stage.session() as session:
        for table, column, length in lengths:
            for id in session.exec(select(table.c.id)).all():
                # One word, and another one for each.
                session.execute(update(table).where(table.c.id == id).values({column: f"N{id}" + "x" * (length - 3)}))
    page = visit("/inbox", shop.siti, viewport)
    found = {}
    for path, (role, name) in PAGES.items():
        page.goto(path.format(id=shop.conversation_id))
        expect(page.get_by_role(role, name=name, exact=True).first).to_be_visible()
        found[path] = page.evaluate(OVERFLOWS)
    assert found == {path: [] for path in PAGES}
