"""Sockets that keep what they are given, and a Node that runs assets/roms as browsers do."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import socketio
from redis.asyncio import Redis
from reflex.utils import format
from sqlalchemy import Engine

from devtools.waiting import PATIENCE
from roms_app import database
from roms_app.live import relay
from roms_app.live.push import Push
from tests.support.cast import Cast, make_cast

NAMESPACE = "/_event"
ASSETS = Path(__file__).parents[2] / "assets" / "roms"
#: JavaScript: `makeStorage({ name: value })` is as a browser's sessionStorage; its names are its keys.
STORAGE = """
globalThis.makeStorage = (kept) => Object.assign(Object.create({
  getItem(name) { return this[name] ?? null; },
  setItem(name, value) { this[name] = String(value); },
  removeItem(name) { delete this[name]; },
  clear() { for (const name of Object.keys(this)) delete this[name]; },
}), kept);
0;
"""


@dataclass
class FakeSocket:
    """An Engine.IO socket as far as push sees it."""

    closed: bool = False
    queue: "asyncio.Queue[Any]" = field(default_factory=asyncio.Queue)

    def scripts(self) -> list[str]:
        """The calls that were sent to the tab since the last check."""
        told = []
        while not self.queue.empty():
            frame = self.queue.get_nowait().encode()
            assert frame.startswith(f"42{NAMESPACE},")
            name, update = json.loads(frame.removeprefix(f"42{NAMESPACE},"))
            assert name == "event"
            [event] = update["events"]
            assert event["name"] == "_call_script"
            told.append(event["payload"]["javascript_code"])
        return told

    def patches(self) -> list[dict[str, Any]]:
        """The arguments of `roms.patch` among them; JSON is JavaScript."""
        return [
            json.loads(script.removeprefix("roms.patch(").removesuffix(")"))
            for script in self.scripts()
            if script.startswith("roms.patch(")
        ]


class Tabs:
    """A real Socket.IO server's rooms, with fake sockets at its edge."""

    def __init__(self) -> None:
        codec = SimpleNamespace(dumps=format.json_dumps, loads=json.loads)
        self.sio = socketio.AsyncServer(async_mode="asgi", json=codec)
        app = SimpleNamespace(sio=self.sio, event_namespace=SimpleNamespace(namespace=NAMESPACE))
        self.push = Push(app)  # pyright: ignore[reportArgumentType]

    async def open(self, *names: str) -> tuple[str, FakeSocket]:
        """A tab that has joined these rooms: its id and its socket."""
        socket = FakeSocket()
        key = f"engine-{len(self.sio.eio.sockets)}"
        self.sio.eio.sockets[key] = socket
        sid = await self.sio.manager.connect(key, NAMESPACE)
        await self.push.join(sid, names)
        return sid, socket


@pytest.fixture
async def tabs() -> Tabs:
    """No tabs yet."""
    return Tabs()


@pytest.fixture
def asked(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The commands that were put on a stream at once."""
    commands: list[Any] = []

    async def command(model: Any) -> None:
        commands.append(model)

    monkeypatch.setattr(relay, "command", command)
    return commands


@pytest.fixture
def people(sqlite_engine: Engine) -> Cast:
    """The cast, on SQLite."""
    with database.writing_session() as session:
        made = make_cast(session)
        session.commit()
    return made


class Node:
    """Runs JavaScript with the pure parts of assets/roms loaded, one expression after the other."""

    _PROGRAM = """
    const lines = require('node:readline').createInterface({ input: process.stdin });
    lines.on('line', (line) => {
      let answer;
      try {
        answer = { value: (0, eval)(JSON.parse(line)) ?? null };
      } catch (error) {
        answer = { error: String(error.stack) };
      }
      process.stdout.write(JSON.stringify(answer) + '\\n');
    });
    """

    def __init__(self) -> None:
        node = Path(sys.executable).parent / "node"
        self._process = subprocess.Popen(  # noqa: S603
            [str(node), "-e", self._PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        for name in ("dom", "words", "format", "merge", "kinds", "duty", "view", "live"):
            self.run((ASSETS / f"{name}.js").read_text("utf-8"))

    def run(self, script: str) -> Any:
        """The value of a script, by way of JSON."""
        into, out = self._process.stdin, self._process.stdout
        assert into is not None and out is not None
        into.write(json.dumps(script) + "\n")
        into.flush()
        answer = json.loads(out.readline())
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer["value"]

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(PATIENCE)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    """One Node for all tests; each makes its own objects in it."""
    running = Node()
    yield running
    running.close()
