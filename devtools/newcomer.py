"""Plays a newcomer in a running ROMS: becomes the admin, pairs a demo phone, sees a customer's message.

``python -m devtools.newcomer PORT SIMULATOR_PORT`` needs only what `make run` installs. It prints how long each step
took and ends with an error when one does not come to pass.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from devtools.people import Cast
from devtools.system import System
from devtools.waiting import PATIENCE
from wa_worker.browser.chromium import find_chromium, switches
from wa_worker.browser.driver import use_bundled_node

TEXT = "Halo, apakah masih buka? 🙂"


def main() -> None:
    """Play the newcomer, and close the browser."""
    port, simulator_port = map(int, sys.argv[1:])
    system = System(Path(tempfile.gettempdir()), port=port, simulator_port=simulator_port)
    expect.set_options(timeout=PATIENCE * 1000)
    use_bundled_node()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=switches())
        play(Cast(system, browser))
        browser.close()


def play(cast: Cast) -> None:
    """Go from the first page to the first message."""
    with timed("the first admin"):
        cast.siti.set_up()
        cast.siti.is_at("/settings/whatsapp")
    with timed("a QR code for the demo phone"):
        cast.siti.add_demo_phone()
        expect(cast.siti.qr_code).to_be_visible()
    with timed("paired"):
        link = cast.siti.page.get_by_role("link", name="Open the demo phone")
        cast.phone.open(link.get_attribute("href") or "")
        cast.phone.scan()
        cast.siti.is_at("/inbox")
        cast.siti.is_live()
    with timed("a customer's message on the page"):
        cast.customer("Dewi Lestari", "081211110001").write(TEXT)
        # The admin went away after the set-up, so the chat waits for an agent.
        cast.siti.choose_tab("All")
        cast.siti.open_chat("Dewi Lestari")
        expect(cast.siti.message(TEXT)).to_be_visible()


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print the duration of a step."""
    began = time.monotonic()
    yield
    print(f"  {what}: {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
