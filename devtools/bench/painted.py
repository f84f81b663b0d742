"""Measures the time at which a message is painted in an agent's real Chromium."""

from playwright.async_api import Browser, Page

#: Records, for each number, the time at which the frame with its text in the list was painted.
WATCH = r"""
() => {
  const list = document.querySelector('[role=listbox]');
  const seen = window.benchSeen = {};
  const now = () => (performance.timeOrigin + performance.now()) / 1000;
  // A task posted from an animation frame runs right after that frame was painted.
  const channel = new MessageChannel();
  const afterPaint = [];
  channel.port1.onmessage = () => { for (const number of afterPaint.splice(0)) seen[number] = now(); };
  const look = () => {
    for (const match of list.textContent.matchAll(/bench-(\d+)-end/g)) {
      const number = match[1];
      if (number in seen) continue;
      seen[number] = null;
      requestAnimationFrame(() => { afterPaint.push(number); channel.port2.postMessage(0); });
    }
  };
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true, characterData: true});
}
"""


async def open_inbox(browser: Browser, url: str, cookie: str) -> Page:
    """Open an agent's page on the tab All and start to record."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    await context.add_cookies([{"name": "roms_session", "value": cookie, "url": url}])
    page = await context.new_page()
    await page.goto(f"{url}/inbox")
    await page.get_by_role("tab", name="All").click()
    await page.get_by_role("listbox", name="Conversations").wait_for(state="attached")
    await page.evaluate(WATCH)
    return page


async def seen(page: Page) -> dict[int, float]:
    """Message number → the time at which it was painted, comparable with `time.time()`."""
    found: dict[str, float | None] = await page.evaluate("window.benchSeen")
    return {int(number): at for number, at in found.items() if at}
