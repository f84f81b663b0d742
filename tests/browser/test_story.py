"""The story of ROMS, one test a sentence, in real Chromium against the real processes.

The tests run in the order in which they stand here, and each goes on where the one before it ended.
"""

import re
from collections.abc import Mapping

import pytest
from playwright.sync_api import expect

from devtools.people import Cast, wib_now
from devtools.system import System
from devtools.waiting import until
from tests.browser.conftest import SETTINGS
from tests.browser.ledger import assert_agreement, assignee_of, both_sides_writing, query, stays

foundation = pytest.mark.foundation
#: The ticks of a message that WhatsApp has.
HAS_LEFT = re.compile("Sent|Delivered|Read")
SIX = [
    ("Dewi Lestari", "081211110001", "+62 812-1111-0001"),
    ("Bambang Sutrisno", "081211110002", "+62 812-1111-0002"),
    ("Rina Wulandari", "081211110003", "+62 812-1111-0003"),
    ("Agus Salim", "081211110004", "+62 812-1111-0004"),
    ("Fitri Handayani", "081211110005", "+62 812-1111-0005"),
    ("Joko Prasetyo", "081211110006", "+62 812-1111-0006"),
]


@pytest.fixture(scope="module")
def system_settings() -> Mapping[str, str]:
    """Everything as people start it, the self-check too."""
    return {**SETTINGS, "ROMS_SELF_CHECK": "true"}


@foundation
def test_the_admin_sets_up(cast: Cast) -> None:
    cast.siti.set_up()
    cast.siti.is_at("/settings/whatsapp")


@foundation
def test_the_admin_adds_a_demo_phone(cast: Cast) -> None:
    cast.siti.add_demo_phone()
    expect(cast.siti.qr_code).to_be_visible()


def test_the_qr_changes_by_itself(cast: Cast) -> None:
    first = cast.siti.drawn_qr()
    until(lambda: cast.siti.drawn_qr() not in ("", first), "another QR to be drawn")


@foundation
def test_the_phone_scans(cast: Cast, system: System) -> None:
    link = cast.siti.page.get_by_role("link", name="Open the demo phone")
    cast.phone.open(link.get_attribute("href") or "")
    cast.phone.scan()
    until(lambda: system.simulator_state(cast.phone.key)["registered"], "the phone to be linked")


@foundation
def test_the_page_moves_on_to_the_inbox_by_itself(cast: Cast) -> None:
    cast.siti.is_at("/inbox")
    cast.siti.is_live()


@foundation
def test_the_admin_makes_two_agents(cast: Cast) -> None:
    for agent in (cast.budi, cast.ayu):
        cast.siti.add_agent(agent)


@foundation
def test_two_agents_log_in(cast: Cast) -> None:
    for agent in (cast.budi, cast.ayu):
        agent.log_in()
        agent.is_at("/inbox")
        agent.is_live()


@foundation
def test_six_customers_write_and_the_six_chats_fall_three_to_each(cast: Cast, system: System) -> None:
    for name, number, _ in SIX:
        cast.customer(name, number).write(f"Halo, saya {name}")
    for agent in (cast.budi, cast.ayu):
        agent.tab("Mine").click()
        expect(agent.chats).to_have_count(3)
    shared = set(cast.budi.chat_names()) & set(cast.ayu.chat_names())
    assert not shared
    assert {*cast.budi.chat_names(), *cast.ayu.chat_names()} == {name for name, _, _ in SIX}


def test_a_message_appears_without_reload_with_name_number_and_time_in_wib(cast: Cast, system: System) -> None:
    name, _, number = SIX[0]
    customer, agent = cast.customers[name], cast.agent_of(name)
    agent.open_chat(name)
    agent.mark_page()
    before = wib_now()
    customer.write("Apakah toko buka hari ini?")
    message = agent.message("Apakah toko buka hari ini?")
    expect(message).to_be_visible()
    after = wib_now()
    assert agent.is_same_page(), "the page was loaded again"
    expect(agent.thread_heading).to_have_text(name)
    expect(agent.contact_panel).to_contain_text(number)
    assert agent.time_of(message) in {f"{time:%H:%M}" for time in (before, after)}
    assert "WIB" in agent.exact_time_of(message)


def test_the_agent_answers_and_sees_sent_delivered_and_read_on_that_message(cast: Cast) -> None:
    name = SIX[0][0]
    customer, agent = cast.customers[name], cast.agent_of(name)
    customer.set_phone_on(False)
    agent.send("Ya, kami buka sampai pukul lima.")
    answer = agent.message("Ya, kami buka sampai pukul lima.")
    expect(agent.tick_of(answer)).to_have_accessible_name("Sent")
    cast.customers[SIX[1][0]].open_chat()
    agent.send("Silakan datang.")
    cast.system.ctl(cast.phone.key, "contact", id=customer.chat, online=True)
    expect(agent.tick_of(answer)).to_have_accessible_name("Delivered")
    customer.open_chat()
    for text in ("Ya, kami buka sampai pukul lima.", "Silakan datang."):
        expect(agent.tick_of(agent.message(text))).to_have_accessible_name("Read")


