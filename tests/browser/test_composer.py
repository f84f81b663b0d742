"""The composer in real Chromium, with a microphone that hums: files, voice notes, quotes, keys, phones.

Only the app runs, on Redis and SQLite of the test's own: what is told here ends in the outbox and the media store.
How a queued file reaches a customer is the worker's matter (tests/worker).
"""

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Route, expect, sync_playwright
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from devtools.people import DESKTOP, PHONE
from devtools.system import ROOT, free_port
from devtools.waiting import PATIENCE, until
from roms_app import database
from roms_app.models import Attachment, Conversation, Message
from roms_app.ops import frontend
from roms_app.services import sessions
from roms_app.services.intake import intake
from tests.support import cast as says
from tests.support.cast import make_cast
from tests.support.servers import RedisServer
from tests.support.tabs import sign_in
from wa_worker.browser.chromium import find_chromium, switches

_DEVICES = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
#: A recording has run for a second at least: a page that is looked at late shows no single second for sure.
BEGUN = re.compile(r"^(?!0:00$)\d+:\d\d$")
#: How a page is told that files were pasted, or are dragged over it and dropped: browsers let no script do it by hand.
_HAND_OVER = """([where, name, files]) => {
  const data = new DataTransfer();
  for (const [title, type, text] of files) {
    const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
    data.items.add(new File([bytes], title, { type }));
  }
  const options = { bubbles: true, cancelable: true };
  const event = name === "paste"
    ? new ClipboardEvent(name, { ...options, clipboardData: data })
    : new DragEvent(name, { ...options, dataTransfer: data });
  document.querySelector(where).dispatchEvent(event);
}"""


def picture(colour: str) -> bytes:
    """A picture whose bytes are its own."""
    out = io.BytesIO()
    Image.new("RGB", (320, 200), colour).save(out, "PNG")
    return out.getvalue()


@dataclass
class Shop:
    """A running app with one number, Budi who answers, and two customers who wrote: Dewi (1) and Rina (2)."""

    data_dir: Path
    redis: RedisServer
    port: int = field(default_factory=free_port)
    budi: str = ""
    engine: Engine | None = None
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        """Fill the database, then serve it."""
        url = f"sqlite:///{self.data_dir / 'roms.db'}"
        self.engine = database.make_engine(url)
        database.upgrade(self.engine)
        database.use_engine(self.engine)
        with database.writing_session() as session:
            made = make_cast(session)
            for customer, name in ((1, "Dewi"), (2, "Rina")):
                intake.receive_batch(session, [says.received(made.shop, customer, "Apakah ada?", push_name=name)])
            session.commit()
        self.budi = sign_in(made.budi.id or 0)
        settings = {"DATA_DIR": str(self.data_dir), "PORT": str(self.port), "PUBLIC_URL": self.url, "MEDIA_MAX_MB": "1"}
        named = {f"ROMS_{name}": value for name, value in settings.items()}
        env = {**os.environ, **named, "REDIS_URL": self.redis.url, "ROMS_ENV_FILE": "", "PYTHONPATH": str(ROOT)}
        log = (self.data_dir / "serve.log").open("wb")
        roms = Path(sys.executable).parent / "roms"
        self._process = subprocess.Popen(  # noqa: S603
            [str(roms), "serve"], cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True
        )
        until(lambda: httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200, "the app")

    def close(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(PATIENCE)
        database.use_engine(None)
        if self.engine is not None:
            self.engine.dispose()

    def sent(self, customer: int) -> list[tuple[Message, Attachment | None]]:
        """Our replies to a customer, oldest first."""
        with Session(self.engine) as session:
            chat = session.exec(select(Conversation.id).where(Conversation.chat_jid == says.jid(customer))).one()
            found = select(Message).where(Message.conversation_id == chat, Message.direction == "outbound")
            return [(each, session.get(Attachment, each.id)) for each in session.exec(found.order_by(col(Message.id)))]

    def stored(self, attachment: Attachment | None) -> bytes:
        """The bytes of a file."""
        assert attachment is not None
        assert attachment.media_key
        return (self.data_dir / "media" / attachment.media_key).read_bytes()


class Desk:
    """Budi's page, as he sees the composer."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def box(self) -> Locator:
        return self.page.get_by_role("textbox", name="Message", exact=True)

    @property
    def tray(self) -> Locator:
        return self.page.get_by_role("list", name="Files to send").get_by_role("listitem")

    @property
    def bubbles(self) -> Locator:
        return self.page.locator(".roms-ours")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def open_chat(self, name: str) -> None:
        self.page.get_by_role("option", name=name, exact=True).click()
        expect(self.page.get_by_role("region", name="Conversation", exact=True).get_by_role("heading")).to_have_text(
            name
        )

    def attach(self, choice: str, *files: tuple[str, str, bytes]) -> None:
        """By the menu: (name, type, content)."""
        self.button("Attach").click()
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("menuitem", name=choice).click()
        chooser.value.set_files([{"name": name, "mimeType": kind, "buffer": data} for name, kind, data in files])

    def hand_over(self, event: str, where: str, *files: tuple[str, str, str]) -> None:
        """Paste or drag: (name, type, base64)."""
        self.page.evaluate(_HAND_OVER, [where, event, files])


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """With a camera and a microphone that need nobody's permission."""
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*switches(), *_DEVICES])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    frontend.build(print)
    redis = RedisServer()
    redis.start()
    shop = Shop(tmp_path_factory.mktemp("shop"), redis)
    try:
        shop.open()
        yield shop
    finally:
        shop.close()
        redis.close()


