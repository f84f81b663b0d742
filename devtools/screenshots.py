"""`make screenshots`: the pictures of the README, and of every page in both themes and at a phone's width.

Starts a ROMS of its own, fills it with `roms demo`, and walks the pages as the demo's admin and agent. The README's
go to docs/screenshots; with `--all FOLDER` every page goes to that folder, to be looked at.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from devtools import every_kind
from devtools.system import ROOT, System, running
from devtools.waiting import until
from wa_worker.browser.chromium import find_chromium, switches
from wa_worker.browser.driver import use_bundled_node

PAGES = {
    "inbox": "/inbox",
    "queue": "/queue",
    "whatsapp": "/settings/whatsapp",
    "team": "/settings/team",
    "assignment": "/settings/assignment",
    "profile": "/settings/profile",
}
README_FOLDER = ROOT / "docs" / "screenshots"
README_PAGES = ("inbox", "whatsapp")
#: One thread that holds every kind of message, from its first one to its last.
KINDS_WIDTH = 1240
VIEWPORTS = {"": {"width": 1440, "height": 900}, "-phone": {"width": 390, "height": 844}}
#: A fake microphone that needs no permission.
MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
#: The demo's admin; `roms demo` keeps the password in the data folder.
EMAIL = "siti@melati.example"


def main() -> None:
    """Take the README's pictures, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m devtools.screenshots", description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every page, both themes, wide and phone")
    folder: Path | None = parser.parse_args().all
    with tempfile.TemporaryDirectory(prefix="roms-pictures-") as data, running(Path(data)) as system:
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            with _browser() as browser:
                _take_before_set_up(browser, system, folder)
        subprocess.run([str(Path(sys.executable).parent / "roms"), "demo"], cwd=ROOT, env=system.env, check=True)  # noqa: S603
        with _browser() as browser:
            _take_pages(browser, system, folder or README_FOLDER, is_all=folder is not None)
            _take_every_kind(browser, system, folder or README_FOLDER)


@contextmanager
def _browser() -> Iterator[Browser]:
    use_bundled_node()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*switches(), *MICROPHONE])
        yield browser
        browser.close()


def _take_before_set_up(browser: Browser, system: System, folder: Path) -> None:
    """`/setup` is there only until somebody is in the team."""
    for theme in ("light", "dark"):
        for name, viewport in VIEWPORTS.items():
            page = browser.new_page(color_scheme=theme, viewport=viewport)  # pyright: ignore[reportArgumentType]
            page.goto(f"{system.url}/setup")
            page.get_by_role("textbox", name="Email").wait_for()
            page.screenshot(path=folder / f"setup-{theme}{name}.png")
            page.close()


def _take_pages(browser: Browser, system: System, folder: Path, *, is_all: bool) -> None:
    password = (system.data_dir / "demo-password").read_text().strip()
    for theme in ("light", "dark"):
        context = browser.new_context(color_scheme=theme)  # pyright: ignore[reportArgumentType]
        page = context.new_page()
        _log_in(page, system, password, folder / f"login-{theme}.png" if is_all else None)
        _add_second_phone(page, system)
        for viewport_name, viewport in VIEWPORTS.items() if is_all else [("", VIEWPORTS[""])]:
            page.set_viewport_size(viewport)  # pyright: ignore[reportArgumentType]
            for name in PAGES if is_all else README_PAGES:
                _show(page, system, name, is_narrow=bool(viewport_name))
                page.screenshot(path=folder / f"{name}-{theme}{viewport_name}.png")
            if is_all:
                _open_first_thread(page, system)
                page.screenshot(path=folder / f"thread-{theme}{viewport_name}.png")
                page.goto(f"{system.simulator_url}/phone?phone=1")
                page.get_by_role("tab", name="Business phone").wait_for()
                page.screenshot(path=folder / f"phone-{theme}{viewport_name}.png")
        context.close()


