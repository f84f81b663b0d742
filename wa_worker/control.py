"""Reads from ``wa:control`` which numbers to run, keeps a `NumberRunner` for each, and publishes a heartbeat."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from typing import Any, Final

import structlog
from pydantic import ValidationError
from redis.exceptions import RedisError

from wa_worker.config import WorkerSettings
from wa_worker.contract.base import now_ms
from wa_worker.contract.commands import CONTROLS, StartNumber
from wa_worker.contract.streams import (
    CONTROL_STREAM,
    DATA_FIELD,
    HEARTBEAT_PREFIX,
    HEARTBEAT_SECONDS,
    Heartbeat,
    Verdict,
    dead_entry,
    dead_stream,
    heartbeat_key,
)
from wa_worker.number_runner import NumberRunner
from wa_worker.process.closing import finish
from wa_worker.self_check import check
from wa_worker.stream.redis_io import BLOCK_MS, reading_client, writing_client
from wa_worker.stream.trimming import trim_streams

_log: Final = structlog.get_logger(__name__)
_BEAT_SECONDS: Final = 5.0
_TRIM_SECONDS: Final = 60.0
#: Between two self-checks while something is missing.
_EXAMINE_SECONDS: Final = 15.0
_STOP_SECONDS: Final = 10.0
#: For all numbers together with the last words to Redis; the supervisor kills after 20 s.
_CLOSE_SECONDS: Final = 15.0
#: A free number is left to others for so long a number that we hold, or hold more than they do.
_PER_NUMBER_SECONDS: Final = 0.05
_PER_EXCESS_SECONDS: Final = 1.0
_LONGEST_HEAD_START: Final = 3.0
#: Between two log lines while Redis is away.
_LOG_SECONDS: Final = 60.0
#: So many of the newest dead letters may be one that we would write again.
_LETTERS: Final = 1000


class Control:
    """Runs the worker's numbers; one number's failure never affects another."""

    def __init__(self, settings: WorkerSettings, chromium: str) -> None:
        self._settings = settings
        self._chromium = chromium
        self._reading = reading_client(settings.redis)
        self._writing = writing_client(settings.redis)
        self._numbers: dict[int, tuple[NumberRunner, asyncio.Task[None]]] = {}
        #: How many numbers each other worker holds.
        self._others: list[int] = []
        self._head_starts = asyncio.Lock()
        #: None until the self-check is done; without one the machine is taken to be well.
        self._verdict: Verdict | None = None if settings.self_check else Verdict()

    async def run(self) -> None:
        """Run until cancelled; then close all numbers in good order."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._follow())
                group.create_task(self._beat())
                if self._settings.self_check:
                    group.create_task(self._examine())
                group.create_task(self._trim())
        finally:
            try:
                await finish(self._close(), _CLOSE_SECONDS)
            except TimeoutError:
                _log.warning("worker.close_timed_out", seconds=_CLOSE_SECONDS)

    async def _follow(self) -> None:
        """Read the whole stream once, then follow it. The app repeats entries that got lost."""
        last = "0"
        wait = 0.05
        logged_at = -_LOG_SECONDS
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
                if time.monotonic() - logged_at >= _LOG_SECONDS:
                    logged_at = time.monotonic()
                    _log.warning("control.read_failed", error=str(error)[:200])
                await asyncio.sleep(wait)
                wait = min(wait * 2, 1.0)

    async def _fold(self, entries: list[tuple[str, dict[str, str]]]) -> None:
        """Apply the last entry of each number."""
        wanted: dict[int, StartNumber | None] = {}
        for entry_id, fields in entries:
            try:
                control = CONTROLS.validate_json(fields[DATA_FIELD])
            except (ValidationError, KeyError) as error:
                await self._put_aside(entry_id, fields, str(error))
                continue
            wanted[control.inbox_id] = control if isinstance(control, StartNumber) else None
        for inbox_id, start in wanted.items():
            if start is None:
                await self._stop(inbox_id)
            else:
                await self._start(start)

    async def _put_aside(self, entry_id: str, fields: dict[str, str], why: str) -> None:
        """Write a dead letter for the entry, once, however often workers read the stream from its beginning."""
        letters: list[tuple[str, dict[str, str]]] = await self._writing.xrevrange(dead_stream(0), count=_LETTERS)
        if not any(letter.get("entry_id") == entry_id for _, letter in letters):
            letter: dict[Any, Any] = dead_entry(CONTROL_STREAM, entry_id, fields, why, now_ms())
            await self._writing.xadd(dead_stream(0), letter)

    async def _start(self, start: StartNumber) -> None:
        """Start a number; restart it when its channel or groups setting changed: the page reads both at its load."""
        running = self._numbers.get(start.inbox_id)
        if running and (running[0].channel, running[0].has_groups) == (start.channel, start.has_groups):
            return
        await self._stop(start.inbox_id)
        runner = NumberRunner(
            self._settings,
            start.inbox_id,
            start.channel,
            has_groups=start.has_groups,
            chromium=self._chromium,
            reading=self._reading,
            writing=self._writing,
            head_start=self._head_start,
        )
        self._numbers[start.inbox_id] = (runner, asyncio.create_task(runner.run()))

    async def _stop(self, inbox_id: int) -> None:
        running = self._numbers.pop(inbox_id, None)
        if running:
            await _end([running[1]])

    async def _close(self) -> None:
        await _end([task for _, task in self._numbers.values()])
        # Without the delete it expires by itself.
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(1):
                await self._writing.delete(heartbeat_key(self._settings.name))
        await self._reading.aclose()
        await self._writing.aclose()

    def _held(self) -> list[NumberRunner]:
        return [runner for runner, _ in self._numbers.values() if runner.is_held]

    @contextlib.asynccontextmanager
    async def _head_start(self) -> AsyncIterator[None]:
        """Wait before taking a free number, longer the more numbers we hold, so that others can take it first.

        A heartbeat before and after says what each worker holds, so that several free numbers are shared evenly.
        """
        async with self._head_starts:
            await self._beat_once()
            held = len(self._held())
            excess = held - min(self._others, default=held)
            fair = _PER_EXCESS_SECONDS * max(0, excess)
            await asyncio.sleep(min(_LONGEST_HEAD_START, max(fair, _PER_NUMBER_SECONDS * held)))
            yield
            await self._beat_once()

    async def _examine(self) -> None:
        """Run the self-check until it passes, and publish its result with the heartbeat."""
        while self._verdict is None or self._verdict.part:
            if self._verdict is not None:
                await asyncio.sleep(_EXAMINE_SECONDS)
            try:
                self._verdict = await check(self._chromium, self._settings.data)
            except Exception as error:
                # Deliberately everything: the check must not end the numbers, which may be well.
                _log.exception("self_check.crashed")
                self._verdict = Verdict(part="browser", reason=f"{type(error).__name__}: {error}"[:200])
            if self._verdict.part:
                _log.error("self_check.failed", part=self._verdict.part, reason=self._verdict.reason)
            with contextlib.suppress(RedisError, OSError):
                await self._beat_once()

    async def _beat(self) -> None:
        while True:
            try:
                await self._beat_once()
            except (RedisError, OSError) as error:
                _log.debug("heartbeat.write_failed", error=str(error)[:200])
                await asyncio.sleep(1.0)
                continue
            await asyncio.sleep(_BEAT_SECONDS)

    async def _beat_once(self) -> None:
        """Publish which numbers we hold, and read what the others hold."""
        held = self._held()
        own = heartbeat_key(self._settings.name)
        beat = Heartbeat(
            worker_id=self._settings.name,
            pid=os.getpid(),
            host=self._settings.host,
            inbox_ids=sorted(runner.inbox_id for runner in held),
            group_inbox_ids=sorted(runner.inbox_id for runner in held if runner.has_groups),
            at=now_ms(),
            verdict=self._verdict,
        )
        await self._writing.set(own, beat.model_dump_json(), ex=HEARTBEAT_SECONDS)
        keys = [key async for key in self._writing.scan_iter(match=f"{HEARTBEAT_PREFIX}*", count=1000) if key != own]
        beats: list[str | None] = await self._writing.mget(keys) if keys else []
        self._others = [held for beat in beats if beat and (held := _count_held(beat)) is not None]

    async def _trim(self) -> None:
        while True:
            await asyncio.sleep(_TRIM_SECONDS)
            try:
                await trim_streams(self._writing, [runner.inbox_id for runner in self._held()])
            except (RedisError, OSError) as error:
                _log.debug("stream.trim_failed", error=str(error)[:200])


def _count_held(beat: str) -> int | None:
    """How many numbers another worker holds, by its heartbeat; None if a newer version wrote it in another form."""
    try:
        return len(Heartbeat.model_validate_json(beat).inbox_ids)
    except ValidationError:
        return None


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel the tasks and wait for them, for a bounded time."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=_STOP_SECONDS)
