"""Tests of assigning by hand, going away and the end of a shift, in real Chromium.

The tests run in the order in which they stand here, and each goes on where the one before it ended.
"""

import re
import sqlite3
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from devtools.people import PHONE, Agent, Cast, click_at_once, wib_now
from devtools.system import System
from devtools.waiting import until
from tests.browser.ledger import assignee_of, stays

foundation = pytest.mark.foundation
FOUR = [("Rina", "081211110001"), ("Agus", "081211110002"), ("Fitri", "081211110003"), ("Joko", "081211110004")]
ARABIC_NOTE = "الزبونة تنتظر الرد على سعر الشحن 😊\nOngkir ke Makassar belum dijawab"
TEAM = "Pengiriman"


def change(system: System, sql: str, *parameters: Any) -> None:
    """Write to the database of a running system what has no page, or what only time would bring."""
    connection = sqlite3.connect(system.data_dir / "roms.db", timeout=10)
    try:
        with connection:
            connection.execute(sql, parameters)
    finally:
        connection.close()


def agent_id(system: System, name: str) -> int:
    connection = sqlite3.connect(f"file:{system.data_dir / 'roms.db'}?mode=ro", uri=True, timeout=10)
    try:
        return connection.execute("SELECT id FROM agent WHERE name = ?", (name,)).fetchone()[0]
    finally:
        connection.close()


def holder_in_head(agent: Agent) -> Locator:
    """The assignee in the header of the open thread."""
    return agent.thread.locator("header .roms-holder")


def tooltip(agent: Agent) -> Locator:
    return agent.page.get_by_role("tooltip")


def choose_in_menu(agent: Agent, name: str, role: Any = "menuitem") -> None:
    agent.thread.get_by_role("button", name="More", exact=True).click()
    agent.page.get_by_role(role, name=name, exact=True).click()


def hand_over(agent: Agent, to: str, note: str = "") -> None:
    """Hand over with the dialog."""
    agent.thread.get_by_role("button", name="Hand over", exact=True).click()
    dialog = agent.page.get_by_role("dialog", name="Hand over")
    dialog.get_by_role("radio", name=re.compile(to)).check()
    dialog.get_by_role("textbox", name="Note").fill(note)
    dialog.get_by_role("button", name="Hand over").click()
    expect(dialog).to_be_hidden()


def held_by(cast: Cast, agent: Agent) -> list[str]:
    """Names of the customers whom an agent has, as the database says."""
    return [name for name, each in cast.customers.items() if assignee_of(cast.system, each.chat) == agent.name]


def comes_to(cast: Cast, name: str, agent: Agent) -> None:
    """A chat is the agent's, in their list as in the database."""
    agent.choose_tab("Mine")
    expect(agent.chat(name)).to_be_visible()
    assert assignee_of(cast.system, cast.customers[name].chat) == agent.name


@foundation
def test_two_agents_and_four_customers(cast: Cast, system: System) -> None:
    cast.siti.set_up()
    cast.siti.is_at("/settings/whatsapp")
    cast.siti.add_demo_phone()
    expect(cast.siti.qr_code).to_be_visible()
    system.ctl(cast.phone.key, "scan")
    cast.siti.is_at("/inbox")
    for agent in (cast.budi, cast.ayu):
        cast.siti.add_agent(agent)
        agent.log_in()
        agent.is_live()
    for name, number in FOUR:
        cast.customer(name, number).write(f"Halo, saya {name}")
    for agent in (cast.budi, cast.ayu):
        expect(agent.chats).to_have_count(2)


def test_why_it_is_theirs_is_told_to_who_asks(cast: Cast) -> None:
    budi = cast.budi
    name = held_by(cast, budi)[0]
    budi.open_chat(name)
    expect(tooltip(budi)).to_be_hidden()
    holder_in_head(budi).hover()
    expect(tooltip(budi)).to_have_text(re.compile("^Assigned to Budi: available, "))
    budi.page.keyboard.press("Escape")
    expect(tooltip(budi)).to_be_hidden()
    budi.choose_tab("All")
    budi.chat(held_by(cast, cast.ayu)[0]).get_by_text("Ayu").hover()
    expect(tooltip(budi)).to_have_text(re.compile("^Assigned to Ayu: "))
    budi.composer.click()
    expect(tooltip(budi)).to_be_hidden()


