"""The typed face of the injected bridge. Every call has a time-out; every failure is one of three errors.

What wa-js and WhatsApp Web are called, and how they behave, is known here and in ``bridge.js`` only.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypedDict

from playwright.async_api import BrowserContext, Error, Page

from wa_worker.state import Evidence

_HERE: Final = Path(__file__).parent
_CALL: Final = """([name, argument]) => {
    if (!window.__romsBridge) throw new Error('no __romsBridge yet');
    return window.__romsBridge[name](argument);
}"""
#: The page is between two loads: asking again shortly is right.
_BETWEEN_LOADS: Final = ("destroyed", "navigat", "__romsBridge", "frame was detached")


class PageError(Exception):
    """Base: the page could not do what was asked."""


class PageUnavailable(PageError):
    """The page is loading, crashed or closed. Nothing is known about what was asked."""


class PageTimeout(PageError):
    """The page did not answer in time. What was asked may still happen."""


class PageCallFailed(PageError):
    """The page answered with an error."""


class ChatHead(TypedDict):
    """A chat as the list shows it; `t` in epoch seconds, `newest` the key of a message in memory."""

    chat: str
    t: int
    newest: str | None
    unread: int


class LookBackPosition(TypedDict):
    """From where to look: after the message `key`, or from `floor` (epoch s) on when there is none."""

    chat: str
    key: str | None
    floor: int


@dataclass(frozen=True)
class SendOutcome:
    """How a send ended; `t` in epoch seconds. `chat`, `ack` and `t` are of a message that was sent."""

    outcome: Literal["sent", "refused", "unknown_number", "no_chat"]
    chat: str = ""
    ack: int = 0
    t: int | None = None
    #: It had been sent before, and was found.
    is_repeated: bool = False
    detail: str = ""


class WhatsAppPage:
    """One page of one number."""

    def __init__(self, page: Page) -> None:
        self._page = page

    @classmethod
    async def open(
        cls, context: BrowserContext, bundle: Path, url: str, deliver: Callable[[list[dict[str, Any]]], None]
    ) -> "WhatsAppPage":
        """Inject the bundle and the bridge, then load `url`. `deliver` gets each batch of raw events, in order."""
        await context.expose_binding("__romsDeliver", lambda _source, raw: deliver(json.loads(raw)))
        # Init scripts, not script tags: a strict CSP blocks tags, and these return after each reload.
        await context.add_init_script(path=_HERE / "config.js")
        await context.add_init_script(path=bundle)
        await context.add_init_script(path=_HERE / "bridge.js")
        page = context.pages[0] if context.pages else await context.new_page()
        face = cls(page)
        await face.load(url)
        return face

    async def load(self, url: str) -> None:
        """Go to the page. Raises PageUnavailable when it can't be reached."""
        try:
            await self._page.goto(url, wait_until="domcontentloaded", timeout=45_000)
        except Error as error:
            raise PageUnavailable(_first_line(error)) from error

    async def reload(self) -> None:
        """Load again; the profile keeps the session."""
        try:
            await self._page.reload(wait_until="domcontentloaded", timeout=45_000)
        except Error as error:
            raise PageUnavailable(_first_line(error)) from error

    def on_gone(self, callback: Callable[[str], None]) -> None:
        """Call back with ``crash`` or ``close`` when the page is lost."""
        self._page.on("crash", lambda *_: callback("crash"))
        self._page.on("close", lambda *_: callback("close"))

    async def evidence(self) -> Evidence:
        """What the page shows now; a page between two loads shows nothing."""
        try:
            return Evidence.from_page(await self._call("evidence", None, 10))
        except PageUnavailable:
            if self._page.is_closed():
                raise
            return Evidence()

    async def chats(self) -> list[ChatHead]:
        """All chats with one customer."""
        return await self._call("chats", None, 30)

    async def look_back(self, positions: list[LookBackPosition]) -> list[dict[str, Any]]:
        """One answer a chat: ``{chat, messages}`` (raw, oldest first) or ``{chat, error}``."""
        return await self._call("lookBack", positions, 120)

    async def acks(self, floor: int) -> list[dict[str, Any]]:
        """``{chat, id, ack}`` of our messages since `floor` (epoch s)."""
        return await self._call("acks", floor, 30)

    async def changed_contacts(self) -> list[dict[str, Any]]:
        """Raw contacts of our chats that changed since the last call."""
        return await self._call("changedContacts", None, 30)

    async def find_sent(self, chat: str, message_id: str) -> SendOutcome | None:
        """What was sent under an id, as far as the page itself knows: nothing leaves for WhatsApp."""
        found = await self._call("findSent", {"chat": chat, "id": message_id}, 20)
        return SendOutcome(**found) if found else None

    async def send_text(
        self, chat: str, message_id: str, body: str, *, quoted: str | None, typing_ms: int
    ) -> SendOutcome:
        """Send once under our id: an earlier send under it is found and reported instead."""
        argument = {"chat": chat, "id": message_id, "body": body, "quoted": quoted, "delay": typing_ms}
        return SendOutcome(**await self._call("sendText", argument, 60 + typing_ms / 1000))

    async def mark_read(self, chat: str) -> None:
        """Send read receipts."""
        await self._call("markRead", chat, 20)

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
        except PageUnavailable:
            return

    async def _call(self, name: str, argument: Any, seconds: float) -> Any:
        try:
            async with asyncio.timeout(seconds):
                return await self._page.evaluate(_CALL, [name, argument])
        except TimeoutError as error:
            raise PageTimeout(f"{name} did not answer in {seconds:.0f} s") from error
        except Error as error:
            line = _first_line(error)
            if self._page.is_closed() or any(word in str(error) for word in (*_BETWEEN_LOADS, "closed", "crashed")):
                raise PageUnavailable(line) from error
            raise PageCallFailed(line) from error


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:300]
