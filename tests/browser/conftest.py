"""A real Chromium, a whole ROMS, and what is kept when a sentence of the story fails.

Everything is of module scope: the tests of a module build upon each other, and Playwright's loop must be gone before
another module's asynchronous tests begin.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from devtools.people import DESKTOP, Cast, until_at_work
from devtools.system import ROOT, System, running
from devtools.waiting import PATIENCE
from roms_app.services import sessions
from tests.browser.stage import Shop, Stage, open_shop, running_stage
from tests.support import problems
from wa_worker.browser.chromium import find_chromium, switches

RESULTS = ROOT / "test-results"
#: A new QR every two seconds, for as long as nobody scans. The self-check, two browsers, is the matter of the story.
SETTINGS = {"ROMS_SIMULATOR_QR_SECONDS": "2", "ROMS_SIMULATOR_QR_CODES": "1000", "ROMS_SELF_CHECK": "false"}
#: node ids of failed tests that carry `foundation`, by module: what comes after them can't work.
_broken: dict[str, str] = {}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The agents' and the customers' browser; each person gets a context of their own."""
    # Far more than anything takes; a machine that builds something meanwhile must not fail the story.
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=switches())
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def system_settings() -> Mapping[str, str]:
    """Settings that differ from the defaults; a module may override them."""
    return SETTINGS


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, system_settings: Mapping[str, str]) -> Iterator[System]:
    """Supervisor, app, worker with its Chromium, simulator and Redis, in a folder of their own."""
    with running(tmp_path_factory.mktemp("roms"), **system_settings) as system:
        problems.watch(system.log_path)
        yield system


@pytest.fixture(scope="module")
def stage(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The app, without anybody in it."""
    with running_stage(sqlite_template, tmp_path_factory.mktemp("stage")) as running:
        yield running


@pytest.fixture(scope="module")
def shop(stage: Stage) -> Shop:
    """The people and conversations that the pages show."""
    with stage.session() as session:
        return open_shop(session)


@pytest.fixture
def visit(chromium: Browser, stage: Stage) -> Iterator[Any]:
    """Opens a tab: ``visit("/inbox", cookie, PHONE, locale="id-ID")``."""
    contexts = []

    def run(path: str, cookie: str = "", viewport: ViewportSize = DESKTOP, **settings: Any) -> Page:
        contexts.append(chromium.new_context(base_url=stage.url, viewport=viewport, **settings))
        contexts[-1].set_default_timeout(PATIENCE * 1000)
        if cookie:
            contexts[-1].add_cookies([{"name": sessions.COOKIE, "value": cookie, "url": stage.url}])
        page = contexts[-1].new_page()
        page.goto(path)
        until_at_work(page)
        return page

    yield run
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def cast(system: System, chromium: Browser) -> Iterator[Cast]:
    """Siti the admin, Budi and Ayu the agents, and the customers' phones."""
    cast = Cast(system, chromium)
    yield cast
    cast.leave()


def pytest_configure(config: pytest.Config) -> None:
    """Register our marker."""
    config.addinivalue_line("markers", "foundation: when this test fails, the later ones of its module fail at once")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail at once after a broken foundation, instead of letting twenty later tests time out."""
    if item.path.parent == Path(__file__).parent and (broken := _broken.get(item.path.name)):
        pytest.fail(f"Not reached: the story broke off at {broken}.", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Keep the pages and the log of a failure."""
    report = yield
    if report.failed and item.path.parent == Path(__file__).parent:
        if item.get_closest_marker("foundation") or report.when == "setup":
            _broken.setdefault(item.path.name, item.name)
        if call.when == "call":
            _keep_evidence(item)
    return report


def _keep_evidence(item: pytest.Item) -> None:
    cast = getattr(item, "funcargs", {}).get("cast")
    if cast is None:
        return
    RESULTS.mkdir(exist_ok=True)
    cast.photograph(RESULTS, item.name)
    log = cast.system.log_path.read_text(errors="replace").splitlines()
    (RESULTS / f"{item.name}.up.log").write_text("\n".join(log[-400:]))
