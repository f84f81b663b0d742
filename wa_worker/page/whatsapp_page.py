"""One page of one number: loads WhatsApp Web with wa-js and the bridge, and offers typed calls.

Only this folder knows the names and the behaviour of wa-js and WhatsApp Web.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

from playwright.async_api import BrowserContext, Error

from wa_worker.page.bridge import bridge_script
from wa_worker.page.calls import PageUnavailable, first_line
from wa_worker.page.history_calls import HistoryCalls
from wa_worker.page.media_calls import MediaCalls
from wa_worker.page.outbound_calls import OutboundCalls
from wa_worker.page.session_calls import SessionCalls

_HERE: Final = Path(__file__).parent


class WhatsAppPage(SessionCalls, HistoryCalls, OutboundCalls, MediaCalls):
    """A loaded page of WhatsApp Web."""

    @classmethod
    async def open(
        cls,
        context: BrowserContext,
        bundle: Path,
        url: str,
        deliver: Callable[[list[dict[str, Any]]], None],
        *,
        has_groups: bool = False,
    ) -> "WhatsAppPage":
        """Inject the bundle and the bridge, then load `url`. `deliver` gets each batch of raw events, in order."""
        await context.expose_binding("__romsDeliver", lambda _source, raw: deliver(json.loads(raw)))
        # Init scripts, not script tags: a strict CSP blocks tags, and init scripts run again after each reload.
        await context.add_init_script(path=_HERE / "config.js")
        await context.add_init_script(path=bundle)
        await context.add_init_script(bridge_script(has_groups=has_groups))
        page = context.pages[0] if context.pages else await context.new_page()
        loaded = cls(page)
        await loaded.load(url)
        return loaded

    async def load(self, url: str) -> None:
        """Go to `url`. Raises PageUnavailable if it can't be reached."""
        try:
            await self._page.goto(url, wait_until="domcontentloaded", timeout=45_000)
        except Error as error:
            raise PageUnavailable(first_line(error)) from error

    async def reload(self) -> None:
        """Load again; the profile keeps the session. Raises PageUnavailable."""
        try:
            await self._page.reload(wait_until="domcontentloaded", timeout=45_000)
        except Error as error:
            raise PageUnavailable(first_line(error)) from error

    def on_gone(self, callback: Callable[[str], None]) -> None:
        """Call back with ``crash`` or ``close`` when the page is lost."""
        self._page.on("crash", lambda *_: callback("crash"))
        self._page.on("close", lambda *_: callback("close"))


class PageSource(Protocol):
    """Where the parts of a session get the number's page from."""

    async def live_page(self) -> WhatsAppPage:
        """Wait until the number is live and its lease is ours, and return the page."""
        ...

    def page_now(self) -> WhatsAppPage | None:
        """Return the page if the number is live now."""
        ...
