"""The floor: the same messages from Redis to the same sockets by a bare python-socketio server, without a database.

Run by `run.py` as a process of its own: `python -m devtools.bench.floor PORT REDIS_URL STREAM`.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import socketio
from granian.constants import Interfaces
from granian.server import Server as Granian
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

NAMESPACE = "/_event"
ROOM = "all"


def make_app(redis_url: str, stream: str) -> Any:
    """An ASGI app that reads `stream` and emits each entry's data to all sockets at once."""
    sio = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*", namespaces=[NAMESPACE])

    async def connect(sid: str, _environ: dict[str, Any]) -> None:
        await sio.enter_room(sid, ROOM, namespace=NAMESPACE)

    sio.on("connect", connect, namespace=NAMESPACE)

    async def forward() -> None:
        redis = Redis.from_url(redis_url, decode_responses=True)
        last = "$"
        while True:
            for _, entries in await redis.xread({stream: last}, count=200, block=2000) or []:
                for entry_id, fields in entries:
                    last = entry_id
                    event = {"delta": {}, "events": [json.loads(fields["data"])]}
                    await sio.emit("event", event, room=ROOM, namespace=NAMESPACE)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(forward())
        yield
        task.cancel()

    async def healthz(_request: Any) -> PlainTextResponse:
        return PlainTextResponse("ok")

    web = Starlette(routes=[Route("/healthz", healthz)], lifespan=lifespan)
    web.mount("/_event", socketio.ASGIApp(sio, socketio_path="/_event"))
    return socketio.ASGIApp(sio, other_asgi_app=web, socketio_path="/_event")


def app() -> Any:
    """Factory for granian. The parent's command line has the arguments."""
    import os

    return make_app(os.environ["FLOOR_REDIS_URL"], os.environ["FLOOR_STREAM"])


if __name__ == "__main__":
    import os

    port, os.environ["FLOOR_REDIS_URL"], os.environ["FLOOR_STREAM"] = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    Granian(
        "devtools.bench.floor:app", address="127.0.0.1", port=port, interface=Interfaces.ASGI, factory=True, workers=1
    ).serve()
