"""Runs the app in its own process, and connects to it with sockets like a browser or an attacker."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import aiohttp
import httpx
import psutil
from aiohttp.abc import AbstractResolver, ResolveResult

from devtools.system import free_port
from devtools.waiting import PATIENCE, until
from roms_app import database
from roms_app.config import Settings
from roms_app.live import connection, transactions
from roms_app.ops.paths import ROOT
from roms_app.ops.services import APP_TARGET, SERVE_BUILD, app_command
from roms_app.services import sessions
from tests.support import problems
from tests.support.proxies import Proxy

#: Reflex's root state; every handler's full name begins with it.
ROOT_STATE = "reflex___state____state"
NAMESPACE = "/_event"


def handler(state: str, name: str) -> str:
    """The full name of a handler: ``handler("thread", "mark_seen")``."""
    return f"{ROOT_STATE}.roms_app___states___{state}____{state}_state.{name}"


@dataclass(frozen=True)
class Reachable:
    """The address of an app, which is all that a socket needs."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True)
class App(Reachable):
    """A running app, with the database and Redis that it was given."""

    database_url: str
    redis_url: str
    log: Path
    process: psutil.Process

    def entries(self) -> list[dict[str, Any]]:
        """The entries of its log. A line that is no JSON has the key ``text``.

        `worker.lost` is left out: no worker runs here, and the app says so of each number some seconds later.
        """
        found: list[dict[str, Any]] = []
        for line in self.log.read_text().splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                found.append({"text": line})
        return [entry for entry in found if entry.get("event") != "worker.lost"]

    def memory(self) -> int:
        """The memory of the serving process, in bytes."""
        return max(each.memory_info().rss for each in [self.process, *self.process.children(recursive=True)])


@contextmanager
def running_app(
    folder: Path, database_url: str, redis_url: str, *, target: str = APP_TARGET, **settings: str
) -> Iterator[App]:
    """Start the app and wait until it answers; at the end it is stopped. `target`: the module that is served."""
    port = free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("ROMS_", "REDIS_"))}
    env |= {
        "ROMS_ENV_FILE": "",
        "ROMS_DATA_DIR": str(folder),
        "ROMS_DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "ROMS_PORT": str(port),
        "ROMS_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ROMS_LOG_FORMAT": "json",
        "PYTHONPATH": str(ROOT),
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        **SERVE_BUILD,
        **settings,
    }
    log = folder / "app.log"
    command = [*app_command(Settings(data_dir=folder, port=port))[:-1], target]
    problems.watch(log)
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        app = App(port, database_url, redis_url, log, psutil.Process(process.pid))

        def answers() -> bool:
            assert process.poll() is None, log.read_text()
            try:
                return httpx.get(f"{app.url}/readyz", timeout=PATIENCE).status_code == 200
            except httpx.TransportError:
                return False

        until(answers, "the app answers")
        yield app
    finally:
        process.terminate()
        process.wait(PATIENCE)


@asynccontextmanager
async def inside(app: App) -> AsyncIterator[None]:
    """`reading` and `writing` of this process are on the app's database, and are announced to it."""
    engine = database.make_engine(app.database_url)
    client = connection.make_redis(app.redis_url)
    database.use_engine(engine)
    connection.use_redis(client)
    try:
        yield
        await transactions.settle()
    finally:
        connection.use_redis(None)
        database.use_engine(None)
        await client.aclose()
        engine.dispose()


