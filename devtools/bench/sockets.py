"""Agents' browsers as far as the wire goes: WebSockets that speak Reflex's protocol and note when a text arrives.

They run in the benchmark's own process, and its event loop is the clock of all of them, so a slow reader shows as
latency: the figures are on the safe side.
"""

import asyncio
import json
import re
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp

#: Plain letters, so that no amount of JSON escaping on the way changes them.
NUMBER = re.compile(r"\bbench-(\d+)-end\b")
ROOT_STATE = "reflex___state____state"
HYDRATE = f"{ROOT_STATE}.hydrate_and_load"
SHOW = f"{ROOT_STATE}.roms_app___states___inbox____inbox_state.show"
#: Frames that the server sends when the tab has its state, and when it has its list and has joined its rooms.
HYDRATED = '"is_hydrated_rx_state_":true'
LISTED = ("roms.takePage(", '"rows_rx_state_":')


def text_of(number: int) -> str:
    """The body of a benchmark message."""
    return f"bench-{number}-end " + "Halo kak, apakah pesanan saya sudah dikirim? "


@dataclass
class Arrivals:
    """The arrival time of each number on each socket (`time.time()`)."""

    at: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    ready: int = 0
    bytes: int = 0


class Agents:
    """`n` connected tabs on the inbox."""

    def __init__(self, url: str, cookies: list[str], path: str = "/inbox", tab: str = "all") -> None:
        self.url, self.cookies, self.path, self.tab = url, cookies, path, tab
        self.arrivals = Arrivals()
        #: Called with the cookie, a frame's text and when it came (`time.time()`).
        self.on_frame: Callable[[str, str, float], None] | None = None
        self._sockets: dict[str, aiohttp.ClientWebSocketResponse] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._session: aiohttp.ClientSession | None = None

    async def connect(self, is_floor: bool = False) -> None:
        """Connect all sockets, and wait until each has received its first page of data."""
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        for cookie in self.cookies:
            self._tasks.append(asyncio.create_task(self._listen(cookie, is_floor)))
            if len(self._tasks) % 10 == 0:
                await asyncio.sleep(0.05)
        async with asyncio.timeout(120):
            while self.arrivals.ready < len(self.cookies):
                for task in self._tasks:
                    if task.done():
                        task.result()
                        raise ConnectionError("A benchmark socket was closed by the server.")
                await asyncio.sleep(0.05)

    async def close(self) -> None:
        """Close all sockets."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    async def call(self, cookie: str, handler: str, **payload: object) -> None:
        """Make a connected tab call a handler (``state.handler`` by Reflex's full name)."""
        event = self._event(f"{ROOT_STATE}.{handler}", **payload)
        await self._sockets[cookie].send_str("42/_event," + json.dumps(["event", event]))

    def _event(self, name: str, **payload: object) -> dict[str, object]:
        router = {"pathname": self.path, "asPath": self.path, "query": {}}
        return {"name": name, "payload": payload, "router_data": router}

    async def _listen(self, cookie: str, is_floor: bool) -> None:
        assert self._session is not None
        url = f"{self.url}/_event/?token={uuid.uuid4()}&EIO=4&transport=websocket"
        headers = {"Origin": self.url, "Cookie": f"roms_session={cookie}"}
        hello = "" if is_floor else json.dumps({"event": self._event(HYDRATE)})
        show = "42/_event," + json.dumps(["event", self._event(SHOW, tab=self.tab, status="open")])
        seen: set[str] = set()
        stage = "connecting"
        async with self._session.ws_connect(url, max_msg_size=0, headers=headers) as socket:
            self._sockets[cookie] = socket
            async for frame in socket:
                now = time.time()
                if frame.type is not aiohttp.WSMsgType.TEXT:
                    break
                data: str = frame.data
                if data.startswith("0"):
                    await socket.send_str("40/_event," + hello)
                elif data == "2":
                    await socket.send_str("3")
                elif data.startswith("44"):
                    raise ConnectionError(f"The server refused a benchmark socket: {data[:200]}")
                elif stage == "ready":
                    self._note(data, now, seen)
                    if self.on_frame is not None:
                        self.on_frame(cookie, data, now)
                elif stage == "connecting" and is_floor:
                    stage = self._is_ready()
                elif stage == "connecting" and HYDRATED in data:
                    stage = "hydrated"
                    await socket.send_str(show)
                elif stage == "hydrated" and any(mark in data for mark in LISTED):
                    stage = self._is_ready()

    def _is_ready(self) -> str:
        self.arrivals.ready += 1
        return "ready"

    def _note(self, data: str, now: float, seen: set[str]) -> None:
        """The first arrival of each number on this socket."""
        self.arrivals.bytes += len(data)
        for number in set(NUMBER.findall(data)) - seen:
            seen.add(number)
            self.arrivals.at[int(number)].append(now)
