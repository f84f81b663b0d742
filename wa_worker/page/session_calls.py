"""Reads a page's state, pairs it and logs it out (``bridge/session.js``)."""

from wa_worker.page.calls import PageCalls, PageGone, PageUnavailable
from wa_worker.page.state import Evidence


class SessionCalls(PageCalls):
    """Calls about the page's WhatsApp session."""

    async def evidence(self, seconds: float) -> Evidence:
        """Poll what the page shows. Between two loads it shows nothing. Raises PageError for everything else."""
        try:
            return Evidence.from_page(await self._call("evidence", None, seconds))
        except PageGone:
            raise
        except PageUnavailable:
            return Evidence()

    async def probe(self, seconds: float) -> bool:
        """Whether WhatsApp's server answers through the page in time. PageCallFailed: the store can't be read."""
        return bool(await self._call("probe", seconds * 1000, seconds + 4))

    async def refresh_qr(self) -> None:
        """Ask for a new QR. A pairing code is given up."""
        await self._call("refreshQr", None, 20)

    async def pair_with_code(self, phone_e164: str) -> str:
        """Return the eight-letter pairing code to type on the phone of that number."""
        return await self._call("pairWithCode", phone_e164.removeprefix("+"), 60)

    async def logout(self) -> None:
        """Unlink this device. The page then reloads in the middle of the call: that is success."""
        try:
            await self._call("logout", None, 30)
        except PageGone:
            raise
        except PageUnavailable:
            return
