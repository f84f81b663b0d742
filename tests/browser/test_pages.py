"""Pages as people come to them: with a screen reader, a keyboard, a phone, in Indonesian. One app, one Chromium.

The tests run in the order in which they stand here: the first one sets up, the others need the shop that opens then.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page, ViewportSize, expect
from sqlalchemy import update

from devtools.people import DESKTOP, PASSWORD, PHONE
from devtools.waiting import until
from roms_app.models.tables import AGENT
from tests.browser.stage import Shop, Stage

TABLET: ViewportSize = {"width": 1024, "height": 768}
THEMES = ("light", "dark")
NOTHING_MOVES = "document.getAnimations().every(({ playState }) => playState !== 'running')"
#: What of axe's findings a person needs to mend them; one text an element.
AXE = """async (within) => {
  const { violations } = await axe.run(within ?? document, { resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary.replace(/\\s+/g, " ")}`));
}"""
#: WCAG's contrast of what surrounds the focused element with what lies behind it.
RING_CONTRAST = """(element) => {
  const rgb = (color) => color.match(/[\\d.]+/g).map(Number);
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const solid = (color) => {
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const style = getComputedStyle(element);
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 1) return 0;
  const ring = luminance(solid(style.outlineColor));
  // A ring within the element lies on its own colour, one around it on that of what is around.
  let under = parseFloat(style.outlineOffset) < 0 ? element : element.parentElement;
  while (under && (rgb(getComputedStyle(under).backgroundColor)[3] ?? 1) < 1) under = under.parentElement;
  const behind = luminance(solid(getComputedStyle(under ?? document.documentElement).backgroundColor));
  return (Math.max(ring, behind) + 0.05) / (Math.min(ring, behind) + 0.05);
}"""
#: Words that stand on two lines, broken in the middle.
BROKEN_WORDS = """(elements) => {
  const isBroken = (text, word) => {
    const range = document.createRange();
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    return range.getClientRects().length > 1;
  };
  return elements.flatMap(({ firstChild: text }) =>
    [...text.data.matchAll(/\\S+/g)].filter((word) => isBroken(text, word)).map(([word]) => word));
}"""


def violations(page: Page, within: str | None = None) -> list[str]:
    """The violations that axe finds in both themes."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(f"{AXE_SCRIPT};0")
    found = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        expect(page.locator(f"html.{theme}")).to_be_attached()
        until(lambda: page.evaluate(NOTHING_MOVES), "the page stands still")
        found += [f"{page.url} {theme}: {one}" for one in page.evaluate(AXE, within)]
    return found


@contextmanager
def opened(page: Page, button: Locator, role: Any) -> Iterator[Locator]:
    """The layer that a button opens. Escape closes it at the end."""
    button.click()
    layer = page.get_by_role(role).last
    expect(layer).to_be_visible()
    yield layer
    page.keyboard.press("Escape")
    expect(layer).to_be_hidden()


def rows(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Conversations").get_by_role("option")


def test_whoever_sets_up_is_available_at_once(visit: Any) -> None:
    """Else the first customer would wait for an agent who does not know that they are away."""
    page = visit("/setup")
    page.get_by_role("textbox", name="Name").fill("Melati")
    page.get_by_role("textbox", name="Email").fill("melati@melati.test")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    assert violations(page) == []
    page.get_by_role("button", name="Create admin").click()
    expect(page.get_by_role("button", name="Profile, Available")).to_be_visible()


#: Path → a role and a name of what is there once the page has what it shows.
READY = {
    "/login": ("button", "Log in"),
    "/nowhere": ("heading", "Page not found"),
    "/inbox": ("heading", "Inbox"),
    "/inbox/{id}": ("textbox", "Message"),
    "/queue": ("list", "Agents"),
    "/settings/whatsapp": ("article", "Shop"),
    "/settings/team": ("listitem", "Budi"),
    "/settings/assignment": ("article", "Shop"),
    "/settings/profile": ("textbox", "Name"),
}


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(visit: Any, shop: Shop, viewport: ViewportSize) -> None:
    found = []
    visitor, siti = visit("/login", viewport=viewport), visit("/inbox", shop.siti, viewport)
    for path, (role, name) in READY.items():
        page = visitor if path in ("/login", "/nowhere") else siti
        page.goto(path.format(id=shop.conversation_id))
        expect(page.get_by_role(role, name=name, exact=True).first).to_be_visible()
        if path.startswith("/inbox/"):
            expect(page.get_by_role("log").get_by_text("Masih ada.")).to_be_visible()
        elif path == "/inbox":
            page.get_by_role("tab", name="All").click()
            expect(rows(page)).to_have_count(9)
        found += violations(page)
    assert found == []


@pytest.mark.parametrize("path", ["/login", "/inbox", "/settings/team"])
def test_the_notice_of_a_lost_connection_moves_nothing(visit: Any, shop: Shop, path: str) -> None:
    """It comes and goes by itself: a click would land on something else."""
    page = visit(path, "" if path == "/login" else shop.siti)
    notice = page.get_by_role("status").filter(has_text="Reconnecting. What this page shows may be old")
    heading = page.get_by_role("heading").first
    before = heading.bounding_box()
    page.evaluate("roms.setConnected(false)")
    expect(notice).to_be_visible()
    assert heading.bounding_box() == before
    page.evaluate("roms.setConnected(true)")
    expect(notice).to_have_count(0)


def test_axe_finds_nothing_in_what_opens(visit: Any, shop: Shop) -> None:
    page = visit(f"/inbox/{shop.conversation_id}", shop.siti)
    found = []

    def look(name: str, role: str, *, within: Any = page) -> None:
        button = within.get_by_role("button", name=name, exact=True).first
        with opened(page, button, role):
            found.extend(violations(page, f"[role={role}]"))

    expect(page.get_by_role("log").get_by_text("Masih ada.")).to_be_visible()
    look("More", "menu", within=page.get_by_role("region", name="Conversation", exact=True))
    look("Hand over", "dialog")
    look("Availability", "menu")
    look("Profile, Away", "menu")
    look("Change labels", "dialog")
    for path, layers in {
        "/settings/whatsapp": [("Add WhatsApp number", "dialog"), ("History", "dialog"), ("Remove", "alertdialog")],
        "/settings/team": [("Add agent", "dialog"), ("Capacity and shift of Budi", "dialog")],
        "/settings/assignment": [("Change rule 1", "dialog"), ("Try it on past messages", "dialog")],
    }.items():
        page.goto(path)
        for name, role in layers:
            look(name, role)
    assert found == []


@pytest.mark.parametrize("theme", THEMES)
def test_the_focus_is_seen(visit: Any, shop: Shop, theme: str) -> None:
    """At 3:1 and more, wherever the Tab key comes to."""
    page = visit(f"/inbox/{shop.conversation_id}", shop.siti, color_scheme=theme)
    page.get_by_role("tab", name="All").click()
    expect(rows(page)).to_have_count(9)
    places = {}
    for _ in range(30):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count():
            places[focused.evaluate("e => e.outerHTML.slice(0, 120)")] = focused.evaluate(RING_CONTRAST)
    assert len(places) > 20
    assert {place: contrast for place, contrast in places.items() if contrast < 3} == {}


def test_forced_colours_show_which_tab_is_chosen(visit: Any, shop: Shop) -> None:
    page = visit("/inbox", shop.siti, forced_colors="active")
    expect(page.get_by_role("tab", name="Mine")).to_have_attribute("aria-selected", "true")
    for chosen, other, edge in (
        (page.get_by_role("tab", name="Mine"), page.get_by_role("tab", name="All"), "border-bottom-color"),
        (page.get_by_role("radio", name="Open"), page.get_by_role("radio", name="Resolved"), "background-color"),
        (page.get_by_role("link", name="Inbox"), page.get_by_role("link", name="Team"), "outline-style"),
    ):
        read = f"e => getComputedStyle(e).getPropertyValue('{edge}')"
        assert chosen.evaluate(read) != other.evaluate(read)


def test_a_phones_thread_has_a_heading_of_the_first_level(visit: Any, shop: Shop) -> None:
    page = visit(f"/inbox/{shop.conversation_id}", shop.siti, PHONE)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    page.set_viewport_size(DESKTOP)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


def test_choices_say_whether_they_are_chosen(visit: Any, shop: Shop) -> None:
    page = visit("/inbox", shop.siti)
    page.get_by_role("button", name="Availability").click()
    expect(page.get_by_role("menuitemradio", name="Away")).to_have_attribute("aria-checked", "true")
    expect(page.get_by_role("menuitemradio", name="Busy")).to_have_attribute("aria-checked", "false")


def test_a_tablet_has_room_to_write(visit: Any, shop: Shop) -> None:
    """The customer's panel folds, and its button opens it."""
    page = visit(f"/inbox/{shop.conversation_id}", shop.budi, TABLET)
    composer, panel = page.get_by_role("textbox", name="Message"), page.get_by_role("complementary", name="Customer")
    expect(composer).to_be_visible()
    expect(panel).to_be_hidden()
    assert (composer.bounding_box() or {})["width"] > 350
    page.get_by_role("button", name="Customer", exact=True).click()
    expect(panel).to_be_visible()
    # A click beside it closes it, and does nothing else.
    page.get_by_role("tab", name="All").click()
    expect(panel).to_be_hidden()
    expect(page.get_by_role("tab", name="Mine")).to_have_attribute("aria-selected", "true")
    page.set_viewport_size({"width": 1280, "height": 768})
    expect(panel).to_be_visible()
    assert (composer.bounding_box() or {})["width"] > 350


def test_words_have_room(visit: Any, stage: Stage, shop: Shop) -> None:
    """In both languages; those of the rail on the narrowest phone, too."""
    page = visit("/queue", shop.siti, PHONE)
    for language in ("id", "en"):
        with stage.session() as session:
            session.execute(update(AGENT).where(AGENT.c.name == "Siti").values(language=language))
        page.goto("/queue")
        expect(page.locator(f"html[lang={language}]")).to_be_attached()
        card = page.locator(".roms-queue-urgent .roms-queue-card").first
        seen, give = (card.locator(".roms-queue-give").nth(place).bounding_box() for place in (0, 1))
        assert seen and give and seen["y"] == give["y"], "what can be done stands in one row"
        assert (card.locator(".roms-queue-why").bounding_box() or {})["width"] > 190
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.locator(".roms-rail-label").evaluate_all(BROKEN_WORDS) == []
        page.set_viewport_size(DESKTOP)
        page.goto("/inbox")
        title = page.locator(".roms-list-title")
        expect(page.locator(".roms-live").filter(has_text="·")).to_be_visible()
        until(partial(title.evaluate, "title => title.scrollWidth <= title.clientWidth"), "the title has room")
        assert (page.locator(".roms-list-head").bounding_box() or {})["height"] < 60, "one line"
        page.goto("/settings/team")
        buttons = page.get_by_role("listitem", name="Budi").locator(".roms-member-actions button")
        expect(buttons).to_have_count(3)
        boxes = [button.bounding_box() or {} for button in buttons.all()]
        assert len({round(box["y"] + box["height"] / 2) for box in boxes}) == 1, "in one row"
        page.set_viewport_size(PHONE)


def test_escape_ends_one_thing(visit: Any, shop: Shop) -> None:
    page = visit(f"/inbox/{shop.conversation_id}", shop.budi, PHONE)
    panel = page.get_by_role("complementary", name="Customer")
    page.get_by_role("button", name="Customer", exact=True).click()
    expect(panel).to_be_visible()
    panel.get_by_role("button", name="Edit name").click()
    field = panel.get_by_role("textbox", name="Name")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    expect(panel.get_by_role("button", name="Edit name")).to_be_focused()
    expect(panel).to_be_visible()
    panel.get_by_role("button", name="Change labels").click()
    labels = page.get_by_role("dialog")
    expect(labels).to_be_visible()
    page.keyboard.press("Escape")
    expect(labels).to_be_hidden()
    expect(panel).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


@pytest.mark.parametrize(
    ("locale", "title", "back"),
    [("en-GB", "Page not found", "Go to ROMS"), ("id-ID", "Halaman tidak ditemukan", "Ke ROMS")],
)
def test_an_address_without_a_page_leads_back(visit: Any, shop: Shop, locale: str, title: str, back: str) -> None:
    page = visit("/inbok/7", locale=locale)
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    expect(page).to_have_title(f"{title} · ROMS")
    page.get_by_role("link", name=back).click()
    expect(page.get_by_role("button", name="Log in" if locale == "en-GB" else "Masuk")).to_be_visible()


def test_titles_and_notifications_are_in_the_agents_language(visit: Any, stage: Stage, shop: Shop) -> None:
    page = visit("/settings/profile", shop.budi)
    expect(page).to_have_title("Profile · ROMS")
    page.get_by_role("combobox", name="Language").select_option("Bahasa Indonesia")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("lang", "id")
    expect(page).to_have_title("Profil · ROMS")
    expect(page.get_by_role("region", name="Notifikasi alt+T")).to_be_attached()
    page.goto("/inbox")
    # In front stands how many wait for an answer, if any do.
    expect(page).to_have_title(re.compile(r"^(\(\d+\) )?Kotak masuk · ROMS$"))
    page.goto("/settings/whatsapp")
    until(lambda: page.title().endswith(" · ROMS"), "a title")
