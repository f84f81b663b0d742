"""The frames that browsers send, checked before python-socketio takes them apart.

Left to itself, python-socketio calls `on_connect` and `on_disconnect` when a client sends events of these names, keeps
binary attachments until all have come, answers every ping, and logs a traceback for every frame that it can't read.
Our pages send none of that. A client that does is disconnected, and nothing is logged.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from socketio import packet as socket_packet

from roms_app.live.rates import Bucket, Buckets

#: The most connections that have not joined the namespace yet, in all and from one address; and how long each may take.
MAX_WAITING: Final = 2_000
MAX_WAITING_OF_ADDRESS: Final = 500
JOIN_SECONDS: Final = 10.0
#: Connections of one address allowed at once (an office whose pages all come back after a restart), and per second from
#: then on. A page that is refused tries again by itself.
_CONNECTION_RATE: Final = (300.0, 10.0)
#: How long a closed connection may take to receive the last answer.
_LAST_WORD_SECONDS: Final = 0.2
#: The events of Reflex's page, with the number of their arguments including the name.
_EVENTS: Final = {"event": 2, "ping": 1, "client_error": 2}
_CONNECT, _DISCONNECT, _EVENT = (
    str(kind) for kind in (socket_packet.CONNECT, socket_packet.DISCONNECT, socket_packet.EVENT)
)


class Frames:
    """Checks frames between Engine.IO and python-socketio. A connection is identified by its Engine.IO id."""

    def __init__(
        self, sio: Any, namespace: str, address_of: Callable[[dict[str, Any]], str], bucket_of: Callable[[str], Bucket]
    ) -> None:
        self._sio = sio
        self._namespace = namespace
        self._address_of, self._bucket_of = address_of, bucket_of
        self._buckets: dict[str, Bucket] = {}
        #: Connections that have not joined yet: id → address.
        self._waiting: dict[str, str] = {}
        self._waiting_of: Counter[str] = Counter()
        self._connections_of = Buckets(*_CONNECTION_RATE)
        self._closing: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        sio.eio.on("connect", self._connect)
        sio.eio.on("message", self._message)
        sio.eio.on("disconnect", self._disconnect)

    def meter(self, key: str, bucket: Bucket) -> None:
        """Count the connection's frames in `bucket` from now on."""
        if key in self._buckets:
            self._buckets[key] = bucket

    def close(self, key: str) -> None:
        """Close the connection after its queued answers have been sent. Further frames of it are dropped."""
        if key in self._closing:
            return
        self._closing.add(key)
        task = asyncio.create_task(self._close_later(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, key: str, environ: dict[str, Any]) -> Any:
        """Accept a connection; False refuses it."""
        address = self._address_of(environ)
        if len(self._waiting) >= MAX_WAITING or self._waiting_of[address] >= MAX_WAITING_OF_ADDRESS:
            return False
        if not self._connections_of.of(address).take():
            return False
        self._waiting[key] = address
        self._waiting_of[address] += 1
        self._buckets[key] = self._bucket_of(address)
        asyncio.get_running_loop().call_later(JOIN_SECONDS, self._close_unjoined, key)
        return await self._sio._handle_eio_connect(key, environ)

    async def _message(self, key: str, data: Any) -> None:
        if key in self._closing:
            return
        bucket = self._buckets.get(key)
        packet = self._read(data) if bucket is not None and bucket.take() else None
        if packet is None:
            self.close(key)
        elif packet.packet_type == socket_packet.CONNECT:
            await self._sio._handle_connect(key, self._namespace, packet.data)
            if self._sio.manager.sid_from_eio_sid(key, self._namespace):
                self._joined(key)
        elif packet.packet_type == socket_packet.DISCONNECT:
            await self._sio._handle_disconnect(key, self._namespace, self._sio.reason.CLIENT_DISCONNECT)
            self.close(key)
        elif self._sio.manager.sid_from_eio_sid(key, self._namespace):
            await self._sio._handle_event(key, self._namespace, None, packet.data)

    async def _disconnect(self, key: str, reason: str) -> None:
        self._joined(key)
        self._buckets.pop(key, None)
        self._closing.discard(key)
        await self._sio._handle_eio_disconnect(key, reason)

    def _read(self, data: Any) -> Any:
        """The packet in a frame; None for a frame that our pages never send."""
        if not isinstance(data, str) or not data[1:].startswith(self._namespace):
            return None
        kind, rest = data[:1], data[1 + len(self._namespace) :]
        # No comma means no data. A number before the "[" would ask for an acknowledgement.
        if not (rest.startswith(",[") if kind == _EVENT else kind in (_CONNECT, _DISCONNECT) and rest[:1] in ("", ",")):
            return None
        try:
            packet = self._sio.packet_class(encoded_packet=data)
        except Exception:
            # A decoder may raise anything for bytes from outside. Nobody needs to know.
            return None
        return packet if kind != _EVENT or _is_known(packet.data) else None

    def _joined(self, key: str) -> None:
        address = self._waiting.pop(key, None)
        if address is not None:
            self._waiting_of[address] -= 1
            if not self._waiting_of[address]:
                del self._waiting_of[address]

    def _close_unjoined(self, key: str) -> None:
        if key in self._waiting:
            self.close(key)

    async def _close_later(self, key: str) -> None:
        await asyncio.sleep(_LAST_WORD_SECONDS)
        if (socket := self._sio.eio.sockets.get(key)) is not None:
            # Browsers then close the WebSocket. Other clients are disconnected at their next message (push), or when
            # they miss a ping: Granian 2.8 sends no close frame while it waits for a message.
            await socket.close(wait=False)


def _is_known(event: Any) -> bool:
    if not isinstance(event, list) or not event or not isinstance(event[0], str):
        return False
    return _EVENTS.get(event[0]) == len(event)
