"""An agent's tab without a browser: it speaks Reflex's protocol and repeats sends as assets/roms does.

A reply counts as accepted when the app confirms it. Until then it is repeated under the same key, on any socket.
"""

import asyncio
import json
import re
import uuid
from typing import Any, Final

import aiohttp

from devtools.bench.sockets import HYDRATE, HYDRATED, ROOT_STATE

_STATES: Final = f"{ROOT_STATE}.roms_app___states___"
SEND: Final = f"{_STATES}composer____composer_state.send_message"
TYPE: Final = f"{_STATES}composer____composer_state.set_typing"
PAIR_AGAIN: Final = f"{_STATES}whatsapp____whatsapp_state.pair_again"
#: ``roms.accepted("key")``, at any depth of JSON escaping.
_ANSWER: Final = re.compile(r'roms\.(accepted|refused)\(\\*"([A-Za-z0-9-]{8,64})\\*"')
#: Half of the page's own time-out.
_ANSWER_SECONDS: Final = 5.0


class Desk:
    """One signed-in agent. `replies` counts those that had to be sent more than once."""

    def __init__(self, url: str, cookie: str, path: str = "/inbox") -> None:
        self._url, self._cookie, self._path = url, cookie, path
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._connected = asyncio.Event()
        self._answers: dict[str, asyncio.Future[str]] = {}
        self._keeping: asyncio.Task[None] | None = None
        self.repeats = 0

    async def __aenter__(self) -> "Desk":
        self._keeping = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._keeping:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)

    async def reply(self, conversation_id: int, body: str, key: str) -> None:
        """Send one text until the app says that it is queued."""
        about = {"conversation_id": conversation_id, "quoted_message_id": 0, "tokens": [], "captions": []}
        payload = {**about, "body": body, "key": key}
        while True:
            answer = self._answers[key] = asyncio.get_running_loop().create_future()
            await self.send(SEND, **payload)
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    if await answer == "accepted":
                        return
                # Refused: the database or Redis was briefly away. A person would read the error and send again.
                await asyncio.sleep(0.3)
            except TimeoutError:
                pass
            finally:
                del self._answers[key]
            self.repeats += 1

    async def type(self, conversation_id: int) -> None:
        """Show the customer that the agent is typing."""
        await self.send(TYPE, conversation_id=conversation_id, activity="composing")

    async def send(self, name: str, **payload: object) -> None:
        """Send one event over the current socket or the next one. It may not arrive."""
        text = "42/_event," + json.dumps(["event", self._event(name, payload)])
        while True:
            await self._connected.wait()
            assert self._socket is not None
            try:
                await self._socket.send_str(text)
                return
            except (ConnectionError, aiohttp.ClientError):
                self._connected.clear()

    def _event(self, name: str, payload: dict[str, Any]) -> dict[str, Any]:
        router = {"pathname": self._path, "asPath": self._path, "query": {}}
        return {"name": name, "payload": payload, "router_data": router}

    async def _keep(self) -> None:
        """Stay connected: reconnect whenever the app was killed."""
        async with aiohttp.ClientSession() as session:
            while True:
                try:
                    await self._listen(session)
                except (aiohttp.ClientError, OSError):
                    pass
                finally:
                    self._connected.clear()
                await asyncio.sleep(0.3)

    async def _listen(self, session: aiohttp.ClientSession) -> None:
        url = f"{self._url}/_event/?token={uuid.uuid4()}&EIO=4&transport=websocket"
        headers = {"Origin": self._url, "Cookie": f"roms_session={self._cookie}"}
        async with session.ws_connect(url, max_msg_size=0, headers=headers) as socket:
            async for frame in socket:
                if frame.type is not aiohttp.WSMsgType.TEXT:
                    return
                data: str = frame.data
                if data.startswith("0"):
                    await socket.send_str("40/_event," + json.dumps({"event": self._event(HYDRATE, {})}))
                elif data == "2":
                    await socket.send_str("3")
                elif data.startswith("44"):
                    raise PermissionError(f"The app refused an agent's socket: {data[:200]}")
                elif HYDRATED in data:
                    self._socket = socket
                    self._connected.set()
                for what, key in _ANSWER.findall(data):
                    if (waiting := self._answers.get(key)) and not waiting.done():
                        waiting.set_result(what)
