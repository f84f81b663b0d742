"""Access to our routes: allowed hosts and origins, the client's address, and the headers of every answer."""

from functools import partial
from typing import Final

import psutil
from granian.utils.proxies import wrap_asgi_with_proxy_headers
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from roms_app.config import get_settings
from roms_app.domain import addresses

#: Reflex starts its pages with inline scripts. Apart from that nothing is loaded from elsewhere, no text is evaluated
#: as code, nothing is sent elsewhere, and no other site may frame us. Our scripts send what a form holds: when the
#: browser did, an address would hold the password.
_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), payment=(), usb=()",
}
#: One year. For this host alone: other hosts of the domain are not ours to decide about.
_HTTPS_ONLY: Final = "max-age=31536000"
#: Monitors use these routes under any host name. Nothing in the answers depends on it.
_FOR_MONITORS: Final = frozenset({"/healthz", "/readyz", "/metrics"})


def true_client(app: ASGIApp) -> ASGIApp:
    """ASGI middleware that puts the client's own address into the scope, if a trusted proxy names it.

    Everything below reads the address there: limits of logins, of sockets, and what only this machine may do.
    """
    return wrap_asgi_with_proxy_headers(app, trusted_hosts=list(get_settings().trusted_proxies))


class KnownHosts:
    """ASGI middleware that accepts only the host names of this ROMS.

    Otherwise another site could point its own name at this server and share an origin with us (DNS rebinding).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        is_request = scope["type"] in ("http", "websocket")
        if not is_request or scope["path"] in _FOR_MONITORS or _is_known(_host_in(scope)):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
        else:
            words = (
                "ROMS is not known under this name. Open it at its own address; if this is it, ROMS_PUBLIC_URL must "
                "say so, and a proxy must pass the Host header on.\n"
            )
            await PlainTextResponse(words, 400)(scope, receive, send)


def _host_in(scope: Scope) -> str:
    return addresses.host_of(Headers(scope=scope).get("host", ""))


def is_known_origin(origin: str) -> bool:
    """Whether our pages have this origin: that of the public address, or one with a name of this machine."""
    settings, host = get_settings(), addresses.host_of(origin.partition("://")[2])
    return origin in settings.origins or (_is_own(host) and origin in settings.origins_at(host))


def accepts_origin(origin: str | None, _environ: object) -> bool:
    """`is_known_origin` as Engine.IO calls it. A list would be fixed to the addresses at the start."""
    return origin is not None and is_known_origin(origin)


def _is_known(host: str) -> bool:
    return host == get_settings().public_host or _is_own(host)


def _is_own(host: str) -> bool:
    """Whether the machine has this name for itself, or has this address and nothing stands in front of ROMS."""
    if addresses.is_loopback(host):
        return True
    return get_settings().is_direct and host in {
        each.address.partition("%")[0] for found in psutil.net_if_addrs().values() for each in found
    }


class SecurityHeaders:
    """ASGI middleware that sets the headers above on every HTTP answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http":
            send = partial(_send_with_headers, send)
        await self.app(scope, receive, send)


async def _send_with_headers(send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        headers = MutableHeaders(scope=message)
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        settings = get_settings()
        # A loopback name is shared by all programs on this machine, and others may use http there.
        if settings.is_https and not addresses.is_loopback(settings.public_host):
            headers.setdefault("Strict-Transport-Security", _HTTPS_ONLY)
    await send(message)


def is_same_origin(request: HTTPConnection) -> bool:
    """Whether one of our pages sent this.

    Browsers send an origin with every POST; a request without one is no browser's.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
    return is_known_origin(origin)


def is_from_this_machine(request: HTTPConnection) -> bool:
    """Whether a person on this machine sent the request, and ROMS serves this machine alone."""
    peer = request.client.host if request.client else ""
    return get_settings().is_direct and addresses.is_from_this_machine(peer, request.headers)
