"""A WebSocket as a place to put messages without waiting.

Everything that changes a phone is synchronous, so that no other change can come in between; only the writing to
sockets waits, here, and a slow reader delays nobody else.
"""

import asyncio
import json
from collections.abc import Iterable
from typing import Any, Protocol

from aiohttp import web

#: A page that is so far behind reads nothing any more; it comes back and asks for what it missed.
_MOST_WAITING = 20_000


class Listener(Protocol):
    """Whoever is told what happens on a phone."""

    def send_text(self, text: str) -> None:
        """Take a JSON text; never waits, never fails."""
        ...


def encode(message: dict[str, Any]) -> str:
    """JSON for the wire. ASCII, because a WebSocket can't carry a lone surrogate and JSON escapes can."""
    return json.dumps(message, separators=(",", ":"))


def tell(listeners: Iterable[Listener], message: dict[str, Any]) -> None:
    """The same message to all, encoded once."""
    text = None
    for listener in list(listeners):
        text = text or encode(message)
        listener.send_text(text)


class Link:
    """One connected WebSocket. As a context manager it writes what is queued."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self._waiting: asyncio.Queue[str] = asyncio.Queue()
        self._writer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Link":
        self._writer = asyncio.create_task(self._write())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop()

    def send_text(self, text: str) -> None:
        """Queue a text. A reader that fell hopelessly behind is cut off instead."""
        if self._waiting.qsize() < _MOST_WAITING:
            self._waiting.put_nowait(text)
        else:
            self.stop()

    def stop(self) -> None:
        """Write no more, and close the socket."""
        if self._writer:
            self._writer.cancel()

    async def _write(self) -> None:
        try:
            while True:
                await self.socket.send_str(await self._waiting.get())
        except ConnectionError:
            return
        finally:
            await self.socket.close(code=1001)
