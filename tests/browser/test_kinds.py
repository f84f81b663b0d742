"""One thread that holds every kind of message, in both directions, as an agent sees, hears, answers and downloads it.

Every file is compared byte for byte: what the customer sent with what the agent's browser gets, what the agent chose
with what is on the customer's phone.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, expect, sync_playwright

from devtools import every_kind
from devtools.every_kind import Sample
from devtools.people import Agent, Cast, Customer
from devtools.system import System
from devtools.waiting import PATIENCE, until
from tests.browser.conftest import RESULTS
from tests.browser.ledger import query
from wa_worker.browser.chromium import find_chromium, switches

#: A microphone that hums, and nobody who has to allow it.
MICROPHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
NOTHING_PENDS = "document.getAnimations().every((each) => each.playState !== 'pending')"
#: A message shines for a moment only, which a slow machine may be over with when it is looked at.
REMEMBER_SHINE = """(line) => new MutationObserver(() => {
  if (document.querySelector(`[data-message="${line}"].roms-shines`)) window.hasShone = true;
}).observe(document.body, { subtree: true, attributeFilter: ["class"] })"""
#: What the thread calls each file of the customer.
FILES = {
    "image": "image",
    "video": "video",
    "voice": "ptt",
    "audio": "audio",
    "document": "document",
    "sticker": "sticker",
}


@cache
def theirs() -> dict[str, Sample]:
    """The customer's files. They are made on first use, not in each process that collects the tests."""
    return every_kind.samples(hue=150)


@cache
def ours() -> dict[str, Sample]:
    """The agents' files."""
    return every_kind.samples(hue=20)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """As elsewhere, with a microphone."""
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*switches(), *MICROPHONE])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def rina(cast: Cast, system: System) -> Customer:
    """She writes to a shop that is set up and where Budi is at work."""
    cast.siti.set_up()
    cast.siti.is_at("/settings/whatsapp")
    cast.siti.add_demo_phone()
    expect(cast.siti.qr_code).to_be_visible()
    system.ctl(cast.phone.key, "scan")
    cast.siti.is_at("/inbox")
    cast.siti.add_agent(cast.budi)
    cast.budi.log_in()
    cast.budi.is_live()
    rina = cast.customer("Rina", "081211110007")
    rina.write("Selamat pagi")
    cast.budi.open_chat("Rina")
    return rina


@pytest.fixture(scope="module")
def ids(cast: Cast, system: System, rina: Customer) -> dict[str, str]:
    """Everything she sends, by name: the lines of the thread."""
    sent = every_kind.play(lambda cmd, **draft: system.ctl(cast.phone.key, cmd, **draft), rina.chat, theirs())
    return {name: line_of(system, wa_id) for name, wa_id in sent.items()}


def line_of(system: System, wa_message_id: str) -> str:
    """ "m17", once ROMS has it."""

    def found() -> str:
        rows = query(system, "SELECT id FROM message WHERE wa_message_id = ?", wa_message_id)
        return f"m{rows[0][0]}" if rows else ""

    return until(found, f"message {wa_message_id} in the database", 60)


def bubble(agent: Agent, line: str) -> Locator:
    """One message of the thread."""
    return agent.log.locator(f'[data-message="{line}"]')


def digest_of(agent: Agent, url: str) -> str:
    """Of what the agent's own browser gets."""
    answer = agent.page.request.get(url)
    assert answer.status == 200, url
    return hashlib.sha256(answer.body()).hexdigest()


def menu_of(agent: Agent, line: str) -> Locator:
    """Opened as with a mouse."""
    row = bubble(agent, line)
    row.hover()
    row.get_by_role("button", name=re.compile("^Actions for the message")).click()
    menu = agent.page.get_by_role("menu", name="Message actions")
    expect(menu).to_be_visible()
    return menu


def on_the_phone(cast: Cast, rina: Customer, kind: str) -> list[dict[str, object]]:
    """The messages of a kind that ROMS sent her, as WhatsApp has them."""
    messages = cast.system.simulator_state(cast.phone.key)["messages"]
    return [m for m in messages if m["chat"] == rina.chat and m["fromMe"] and m["type"] == kind]


def bytes_on_the_phone(cast: Cast, message: dict[str, object]) -> bytes:
    return httpx.get(f"{cast.system.simulator_url}/sim/media/{message['filehash']}", timeout=PATIENCE).content


