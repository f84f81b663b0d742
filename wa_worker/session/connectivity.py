"""Tracks whether a number is live, and whether the messages of its last absence are backfilled."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from wa_worker.ownership.lease import Lease
from wa_worker.page.whatsapp_page import WhatsAppPage

#: After so long live, WhatsApp counts as having delivered what came meanwhile, even if it did not say so.
_CATCH_UP_SECONDS: Final = 60.0


class Connectivity:
    """One number's connectivity. `page` returns the page that is loaded now."""

    def __init__(self, lease: Lease, page: Callable[[], WhatsAppPage | None]) -> None:
        #: Counts absences. A backfill passes the count at its beginning to `mark_backfilled`.
        self.absences = 1
        self._backfilled = 0
        self._lease = lease
        self._page = page
        self._live = asyncio.Event()
        self._live_since = 0.0
        self._is_delivery_complete = False

    @property
    def is_absent(self) -> bool:
        """Whether messages of an absence are still to be backfilled."""
        return self.absences > self._backfilled

    @property
    def is_caught_up(self) -> bool:
        """Whether WhatsApp has delivered to the page what came while it was away: it says so, or has had the time."""
        return self._is_delivery_complete or time.monotonic() - self._live_since > _CATCH_UP_SECONDS

    def live_since(self) -> float:
        """When the number last became live, in epoch seconds."""
        return time.time() - (time.monotonic() - self._live_since)

    def mark_delivery_complete(self) -> None:
        """Note that WhatsApp has delivered everything."""
        self._is_delivery_complete = True

    def note_loading(self) -> None:
        """Note that the page is loading, or that there is none."""
        self.mark_disconnected()
        self._is_delivery_complete = False

    def mark_connected(self) -> bool:
        """Note that the number is live. Returns True if it was not before."""
        was_live = self._live.is_set()
        if not was_live:
            self._live_since = time.monotonic()
        self._live.set()
        return not was_live

    def mark_disconnected(self) -> None:
        """Note that it is not live: messages missed from now on must be backfilled."""
        if self._live.is_set():
            # Not before the page is live for the first time: the delivery may be complete before that.
            self._is_delivery_complete = False
        self._live.clear()
        self.absences += 1

    def mark_backfilled(self, absences: int) -> None:
        """Note a finished backfill that began after so many `absences`."""
        self._backfilled = absences

    async def wait_live(self) -> None:
        """Wait until the number is live."""
        await self._live.wait()

    def page_now(self) -> WhatsAppPage | None:
        """Return the page if the number is live now."""
        return self._page() if self._live.is_set() else None

    async def live_page(self) -> WhatsAppPage:
        """Wait until the number is live and its lease is ours, and return the page.

        While Redis is away for long, another worker may hold the number."""
        while True:
            await self._live.wait()
            await self._lease.wait_valid()
            page = self._page()
            if page is None:
                self._live.clear()
            elif self._live.is_set():
                return page