def _log_in(page: Page, system: System, password: str, picture: Path | None) -> None:
    page.set_viewport_size(VIEWPORTS[""])  # pyright: ignore[reportArgumentType]
    page.goto(f"{system.url}/login")
    page.get_by_role("textbox", name="Email").wait_for()
    if picture:
        page.screenshot(path=picture)
    page.get_by_role("textbox", name="Email").fill(EMAIL)
    page.get_by_role("textbox", name="Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("tab", name="All").wait_for()


def _add_second_phone(page: Page, system: System) -> None:
    """Add a number that waits for its scan, so that the picture shows a QR."""
    page.goto(f"{system.url}/settings/whatsapp")
    page.get_by_role("article").first.wait_for()
    if page.get_by_role("article").count() == 1:
        page.get_by_role("button", name="Add demo phone").click()
    page.get_by_role("img", name="Pairing QR code").wait_for(timeout=60_000)


def _show(page: Page, system: System, name: str, *, is_narrow: bool) -> None:
    page.goto(system.url + PAGES[name])
    if name == "inbox":
        page.get_by_role("tab", name="All").click()
        _rows(page).first.wait_for()
        if not is_narrow:
            _rows(page).nth(2).click()
            page.get_by_role("log", name="Messages").locator("time").first.wait_for()
    elif name == "whatsapp":
        page.get_by_role("img", name="Pairing QR code").wait_for(timeout=60_000)
    elif name == "queue":
        page.get_by_role("list", name="Agents", exact=True).wait_for()
        page.get_by_role("status", name="Live", exact=True).filter(has_text="Live").wait_for()
    elif name == "team":
        page.get_by_role("list", name="Team", exact=True).get_by_role("listitem").first.wait_for()
    elif name == "assignment":
        page.get_by_role("heading", level=3).first.wait_for()
    else:
        page.get_by_role("heading").first.wait_for()


def _take_every_kind(browser: Browser, system: System, folder: Path) -> None:
    """Take kinds-light.png and kinds-dark.png: one thread with a customer's messages and an agent's answers."""
    contact = system.ctl(1, "contact", number="0812-3000-7007", pushname="Maya Lestari")["contact"]
    every_kind.play(lambda cmd, **draft: system.ctl(1, cmd, **draft), contact["id"], every_kind.samples())
    password = (system.data_dir / "demo-password").read_text().strip()
    page = browser.new_page()
    _log_in(page, system, password, None)
    page.get_by_role("tab", name="All").click()
    _rows(page).and_(page.get_by_role("option", name="Maya Lestari")).click()
    log = page.get_by_role("log", name="Messages")
    log.get_by_text("(brand_new_kind)").wait_for()
    _answer_with_files(page, system.data_dir)
    until(lambda: log.locator("img.roms-picture-image, video, roms-player").count() >= 9, "the files", 90)
    until(lambda: log.get_by_role("img", name="Queued").count() == 0, "the answers to be sent", 90)
    page.set_viewport_size({"width": KINDS_WIDTH, "height": 900})
    hidden = int(log.evaluate("log => log.scrollHeight - log.clientHeight"))
    page.set_viewport_size({"width": KINDS_WIDTH, "height": 900 + hidden})
    page.mouse.move(0, 0)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_timeout(500)
        page.get_by_role("region", name="Conversation", exact=True).screenshot(path=folder / f"kinds-{theme}.png")
    page.close()


def _answer_with_files(page: Page, folder: Path) -> None:
    """Send a film, a sound, a document and a voice note as an agent."""
    send = page.get_by_role("button", name="Send", exact=True)
    files = every_kind.samples(hue=20)
    for kind, choice in (("video", "Photo or video"), ("audio", "Document"), ("document", "Document")):
        path = folder / files[kind].filename
        path.write_bytes(files[kind].data)
        page.get_by_role("button", name="Attach").click()
        with page.expect_file_chooser() as chooser:
            page.get_by_role("menuitem", name=choice).click()
        chooser.value.set_files(path)
        tray = page.get_by_role("list", name="Files to send")
        tray.wait_for()
        send.click()
        tray.wait_for(state="hidden", timeout=60_000)
    page.get_by_role("button", name="Record voice note").click()
    page.locator("[data-recorder]").get_by_text("0:02").first.wait_for()
    send.click()


def _rows(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Conversations").get_by_role("option")


def _open_first_thread(page: Page, system: System) -> None:
    page.goto(f"{system.url}/inbox")
    page.get_by_role("tab", name="All").click()
    _rows(page).first.click()
    page.get_by_role("textbox", name="Message").wait_for()


if __name__ == "__main__":
    main()