@pytest.mark.foundation
@pytest.mark.parametrize("name", list(FILES))
def test_every_file_of_the_customer_comes_byte_for_byte(cast: Cast, ids: dict[str, str], name: str) -> None:
    sample: Sample = theirs()[FILES[name]]
    row = bubble(cast.budi, ids[name])
    there = {
        "image": row.get_by_role("img", name="Yang seperti ini masih ada?"),
        "video": row.locator("video"),
        "voice": row.get_by_role("button", name=re.compile("^Play Voice message from Rina")),
        "audio": row.get_by_role("button", name=re.compile("^Play Audio from Rina")),
        "document": row.get_by_role("link", name=re.compile("Daftar harga grosir.*PDF")),
        "sticker": row.get_by_role("img", name=re.compile("^Sticker from Rina, ")),
    }[name]
    expect(there).to_be_visible()
    assert digest_of(cast.budi, f"/media/message/{ids[name][1:]}") == sample.sha256


def test_pictures_are_painted_and_their_room_was_theirs_before(cast: Cast, ids: dict[str, str]) -> None:
    for name, ratio in (("image", 4 / 3), ("sticker", 1.0)):
        image = bubble(cast.budi, ids[name]).locator("img.roms-picture-image")
        image.scroll_into_view_if_needed()
        until(lambda image=image: image.evaluate("i => i.complete && i.naturalWidth > 0"), f"the {name} painted")
        box = bubble(cast.budi, ids[name]).locator(".roms-picture").bounding_box()
        assert box and abs(box["width"] / box["height"] - ratio) < 0.02


def test_a_document_is_downloaded_under_its_name(cast: Cast, ids: dict[str, str]) -> None:
    with cast.budi.page.expect_download() as download:
        bubble(cast.budi, ids["document"]).get_by_role("link", name=re.compile("Daftar harga")).click()
    assert download.value.suggested_filename == theirs()["document"].filename
    assert Path(download.value.path()).read_bytes() == theirs()["document"].data


def test_a_voice_note_plays_stops_and_is_sought(cast: Cast, ids: dict[str, str]) -> None:
    row = bubble(cast.budi, ids["voice"])
    # On a slow machine its three seconds would be over before the click on Pause.
    row.locator("audio").evaluate("audio => { audio.loop = true }")
    row.get_by_role("button", name=re.compile("^Play Voice message")).click()
    pause = row.get_by_role("button", name="Pause")
    expect(pause).to_be_visible()
    sought = row.get_by_role("slider", name="Position")
    until(lambda: float(sought.input_value()) > 0, "the voice note to play")
    pause.click()
    row.get_by_role("button", name="Speed 1×").click()
    expect(row.get_by_role("button", name="Speed 1.5×")).to_be_visible()
    sought.fill("500")
    at = row.locator("audio").evaluate("a => a.currentTime / a.duration")
    assert 0.4 < at < 0.6


def test_a_picture_is_seen_at_full_size_by_keyboard(cast: Cast, ids: dict[str, str]) -> None:
    page = cast.budi.page
    opener = bubble(cast.budi, ids["image"]).locator("button.roms-picture-open")
    opener.focus()
    page.keyboard.press("Enter")
    large = page.get_by_role("dialog", name="Full size")
    expect(large.get_by_role("img", name="Yang seperti ini masih ada?")).to_be_visible()
    expect(large).to_contain_text("1 of 3")
    page.keyboard.press("ArrowRight")
    expect(large).to_contain_text("2 of 3")
    expect(large.locator("video")).to_be_visible()
    page.keyboard.press("Escape")
    expect(large).to_be_hidden()
    expect(opener).to_be_focused()


def test_places_people_polls_calls_and_notices_say_what_they_are(cast: Cast, ids: dict[str, str]) -> None:
    place = bubble(cast.budi, ids["location"])
    expect(place).to_contain_text("Gedung Sate")
    expect(place).to_contain_text("-6.90250, 107.61880")
    link = place.get_by_role("link", name="Open the map")
    assert "openstreetmap.org/?mlat=-6.90250&mlon=107.61880" in (link.get_attribute("href") or "")
    expect(bubble(cast.budi, ids["contact"])).to_contain_text("Pak Budi")
    expect(bubble(cast.budi, ids["contact"])).to_contain_text("+62 812-3000-7001")
    expect(bubble(cast.budi, ids["poll"]).get_by_role("listitem")).to_have_text(["Senin", "Rabu", "Jumat"])
    expect(bubble(cast.budi, ids["view_once"])).to_contain_text("View-once message")
    expect(bubble(cast.budi, ids["call"])).to_contain_text("Missed video call")
    expect(cast.budi.log.get_by_text("The security code of this chat changed")).to_be_visible()
    expect(bubble(cast.budi, ids["undecrypted"])).to_contain_text("could not read this message yet")
    expect(bubble(cast.budi, ids["unsupported"])).to_contain_text("(brand_new_kind)")


