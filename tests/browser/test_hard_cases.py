"""Hard cases of messages, phones, languages and logins, in real Chromium against the real processes.

Redis is one of the test's own here, so that it can stay away for as long as a test wants.
"""

import re
import time
from collections.abc import Iterator, Mapping
from functools import partial

import pytest
from playwright.sync_api import Browser, WebSocketRoute, expect

from devtools.people import PASSWORD, PHONE, Agent, Cast, Customer, until_at_work
from devtools.system import System
from devtools.waiting import until
from tests.browser.conftest import SETTINGS
from tests.browser.ledger import dead_letters, in_cloud, in_database, query, tell_everything_again
from tests.support.servers import RedisServer

#: WhatsApp's longest text.
LONGEST = ("Panjang sekali. " * 4096)[:65_535] + "!"
SCRIPT = """<b>tebal</b><img src=x onerror="window.hacked=1"><script>window.hacked=1</script> javascript:hacked()"""
FAMILIES = "👨‍👩‍👧‍👦👩🏽‍🚀🏳️‍🌈🇮🇩 1️⃣"
RIGHT_TO_LEFT = "مرحبا، هل المتجر مفتوح (24) اليوم؟"
#: Turns what follows round, if it is let out of its bubble.
OVERRIDE = "\u202ekode rahasia\u2066"
#: "14.02"
AS_IN_INDONESIA = re.compile(r"^\d\d\.\d\d$")
INVISIBLE = "\u200b\u200d\u2060\ufeff"


@pytest.fixture(scope="module")
def redis_apart() -> Iterator[RedisServer]:
    """A Redis that no supervisor starts again."""
    server = RedisServer()
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def system_settings(redis_apart: RedisServer) -> Mapping[str, str]:
    """As in the story, with that Redis."""
    return {**SETTINGS, "REDIS_URL": redis_apart.url}


@pytest.fixture(scope="module")
def customer(cast: Cast, system: System) -> Customer:
    """Dewi, who writes to a shop that is set up and where Budi is at work."""
    cast.siti.set_up()
    cast.siti.is_at("/settings/whatsapp")
    cast.siti.add_demo_phone()
    expect(cast.siti.qr_code).to_be_visible()
    system.ctl(cast.phone.key, "scan")
    cast.siti.is_at("/inbox")
    cast.siti.add_agent(cast.budi)
    cast.budi.log_in()
    cast.budi.is_live()
    customer = cast.customer("Dewi", "081211110001")
    customer.write("Halo")
    cast.budi.open_chat("Dewi")
    expect(cast.budi.message("Halo")).to_be_visible()
    return customer


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(RIGHT_TO_LEFT, RIGHT_TO_LEFT, id="right-to-left"),
        pytest.param(OVERRIDE, OVERRIDE, id="override"),
        pytest.param(FAMILIES, FAMILIES, id="emoji-families"),
        pytest.param(SCRIPT, SCRIPT, id="html-and-script"),
        pytest.param(INVISIBLE, "(no visible text)", id="zero-width"),
        pytest.param("sebelum\x00sesudah", "sebelum\ufffdsesudah", id="nul"),
        pytest.param("  baris\n\n\tketiga  ", "  baris\n\n\tketiga  ", id="white-space"),
    ],
)
def test_a_text_is_stored_as_sent_and_shown_harmless(
    cast: Cast, system: System, customer: Customer, text: str, shown: str
) -> None:
    system.ctl(cast.phone.key, "message", chat=customer.chat, body=text)
    until(lambda: cast.budi.shown_messages()[-1] == (False, shown), f"{shown!r} at the end of the thread")
    assert in_database(system, customer.chat)[-1].body == text.replace("\x00", "\ufffd")
    assert cast.budi.log.locator("b, img[src], script, iframe, a").count() == 0
    assert cast.budi.page.evaluate("window.hacked") is None


def test_the_longest_text_is_stored_whole_and_shown_whole_when_asked(
    cast: Cast, system: System, customer: Customer
) -> None:
    system.ctl(cast.phone.key, "message", chat=customer.chat, body=LONGEST)
    cast.budi.log.get_by_role("button", name="Show all").click()
    until(lambda: cast.budi.shown_messages()[-1] == (False, LONGEST), "the whole text")
    assert in_database(system, customer.chat)[-1].body == LONGEST


def test_right_to_left_text_runs_from_right_to_left(cast: Cast, customer: Customer) -> None:
    direction = "element => getComputedStyle(element).direction"
    assert cast.budi.log.get_by_text(RIGHT_TO_LEFT, exact=True).evaluate(direction) == "rtl"
    assert cast.budi.log.get_by_text("Halo", exact=True).evaluate(direction) == "ltr"


