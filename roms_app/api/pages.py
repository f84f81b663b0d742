"""Delivery of the built pages: redirects, caching, and the browser's id cookie."""

import re
import secrets
from functools import lru_cache, partial
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from roms_app.components.client.store import ASSETS, versioned
from roms_app.config import get_settings
from roms_app.services import sessions

#: Vite puts a hash of the content into these names.
_HASHED: Final = re.compile(r"/assets/[^/]+-[\w-]{8}\.\w+")
_FOREVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"
_YEAR_SECONDS: Final = 365 * 24 * 60 * 60


class Pages:
    """ASGI middleware for the headers of pages and their files."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http":
            send = partial(_send, send, scope)
        await self.app(scope, receive, send)


async def _send(send: Send, scope: Scope, message: Message) -> None:
    if message["type"] == "http.response.start":
        headers = MutableHeaders(scope=message)
        if "location" in headers:
            headers["location"] = _here(headers["location"])
        is_page = headers.get("content-type", "").startswith("text/html")
        is_kept = message["status"] < 300 or message["status"] == 304
        headers.setdefault("Cache-Control", _FOREVER if is_kept and not is_page and _is_hashed(scope) else _ASK_AGAIN)
        if (is_page or _is_kept_page(scope, message["status"])) and not _is_marked(scope):
            headers.append("set-cookie", _browser_cookie())
    await send(message)


def _is_marked(scope: Scope) -> bool:
    return sessions.BROWSER_COOKIE in HTTPConnection(scope).cookies


def _is_kept_page(scope: Scope, status: int) -> bool:
    """Whether the answer tells a browser that its copy of a page is current. The browser may have lost its cookies."""
    headers = HTTPConnection(scope).headers
    asks_for_page = headers.get("sec-fetch-dest") == "document" or "text/html" in headers.get("accept", "")
    return status == 304 and asks_for_page


def _here(location: str) -> str:
    """The same path on the host and scheme that the browser used.

    Starlette builds absolute URLs from the Host header and the scheme that it sees. Behind a proxy both may be wrong,
    and a visitor may write anything there. ROMS redirects nobody to another host.
    """
    parts = urlsplit(location)
    # Two slashes, or a backslash, would start the name of another host.
    path = "/" + parts.path.lstrip("/\\")
    return path + (f"?{parts.query}" if parts.query else "")


def _is_hashed(scope: Scope) -> bool:
    """Whether the content at this address never changes."""
    path = scope["path"]
    return bool(_HASHED.fullmatch(path)) or f"{path}?{scope['query_string'].decode('latin-1')}" in _versioned()


@lru_cache(maxsize=1)
def _versioned() -> frozenset[str]:
    """Our own files, as pages request them. An old page may request content that is no longer here."""
    return frozenset(versioned(f"roms/{path.name}") for path in (ASSETS / "roms").iterdir())


def _browser_cookie() -> str:
    """The value of a Set-Cookie header with a new browser id."""
    response = Response()
    response.set_cookie(
        sessions.BROWSER_COOKIE,
        secrets.token_urlsafe(24),
        max_age=_YEAR_SECONDS,
        httponly=True,
        samesite="lax",
        secure=get_settings().is_https,
        path="/",
    )
    return response.headers["set-cookie"]
