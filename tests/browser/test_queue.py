"""The supervisor's page, live: three agents, a supervisor, and what each of them sees. In real Chromium.

The tests run in the order in which they stand here, and each goes on where the one before it ended.
"""

import re
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from devtools.people import Agent, Cast, click_at_once
from devtools.system import System
from devtools.waiting import until
from tests.browser.ledger import assignee_of, query

foundation = pytest.mark.foundation
FOUR = [("Rina", "081211110001"), ("Agus", "081211110002"), ("Fitri", "081211110003"), ("Joko", "081211110004")]
#: Nothing takes so long; a machine that builds something meanwhile must not fail the test.
GENEROUS_MS = 60_000
#: Keeps when the page was told of a change and when the waiting list was empty first, by the clock that all pages of
#: this machine share. The page also reads by itself now and then: without being told, that alone might pass for live.
WATCH_FOR_NOBODY = """() => {
  window.emptyAt = 0;
  window.toldAt = [];
  const { announce } = globalThis.roms;
  globalThis.roms.announce = (kind, ...more) => {
    if (kind === "queue") window.toldAt.push(Date.now());
    announce(kind, ...more);
  };
  const pane = document.querySelector('.roms-queue-waiting');
  new MutationObserver(() => {
    if (!window.emptyAt && !pane.querySelector('[data-queue-chat]')) window.emptyAt = Date.now();
  }).observe(pane, { childList: true, subtree: true });
}"""
#: Asks for a reading; whether nothing has the focus after it.
#: A popover tells that it closed a moment after it did; only then does the page give the focus back.
TELL_WHEN_CLOSED = """() => {
  const menu = document.getElementById("roms-queue-menu");
  window.menuClosed = new Promise((resolve) => {
    menu.addEventListener("toggle", ({ newState }) => newState === "closed" && resolve());
  });
}"""
AFTER_THE_NEXT_READING = """() => new Promise((resolve) => {
  const { taken } = globalThis.romsQueue;
  globalThis.romsQueue.taken = (at) => {
    taken(at);
    globalThis.romsQueue.taken = taken;
    resolve(document.activeElement === document.body);
  };
  globalThis.roms.announce("queue");
})"""
REMEMBER_CLICKS = "document.addEventListener('click', () => { window.clickedAt = Date.now() }, true)"


def change(system: System, sql: str, *parameters: Any) -> None:
    """Write to the database of a running system what only time would bring."""
    connection = sqlite3.connect(system.data_dir / "roms.db", timeout=10)
    try:
        with connection:
            connection.execute(sql, parameters)
    finally:
        connection.close()


@pytest.fixture(scope="module")
def eko(cast: Cast, chromium: Browser, system: System) -> Iterator[Agent]:
    """The third agent."""
    made = Agent("Eko", chromium, system.url)
    cast.people.append(made)
    yield made


def waiting(cast: Cast) -> Locator:
    return cast.siti.page.get_by_role("list", name="Waiting").get_by_role("listitem")


def waiting_card(cast: Cast, name: str) -> Locator:
    return cast.siti.page.get_by_role("list", name="Waiting").get_by_role("listitem", name=name, exact=True)


def agent_card(cast: Cast, name: str) -> Locator:
    return cast.siti.page.get_by_role("list", name="Agents", exact=True).get_by_role("listitem", name=name, exact=True)


def expand(cast: Cast, agent: str) -> None:
    """Show an agent's open conversations, unless they are shown: the button would hide them."""
    button = agent_card(cast, agent).get_by_role("button", name=f"Open conversations of {agent}")
    if button.get_attribute("aria-expanded") != "true":
        button.click()
    expect(button).to_have_attribute("aria-expanded", "true")


def own_card(cast: Cast, agent: str, name: str) -> Locator:
    """A conversation of an agent whose card is expanded."""
    own = cast.siti.page.get_by_role("list", name=f"Open conversations of {agent}")
    return own.get_by_role("listitem", name=name, exact=True)


def names(cards: Locator) -> list[str]:
    return [card.get_attribute("aria-label") or "" for card in cards.all()]


def supervise(cast: Cast) -> None:
    cast.siti.page.goto("/queue")
    expect(cast.siti.page.get_by_role("heading", name="Queue", level=1)).to_be_visible()


def give_by_menu(cast: Cast, card: Locator, choice: str) -> None:
    card.get_by_role("button", name="Give to…").click()
    menu = cast.siti.page.get_by_role("dialog", name="Give to…")
    menu.get_by_role("button", name=re.compile(f"^{choice}")).click()
    expect(menu).to_be_hidden()


