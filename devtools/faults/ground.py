"""The running system under test with its agents. Each row gets a fresh number, which is archived afterwards."""

import asyncio
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx
import psutil
from redis.asyncio import Redis
from sqlalchemy import Connection, Engine, text
from sqlmodel import Session

from devtools.faults.desk import PAIR_AGAIN, Desk
from devtools.system import ROOT, System
from roms_app import database
from roms_app.models import Agent, Role
from roms_app.services import agents, inboxes, sessions
from wa_worker.contract.commands import Channel
from wa_worker.contract.streams import dead_stream, heartbeat_key

AGENTS = 4
_PASSWORD = "only for the faults"  # noqa: S105
SECOND_WORKER = "second"


async def until(condition: Callable[[], Any], what: str, seconds: float = 60, every: float = 0.1) -> Any:
    """Ask `condition`, which may be a coroutine function, until it returns a true value. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            answer = condition()
            if asyncio.iscoroutine(answer):
                answer = await answer
            if answer:
                return answer
        except (httpx.HTTPError, OSError, psutil.Error):
            pass
        await asyncio.sleep(every)
    raise TimeoutError(f"Waited {seconds:.0f} s for {what}.")


@dataclass
class Ground:
    """One running ROMS. Enter it as an asynchronous context."""

    system: System
    database_url: str
    client: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=30))
    desks: list[Desk] = field(default_factory=list)
    admin_id: int = 0
    _admin_desk: Desk | None = None
    _second: subprocess.Popen[bytes] | None = None
    _second_log: IO[bytes] | None = None
    _engine: Engine | None = None
    _opened: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> "Ground":
        self._engine = database.make_engine(self.database_url)
        self.admin_id, cookies = await asyncio.to_thread(self._make_team)
        admin, *others = [Desk(self.system.url, cookie) for cookie in cookies]
        self._admin_desk, self.desks = admin, others
        for desk in (admin, *others):
            await self._opened.enter_async_context(desk)
        await self._opened.enter_async_context(self.client)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop_second_worker()
        await self._opened.aclose()
        if self._engine:
            self._engine.dispose()

    # ---- the database

    def read(self, sql: str, **parameters: Any) -> list[Any]:
        """Rows of the system's database."""
        assert self._engine is not None
        with self._engine.connect() as connection:
            return list(_run(connection, sql, parameters))

    def write(self, act: Callable[[Session, Agent], Any]) -> Any:
        """Call a service as the admin and commit. Nothing is announced: the app finds the change by itself."""
        assert self._engine is not None
        engine = self._engine.execution_options(roms_writes=True)
        with Session(engine) as session:
            answer = act(session, session.get_one(Agent, self.admin_id))
            session.commit()
            return answer

    def _make_team(self) -> tuple[int, list[str]]:
        """The admin's id, and the cookies of the admin and the agents."""
        assert self._engine is not None
        cookies: list[str] = []
        # The database may be an older one, with an earlier team in it.
        mark = secrets.token_hex(4)
        with Session(self._engine.execution_options(roms_writes=True)) as session:
            ids = [
                agents.create_agent(
                    session,
                    email=f"agent{n}.{mark}@faults.test",
                    name=f"Agent {n} {mark}",
                    password=_PASSWORD,
                    role=Role.AGENT if n else Role.ADMIN,
                )
                for n in range(AGENTS + 1)
            ]
            for agent_id in ids:
                ticket = sessions.issue_ticket(session, agent_id, "desk")
                cookies.append(sessions.redeem_ticket(session, ticket, "desk", session_days=1) or "")
            session.commit()
        return ids[0], cookies

    # ---- the simulator

    async def ctl(self, phone: int, cmd: str, **arguments: Any) -> dict[str, Any]:
        """One command to the simulator. Raises httpx.HTTPStatusError when it is refused."""
        body = {"phone": str(phone), "cmd": cmd, **arguments}
        answer = await self.client.post(f"{self.system.simulator_url}/ctl", json=body)
        answer.raise_for_status()
        return answer.json()

    async def phone(self, phone: int, *fields: str) -> dict[str, Any]:
        """The simulator's `/state` of one phone."""
        params = {"phone": str(phone), **({"fields": ",".join(fields)} if fields else {})}
        answer = await self.client.get(f"{self.system.simulator_url}/state", params=params)
        return answer.json()

    # ---- numbers

    async def new_number(self, name: str) -> int:
        """A demo phone that nobody used before, paired and live. Its inbox's id."""
        inbox_id = await asyncio.to_thread(
            self.write, lambda session, admin: inboxes.create_inbox(session, admin, name=name, channel=Channel.DEMO)
        )
        await self.scan(inbox_id)
        return inbox_id

    async def scan(self, inbox_id: int) -> None:
        """Scan the QR that ROMS shows, and wait until the number is live."""
        await self.scan_qr(inbox_id)
        await until(lambda: self.status(inbox_id) == "live", "the number to be live", 90)

    async def scan_qr(self, inbox_id: int) -> None:
        """Scan like a person, with nothing but the QR that Settings → WhatsApp shows."""
        await until(lambda: self.status(inbox_id) == "waiting_for_scan", "a QR on the page", 90)

        async def scanned() -> bool:
            return bool((await self.ctl(inbox_id, "scan"))["ok"])

        await until(scanned, "the QR to be scanned", 30)

    async def until_saved(self, inbox_id: int) -> None:
        """Wait until Chromium has the pairing on disk.

        It writes what a page stores some seconds later: a browser that is killed right after the scan has lost it, here
        as with WhatsApp, and somebody has to scan again. That is no loss of messages, and not what is measured.
        """
        registered = (await self.phone(inbox_id, "registered"))["registered"]
        folder = self.system.data_dir / "profiles" / str(inbox_id) / "browser"
        device = str(registered["device"]).encode()

        def is_saved() -> bool:
            return any(device in path.read_bytes() for path in folder.glob("*/Local Storage/leveldb/*.*"))

        await until(is_saved, "Chromium to save the pairing", 60)

    def status(self, inbox_id: int) -> str:
        """The number's state as the app knows it."""
        rows = self.read("SELECT status FROM inbox WHERE id = :id", id=inbox_id)
        return str(rows[0][0]) if rows else ""

    async def pair_again(self, inbox_id: int) -> None:
        """Press "Pair again" as the admin: a new profile, a new QR."""
        assert self._admin_desk is not None
        await self._admin_desk.send(PAIR_AGAIN, inbox_id=inbox_id)

    async def archive(self, inbox_id: int) -> None:
        """Archive the number; its Chromium closes."""
        await asyncio.to_thread(self.write, lambda session, admin: inboxes.archive(session, admin, inbox_id))
        await until(lambda: not self.browsers(inbox_id), "the number's Chromium to close", 30)

    async def dead_letters(self, inbox_id: int) -> int:
        """The number of dead letters."""
        async with Redis.from_url(self.system.redis_url) as redis:
            return await redis.xlen(dead_stream(inbox_id))

    # ---- processes

    def browsers(self, inbox_id: int) -> list[psutil.Process]:
        """Chromium's browser process of a number (not its children), from any worker."""
        marker = f"--user-data-dir={self.system.data_dir / 'profiles' / str(inbox_id)}/"
        found: list[psutil.Process] = []
        for process in psutil.process_iter():
            try:
                words = process.cmdline()
            except psutil.Error:
                continue
            if any(word.startswith(marker) for word in words) and not any(w.startswith("--type=") for w in words):
                found.append(process)
        return found

    def holder(self, inbox_id: int) -> psutil.Process | None:
        """The worker that runs the number's Chromium; None while there is none."""
        for browser in self.browsers(inbox_id):
            for above in browser.parents():
                if above.cmdline()[1:3] == ["-m", "wa_worker"]:
                    return above
        return None

    async def start_second_worker(self) -> None:
        """Start another worker on the same data folder, without a supervisor. Returns when it is ready."""
        if self._second is not None:
            return
        env = {**self.system.env, "REDIS_URL": self.system.redis_url, "ROMS_WORKER_ID": SECOND_WORKER}
        with ExitStack() as opened:
            self._second_log = opened.enter_context((self.system.data_dir / "second.log").open("ab"))
            opened.pop_all()
        self._second = subprocess.Popen(  # noqa: S603, ASYNC220
            [sys.executable, "-m", "wa_worker"],
            cwd=ROOT,
            env=env,
            stdout=self._second_log,
            stderr=self._second_log,
            start_new_session=True,
        )
        async with Redis.from_url(self.system.redis_url) as redis:
            await until(lambda: redis.exists(heartbeat_key(SECOND_WORKER)), "the second worker", 30)

    def stop_second_worker(self) -> None:
        """Stop the second worker: SIGTERM first, SIGKILL if that takes too long."""
        if self._second is None:
            return
        below = psutil.Process(self._second.pid).children(recursive=True) if self._second.poll() is None else []
        self._second.terminate()
        try:
            self._second.wait(20)
        except subprocess.TimeoutExpired:
            self._second.kill()
            self._second.wait()
        for process in below:
            if process.is_running():
                process.kill()
        if self._second_log:
            self._second_log.close()
        self._second = self._second_log = None

    @property
    def log_path(self) -> Path:
        """The log file of the system's processes."""
        return self.system.log_path


def _run(connection: Connection, sql: str, parameters: dict[str, Any]) -> Any:
    return connection.execute(text(sql), parameters).fetchall()
