"""Records in Redis where a paired number's browser profile lies: only there can it run without a new scan.

``wa:{inbox}:profile`` has the profile folder's id and its host's name. When Redis has lost its data, the worker that
holds the number writes them again.
"""

import asyncio
from typing import Any, Final, cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from wa_worker.contract.streams import profile_key

_log: Final = structlog.get_logger(__name__)


class ProfileLocation:
    """One number's recorded location, seen from one profile folder on `host`."""

    def __init__(self, redis: Redis, inbox_id: int, *, profile_id: str, host: str) -> None:
        self._redis = redis
        self._inbox_id = inbox_id
        self._key = profile_key(inbox_id)
        self._here = {"id": profile_id, "host": host}
        self._is_wanted: bool | None = None
        self._wake = asyncio.Event()

    async def elsewhere(self) -> str | None:
        """Return the host where the number was paired; None if it is here or nowhere. Raises RedisError, OSError."""
        location: Any = await cast("Any", self._redis.hgetall(self._key))
        return location.get("host", "?") if location and location.get("id") != self._here["id"] else None

    async def give_up(self) -> None:
        """Delete the record: the number may be paired again anywhere. Raises RedisError, OSError."""
        await self._redis.delete(self._key)

    def note_paired(self) -> None:
        """Note that the number is paired in this folder."""
        if self._is_wanted is not True:
            self._want(True)

    def note_reset(self) -> None:
        """Note that the profile was put aside: the number is paired nowhere."""
        self._want(False)

    def write_again(self) -> None:
        """Write the record again: Redis may have lost it."""
        self._wake.set()

    async def run(self) -> None:
        """Write each noted change until Redis has it. Never returns."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._write()
            except (RedisError, OSError) as error:
                _log.debug("profile_location.write_failed", inbox_id=self._inbox_id, error=str(error)[:200])
                self._wake.set()
                await asyncio.sleep(1.0)

    def _want(self, is_wanted: bool) -> None:
        self._is_wanted = is_wanted
        self._wake.set()

    async def _write(self) -> None:
        if self._is_wanted:
            await cast("Any", self._redis.hset(self._key, mapping=dict(self._here)))
        elif self._is_wanted is False:
            await self.give_up()