@dataclass
class Wire:
    """One open socket."""

    socket: aiohttp.ClientWebSocketResponse
    token: str
    path: str = "/inbox"
    #: The frames that it received, oldest first.
    frames: list[str] = field(default_factory=list)
    is_closed: bool = False
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def call(self, name: str, **payload: Any) -> None:
        """Call a handler by its full name, as a page does."""
        await self.send("event", self.event(name, payload))

    def event(self, name: Any, payload: Any) -> dict[str, Any]:
        router = {"pathname": self.path, "asPath": self.path, "query": {}}
        return {"name": name, "payload": payload, "router_data": router}

    async def send(self, *packet: Any) -> None:
        """Send a Socket.IO event as it is."""
        await self.socket.send_str(f"42{NAMESPACE},{json.dumps(packet)}")

    async def send_frame(self, frame: str | bytes) -> None:
        """Send a WebSocket message as it is."""
        await (self.socket.send_str(frame) if isinstance(frame, str) else self.socket.send_bytes(frame))

    async def assert_cut_off(self) -> None:
        """Send nonsense until the app has closed the connection."""
        async with asyncio.timeout(PATIENCE):
            with contextlib.suppress(ConnectionError):
                while not self.is_closed:
                    await self.socket.send_str("4nonsense")
                    await asyncio.sleep(0.01)
            await self.until_closed()

    async def until(self, text: str, since: int = 0) -> str:
        """The first frame from place `since` on that holds `text`."""
        async with asyncio.timeout(PATIENCE):
            while True:
                if found := next((frame for frame in self.frames[since:] if text in frame), None):
                    return found
                if self.is_closed:
                    raise ConnectionError(f"The socket was closed before it said {text!r}.")
                self._changed.clear()
                await self._changed.wait()

    async def until_closed(self) -> None:
        """Wait until the app has closed it."""
        async with asyncio.timeout(PATIENCE):
            while not self.is_closed:
                self._changed.clear()
                await self._changed.wait()

    async def settled(self) -> list[str]:
        """All that came up to now: what the app had for this socket before it answered one more question."""
        since = len(self.frames)
        await self.send("ping")
        await self.until('["ping","pong"]', since)
        return [frame for frame in self.frames if '["ping","pong"]' not in frame]

    async def listen(self) -> None:
        """Take what comes, until the connection ends."""
        try:
            async for frame in self.socket:
                if frame.type is not aiohttp.WSMsgType.TEXT:
                    break
                if frame.data == "2":
                    await self.socket.send_str("3")
                else:
                    self.frames.append(frame.data)
                    self._changed.set()
        finally:
            self.is_closed = True
            self._changed.set()


class _ProxyResolver(AbstractResolver):
    """Resolves every name to the proxy's address."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        found = self._proxy.address
        return [ResolveResult(hostname=host, host=found, port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        return None


def browser_at(address: str, through: Proxy | None = None) -> aiohttp.ClientSession:
    """An HTTP client whose connections come from `address`, and go to the proxy."""
    resolver = _ProxyResolver(through) if through else None
    # The proxy's certificate is its own.
    connector = aiohttp.TCPConnector(local_addr=(address, 0), ssl=False, resolver=resolver)
    return aiohttp.ClientSession(connector=connector)


@asynccontextmanager
async def wire(
    app: Reachable,
    cookie: str = "",
    *,
    token: str = "",
    path: str = "/inbox",
    boot: bool = True,
    join: bool = True,
    address: str = "127.0.0.1",
    through: Proxy | None = None,
    origin: str | None = None,
    browser: str = "browser-1",
    headers: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[Wire]:
    """A socket that is connected from `address`, has joined the namespace and, with `boot`, has its first state.

    `origin` is the page's; left out, it is the app's or the proxy's own, and "" is none.
    Raises ConnectionError when it is refused.
    """
    token = token or str(uuid.uuid4())
    base = through.url if through else app.url
    origin = base if origin is None else origin
    cookies = f"{sessions.BROWSER_COOKIE}={browser}" + (f"; {sessions.COOKIE}={cookie}" if cookie else "")
    sent = {"Cookie": cookies, **headers} | ({"Origin": origin} if origin else {})
    url = f"{base}{NAMESPACE}/?token={token}&EIO=4&transport=websocket"
    async with (
        browser_at(address, through) as session,
        session.ws_connect(url, headers=sent, max_msg_size=0) as opened_socket,
    ):
        opened = Wire(opened_socket, token, path)
        listening = asyncio.create_task(opened.listen())
        try:
            await opened.until("0{")
            if not join:
                yield opened
                return
            hello = {"event": opened.event(f"{ROOT_STATE}.hydrate_and_load", {})} if boot else {}
            await opened_socket.send_str(f"40{NAMESPACE},{json.dumps(hello)}")
            async with asyncio.timeout(PATIENCE):
                while not any(frame.startswith(("40", "44")) for frame in opened.frames):
                    if opened.is_closed or "1" in opened.frames:
                        raise ConnectionError("The connection was closed.")
                    opened._changed.clear()
                    await opened._changed.wait()
            if refused := [frame for frame in opened.frames if frame.startswith("44")]:
                raise ConnectionError(refused[0])
            yield opened
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
