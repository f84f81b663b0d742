"""The session of a page: its evidence, pairing, logging out (``bridge/session.js``)."""

from wa_worker.page.calls import PageCalls, PageGone, PageUnavailable
from wa_worker.page.state import Evidence


class SessionCalls(PageCalls):
    """What a page shows of its session, and what is done about it."""

    async def evidence(self, seconds: float) -> Evidence:
        """Look at what the page shows; between two loads it shows nothing. Raises every other PageError."""
        try:
            return Evidence.from_page(await self._call("evidence", None, seconds))
        except PageGone:
            raise
        except PageUnavailable:
            return Evidence()

    async def probe(self, seconds: float) -> bool:
        """The page's store can be read and WhatsApp's server answers through it in time. PageCallFailed: it can't."""
        return bool(await self._call("probe", seconds * 1000, seconds + 4))

    async def refresh_qr(self) -> None:
        """Ask for a new QR, and give up a pairing code."""
        await self._call("refreshQr", None, 20)

    async def pair_with_code(self, phone_e164: str) -> str:
        """The eight letters to type on the phone of that number."""
        return await self._call("pairWithCode", phone_e164.removeprefix("+"), 60)

    async def logout(self) -> None:
        """Unlink this device. The page reloads in the middle of it: that is success."""
        try:
            await self._call("logout", None, 30)
        except PageGone:
            raise
        except PageUnavailable:
            return
