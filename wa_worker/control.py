"""Which numbers this worker holds: folds ``wa:control``, keeps a session a number, says so in a heartbeat."""

import asyncio
import os
import socket
from typing import Any, Final

import structlog
from pydantic import ValidationError
from redis.exceptions import RedisError

from wa_worker.config import WorkerSettings
from wa_worker.contract.base import now_ms
from wa_worker.contract.commands import CONTROLS, Channel, StartNumber
from wa_worker.contract.streams import (
    CONTROL_STREAM,
    DATA_FIELD,
    HEARTBEAT_SECONDS,
    Heartbeat,
    dead_entry,
    dead_stream,
    heartbeat_key,
    lease_key,
)
from wa_worker.redis_io import BLOCK_MS, reading_client, writing_client
from wa_worker.session import NumberSession
from wa_worker.trimming import trim_streams

_log: Final = structlog.get_logger(__name__)
_BEAT_SECONDS: Final = 5.0
_TRIM_SECONDS: Final = 60.0
_HOST_SECONDS: Final = 60
_LONGEST_WAIT: Final = 60.0
_STOP_SECONDS: Final = 10.0


class Control:
    """The worker's numbers, each supervised apart from the others."""

    def __init__(self, settings: WorkerSettings, chromium: str) -> None:
        self._settings = settings
        self._chromium = chromium
        self._host = socket.gethostname()
        self._reading = reading_client(settings.redis)
        self._writing = writing_client(settings.redis)
        self._numbers: dict[int, tuple[Channel, asyncio.Task[None]]] = {}
        self._held: set[int] = set()

    async def run(self) -> None:
        """Until cancelled; then all numbers are closed in good order."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._follow())
                group.create_task(self._beat())
                group.create_task(self._trim())
        finally:
            await self._stop_all()
            await self._reading.aclose()
            await self._writing.aclose()

    async def _follow(self) -> None:
        """The whole stream says what shall be; then what is new. The app announces again what got lost."""
        last = "0"
        wait = 0.05
        while True:
            try:
                if last == "0":
                    entries = await self._reading.xrange(CONTROL_STREAM)
                else:
                    answer = await self._reading.xread({CONTROL_STREAM: last}, block=BLOCK_MS)
                    entries = answer[0][1] if answer else []
                await self._fold(entries)
                last = entries[-1][0] if entries else (last if last != "0" else "0-0")
                wait = 0.05
            except (RedisError, OSError) as error:
                _log.warning("control_unreadable", error=str(error)[:200])
                await asyncio.sleep(wait)
                wait = min(wait * 2, 1.0)

    async def _fold(self, entries: list[tuple[str, dict[str, str]]]) -> None:
        """Only the last word on each number counts."""
        wanted: dict[int, Channel | None] = {}
        for entry_id, fields in entries:
            try:
                control = CONTROLS.validate_json(fields[DATA_FIELD])
            except (ValidationError, KeyError) as error:
                letter: dict[Any, Any] = dead_entry(CONTROL_STREAM, entry_id, fields, str(error), now_ms())
                await self._writing.xadd(dead_stream(0), letter)
                continue
            wanted[control.inbox_id] = control.channel if isinstance(control, StartNumber) else None
        for inbox_id, channel in wanted.items():
            if channel is None:
                await self._stop(inbox_id)
            else:
                await self._start(inbox_id, channel)

    async def _start(self, inbox_id: int, channel: Channel) -> None:
        running = self._numbers.get(inbox_id)
        if running and running[0] is channel:
            return
        await self._stop(inbox_id)
        self._numbers[inbox_id] = (channel, asyncio.create_task(self._supervise(inbox_id, channel)))

    async def _stop(self, inbox_id: int) -> None:
        running = self._numbers.pop(inbox_id, None)
        if running:
            running[1].cancel()
            await asyncio.wait([running[1]], timeout=_STOP_SECONDS)
        if inbox_id in self._held:
            self._held.discard(inbox_id)
            await self._writing.delete(lease_key(inbox_id))

    async def _stop_all(self) -> None:
        tasks = [task for _, task in self._numbers.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_STOP_SECONDS)
        try:
            async with asyncio.timeout(1):
                await self._writing.delete(heartbeat_key(self._settings.name))
        except (RedisError, OSError, TimeoutError):
            # It expires by itself.
            return

    async def _supervise(self, inbox_id: int, channel: Channel) -> None:
        """Whatever a number's session dies of, it is started again, and no other number notices."""
        await self._await_turn(inbox_id)
        wait = 1.0
        while True:
            started = asyncio.get_running_loop().time()
            try:
                await NumberSession(
                    self._settings,
                    inbox_id,
                    channel,
                    chromium=self._chromium,
                    reading=self._reading,
                    writing=self._writing,
                ).run()
            except Exception:
                # Deliberately everything: a fault nobody foresaw in one number must not end the others.
                _log.exception("session_died", inbox_id=inbox_id, retry_in=wait)
            lasted = asyncio.get_running_loop().time() - started
            await asyncio.sleep(wait)
            wait = 1.0 if lasted > 300 else min(wait * 2, _LONGEST_WAIT)

    async def _await_turn(self, inbox_id: int) -> None:
        """One host holds a number at a time: its profile lies there. On a host the profile's lock decides."""
        while True:
            try:
                is_ours = await self._writing.set(lease_key(inbox_id), self._host, nx=True, ex=_HOST_SECONDS)
                if is_ours or await self._writing.get(lease_key(inbox_id)) == self._host:
                    self._held.add(inbox_id)
                    return
            except (RedisError, OSError) as error:
                _log.debug("host_unknown", inbox_id=inbox_id, error=str(error)[:200])
            await asyncio.sleep(_BEAT_SECONDS)

    async def _beat(self) -> None:
        while True:
            beat = Heartbeat(worker_id=self._settings.name, pid=os.getpid(), inbox_ids=sorted(self._held), at=now_ms())
            try:
                async with self._writing.pipeline(transaction=False) as pipe:
                    pipe.set(heartbeat_key(self._settings.name), beat.model_dump_json(), ex=HEARTBEAT_SECONDS)
                    for inbox_id in self._held:
                        pipe.set(lease_key(inbox_id), self._host, ex=_HOST_SECONDS)
                    await pipe.execute()
            except (RedisError, OSError) as error:
                _log.debug("no_heartbeat", error=str(error)[:200])
                await asyncio.sleep(1.0)
                continue
            await asyncio.sleep(_BEAT_SECONDS)

    async def _trim(self) -> None:
        while True:
            await asyncio.sleep(_TRIM_SECONDS)
            try:
                await trim_streams(self._writing, sorted(self._held))
            except (RedisError, OSError) as error:
                _log.debug("not_trimmed", error=str(error)[:200])