def test_an_agents_odd_text_arrives_as_written(cast: Cast, system: System, customer: Customer) -> None:
    text = f"{SCRIPT} {FAMILIES} {RIGHT_TO_LEFT}"
    cast.budi.send(text)
    until(lambda: in_cloud(system, cast.phone.key, customer.chat)[-1].body == text, "the text at WhatsApp")
    customer.open_chat()
    expect(customer.message(text)).to_be_visible()


def test_a_customers_name_is_shown_harmless(cast: Cast, system: System, customer: Customer) -> None:
    name = """<img src=x onerror="window.hacked=1">"""
    system.ctl(cast.phone.key, "contact", id="555@lid", pushname=name, pn="628155550001@c.us")
    system.ctl(cast.phone.key, "message", chat="555@lid", body="Halo")
    cast.budi.open_chat(name)
    expect(cast.budi.contact_panel).to_contain_text(name)
    assert cast.budi.page.evaluate("window.hacked") is None
    cast.budi.open_chat("Dewi")


def test_what_is_told_a_second_time_changes_nothing(cast: Cast, system: System, customer: Customer) -> None:
    cast.budi.open_chat("Dewi")
    expect(cast.budi.message("Halo")).to_be_visible()
    # A tick that comes later would look like a change.
    statuses = partial(query, system, "SELECT delivery_status FROM message WHERE direction = 'outbound'")
    until(lambda: set(statuses()) <= {("read",)}, "the last ticks")
    database, shown = in_database(system, customer.chat), cast.budi.shown_messages()
    assert len(shown) == len(database)
    tell_everything_again(system)
    customer.write("Dan sekarang yang baru.")
    expect(cast.budi.message("Dan sekarang yang baru.")).to_be_visible()
    assert in_database(system, customer.chat)[:-1] == database
    assert cast.budi.shown_messages() == [*shown, (False, "Dan sekarang yang baru.")]
    assert dead_letters(system) == []


def test_an_agent_reads_and_works_in_indonesian(cast: Cast, customer: Customer) -> None:
    page = cast.budi.page
    cast.budi.choose_language("Bahasa Indonesia")
    page.goto("/inbox")
    for tab in ("Saya", "Belum diambil", "Semua"):
        expect(page.get_by_role("tab", name=tab, exact=True)).to_be_visible()
    page.get_by_role("listbox", name="Percakapan").get_by_role("option", name="Dewi", exact=True).click()
    page.get_by_role("textbox", name="Pesan", exact=True).fill("Terima kasih.")
    page.get_by_role("button", name="Kirim", exact=True).click()
    answer = page.get_by_role("log", name="Pesan").locator("[data-message]").filter(has_text="Terima kasih.")
    expect(answer.get_by_role("img")).to_have_accessible_name("Dibaca")
    expect(answer.get_by_role("time")).to_have_text(AS_IN_INDONESIA)
    expect(page.locator("html")).to_have_attribute("lang", "id")
    cast.budi.choose_language("English")
    page.goto("/inbox")
    cast.budi.open_chat("Dewi")


def test_at_390_pixels_list_and_thread_are_two_pages(
    cast: Cast, chromium: Browser, system: System, customer: Customer
) -> None:
    budi = Agent("Budi", chromium, system.url, PHONE)
    cast.people.append(budi)
    budi.log_in()
    expect(budi.chat("Dewi")).to_be_visible()
    expect(budi.composer).to_be_hidden()
    budi.open_chat("Dewi")
    expect(budi.conversations).to_be_hidden()
    budi.send("Dari ponsel saya.")
    assert budi.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    budi.page.get_by_role("button", name="Back to the list").click()
    expect(budi.chat("Dewi")).to_be_visible()
    expect(budi.composer).to_be_hidden()
    assert budi.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize(
    "path", ["/", "/inbox", "/inbox/1", "/settings/whatsapp", "/settings/team", "/settings/profile"]
)
def test_an_anonymous_visitor_is_sent_to_the_login(
    cast: Cast, chromium: Browser, system: System, customer: Customer, path: str
) -> None:
    visitor = Agent("Visitor", chromium, system.url)
    cast.people.append(visitor)
    visitor.page.goto(path)
    visitor.is_at("/login")
    expect(visitor.page.get_by_role("button", name="Log in")).to_be_visible()
    expect(visitor.page.get_by_text("Dewi")).to_have_count(0)
    visitor.leave()