def test_the_keyboard_asks_too(cast: Cast) -> None:
    budi = cast.budi
    rows = budi.page.locator("#roms-list [role=option]")
    rows.first.focus()
    budi.page.keyboard.press("ArrowDown")
    focused = budi.page.locator("#roms-list [role=option]:focus")
    expect(tooltip(budi)).to_be_visible()
    expect(focused).to_have_attribute("aria-describedby", "roms-tip")
    budi.page.keyboard.press("ArrowUp")
    expect(tooltip(budi)).to_be_visible()
    budi.choose_tab("Mine")
    expect(tooltip(budi)).to_be_hidden()


def test_why_is_told_in_indonesian_to_who_reads_it(cast: Cast) -> None:
    ayu = cast.ayu
    ayu.choose_language("Bahasa Indonesia")
    ayu.page.goto("/inbox")
    ayu.page.locator("#roms-list [role=option]").first.click()
    ayu.page.locator(".roms-holder").hover()
    expect(tooltip(ayu)).to_have_text(re.compile("^Diberikan kepada Ayu: "))
    expect(ayu.page.locator(".roms-system").last).to_contain_text("Diberikan kepada Ayu: ")
    ayu.choose_language("English")
    ayu.page.goto("/inbox")
    ayu.is_live()


def test_a_chat_is_handed_to_a_colleague_with_a_note(cast: Cast) -> None:
    name = held_by(cast, cast.budi)[0]
    cast.budi.open_chat(name)
    hand_over(cast.budi, "Ayu", ARABIC_NOTE)
    expect(cast.budi.chat(name)).to_have_count(0)
    expect(holder_in_head(cast.budi)).to_have_text("Ayu")
    expect(holder_in_head(cast.budi)).to_have_accessible_name("Ayu")
    comes_to(cast, name, cast.ayu)
    cast.ayu.open_chat(name)
    for agent in (cast.budi, cast.ayu):
        line = agent.log.locator(".roms-system").last
        expect(line).to_contain_text("Budi handed this conversation over to Ayu.")
        note = line.locator("blockquote")
        expect(note).to_have_text(ARABIC_NOTE)
        assert note.evaluate("note => getComputedStyle(note).direction") == "rtl"


def test_only_who_may_have_it_is_offered_with_how_they_are(cast: Cast, system: System) -> None:
    change(system, "INSERT INTO team (id, name, created_at) VALUES (1, ?, 1)", TEAM)
    change(system, "INSERT INTO team_member (team_id, agent_id) VALUES (1, ?)", agent_id(system, "Ayu"))
    change(system, "UPDATE agent SET may_reply = 0 WHERE name = 'Siti'")
    budi = cast.budi
    budi.open_chat(held_by(cast, budi)[0])
    budi.thread.get_by_role("button", name="Hand over", exact=True).click()
    dialog = budi.page.get_by_role("dialog", name="Hand over")
    offered = dialog.get_by_role("radio")
    expect(offered).to_have_count(2)
    expect(offered.nth(0)).to_have_accessible_name(re.compile(r"Ayu\s*Available\s*3 of 30"))
    expect(offered.nth(1)).to_have_accessible_name(re.compile(rf"{TEAM}\s*1 of 1 available"))
    dialog.get_by_role("button", name="Hand over").click()
    expect(dialog.get_by_role("alert")).to_have_text("Nobody is chosen yet. Choose an agent or a team.")
    budi.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(budi.thread.get_by_role("button", name="Hand over", exact=True)).to_be_focused()


def test_a_team_is_handed_a_chat_by_keyboard_and_one_of_it_gets_it(cast: Cast) -> None:
    budi, name = cast.budi, held_by(cast, cast.budi)[0]
    press = budi.page.keyboard.press
    budi.thread.get_by_role("button", name="Hand over", exact=True).focus()
    press("Enter")
    dialog = budi.page.get_by_role("dialog", name="Hand over")
    expect(dialog.get_by_role("radio").first).to_be_focused()
    press("ArrowDown")
    expect(dialog.get_by_role("radio", name=re.compile(TEAM))).to_be_checked()
    press("Tab")
    budi.page.keyboard.type("Tolong cek resi")
    press("Tab")
    press("Tab")
    expect(dialog.get_by_role("button", name="Hand over")).to_be_focused()
    press("Enter")
    comes_to(cast, name, cast.ayu)
    cast.ayu.open_chat(name)
    lines = cast.ayu.log.locator(".roms-system")
    expect(lines.filter(has_text="Tolong cek resi")).to_contain_text(TEAM)