def held_by(cast: Cast, name: str) -> str | None:
    return assignee_of(cast.system, cast.customers[name].chat)


@foundation
def test_three_agents_are_away_and_four_customers_wait(cast: Cast, eko: Agent, system: System) -> None:
    cast.siti.set_up()
    cast.siti.is_at("/settings/whatsapp")
    cast.siti.add_demo_phone()
    expect(cast.siti.qr_code).to_be_visible()
    system.ctl(cast.phone.key, "scan")
    cast.siti.is_at("/inbox")
    for agent in (cast.budi, cast.ayu, eko):
        cast.siti.add_agent(agent)
        agent.log_in()
        agent.is_live()
        agent.become("Away")
    supervise(cast)
    expect(cast.siti.page.get_by_text("Nobody waits.")).to_be_visible()
    for name, number in FOUR:
        cast.customer(name, number).write(f"Halo, saya {name}")
    expect(waiting(cast)).to_have_count(4)
    assert names(waiting(cast)) == [name for name, _ in FOUR], "who waits longest is first"


def test_why_they_wait_is_readable_in_english_and_indonesian(cast: Cast) -> None:
    expect(waiting_card(cast, "Rina")).to_contain_text("Nobody available: 4 away.")
    expect(waiting_card(cast, "Rina")).to_contain_text("Halo, saya Rina")
    following = cast.siti.page.get_by_role("region", name="Next", exact=True)
    expect(following).to_contain_text("Nobody available: 4 away.")
    cast.siti.choose_language("Bahasa Indonesia")
    cast.siti.page.goto("/queue")
    card = cast.siti.page.get_by_role("list", name="Menunggu").get_by_role("listitem", name="Rina", exact=True)
    expect(card).to_contain_text("Belum ada yang tersedia: 4 istirahat.")
    expect(card.get_by_role("button", name="Berikan kepada…")).to_be_visible()
    cast.siti.choose_language("English")
    supervise(cast)


def test_ages_tick_without_the_server(cast: Cast) -> None:
    age = waiting_card(cast, "Rina").locator("time")
    expect(age).to_have_text(re.compile(r"^\d+:\d\d$"))
    cast.siti.page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })")
    before = age.inner_text()
    expect(age).not_to_have_text(before)
    cast.siti.page.evaluate("delete document.hidden")


def test_a_card_that_is_dragged_onto_an_agent_is_theirs(cast: Cast) -> None:
    waiting_card(cast, "Joko").drag_to(agent_card(cast, "Ayu"))
    expect(waiting_card(cast, "Joko")).to_have_count(0)
    expect(agent_card(cast, "Ayu")).to_contain_text("1 of 30")
    assert held_by(cast, "Joko") == "Ayu"
    cast.ayu.choose_tab("Mine")
    expect(cast.ayu.chat("Joko")).to_be_visible()


def test_one_that_is_dragged_back_waits_again(cast: Cast) -> None:
    expand(cast, "Ayu")
    own_card(cast, "Ayu", "Joko").drag_to(waiting(cast).first)
    expect(waiting_card(cast, "Joko")).to_be_visible()
    expect(agent_card(cast, "Ayu")).to_contain_text("0 of 30")
    assert held_by(cast, "Joko") is None


def test_the_menu_gives_parks_and_returns(cast: Cast) -> None:
    give_by_menu(cast, waiting_card(cast, "Joko"), "Park")
    expect(waiting_card(cast, "Joko")).to_contain_text("Parked: it waits until somebody takes it.")
    give_by_menu(cast, waiting_card(cast, "Joko"), "Return to queue")
    expect(waiting_card(cast, "Joko")).not_to_contain_text("Parked")
    give_by_menu(cast, waiting_card(cast, "Joko"), "Eko")
    expect(agent_card(cast, "Eko")).to_contain_text("1 of 30")
    assert held_by(cast, "Joko") == "Eko"


def test_the_menu_is_used_by_keyboard(cast: Cast) -> None:
    page = cast.siti.page
    button = waiting_card(cast, "Fitri").get_by_role("button", name="Give to…")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox", name="Find an agent or a team")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("eko")
    page.keyboard.press("Enter")
    expect(agent_card(cast, "Eko")).to_contain_text("2 of 30")
    assert held_by(cast, "Fitri") == "Eko"
    expect(page.get_by_role("dialog", name="Give to…")).to_be_hidden()