@pytest.fixture(scope="module")
def tab(shop: Shop, chromium: Browser) -> Iterator[Page]:
    """Budi's browser."""
    context = chromium.new_context(base_url=shop.url, locale="en-GB", permissions=["microphone"])
    context.set_default_timeout(PATIENCE * 1000)
    context.add_cookies([{"name": sessions.COOKIE, "value": shop.budi, "url": shop.url}])
    yield context.new_page()
    context.close()


@pytest.fixture
def desk(tab: Page) -> Desk:
    """Budi at his desk, with Dewi's thread open and nothing in the composer."""
    desk = Desk(tab)
    tab.set_viewport_size(DESKTOP)
    if tab.url.startswith("http"):
        tab.evaluate("sessionStorage.clear()")
    tab.goto("/inbox")
    # The chats were given to whoever's turn it was.
    tab.get_by_role("tab", name="All").click()
    desk.open_chat("Dewi")
    return desk


def test_files_are_attached_by_the_menu_and_sent_in_their_order(shop: Shop, desk: Desk) -> None:
    before = len(shop.sent(1))
    red, blue = picture("red"), picture("blue")
    desk.attach("Photo or video", ("merah.png", "image/png", red), ("biru.png", "image/png", blue))
    expect(desk.tray).to_have_count(2)
    expect(desk.tray.first.locator("img")).to_have_attribute("src", re.compile("^blob:"))
    desk.attach("Document", ("Faktur.pdf", "application/pdf", b"%PDF-1.7\n%%EOF"))
    expect(desk.tray).to_have_count(3)
    desk.page.get_by_role("textbox", name="Caption of biru.png").fill("Belakang")
    desk.box.fill("Depan")
    desk.box.press("Enter")
    expect(desk.tray).to_have_count(0)
    expect(desk.box).to_have_value("")
    (first, one), (second, two), (third, three) = shop.sent(1)[before:]
    assert [(each.kind, each.body) for each in (first, second, third)] == [
        ("image", "Depan"), ("image", "Belakang"), ("document", ""),
    ]  # fmt: skip
    assert (shop.stored(one), shop.stored(two)) == (red, blue)
    assert three is not None
    assert (three.filename, three.mimetype) == ("Faktur.pdf", "application/pdf")


