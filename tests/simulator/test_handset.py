"""The customer's phone, by its accessible names, in a real Chromium."""

import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from devtools.waiting import until
from tests.simulator.cast import SimulatorProcess
from tests.simulator.hands import add, business, choose, customers, expect_open, fill_in, write


@pytest.fixture
def roms(chromium: Browser, simulator: SimulatorProcess, handset: Page) -> Iterator[Page]:
    """WhatsApp's page, as ROMS has it open; it shows a QR."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{simulator.url}/?phone=7")
    yield page
    context.close()


def answer(roms: Page, simulator: SimulatorProcess, name: str, body: str) -> str:
    """ROMS sends; the id of the message."""
    chat = next(contact["id"] for contact in simulator.state()["contacts"] if contact["own_name"] == name)
    message_id = f"3EB0{len(simulator.state()['sent']):018X}"
    roms.evaluate(
        "([id, chat, body]) => require('SimLink').call({t: 'send', msg: {id, chat, body, type: 'chat'}})",
        [message_id, chat, body],
    )
    return message_id


def ack_of(simulator: SimulatorProcess, message_id: str) -> int:
    return next(message["ack"] for message in simulator.state()["sent"] if message["id"] == message_id)


def pair(handset: Page) -> None:
    panel = business(handset)
    panel.get_by_role("button", name="Scan QR code").click()
    expect(panel.get_by_role("button", name="Log out device")).to_be_visible()
    handset.get_by_role("tab", name="Customers").click()


def test_without_a_key_the_phones_are_listed(handset: Page) -> None:
    handset.goto("/phone")
    handset.get_by_role("link", name="Phone 7").click()
    expect(handset.get_by_role("heading", name="Phone", exact=True)).to_be_visible()


def test_scanning_works_only_while_a_code_is_shown(
    handset: Page, simulator: SimulatorProcess, chromium: Browser
) -> None:
    scan = business(handset).get_by_role("button", name="Scan QR code")
    expect(scan).to_be_disabled()
    roms = chromium.new_page()
    roms.goto(f"{simulator.url}/?phone=7")
    scan.click()
    expect(roms.get_by_text("ready")).to_be_visible()
    expect(handset.get_by_role("status").get_by_text("ROMS is linked")).to_be_visible()
    handset.get_by_role("button", name="Log out device").click()
    expect(scan).to_be_enabled()
    roms.close()


def test_the_pairing_code_is_typed_here(handset: Page, roms: Page) -> None:
    panel = business(handset)
    expect(panel.get_by_role("button", name="Scan QR code")).to_be_enabled()
    panel.get_by_role("textbox", name="Pairing code").fill("AAAA-AAAA")
    panel.get_by_role("button", name="Link with code").click()
    expect(panel.get_by_role("alert")).to_contain_text("pairing by code")
    code = roms.evaluate("require('SimLink').call({t: 'link_code', phone: '6281299990000'})")
    panel.get_by_role("textbox", name="Pairing code").fill(code)
    panel.get_by_role("button", name="Link with code").click()
    expect(panel.get_by_role("button", name="Log out device")).to_be_visible()
    expect(handset.get_by_text("+62 812-9999-0000")).to_be_visible()


def test_one_person_is_several_customers(handset: Page, roms: Page, simulator: SimulatorProcess) -> None:
    pair(handset)
    handset.get_by_role("button", name="Dewi Lestari").click()
    expect_open(handset, "Dewi Lestari")
    write(customers(handset), "Halo, saya Dewi")
    add(handset, "Bang Jago", "0812-9999-0001", hidden=True)
    write(customers(handset), "Saya Jago")
    by_body = {message["body"]: message["chat"] for message in simulator.state()["messages"]}
    assert len(set(by_body.values())) == 2
    jago = next(contact for contact in simulator.state()["contacts"] if contact["pushname"] == "Bang Jago")
    assert (jago["pn"], jago["hides_number"]) == ("6281299990001@c.us", True)


def test_an_answer_is_read_when_its_chat_is_looked_at(handset: Page, roms: Page, simulator: SimulatorProcess) -> None:
    pair(handset)
    add(handset, "Dewi", "0812-3000-1001")
    write(customers(handset), "Halo")
    add(handset, "Rizky", "0812-3000-1002")
    message_id = answer(roms, simulator, "Dewi", "Ya kak?")
    expect(customers(handset).get_by_role("option", name="Dewi", exact=True)).to_have_attribute(
        "aria-description", "1 unread. Ya kak?"
    )
    assert ack_of(simulator, message_id) == 2
    choose(customers(handset), "Dewi")
    expect(customers(handset).get_by_role("log", name="Messages").get_by_text("Ya kak?")).to_be_visible()
    until(lambda: ack_of(simulator, message_id) == 3)
    at_once = answer(roms, simulator, "Dewi", "Ada lagi?")
    until(lambda: ack_of(simulator, at_once) == 3)


def test_a_phone_that_is_off_gets_it_later(handset: Page, roms: Page, simulator: SimulatorProcess) -> None:
    pair(handset)
    add(handset, "Dewi", "0812-3000-1001")
    switch = customers(handset).get_by_role("switch", name="Phone on")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    message_id = answer(roms, simulator, "Dewi", "Halo?")
    assert ack_of(simulator, message_id) == 1
    switch.click()
    until(lambda: ack_of(simulator, message_id) == 3)


def test_the_customers_ticks_turn_when_the_business_reads(
    handset: Page, roms: Page, simulator: SimulatorProcess
) -> None:
    pair(handset)
    add(handset, "Dewi", "0812-3000-1001")
    write(customers(handset), "Halo")
    log = customers(handset).get_by_role("log", name="Messages")
    expect(log.get_by_role("img", name="delivered")).to_be_visible()
    chat = simulator.state()["chats"][0]["id"]
    roms.evaluate("(chat) => require('SimLink').send({t: 'seen', chat})", chat)
    expect(log.get_by_role("img", name="read", exact=True)).to_be_visible()


def test_the_owner_answers_on_the_phone_itself(handset: Page, roms: Page, simulator: SimulatorProcess) -> None:
    pair(handset)
    add(handset, "Dewi", "0812-3000-1001")
    write(customers(handset), "Halo")
    panel = business(handset)
    choose(panel, "Dewi")
    write(panel, "Dari HP toko")
    assert [m["by"] for m in simulator.state()["messages"]] == ["customer", "owner"]
    handset.get_by_role("tab", name="Customers").click()
    expect(customers(handset).get_by_role("log", name="Messages").get_by_text("Dari HP toko")).to_be_visible()


def test_trouble_can_be_made(handset: Page, roms: Page, simulator: SimulatorProcess) -> None:
    pair(handset)
    panel = business(handset)
    panel.get_by_role("switch", name="Refuse next message").click()
    until(lambda: simulator.state()["fail_next_send"] == 1)
    panel.get_by_role("switch", name="Network").click()
    expect(handset.get_by_role("status").get_by_text("Network is off")).to_be_visible()
    assert simulator.state()["online"] is False


def test_any_text_is_harmless(handset: Page) -> None:
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    handset.on("dialog", note)
    add(handset, "<b>Dewi</b>", "0812-3000-1001")
    for text in ("<img src=x onerror=alert(1)>", "مرحبا كيف حالك", "👨‍👩‍👧‍👦 keluarga", "\u200b\u202e terbalik"):
        write(customers(handset), text)
    expect(customers(handset).get_by_role("option", name="<b>Dewi</b>", exact=True)).to_be_visible()
    assert customers(handset).get_by_role("log").locator("b, img[src]").count() == 0
    assert dialogs == []


def test_the_longest_message_is_folded_and_opens(handset: Page, simulator: SimulatorProcess) -> None:
    add(handset, "Dewi", "0812-3000-1001")
    longest = "panjang " * 8192
    customers(handset).get_by_role("textbox", name="Message").fill(longest)
    customers(handset).get_by_role("button", name="Send").click()
    customers(handset).get_by_role("button", name="Read all 65,536 characters").click()
    until(lambda: [m["body"] for m in simulator.state()["messages"]] == [longest])
    assert customers(handset).get_by_role("log").get_by_text("panjang").text_content() == longest


def test_wrong_input_is_answered_in_the_dialog(handset: Page) -> None:
    fill_in(handset, "Dewi", "12")
    dialog = handset.get_by_role("dialog", name="New customer")
    expect(dialog.get_by_role("alert")).to_have_text(
        "That is no phone number. Write it like 0812-3456-7890 or +62 812-3456-7890."
    )
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()


def test_a_text_is_given_back_while_the_simulator_is_away(handset: Page, simulator: SimulatorProcess) -> None:
    add(handset, "Dewi", "0812-3000-1001")
    write(customers(handset), "sebelum")
    simulator.end(signal.SIGKILL)
    box = customers(handset).get_by_role("textbox", name="Message")
    box.fill("jangan hilang")
    customers(handset).get_by_role("button", name="Send").click()
    expect(customers(handset).get_by_role("alert")).to_contain_text("doesn't answer")
    expect(box).to_have_value("jangan hilang")
    simulator.start()
    expect(handset.locator("#notice")).to_be_hidden()
    expect(box).to_have_value("jangan hilang")
    expect(customers(handset).get_by_role("log").get_by_text("sebelum")).to_be_visible()
    customers(handset).get_by_role("button", name="Send").click()
    expect(customers(handset).get_by_role("log").get_by_text("jangan hilang")).to_be_visible()


def test_the_keyboard_is_enough(handset: Page) -> None:
    for name, number in (("Dewi", "0812-3000-1001"), ("Rizky", "0812-3000-1002")):
        add(handset, name, number)
    write(customers(handset), "dari Rizky")
    # The list follows the thread: until then Rizky is the last, and there is nothing below.
    expect(customers(handset).get_by_role("option").first).to_have_attribute("aria-label", "Rizky")
    customers(handset).get_by_role("option", name="Rizky", exact=True).focus()
    handset.keyboard.press("ArrowDown")
    handset.keyboard.press("Enter")
    box = customers(handset).get_by_role("textbox", name="Message")
    expect(box).to_be_focused()
    handset.keyboard.type("baris satu")
    handset.keyboard.press("Shift+Enter")
    handset.keyboard.type("baris dua")
    handset.keyboard.press("Enter")
    expect(customers(handset).get_by_role("log")).to_contain_text("baris satu\nbaris dua")
    expect(customers(handset).get_by_role("option", name="Dewi", exact=True)).to_have_attribute("aria-selected", "true")


def test_a_small_screen_shows_one_thing_at_a_time(handset: Page) -> None:
    handset.set_viewport_size({"width": 390, "height": 844})
    add(handset, "Dewi", "0812-3000-1001")
    write(customers(handset), "Halo")
    expect(customers(handset).get_by_role("listbox", name="Customers")).to_be_hidden()
    customers(handset).get_by_role("button", name="Back").click()
    expect(customers(handset).get_by_role("option", name="Dewi", exact=True)).to_be_visible()
    assert handset.evaluate("document.documentElement.scrollWidth") <= 390