def test_the_page_takes_the_focus_only_from_whom_it_was_lost(cast: Cast) -> None:
    """After a gift by keyboard the next key goes on at the list; who looks elsewhere is left alone."""
    page = cast.siti.page
    pane = page.get_by_role("region", name="Who waits")
    expect(pane).to_be_focused()
    waiting_card(cast, "Rina").get_by_role("button", name="Give to…").click()
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.evaluate(TELL_WHEN_CLOSED)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Give to…")).to_be_hidden()
    page.evaluate("window.menuClosed.then(() => document.activeElement.blur())")
    is_left_alone = page.evaluate(AFTER_THE_NEXT_READING)
    assert is_left_alone, "a reading leaves the focus where the person left it"


def test_who_was_faster_is_named_in_place(cast: Cast) -> None:
    """The supervisor's tab lags behind: what it shows was true a moment ago."""
    page = cast.siti.page
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })")
    cast.ayu.choose_tab("Unassigned")
    cast.ayu.open_chat("Agus")
    cast.ayu.thread.get_by_role("button", name="Take", exact=True).click()
    until(lambda: held_by(cast, "Agus") == "Ayu", "Ayu to have it")
    give_by_menu(cast, waiting_card(cast, "Agus"), "Budi")
    expect(page.get_by_role("alert").filter(has_text="Ayu has taken this conversation already.")).to_be_visible()
    expect(waiting_card(cast, "Agus")).to_have_count(0)
    assert held_by(cast, "Agus") == "Ayu"
    page.evaluate("delete document.hidden")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_text("has taken this conversation")).to_have_count(0)


def test_of_two_who_take_at_once_one_wins_and_both_see_who(cast: Cast, system: System) -> None:
    takers = (cast.budi, cast.ayu)
    for agent in takers:
        agent.choose_tab("Unassigned")
        agent.open_chat("Rina")
    click_at_once(*(agent.thread.get_by_role("button", name="Take", exact=True) for agent in takers))
    winner_name = until(lambda: held_by(cast, "Rina"), "somebody to have it")
    winner, loser = takers if winner_name == "Budi" else takers[::-1]
    expect(winner.thread.locator(".roms-holder")).to_have_text("You")
    expect(loser.thread.locator(".roms-holder")).to_have_text(winner.name)
    sentence = f"{winner.name} has taken this conversation already."
    expect(loser.page.get_by_role("alert").filter(has_text=sentence)).to_be_visible()
    chat = cast.customers["Rina"].chat
    taken = query(
        system,
        "SELECT count(*) FROM assignment a JOIN conversation c ON c.id = a.conversation_id"
        " WHERE a.kind = 'taken' AND c.chat_jid = ?",
        chat,
    )
    assert taken == [(1,)]
    expect(waiting_card(cast, "Rina")).to_have_count(0)


def test_going_available_empties_the_waiting_list(cast: Cast) -> None:
    for name, number in (("Sari", "081211110005"), ("Tono", "081211110006"), ("Wati", "081211110007")):
        cast.customer(name, number).write(f"Halo, saya {name}")
    expect(waiting(cast)).to_have_count(3)
    cast.siti.page.evaluate(WATCH_FOR_NOBODY)
    cast.budi.page.evaluate(REMEMBER_CLICKS)
    cast.budi.become("Available")
    expect(cast.siti.page.get_by_text("Nobody waits.")).to_be_visible()
    assert [held_by(cast, name) for name in ("Sari", "Tono", "Wati")] == ["Budi"] * 3
    expect(agent_card(cast, "Budi")).to_contain_text(re.compile(r"[34] of 30"))
    expect(cast.siti.page.get_by_role("region", name="Next", exact=True)).to_contain_text("Budi")
    clicked = cast.budi.page.evaluate("window.clickedAt")
    told, empty = cast.siti.page.evaluate("[window.toldAt, window.emptyAt]")
    print(f"From the click to the empty list: {empty - clicked} ms.")
    assert clicked <= empty < clicked + GENEROUS_MS
    assert any(clicked <= at <= empty for at in told)


def test_the_response_timer_returns_a_chat_to_somebody_else(cast: Cast, system: System) -> None:
    """The test's clock: the moment until which an answer is awaited is moved into the past."""
    change(system, "UPDATE inbox SET response_minutes = 10")
    cast.customer("Umar", "081211110008").write("Halo, saya Umar")
    until(lambda: held_by(cast, "Umar") == "Budi", "Budi to have it")
    cast.budi.choose_tab("Mine")
    cast.budi.open_chat("Umar")
    cast.ayu.become("Available")
    change(system, "UPDATE conversation SET due_at = 1000 WHERE chat_jid = ?", cast.customers["Umar"].chat)
    expect(cast.budi.thread.locator(".roms-holder")).to_have_text("Ayu")
    lines = cast.budi.log.locator(".roms-system")
    expect(lines.filter(has_text="Budi did not answer")).to_have_count(1)
    expect(lines.last).to_contain_text("Assigned to Ayu")
    expand(cast, "Ayu")
    expect(own_card(cast, "Ayu", "Umar")).to_contain_text("Returned once")
    expect(waiting(cast)).to_have_count(0)