def test_a_picture_is_pasted_and_files_are_dropped_where_the_zone_says(shop: Shop, desk: Desk) -> None:
    desk.hand_over("paste", "#roms-composer", ("image.png", "image/png", "iVBORw0KGgo="))
    expect(desk.tray).to_have_count(1)
    zone = desk.page.get_by_text("Drop the files here to attach them")
    expect(zone).to_be_hidden()
    desk.hand_over("dragenter", ".roms-thread", ("a.txt", "text/plain", "aGFsbw=="))
    expect(zone).to_be_visible()
    desk.hand_over("drop", "#roms-messages", ("a.txt", "text/plain", "aGFsbw=="), ("b.txt", "text/plain", "aGFp"))
    expect(zone).to_be_hidden()
    expect(desk.tray).to_have_count(3)
    desk.button("Remove a.txt").click()
    expect(desk.tray).to_have_count(2)


def test_a_refused_file_says_why_in_its_place_and_a_lost_one_is_tried_again(shop: Shop, desk: Desk) -> None:
    desk.attach("Document", ("besar.bin", "application/octet-stream", bytes(1024 * 1024 + 1)))
    expect(desk.tray.get_by_role("alert")).to_have_text("Files may have 1 MB. Make it smaller, or send a link.")
    desk.button("Remove besar.bin").click()
    desk.page.route("**/media/upload*", lambda route: route.abort())
    desk.attach("Document", ("nota.txt", "text/plain", b"Nota 17"))
    expect(desk.tray.get_by_role("alert")).to_have_text("The connection was lost.")
    desk.box.fill("Ini notanya")
    desk.button("Send").click()
    expect(desk.page.get_by_text("Try it again or remove it, then send.")).to_be_visible()
    expect(desk.box).to_have_value("Ini notanya")
    desk.page.unroute("**/media/upload*")
    desk.tray.get_by_role("button", name="Retry").click()
    expect(desk.tray.get_by_text("7 byte")).to_be_visible()
    desk.button("Send").click()
    expect(desk.tray).to_have_count(0)
    message, attachment = shop.sent(1)[-1]
    assert (message.body, shop.stored(attachment)) == ("Ini notanya", b"Nota 17")


def test_tray_and_draft_stay_with_their_conversation(shop: Shop, desk: Desk) -> None:
    desk.attach("Document", ("untuk-dewi.txt", "text/plain", b"Dewi"))
    desk.box.fill("Untuk Dewi")
    desk.open_chat("Rina")
    expect(desk.tray).to_have_count(0)
    expect(desk.box).to_have_value("")
    desk.open_chat("Dewi")
    expect(desk.tray).to_have_count(1)
    expect(desk.box).to_have_value("Untuk Dewi")


def test_a_voice_note_is_recorded_heard_and_sent(shop: Shop, desk: Desk) -> None:
    desk.box.fill("Teks yang belum selesai")
    desk.button("Record voice note").click()
    timer = desk.page.get_by_role("timer", name="Recording")
    expect(timer).to_have_text(BEGUN)
    has_level = "(bars) => bars.some((bar) => bar.style.getPropertyValue('--level') > 0)"
    until(lambda: desk.page.locator("#roms-level span").evaluate_all(has_level), "the level moves")
    desk.button("Stop").click()
    player = desk.page.get_by_label("Your recording")
    expect(player.locator("audio")).to_have_attribute("src", re.compile("^blob:"))
    player.locator("audio").evaluate("(audio) => audio.play()")
    until(lambda: player.locator("audio").evaluate("(audio) => audio.played.length > 0"), "the recording is heard")
    desk.page.get_by_role("group", name="Voice note").get_by_role("button", name="Send").click()
    expect(player).to_be_hidden()
    expect(desk.box).to_have_value("Teks yang belum selesai")
    message, attachment = shop.sent(1)[-1]
    assert attachment is not None
    assert (message.kind, message.body) == ("voice", "")
    assert attachment.mimetype.startswith("audio/ogg")
    assert 900 < (attachment.duration_ms or 0) < 120_000
    assert shop.stored(attachment).startswith(b"OggS")


def record(desk: Desk) -> None:
    """A second or more, and on its way."""
    desk.button("Record voice note").click()
    expect(desk.page.get_by_role("timer", name="Recording")).to_have_text(BEGUN)
    desk.button("Stop").click()
    desk.page.get_by_role("group", name="Voice note").get_by_role("button", name="Send").click()


