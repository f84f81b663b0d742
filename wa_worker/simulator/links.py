"""WebSockets that take messages without waiting.

All changes of a phone are synchronous, so that none can come between two others. Only the writing to sockets waits,
in this module, so a slow reader delays nobody else.
"""

import asyncio
import json
from collections.abc import Iterable
from typing import Any, Protocol

from aiohttp import web

#: Waiting messages at which a page is disconnected: it reads nothing. It reconnects and asks for what it missed.
_MOST_WAITING = 20_000


class Listener(Protocol):
    """Gets messages about what happens on a phone."""

    def send_text(self, text: str) -> None:
        """Take a JSON text. Never waits, never fails."""
        ...


def encode(message: dict[str, Any]) -> str:
    """Encode a message as ASCII JSON: a WebSocket can't carry a lone surrogate, but a JSON escape can."""
    return json.dumps(message, separators=(",", ":"))


def broadcast(listeners: Iterable[Listener], message: dict[str, Any]) -> None:
    """Send the same message to all, encoded once."""
    text = None
    for listener in list(listeners):
        text = text or encode(message)
        listener.send_text(text)


class Link:
    """A connected WebSocket. As a context manager it writes the queued texts."""

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
        """Queue a text, or disconnect a reader that is too far behind."""
        if self._waiting.qsize() < _MOST_WAITING:
            self._waiting.put_nowait(text)
        else:
            self.stop()

    def stop(self) -> None:
        """Stop writing, and close the socket."""
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