def test_what_happens_to_messages_is_seen(cast: Cast, ids: dict[str, str]) -> None:
    expect(bubble(cast.budi, ids["forwarded"])).to_contain_text("Forwarded")
    expect(bubble(cast.budi, ids["edited"])).to_contain_text("Jadi 25 kotak.")
    expect(bubble(cast.budi, ids["edited"])).to_contain_text("edited")
    expect(bubble(cast.budi, ids["deleted"])).to_contain_text("This message was deleted")
    expect(bubble(cast.budi, ids["reacted"]).get_by_role("button", name="🙏 1")).to_be_visible()
    quote = bubble(cast.budi, ids["quoted"]).get_by_role("button", name=re.compile("Rina.*Yang seperti ini"))
    cast.budi.page.evaluate(REMEMBER_SHINE, ids["image"])
    quote.click()
    expect(bubble(cast.budi, ids["image"])).to_be_in_viewport()
    until(lambda: cast.budi.page.evaluate("window.hasShone"), "the picture shines")


def test_the_menu_of_a_message_is_reached_and_left_by_keyboard(
    cast: Cast, system: System, rina: Customer, ids: dict[str, str]
) -> None:
    """Also when the last thing in the thread is a call, which nothing can be done with."""
    call = system.ctl(cast.phone.key, "message", chat=rina.chat, type="call_log", call={"outcome": "missed"})
    expect(bubble(cast.budi, line_of(system, call["message"]["id"]))).to_contain_text("Missed voice call")
    page, actions = cast.budi.page, re.compile("^Actions for the message")
    last = bubble(cast.budi, ids["unsupported"]).get_by_role("button", name=actions)
    cast.budi.log.evaluate("log => log.scrollTo(0, log.scrollHeight)")
    expect(page.get_by_role("button", name="Jump to the latest message")).to_have_count(0)
    page.get_by_role("button", name="Attach").focus()
    page.keyboard.press("Shift+Tab")
    expect(last).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(last).not_to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    menu = page.get_by_role("menu", name="Message actions")
    expect(menu.get_by_role("menuitemcheckbox", name="React with 👍")).to_be_focused()
    page.keyboard.press("End")
    expect(menu.get_by_role("menuitem", name="Copy text")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(last).to_be_focused()


def test_every_button_of_the_thread_has_a_name(cast: Cast, ids: dict[str, str]) -> None:
    named = "e.ariaLabel || e.textContent.trim() || e.querySelector('img[alt]:not([alt=\"\"])')"
    controls = cast.budi.thread.locator("button, a, input, video, textarea")
    assert controls.count() > 40
    assert controls.evaluate_all(f"all => all.filter(e => !({named})).map(e => e.outerHTML)") == []


def test_a_secret_becomes_readable_in_its_place(
    cast: Cast, system: System, rina: Customer, ids: dict[str, str]
) -> None:
    wa_id = query(system, "SELECT wa_message_id FROM message WHERE id = ?", int(ids["undecrypted"][1:]))[0][0]
    system.ctl(cast.phone.key, "decrypt", id=wa_id, chat=rina.chat, body="Ini alamatnya kak.")
    expect(bubble(cast.budi, ids["undecrypted"])).to_contain_text("Ini alamatnya kak.")


def test_our_reaction_reaches_the_customer_and_is_taken_back(cast: Cast, rina: Customer, ids: dict[str, str]) -> None:
    menu_of(cast.budi, ids["text"]).get_by_role("menuitemcheckbox", name="React with 👍").click()
    ours = bubble(cast.budi, ids["text"]).get_by_role("button", name="👍 1, also from us")
    expect(ours).to_have_attribute("aria-pressed", "true")
    until(lambda: "👍" in _reactions(cast), "the reaction at WhatsApp")
    ours.click()
    until(lambda: "👍" not in _reactions(cast), "the reaction taken back")
    expect(ours).to_have_count(0)


def _reactions(cast: Cast) -> list[str]:
    return [r["text"] for r in cast.system.simulator_state(cast.phone.key)["reactions"] if r["text"]]


def test_an_answer_to_one_message_is_quoted_on_the_customers_phone(
    cast: Cast, rina: Customer, ids: dict[str, str]
) -> None:
    menu_of(cast.budi, ids["image"]).get_by_role("menuitem", name="Reply").click()
    cast.budi.send("Masih ada kak, tinggal yang hijau.")
    until(lambda: _quoted_by_us(cast, rina, "Masih ada kak"), "the answer at WhatsApp")
    row = cast.budi.message("Masih ada kak, tinggal yang hijau.")
    expect(row.get_by_role("button", name=re.compile("Rina.*Yang seperti ini"))).to_be_visible()


def _quoted_by_us(cast: Cast, rina: Customer, start: str) -> bool:
    image = next(m for m in _all(cast, rina) if m.get("caption") == "Yang seperti ini masih ada?" and not m["fromMe"])
    return any(m["fromMe"] and m["body"].startswith(start) and m.get("quoted") == image["id"] for m in _all(cast, rina))


def _all(cast: Cast, rina: Customer) -> list[dict[str, str]]:
    return [m for m in cast.system.simulator_state(cast.phone.key)["messages"] if m["chat"] == rina.chat]


@pytest.mark.parametrize("kind", ["image", "video", "audio", "document"])
def test_our_files_reach_the_customer_byte_for_byte(cast: Cast, rina: Customer, tmp_path: Path, kind: str) -> None:
    sample = ours()[kind]
    path = tmp_path / sample.filename
    path.write_bytes(sample.data)
    before = len(on_the_phone(cast, rina, kind))
    choose = "Photo or video" if kind in ("image", "video") else "Document"
    page = cast.budi.page
    page.get_by_role("button", name="Attach").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("menuitem", name=choose).click()
    chooser.value.set_files(path)
    send = cast.budi.thread.get_by_role("button", name="Send", exact=True)
    tray = cast.budi.thread.get_by_role("list", name="Files to send")
    expect(tray.get_by_text(sample.filename)).to_be_visible()
    send.click()
    until(lambda: len(on_the_phone(cast, rina, kind)) > before, f"our {kind} at WhatsApp", 60)
    assert bytes_on_the_phone(cast, on_the_phone(cast, rina, kind)[-1]) == sample.data


def test_our_voice_note_is_one_on_the_customers_phone(cast: Cast, rina: Customer) -> None:
    page = cast.budi.page
    players = cast.budi.log.locator(".roms-ours roms-player")
    before = players.count()
    page.get_by_role("button", name="Record voice note").click()
    clock = page.locator("[data-recorder]").get_by_text(re.compile(r"^(?!0:00)\d+:\d\d"))
    expect(clock.first).to_be_visible()
    cast.budi.thread.get_by_role("button", name="Send", exact=True).click()
    until(lambda: on_the_phone(cast, rina, "ptt"), "our voice note at WhatsApp", 60)
    [sent] = on_the_phone(cast, rina, "ptt")
    expect(players).to_have_count(before + 1)
    assert bytes_on_the_phone(cast, sent)[:4] == b"OggS"
    assert digest_of(cast.budi, players.last.get_attribute("src") or "") == sent["sha256"]


def test_a_download_that_failed_is_asked_for_again(cast: Cast, system: System, rina: Customer) -> None:
    """Three damaged answers are as many as ROMS asks for by itself; the fourth is whole."""
    system.ctl(cast.phone.key, "fail_media", count=3, how="corrupt")
    sample = every_kind.samples(hue=77)["image"]
    sent = system.ctl(cast.phone.key, "message", chat=rina.chat, **sample.draft(caption="Yang rusak"))
    line = line_of(system, sent["message"]["id"])
    row = bubble(cast.budi, line)
    expect(row).to_contain_text("Could not be downloaded: it came damaged.")
    expect(row.get_by_role("img", name="Yang rusak")).to_have_count(0)
    row.get_by_role("button", name="Download again").click()
    expect(row.get_by_role("img", name="Yang rusak")).to_be_visible()
    assert digest_of(cast.budi, f"/media/message/{line[1:]}") == sample.sha256


def test_the_whole_thread_is_kept_as_a_picture(cast: Cast, ids: dict[str, str]) -> None:
    """For whoever changes how it looks: test-results/every-kind-*.png. Nothing is wider than the page."""
    RESULTS.mkdir(exist_ok=True)
    page = cast.budi.page
    for name, width in (("wide", 1280), ("phone", 390)):
        page.set_viewport_size({"width": width, "height": 5200})
        for image in cast.budi.log.locator("img.roms-picture-image").all():
            image.scroll_into_view_if_needed()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            until(lambda: page.evaluate(NOTHING_PENDS), "the page stands still")
            page.screenshot(path=RESULTS / f"every-kind-{name}-{scheme}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        wide = "all => all.filter(b => b.scrollWidth > b.clientWidth + 1).map(b => b.textContent)"
        assert cast.budi.log.locator(".roms-bubble").evaluate_all(wide) == []