def test_after_the_second_time_the_admins_are_asked_to_look(cast: Cast, system: System) -> None:
    change(system, "UPDATE conversation SET due_at = 1000 WHERE chat_jid = ?", cast.customers["Umar"].chat)
    page = cast.siti.page
    urgent = page.get_by_role("list", name="Needs a look").get_by_role("listitem", name="Umar", exact=True)
    expect(urgent).to_contain_text("Escalated")
    expect(urgent).to_contain_text("Returned 2 times")
    badge = page.get_by_role("navigation", name="Main").locator(".roms-rail-badge")
    expect(badge).to_have_text("1")
    urgent.get_by_role("button", name="Seen").click()
    expect(page.get_by_role("list", name="Needs a look")).to_have_count(0)
    expect(badge).to_have_text("")


def configure(cast: Cast) -> None:
    cast.siti.page.goto("/settings/assignment")
    expect(cast.siti.page.get_by_role("article")).to_have_count(1)


def test_the_admin_makes_a_team_and_a_refusal_stays_in_its_dialog(cast: Cast) -> None:
    configure(cast)
    page = cast.siti.page
    expect(page.get_by_text("No team yet.")).to_be_visible()
    dialog = page.get_by_role("dialog", name="Add team")

    def add() -> None:
        page.get_by_role("button", name="Add team").click()
        dialog.get_by_role("textbox", name="Name").fill("Billing")
        dialog.get_by_role("checkbox", name="Ayu").check()
        dialog.get_by_role("button", name="Add").click()

    add()
    expect(page.get_by_role("listitem", name="Billing", exact=True)).to_contain_text("1 · Ayu")
    expect(dialog).to_have_count(0)
    add()
    expect(dialog.get_by_role("alert")).to_contain_text("There is a team with this name already.")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("There is a team with this name already.")).to_have_count(0)


def test_a_rule_leads_to_the_team_and_can_be_tried_on_what_was_written(cast: Cast) -> None:
    page = cast.siti.page
    page.get_by_role("button", name="Add a rule to").click()
    dialog = page.get_by_role("dialog", name="Add rule")
    dialog.get_by_role("textbox", name="Words").fill("invoice, saya Umar")
    dialog.get_by_role("button", name="Add", exact=True).click()
    rule = page.get_by_role("list", name="Routing rules").get_by_role("listitem")
    expect(rule).to_contain_text("invoice, saya Umar")
    expect(rule).to_contain_text("Billing")
    page.get_by_role("button", name="Try it on past messages").click()
    tried = page.get_by_role("dialog", name="Where last week's conversations would go")
    expect(tried.get_by_role("row", name="Umar")).to_contain_text("Billing · rule 1")
    expect(tried.get_by_role("row", name="Sari")).to_contain_text("everybody")
    tried.get_by_role("button", name="Done").click()
    expect(tried).to_have_count(0)


def test_what_fits_the_rule_goes_to_the_team_although_somebody_else_is_next(cast: Cast) -> None:
    cast.ayu.become("Away")
    cast.customer("Vera", "081211110009").write("Where is my invoice?")
    supervise(cast)
    expect(waiting_card(cast, "Vera")).to_contain_text("Billing")
    assert held_by(cast, "Vera") is None, "Budi is available, and not of the team"
    cast.ayu.become("Available")
    until(lambda: held_by(cast, "Vera") == "Ayu", "Ayu to have it")
    expect(waiting(cast)).to_have_count(0)


def test_another_capacity_is_seen_at_once_by_who_supervises(cast: Cast) -> None:
    other_tab = cast.siti.page.context.new_page()
    other_tab.goto("/settings/assignment")
    other_tab.get_by_role("button", name="Change the default capacity").click()
    dialog = other_tab.get_by_role("dialog", name="Open conversations per agent")
    dialog.get_by_role("spinbutton", name="At most").fill("7")
    dialog.get_by_role("button", name="Save").click()
    expect(other_tab.get_by_text("Each agent is given at most 7 open conversations at a time.")).to_be_visible()
    other_tab.close()
    expect(agent_card(cast, "Ayu")).to_contain_text("of 7")


def test_nothing_complained(cast: Cast) -> None:
    assert cast.siti.complaints == []
