"""A failed call tells whether its page is between two loads, has refused, or is gone for good. A real Chromium."""

from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from playwright.async_api import Error, Page

from wa_worker.browser.chromium import find_chromium
from wa_worker.browser.driver import running_driver
from wa_worker.browser.launch import launch_context
from wa_worker.page.calls import PageCallFailed, PageGone, PageUnavailable
from wa_worker.page.outbound_calls import LeaseOver, SendsClosed
from wa_worker.page.whatsapp_page import WhatsAppPage

pytestmark = pytest.mark.browser
_LOOK_SECONDS = 30


@pytest.fixture
async def blank(tmp_path: Path) -> AsyncIterator[Page]:
    """An empty page; its driver is this process's only one."""
    chromium = find_chromium()
    assert chromium
    async with running_driver() as playwright:
        context = await launch_context(playwright, chromium, tmp_path)
        yield context.pages[0]
        try:
            await context.close()
        except Error:
            assert not drivers(), "it was killed"


def drivers() -> list[psutil.Process]:
    """Playwright's drivers below this process."""
    return [child for child in psutil.Process().children() if "run-driver" in child.cmdline()]


@pytest.mark.parametrize(
    ("words", "kind"),
    [("sends_closed", SendsClosed), ("lease_over", LeaseOver), ("the store is closed", PageCallFailed)],
)
async def test_the_words_of_our_own_scripts(blank: Page, words: str, kind: type[Exception]) -> None:
    await blank.evaluate("words => { window.__romsBridge = { findSent() { throw new Error(words); } }; }", words)
    with pytest.raises(kind) as caught:
        await WhatsAppPage(blank).find_sent("1@lid", "A1")
    assert type(caught.value) is kind


async def test_a_page_without_our_scripts_is_between_two_loads(blank: Page) -> None:
    with pytest.raises(PageUnavailable) as caught:
        await WhatsAppPage(blank).find_sent("1@lid", "A1")
    assert not isinstance(caught.value, PageGone)
    assert not (await WhatsAppPage(blank).evidence(_LOOK_SECONDS)).is_ready


async def test_a_page_that_was_closed_is_gone(blank: Page) -> None:
    await blank.close()
    with pytest.raises(PageGone):
        await WhatsAppPage(blank).evidence(_LOOK_SECONDS)


async def test_a_page_whose_driver_is_dead_is_gone(blank: Page) -> None:
    [driver] = drivers()
    driver.kill()
    with pytest.raises(PageGone):
        await WhatsAppPage(blank).evidence(_LOOK_SECONDS)
    assert not blank.is_closed(), "Playwright does not say so itself"
    with pytest.raises(PageGone):
        await WhatsAppPage(blank).logout()