def test_the_answer_is_on_the_customers_phone(cast: Cast) -> None:
    customer = cast.customers[SIX[0][0]]
    expect(customer.message("Ya, kami buka sampai pukul lima.")).to_be_visible()


def test_a_reply_typed_on_the_phone_appears_in_the_thread(cast: Cast) -> None:
    name = SIX[0][0]
    agent = cast.agent_of(name)
    cast.phone.reply_to(name, "Ini dari ponsel toko.")
    message = agent.message("Ini dari ponsel toko.")
    expect(message).to_be_visible()
    expect(agent.log).to_contain_text("From the phone")


def test_when_budi_is_away_everything_new_goes_to_ayu(cast: Cast, system: System) -> None:
    cast.budi.become("Away")
    newcomers = [cast.customer("Hendra", "081322220001"), cast.customer("Indah", "081322220002")]
    for customer in newcomers:
        customer.write("Permisi")
    for customer in newcomers:
        expect(cast.ayu.chat(customer.name)).to_be_visible()
        assert assignee_of(system, customer.chat) == "Ayu"
        expect(cast.budi.chat(customer.name)).to_have_count(0)


def test_when_both_are_away_it_waits(cast: Cast, system: System) -> None:
    cast.ayu.become("Away")
    waiting = cast.customer("Kartika", "081322220003")
    waiting.write("Ada orang?")
    cast.budi.choose_tab("Unassigned")
    expect(cast.budi.chat("Kartika")).to_be_visible()
    assert assignee_of(system, waiting.chat) is None


def test_when_one_returns_it_is_given_out(cast: Cast, system: System) -> None:
    cast.budi.become("Available")
    cast.budi.choose_tab("Mine")
    expect(cast.budi.chat("Kartika")).to_be_visible()
    assert assignee_of(system, cast.customers["Kartika"].chat) == "Budi"


@pytest.mark.parametrize("part", ["app", "worker", "redis"])
def test_stopped_hard_in_mid_conversation_nothing_is_missing_doubled_or_out_of_order(
    cast: Cast, system: System, part: str
) -> None:
    customer = cast.customer(f"Customer of {part}", f"08143333000{len(part)}")
    agent, phone, chat = cast.budi, cast.phone.key, customer.chat
    customer.write("customer 0")
    agent.open_chat(customer.name)
    with both_sides_writing(system, phone, chat):
        agent.send("agent: before")
        agent.send("agent: just before")
        old_pid = system.kill(part)
        agent.try_to_send("agent: meanwhile")
        system.until_restarted(part, old_pid)
        agent.is_live()
        # A reply that could not be taken stays in the box with a word about it; the agent looks, and sends it again. If
        # the answer comes at this very moment, the box is empty, and Enter sends nothing.
        meanwhile = agent.message("agent: meanwhile")
        expect(meanwhile.or_(agent.no_answer)).to_be_visible()
        if not meanwhile.is_visible():
            agent.composer.press("Enter")
        expect(meanwhile).to_be_visible()
        expect(agent.composer).to_have_value("")
        agent.send("agent: after")
        expect(agent.tick_of(agent.message("agent: after"))).to_have_accessible_name(HAS_LEFT)
    assert_agreement(system, phone, chat, agent)


def test_a_logout_on_the_phone_shows_the_card_and_no_loop(cast: Cast, system: System) -> None:
    cast.siti.page.goto("/settings/whatsapp")
    card = cast.siti.page.get_by_role("article", name="Demo phone")
    cast.phone.log_out()
    expect(card).to_contain_text(re.compile(r"Logged out on the phone at \d\d:\d\d.*; pair again"))
    expect(card.get_by_role("button", name="Pair again")).to_be_visible()
    history = "SELECT status FROM session_history WHERE inbox_id = 1 ORDER BY id"
    before, processes = query(system, history), {process.pid for process in system.processes("worker")}
    assert before[-1] == ("logged_out",)
    # Longer than a browser needs to start: a loop would show.
    assert stays(lambda: query(system, history) == before, seconds=6)
    assert {process.pid for process in system.processes("worker")[:1]} <= processes
    expect(card.get_by_role("button", name="Pair again")).to_be_visible()


def test_pairing_again_works(cast: Cast, system: System) -> None:
    cast.siti.page.get_by_role("button", name="Pair again").click()
    expect(cast.siti.qr_code).to_be_visible()
    cast.phone.scan()
    cast.siti.is_at("/inbox")
    customer = cast.customers["Kartika"]
    cast.budi.open_chat(customer.name)
    customer.write("Sudah bisa lagi?")
    expect(cast.budi.message("Sudah bisa lagi?")).to_be_visible()
    cast.budi.send("Sudah.")
    expect(customer.message("Sudah.")).to_be_visible()
    for name in ("Kartika", "Customer of app", "Customer of worker", "Customer of redis"):
        cast.budi.open_chat(name)
        assert_agreement(system, cast.phone.key, cast.customers[name].chat, cast.budi)