def test_who_guesses_passwords_is_told_to_wait(
    cast: Cast, chromium: Browser, system: System, customer: Customer
) -> None:
    guesser = Agent("Guesser", chromium, system.url)
    cast.people.append(guesser)
    guesser.page.goto("/login")
    alert = guesser.page.get_by_role("alert")
    guesser.try_password("wrong password 0")
    expect(alert).to_contain_text("Email or password is not right")
    # With the eight that a person has; the answers come in the order of the attempts.
    for number in range(1, 9):
        guesser.try_password(f"wrong password {number}")
    expect(alert).to_contain_text("Too many attempts. Try again in")
    guesser.leave()


def test_a_half_filled_form_outlives_a_lost_connection(cast: Cast, customer: Customer) -> None:
    page = cast.siti.page.context.new_page()
    sockets: list[tuple[WebSocketRoute, WebSocketRoute]] = []
    page.route_web_socket(re.compile("/_event"), lambda socket: sockets.append((socket, socket.connect_to_server())))
    page.goto("/settings/team")
    until_at_work(page)
    page.get_by_role("button", name="Add agent").click()
    dialog = page.get_by_role("dialog", name="Add agent")
    dialog.get_by_role("textbox", name="Name").fill("Fajar")
    before = len(sockets)
    for end in sockets[-1]:
        end.close()
    until(lambda: bool(page.evaluate("true")) and len(sockets) > before, "the page to connect again")
    # Its answer comes after the page was filled again: in one tab, all happens in its order.
    dialog.get_by_role("textbox", name="Email").fill(cast.budi.email)
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Somebody with this email is already in the team.")
    expect(dialog.get_by_role("textbox", name="Name")).to_have_value("Fajar")
    page.close()


def test_who_may_only_read_is_told_so_and_keeps_their_draft(cast: Cast, customer: Customer) -> None:
    box = cast.budi.page.get_by_role("textbox", name="Message")
    read_only = cast.budi.page.get_by_role("note").filter(has_text="You may read conversations, but not answer them.")
    box.fill("Belum selesai")
    _let_reply(cast, is_allowed=False)
    expect(read_only).to_be_visible()
    expect(box).to_be_hidden()
    for act in ("Take", "Hand over", "Resolve", "More", "Edit name", "Change labels"):
        expect(cast.budi.page.get_by_role("button", name=act, exact=True)).to_have_count(0)
    _let_reply(cast, is_allowed=True)
    expect(cast.budi.page.get_by_role("button", name="Resolve", exact=True)).to_be_visible()
    expect(box).to_have_value("Belum selesai")
    expect(box).to_be_visible()
    expect(read_only).to_have_count(0)
    box.fill("")


def test_while_redis_is_away_every_page_says_reconnecting_and_then_all_resumes(
    cast: Cast, system: System, customer: Customer, redis_apart: RedisServer
) -> None:
    cast.siti.page.goto("/settings/whatsapp")
    redis_apart.kill()
    for page in (cast.budi.page, cast.siti.page):
        expect(page.get_by_role("status").filter(has_text="Reconnecting").first).to_be_visible()
    customer.write("Masih di sana?")
    # WhatsApp's times have whole seconds; only another one tells which was first.
    second = int(time.time())
    until(lambda: int(time.time()) > second, "the clock's next second")
    cast.budi.try_to_send("Sebentar ya.")
    redis_apart.start()
    cast.budi.is_live()
    expect(cast.budi.message("Masih di sana?")).to_be_visible()
    expect(cast.budi.message("Sebentar ya.")).to_be_visible()
    expect(customer.message("Sebentar ya.")).to_be_visible()
    expect(cast.siti.page.get_by_text("Reconnecting")).to_have_count(0)
    assert [line.body for line in in_database(system, customer.chat)][-2:] == ["Masih di sana?", "Sebentar ya."]


def test_a_deactivated_agent_is_signed_out_at_once(cast: Cast, system: System, customer: Customer) -> None:
    cast.siti.deactivate(cast.budi)
    cast.budi.is_at("/login")
    cast.budi.try_password(PASSWORD)
    expect(cast.budi.page.get_by_role("alert")).to_contain_text("Email or password is not right")
    assert query(system, "SELECT is_active FROM agent WHERE name = 'Budi'") == [(0,)]


def _let_reply(cast: Cast, *, is_allowed: bool) -> None:
    page = cast.siti.page
    page.goto("/settings/team")
    page.get_by_role("listitem", name="Budi").get_by_role("button", name="Capacity and shift of Budi").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("checkbox", name="May reply to customers").set_checked(is_allowed)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