def test_unassigned_it_stays_so_until_somebody_takes_it(cast: Cast, system: System) -> None:
    ayu, name = cast.ayu, held_by(cast, cast.ayu)[0]
    ayu.choose_tab("Mine")
    ayu.open_chat(name)
    choose_in_menu(ayu, "Unassign")
    question = ayu.page.get_by_role("alertdialog", name="Unassign this conversation?")
    expect(question).to_contain_text("stays unassigned until somebody takes it")
    question.get_by_role("button", name="Unassign").click()
    expect(question).to_be_hidden()
    expect(ayu.thread.get_by_role("button", name="More", exact=True)).to_be_focused()
    cast.budi.choose_tab("Unassigned")
    expect(cast.budi.chat(name)).to_be_visible()
    assert stays(lambda: assignee_of(system, cast.customers[name].chat) is None, seconds=3)


def test_of_two_who_take_it_at_once_one_wins_and_the_other_sees_who(cast: Cast) -> None:
    cast.ayu.choose_tab("Unassigned")
    expect(cast.ayu.chats).to_have_count(1)
    [name] = cast.ayu.chat_names()
    takers = (cast.budi, cast.ayu)
    for agent in takers:
        agent.open_chat(name)
        expect(agent.thread.get_by_role("button", name="Take", exact=True)).to_be_visible()
    click_at_once(*(agent.thread.get_by_role("button", name="Take", exact=True) for agent in takers))
    chat = cast.customers[name].chat
    winner_name = until(lambda: assignee_of(cast.system, chat), "somebody to have it")
    winner, loser = takers if winner_name == "Budi" else takers[::-1]
    expect(holder_in_head(winner)).to_contain_text("You")
    expect(holder_in_head(loser)).to_contain_text(winner.name)
    expect(loser.thread.get_by_role("alert").filter(has_text="already")).to_have_text(
        f"{winner.name} has taken this conversation already."
    )
    expect(winner.thread.get_by_role("alert").filter(has_text="already")).to_have_count(0)


def test_what_somebody_else_has_is_taken_over(cast: Cast) -> None:
    """A conversation can be handed over and back."""
    name = held_by(cast, cast.ayu)[0]
    for agent in (cast.budi, cast.ayu):
        agent.choose_tab("All")
        agent.open_chat(name)
        expect(holder_in_head(agent)).not_to_contain_text("You")
        choose_in_menu(agent, "Take over myself")
        expect(holder_in_head(agent)).to_contain_text("You")
        comes_to(cast, name, agent)


def test_returned_it_goes_to_somebody_else(cast: Cast) -> None:
    ayu, name = cast.ayu, held_by(cast, cast.ayu)[0]
    ayu.choose_tab("Mine")
    ayu.open_chat(name)
    choose_in_menu(ayu, "Return to queue")
    dialog = ayu.page.get_by_role("dialog", name="Return to queue")
    dialog.get_by_role("textbox", name="Note").fill("Saya rapat dulu")
    dialog.get_by_role("button", name="Return to queue").click()
    expect(dialog).to_be_hidden()
    comes_to(cast, name, cast.budi)
    cast.budi.open_chat(name)
    lines = cast.budi.log.locator(".roms-system")
    expect(lines.last).to_contain_text("Assigned to Budi")
    expect(lines.nth(-2)).to_contain_text("Saya rapat dulu")


def test_priority_is_seen_in_every_list(cast: Cast) -> None:
    budi, name = cast.budi, held_by(cast, cast.budi)[0]
    budi.open_chat(name)
    choose_in_menu(budi, "Priority: Urgent", "menuitemradio")
    cast.ayu.choose_tab("All")
    mark = cast.ayu.chat(name).locator(".roms-priority")
    expect(mark).to_have_attribute("aria-label", "Urgent")
    expect(cast.ayu.chat(name)).to_have_attribute("aria-description", re.compile("Urgent"))
    choose_in_menu(budi, "Priority: Normal", "menuitemradio")
    expect(mark).to_have_count(0)


def test_the_last_two_minutes_of_the_response_timer_count_down(cast: Cast, system: System) -> None:
    change(system, "UPDATE inbox SET response_minutes = 2 WHERE id = 1")
    customer = cast.customer("Lestari", "081211110005")
    customer.write("Ada yang bisa bantu?")
    owner = until(lambda: assignee_of(system, customer.chat), "somebody to have it")
    agent = cast.budi if owner == "Budi" else cast.ayu
    agent.choose_tab("Mine")
    agent.open_chat("Lestari")
    chip = agent.thread.get_by_role("timer")
    expect(chip).to_have_text(re.compile(r"^answer within 1:[0-5]\d$"), use_inner_text=True)
    before = chip.inner_text()
    expect(chip).not_to_have_text(before, use_inner_text=True)
    expect(agent.chat("Lestari").locator(".roms-due")).to_have_text(re.compile(r"^1:[0-5]\d$"))
    agent.send("Tentu, Bu.")
    expect(chip).to_have_count(0)
    change(system, "UPDATE inbox SET response_minutes = NULL WHERE id = 1")