def test_a_recording_waits_for_none_of_another_chat(shop: Shop, desk: Desk) -> None:
    before = [len(shop.sent(customer)) for customer in (1, 2)]
    held: list[Route] = []
    desk.page.route("**/media/upload*", lambda route: route.continue_() if held else held.append(route))
    record(desk)
    desk.open_chat("Rina")
    record(desk)
    expect(desk.page.get_by_role("group", name="Voice note")).to_be_hidden()
    assert [len(shop.sent(customer)) for customer in (1, 2)] == [before[0], before[1] + 1]
    held[0].continue_()
    until(lambda: len(shop.sent(1)) == before[0] + 1, "the first recording")
    desk.page.unroute("**/media/upload*")


def test_a_recording_is_thrown_away_or_held_and_let_go(shop: Shop, desk: Desk) -> None:
    before = len(shop.sent(1))
    desk.button("Record voice note").press("Enter")
    expect(desk.button("Stop")).to_be_focused()
    desk.page.keyboard.press("Escape")
    expect(desk.button("Record voice note")).to_be_focused()
    desk.button("Record voice note").hover()
    desk.page.mouse.down()
    expect(desk.page.get_by_role("timer", name="Recording")).to_have_text(BEGUN)
    desk.page.mouse.up()
    expect(desk.page.get_by_label("Your recording")).to_be_visible()
    desk.button("Throw away").click()
    expect(desk.box).to_be_visible()
    assert len(shop.sent(1)) == before


def test_without_a_microphone_it_says_what_to_do(shop: Shop, desk: Desk) -> None:
    for error, words in (("NotAllowedError", "gives ROMS no microphone"), ("NotFoundError", "No microphone was found")):
        desk.page.evaluate(
            "(name) => (navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name)))", error
        )
        desk.button("Record voice note").click()
        expect(desk.page.locator(".roms-composer").get_by_text(words)).to_be_visible()
        expect(desk.box).to_be_visible()


def test_a_quote_is_shown_closed_by_escape_and_sent(shop: Shop, desk: Desk) -> None:
    quote = desk.page.get_by_role("group", name="Answer to this message")
    desk.page.evaluate("romsComposer.quote('m1', 'Dewi', 'Apakah ada?', 'text')")
    expect(quote).to_contain_text("Apakah ada?")
    expect(desk.box).to_be_focused()
    desk.box.press("Escape")
    expect(quote).to_be_hidden()
    desk.page.evaluate("romsComposer.quote('m1', 'Dewi', 'Apakah ada?', 'text')")
    desk.box.fill("Ada, kak")
    desk.box.press("Enter")
    expect(quote).to_be_hidden()
    message, _ = shop.sent(1)[-1]
    with Session(shop.engine) as session:
        assert message.quoted_wa_message_id == session.get_one(Message, 1).wa_message_id


def test_emoji_by_keyboard_alone(shop: Shop, desk: Desk) -> None:
    desk.box.fill("Siap ")
    desk.button("Emoji").press("Enter")
    grid = desk.page.get_by_role("group", name="Emoji")
    expect(grid.get_by_role("button").first).to_be_focused()
    desk.page.keyboard.press("ArrowRight")
    desk.page.keyboard.press("Enter")
    expect(desk.box).to_have_value("Siap 😁")
    desk.page.keyboard.press("Escape")
    expect(grid).to_be_hidden()
    expect(desk.box).to_be_focused()


def test_on_a_phone_everything_can_be_touched(shop: Shop, desk: Desk) -> None:
    desk.page.set_viewport_size(PHONE)
    expect(desk.button("Record voice note")).to_be_visible()
    expect(desk.button("Send")).to_be_hidden()
    desk.box.fill("Halo")
    expect(desk.button("Send")).to_be_visible()
    desk.attach("Photo or video", ("merah.png", "image/png", picture("red")))
    desk.page.evaluate("romsComposer.quote('m1', 'Dewi', 'Apakah ada?', 'text')")
    expect(desk.tray).to_have_count(1)
    for button in desk.page.locator(".roms-composer").get_by_role("button").all():
        size = button.bounding_box()
        assert size is not None
        assert min(size["width"], size["height"]) >= 44, button.get_attribute("aria-label")
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
