"""Fixtures of the simulator's tests. Playwright is of module scope: its loop must be gone before asynchronous tests."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from devtools.waiting import PATIENCE
from tests.simulator.cast import AGUS, AGUS_PN, BUNDLE, DEWI, DEWI_PN, FakePage, SimulatorProcess, do
from tests.simulator.webpage import CONFIG, LISTEN
from wa_worker.browser.chromium import find_chromium, switches
from wa_worker.simulator.cloud import Cloud
from wa_worker.simulator.config import SimulatorSettings
from wa_worker.simulator.model import Registration
from wa_worker.simulator.phone import Phone


@pytest.fixture
def settings(tmp_path: Path) -> SimulatorSettings:
    return SimulatorSettings(data_dir=tmp_path, simulator_qr_seconds=0.05, simulator_qr_codes=3)


@pytest.fixture
def cloud(settings: SimulatorSettings) -> Iterator[Cloud]:
    cloud = Cloud(settings)
    yield cloud
    cloud.close()


@pytest.fixture
def phone(cloud: Cloud) -> Phone:
    """A linked phone that knows Dewi, and Agus whose number is hidden."""
    phone = cloud.phone("7")
    phone.register(Registration("device", phone.own_pn, phone.own_lid, "ROMS demo"))
    do(phone, "contact", id=DEWI, pn=DEWI_PN, pushname="Dewi Lestari")
    do(phone, "contact", id=AGUS, pn=AGUS_PN, pushname="Agus", hides_number=True)
    return phone


@pytest.fixture
def seat(phone: Phone) -> FakePage:
    """Its linked page, up to date."""
    seat = FakePage()
    phone.pages.add(seat)
    return seat


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    simulator = SimulatorProcess(tmp_path_factory.mktemp("simulator"))
    simulator.start()
    yield simulator
    simulator.end(signal.SIGKILL)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Playwright's five seconds are too few where others run their tests beside these.
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=switches())
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def profile(chromium: Browser) -> Iterator[BrowserContext]:
    """One browser profile: what it remembers outlives its pages."""
    assert BUNDLE.is_file(), f"{BUNDLE} is missing: run `make setup`, or set ROMS_WA_JS_PATH."
    context = chromium.new_context(service_workers="block")
    context.add_init_script(CONFIG)
    context.add_init_script(path=BUNDLE)
    context.add_init_script(LISTEN)
    yield context
    context.close()


@pytest.fixture
def handset(chromium: Browser, simulator: SimulatorProcess) -> Iterator[Page]:
    """A phone that nobody used yet, opened."""
    simulator.ctl("reset")
    context = chromium.new_context(base_url=simulator.url)
    page = context.new_page()
    page.goto("/phone?phone=7")
    expect(page.get_by_role("heading", name="Phone", exact=True)).to_be_visible()
    yield page
    context.close()