def test_going_away_with_open_chats_asks_and_returns_them(cast: Cast) -> None:
    budi = cast.budi
    theirs = held_by(cast, budi)
    assert theirs
    budi.page.get_by_role("button", name=re.compile("^Profile")).click()
    budi.page.get_by_role("menuitemradio", name="Away").click()
    question = budi.page.get_by_role("alertdialog", name="You are away")
    count = "one open conversation" if len(theirs) == 1 else f"{len(theirs)} open conversations"
    expect(question).to_contain_text(f"You have {count}.")
    # Closed without an answer they are kept.
    budi.page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(budi.page.get_by_role("button", name="Profile, Away")).to_be_visible()
    assert held_by(cast, budi) == theirs
    budi.become("Available")
    budi.become("Away", answer="Return them to the queue")
    for name in theirs:
        comes_to(cast, name, cast.ayu)
    assert held_by(cast, budi) == []


def test_without_open_chats_nothing_is_asked_and_kept_ones_stay(cast: Cast) -> None:
    cast.budi.become("Available")
    cast.budi.page.get_by_role("button", name="Availability").click()
    cast.budi.page.get_by_role("menuitemradio", name="Away").click()
    expect(cast.budi.page.get_by_role("button", name="Profile, Away")).to_be_visible()
    cast.budi.become("Available")
    theirs = held_by(cast, cast.ayu)
    cast.ayu.become("Away", answer="Keep them")
    assert held_by(cast, cast.ayu) == theirs
    cast.ayu.become("Busy")
    cast.ayu.become("Available")


def test_at_the_end_of_a_shift_a_handover_is_asked_for(cast: Cast, system: System) -> None:
    """The page is open when the shift ends, and is told."""
    ayu, theirs = cast.ayu, held_by(cast, cast.ayu)
    # Or a chat of the team would wait for Ayu.
    change(system, "INSERT INTO team_member (team_id, agent_id) VALUES (1, ?)", agent_id(system, "Budi"))
    ayu.page.goto("/inbox")
    ayu.is_live()
    now = wib_now()
    ends = (now + timedelta(minutes=2 if now.second > 50 else 1)).replace(second=0)
    day = f"{ends - timedelta(hours=1):%H:%M}-{ends:%H:%M}"
    change(system, "UPDATE agent SET shift_hours = ? WHERE name = 'Ayu'", ";".join([day] * 7))
    notice = ayu.page.get_by_role("status").filter(has_text="Your shift ended")
    expect(notice).to_contain_text(f"Your shift ended at {ends:%H:%M}.")
    expect(notice).to_contain_text(f"You have {len(theirs)} open conversations.")
    notice.get_by_role("button", name="Hand over").click()
    dialog = ayu.page.get_by_role("dialog", name=f"Hand over {len(theirs)} open conversations")
    dialog.get_by_role("textbox", name="Note").fill("   ")
    dialog.get_by_role("button", name="Hand over").click()
    expect(dialog.get_by_role("alert")).to_contain_text("A handover needs a note.")
    dialog.get_by_role("textbox", name="Note").fill("Semua menunggu ongkir dari JNE")
    dialog.get_by_role("button", name="Hand over").click()
    expect(dialog).to_be_hidden()
    expect(notice).to_have_count(0)
    for name in theirs:
        comes_to(cast, name, cast.budi)
    cast.budi.open_chat(theirs[0])
    expect(cast.budi.log.locator(".roms-system-note").last).to_have_text("Semua menunggu ongkir dari JNE")
    ayu.page.reload()
    ayu.is_live()
    expect(notice).to_have_count(0)


def test_on_a_phone_too(cast: Cast, system: System) -> None:
    change(system, "UPDATE agent SET shift_hours = NULL")
    name = held_by(cast, cast.budi)[0]
    phone = Agent("Budi", cast.browser, system.url, PHONE)
    cast.people.append(phone)
    phone.log_in()
    phone.open_chat(name)
    hand_over(phone, "Ayu", "Dari ponsel")
    holder_in_head(phone).click()
    expect(tooltip(phone)).to_contain_text("Budi handed this conversation over to Ayu.")
    box = tooltip(phone).bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
    assert assignee_of(system, cast.customers[name].chat) == "Ayu"
