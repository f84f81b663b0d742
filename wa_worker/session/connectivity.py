"""Whether a number is live, and whether what it missed while it was not has been made up for."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from wa_worker.ownership.lease import Lease
from wa_worker.page.whatsapp_page import WhatsAppPage

#: So long after it came live, a page that never said it has been handed what came meanwhile.
_CATCH_UP_SECONDS: Final = 60.0


class Connectivity:
    """One number's. `page` answers with the page that is up now."""

    def __init__(self, lease: Lease, page: Callable[[], WhatsAppPage | None]) -> None:
        #: Counts up while it is not live: who looks back says which of them have been made up for.
        self.absences = 1
        self._made_up_for = 0
        self._lease = lease
        self._page = page
        self._live = asyncio.Event()
        self._live_since = 0.0
        self._was_handed_all = False

    @property
    def is_absent(self) -> bool:
        """What was missed is still to be found."""
        return self.absences > self._made_up_for

    @property
    def is_caught_up(self) -> bool:
        """WhatsApp has handed the page what came while it was away: it said so, or has had the time."""
        return self._was_handed_all or time.monotonic() - self._live_since > _CATCH_UP_SECONDS

    def live_since(self) -> float:
        """When it came live last, in epoch seconds."""
        return time.time() - (time.monotonic() - self._live_since)

    def note_handed_all(self) -> None:
        """WhatsApp said that it has."""
        self._was_handed_all = True

    def note_loading(self) -> None:
        """A page begins anew, or there is none."""
        self.go()
        self._was_handed_all = False

    def come(self) -> bool:
        """It is live. True when it was not until now."""
        was_live = self._live.is_set()
        if not was_live:
            self._live_since = time.monotonic()
        self._live.set()
        return not was_live

    def go(self) -> None:
        """It is not: what is missed from now on must be made up for."""
        if self._live.is_set():
            # Before it was live for the first time, a page may have said it already.
            self._was_handed_all = False
        self._live.clear()
        self.absences += 1

    def make_up_for(self, absences: int) -> None:
        """What was missed has been found by a look-back that began after so many `absences`."""
        self._made_up_for = absences

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
