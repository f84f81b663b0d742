"""The simulator's HTTP and WebSocket routes. ``door.py`` decides who may use them."""

import html
import json
import re
from pathlib import Path

import structlog
from aiohttp import WSMsgType, web
from aiohttp.typedefs import Handler

from wa_worker.simulator import ctl
from wa_worker.simulator.cloud import Cloud, describe
from wa_worker.simulator.config import SimulatorSettings
from wa_worker.simulator.door import make_access_guard
from wa_worker.simulator.errors import BadCommandError, SimulatorError
from wa_worker.simulator.handset_link import HandsetLink
from wa_worker.simulator.page_link import PageLink, keep_file

_HERE = Path(__file__).parent
_CLOUD = web.AppKey("cloud", Cloud)
#: WhatsApp accepts 64 MB; base64 needs a third more.
_MOST_BYTES = 96 << 20
#: Types that the customer's phone shows; others are only downloaded.
_SHOWN = re.compile(r"image/(png|jpeg|webp|gif)|video/(mp4|webm|3gpp)|audio/(ogg|mpeg|mp4|aac|wav|webm)")
#: As strict as WhatsApp's own, so that what works here works there: no eval, no inline script, no untrusted HTML.
_CSP = (
    "default-src 'self' data: blob:; script-src 'self'; style-src 'self'; connect-src 'self' ws: data: blob:; "
    "require-trusted-types-for 'script'; base-uri 'none'; frame-ancestors 'none'"
)
_log = structlog.get_logger(__name__)


def make_app(settings: SimulatorSettings) -> web.Application:
    """Build the simulator's application. Raises StoreError if the data folder can't be used."""
    app = web.Application(client_max_size=_MOST_BYTES, middlewares=[_plain_errors, make_access_guard(settings)])
    app[_CLOUD] = Cloud(settings)
    app.on_shutdown.append(_close_sockets)
    app.on_cleanup.append(_close)
    app.add_routes(
        [
            web.get("/", _page),
            web.get("/sim/ws", _page_socket),
            web.get("/sim/media/{hash}", _media),
            web.post("/sim/upload", _upload),
            web.static("/sim", _HERE / "page"),
            web.get("/phone", _handset),
            web.get("/phone/ws", _handset_socket),
            web.get("/phone/list", _list),
            web.static("/phone", _HERE / "handset"),
            web.post("/ctl", _ctl),
            web.get("/state", _state),
            web.get("/healthz", _health),
        ]
    )
    return app


@web.middleware
async def _plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except SimulatorError as error:
        return web.json_response({"ok": False, "error": str(error)}, status=error.status)


async def _page(request: web.Request) -> web.StreamResponse:
    boot = request.app[_CLOUD].look_at(_key(request)).faults.boot()
    text = (_HERE / "page" / "index.html").read_text().replace("{boot}", html.escape(json.dumps(boot)))
    headers = {"Content-Security-Policy": _CSP, "Cache-Control": "no-cache"}
    return web.Response(text=text, content_type="text/html", headers=headers)


async def _handset(_: web.Request) -> web.StreamResponse:
    return web.FileResponse(
        _HERE / "handset" / "index.html", headers={"Content-Security-Policy": _CSP, "Cache-Control": "no-cache"}
    )


async def _page_socket(request: web.Request) -> web.StreamResponse:
    return await _serve_socket(request, PageLink)


async def _handset_socket(request: web.Request) -> web.StreamResponse:
    return await _serve_socket(request, HandsetLink)


async def _serve_socket(request: web.Request, kind: type[PageLink] | type[HandsetLink]) -> web.StreamResponse:
    phone = request.app[_CLOUD].phone(_key(request))
    socket = web.WebSocketResponse(max_msg_size=_MOST_BYTES, heartbeat=20, compress=False)
    await socket.prepare(request)
    link = kind(socket, phone)
    link.arrive()
    try:
        async with link:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    _handle(link, frame.data)
    finally:
        link.leave()
    return socket


def _handle(link: PageLink | HandsetLink, text: str) -> None:
    """Handle one message. An invalid one is a defect of our own page: log it, and keep the connection."""
    try:
        message = json.loads(text)
        if not isinstance(message, dict):
            raise TypeError("a message is an object")
        link.handle(message)
    except (ValueError, KeyError, TypeError, SimulatorError):
        _log.exception("page.message_refused", phone=link.phone.key)


async def _ctl(request: web.Request) -> web.StreamResponse:
    try:
        data = await request.json()
    except ValueError as error:
        raise BadCommandError('The body must be JSON, like {"phone": "7", "cmd": "scan"}.') from error
    command = ctl.parse(data)
    result = command.apply(request.app[_CLOUD].phone(command.phone))
    return web.json_response({"ok": True, **result})


async def _state(request: web.Request) -> web.StreamResponse:
    phone = request.app[_CLOUD].look_at(_key(request))
    fields = request.query.get("fields")
    return web.json_response(describe(phone, set(fields.split(",")) if fields else None))


async def _list(request: web.Request) -> web.StreamResponse:
    cloud = request.app[_CLOUD]
    return web.json_response([cloud.phone(key).status() for key in cloud.known_keys()])


async def _media(request: web.Request) -> web.StreamResponse:
    content = request.app[_CLOUD].store.media(request.match_info["hash"])
    if content is None:
        return web.json_response({"ok": False, "error": "This file is not here any more."}, status=410)
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
    shown_as = request.query.get("as", "")
    if not _SHOWN.fullmatch(shown_as):
        headers["Content-Disposition"] = "attachment"
        shown_as = "application/octet-stream"
    return web.Response(body=content, content_type=shown_as, headers=headers)


async def _upload(request: web.Request) -> web.StreamResponse:
    """Take the bytes of a file that the page sends. The message with their hash follows."""
    content = await request.read()
    filehash = keep_file(request.app[_CLOUD].store, content)
    return web.json_response({"ok": True, "filehash": filehash, "size": len(content)})


async def _health(_: web.Request) -> web.StreamResponse:
    return web.json_response({"ok": True})


def _key(request: web.Request) -> str:
    return request.query.get("phone", "1")


async def _close_sockets(app: web.Application) -> None:
    """Close open WebSockets, which would delay the end."""
    app[_CLOUD].disconnect_all()


async def _close(app: web.Application) -> None:
    app[_CLOUD].close()
