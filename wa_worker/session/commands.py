"""Reads a number's command stream and sorts it into two lanes: pairing commands, and messages of chats.

The consumer's name is fixed: only the worker that holds the number reads its stream, so what a dead worker left
pending is ours. Each entry is acknowledged by the code that carried it out.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from wa_worker.contract.commands import COMMANDS, AnyCommand
from wa_worker.contract.streams import DATA_FIELD, WORKER_GROUP, commands_stream
from wa_worker.ownership.held_number import HeldNumber
from wa_worker.stream.publisher import Publisher
from wa_worker.stream.redis_io import BLOCK_MS

_log: Final = structlog.get_logger(__name__)
_CONSUMER: Final = "worker"
_PENDING_SECONDS: Final = 20.0

Handler = Callable[[str, AnyCommand], Awaitable[None]]


class CommandReader:
    """Reads one number's commands in their order and passes each to `handle`.

    `on_data_lost` is called when the stream's consumer group was gone: Redis has lost its data.
    """

    def __init__(
        self,
        number: HeldNumber,
        reading: Redis,
        publisher: Publisher,
        *,
        handle: Handler,
        on_data_lost: Callable[[], None],
    ) -> None:
        self._inbox_id = number.inbox_id
        self._stream = commands_stream(number.inbox_id)
        self._reading = reading
        self._lease = number.lease
        self._publisher = publisher
        self._handle = handle
        self._on_data_lost = on_data_lost
        #: Passed on and not acknowledged yet: no entry is passed on twice at a time.
        self._open: set[str] = set()

    async def run(self) -> None:
        """Read for ever. After an interruption, read the pending entries first: an answer may have been lost."""
        wait = 0.05
        while True:
            try:
                if await self._make_group():
                    # Redis lost its data, perhaps events that the app had not read yet, and no write of ours failed.
                    # (Or the number is new, and there is nothing to publish again.)
                    self._on_data_lost()
                await self._read_pending()
                wait = 0.05
                read_again_at = time.monotonic() + _PENDING_SECONDS
                while True:
                    await self._read_new()
                    if time.monotonic() > read_again_at:
                        # A worker that lost the number may have read a command in its last moment.
                        await self._read_pending()
                        read_again_at = time.monotonic() + _PENDING_SECONDS
            except (RedisError, OSError) as error:
                _log.debug("commands.read_failed", inbox_id=self._inbox_id, error=str(error)[:200])
                await asyncio.sleep(wait)
                wait = min(wait * 2, 1.0)

    async def acknowledge(self, entry_id: str) -> None:
        """Acknowledge a command that is done. Without Redis it stays pending and is read again; all commands allow it.

        Raises LeaseLost.
        """
        self._open.discard(entry_id)
        try:
            await self._lease.acknowledge(entry_id)
        except (RedisError, OSError) as error:
            _log.debug("command.acknowledge_failed", inbox_id=self._inbox_id, error=str(error)[:200])

    async def _make_group(self) -> bool:
        """Create the consumer group; False if it existed."""
        try:
            await self._reading.xgroup_create(self._stream, WORKER_GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
            return False
        return True

    async def _read_pending(self) -> None:
        last = "0"
        while True:
            answer = await self._reading.xreadgroup(WORKER_GROUP, _CONSUMER, {self._stream: last}, count=100)
            entries = answer[0][1] if answer else []
            if not entries:
                return
            for entry_id, fields in entries:
                last = entry_id
                await self._dispatch(entry_id, fields)

    async def _read_new(self) -> None:
        answer = await self._reading.xreadgroup(WORKER_GROUP, _CONSUMER, {self._stream: ">"}, count=100, block=BLOCK_MS)
        for entry_id, fields in answer[0][1] if answer else []:
            await self._dispatch(entry_id, fields)

    async def _dispatch(self, entry_id: str, fields: dict[str, str] | None) -> None:
        if entry_id in self._open:
            return
        self._open.add(entry_id)
        try:
            command = COMMANDS.validate_json((fields or {})[DATA_FIELD])
            if command.inbox_id != self._inbox_id:
                raise ValueError(f"a command for inbox {command.inbox_id} on {self._stream}")
        except (ValidationError, ValueError, KeyError) as error:
            _log.warning("command.refused", inbox_id=self._inbox_id, entry=entry_id)
            self._publisher.put_dead(self._stream, entry_id, fields or {}, _reason(error))
            # Only once the dead letter is written: nothing is dropped.
            await self._publisher.settle()
            await self.acknowledge(entry_id)
            return
        await self._handle(entry_id, command)


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return f"{type(error).__name__}: {error}"
