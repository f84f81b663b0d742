"""Refuses requests to a host name that is not ours, and requests of foreign websites.

Any website that a person on this machine visits can send requests to localhost. It can also make its own name point
here ("DNS rebinding"); then the browser lets it read our answers. The ``Host`` header shows that.
"""

import ipaddress
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from wa_worker.simulator.config import SimulatorSettings

_READING: Final = {"GET", "HEAD"}


def make_access_guard(settings: SimulatorSettings) -> Middleware:
    """Return the middleware that refuses such requests with 403."""
    names, origin = _names(settings), _origin(settings.simulator_url)

    @web.middleware
    async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
        host = request.headers.get("Host", "").lower()
        if not _is_ours(host, names):
            return _refused(
                "The simulator does not answer to this name. Set ROMS_SIMULATOR_URL to the address you use."
            )
        said = request.headers.get("Origin")
        changes = request.method not in _READING or request.headers.get("Upgrade", "").lower() == "websocket"
        # Programs send no Origin. Reading needs no check: without CORS headers a foreign page can't read the answer.
        if changes and said is not None and said.lower() not in (f"http://{host}", origin):
            return _refused("Another website may not drive this phone.")
        return await handler(request)

    return door


def _names(settings: SimulatorSettings) -> set[str]:
    urls = (settings.simulator_url, settings.public_url)
    return {"localhost", settings.simulator_host.lower(), *(urlsplit(url).hostname or "localhost" for url in urls)}


def _origin(url: str) -> str | None:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.netloc else None


def _is_ours(host: str, names: set[str]) -> bool:
    """Whether the host is one of `names` or an IP address: no website can have that as its name."""
    with suppress(ValueError):
        parts = urlsplit(f"//{host}")
        if parts.username is None and (name := parts.hostname):
            return name in names or _is_address(name)
    return False


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _refused(sentence: str) -> web.Response:
    return web.json_response({"ok": False, "error": sentence}, status=403)
