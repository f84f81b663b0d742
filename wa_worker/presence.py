"""Whether a number is live, and whether what it missed while it was not has been made up for."""

import asyncio
from collections.abc import Callable

from wa_worker.lease import Lease
from wa_worker.page.whatsapp_page import WhatsAppPage


class Presence:
    """One number's. `page` answers with the page that is up now."""

    def __init__(self, lease: Lease, page: Callable[[], WhatsAppPage | None]) -> None:
        #: What was missed is still to be found; cleared by who looks back.
        self.is_absent = True
        self._lease = lease
        self._page = page
        self._live = asyncio.Event()

    def come(self) -> bool:
        """It is live. True when it was not until now."""
        was_live = self._live.is_set()
        self._live.set()
        return not was_live

    def go(self) -> None:
        """It is not: what is missed from now on must be made up for."""
        self._live.clear()
        self.is_absent = True

    async def wait_live(self) -> None:
        """Until it is live."""
        await self._live.wait()

    def page_now(self) -> WhatsAppPage | None:
        """The page if the number is live at this moment."""
        return self._page() if self._live.is_set() else None

    async def live_page(self) -> WhatsAppPage:
        """The page once the number is live and ours: while Redis is away for long, another worker may hold it."""
        while True:
            await self._live.wait()
            await self._lease.wait_valid()
            page = self._page()
            if page is None:
                self._live.clear()
            elif self._live.is_set():
                return page
