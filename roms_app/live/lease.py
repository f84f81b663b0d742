"""A lease in Redis: at most one process does a job at a time. Renewed while held; lost with the process.

A process that stands still may go on after its lease has ended. What must not happen then is fenced: in Redis by
`Lease.require` inside a watched transaction, in the database by an epoch (`services/stream_owners.py`).
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import LockError, RedisError

from roms_app.errors import LeaseLost
from wa_worker.process.closing import finish

#: How long a dead owner blocks others.
LEASE_SECONDS: Final = 5.0
_TRY_SECONDS: Final = 0.2


class Lease:
    """A lease that this process has, or believes to have."""

    def __init__(self, redis: Redis, name: str) -> None:
        self.name = name
        self._lock = redis.lock(name, timeout=LEASE_SECONDS)
        #: Until then (monotonic) it is ours whatever others do, unless Redis was emptied.
        self._until = 0.0

    async def acquire(self) -> None:
        """Wait for it."""
        while True:
            before = time.monotonic()
            if await self._lock.acquire(blocking=False):
                break
            await asyncio.sleep(_TRY_SECONDS)
        self._until = before + LEASE_SECONDS

    async def renew_forever(self) -> None:
        """Raises LockError when it is lost."""
        while True:
            await asyncio.sleep(LEASE_SECONDS / 4)
            before = time.monotonic()
            await self._lock.reacquire()
            self._until = before + LEASE_SECONDS

    async def release(self) -> None:
        """Give it back, if it is ours still."""
        with contextlib.suppress(LockError, RedisError, OSError):
            await self._lock.release()

    def require_time(self) -> None:
        """Without asking Redis. Raises LeaseLost when its time is over, as after a standstill."""
        if time.monotonic() > self._until:
            raise LeaseLost("The lease has ended.")

    async def require(self) -> None:
        """Raises LeaseLost when it is somebody else's, or nobody's."""
        if not await self._lock.owned():
            raise LeaseLost("Another process has the lease now.")


async def while_held(redis: Redis, name: str, run: Callable[[Lease], Awaitable[None]]) -> None:
    """Wait for the lease, run, and give it back. Returns, or raises RedisError, when the lease is lost."""
    held = Lease(redis, name)
    await held.acquire()
    # Not a TaskGroup: Python 3.11's leaves its task marked as cancelled when a child fails; see `is_cancelled`.
    job, renewal = asyncio.ensure_future(run(held)), asyncio.create_task(held.renew_forever())
    try:
        await asyncio.wait({job, renewal}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (job, renewal):
            task.cancel()
        results = await finish(_end(held, job, renewal))
    for result in results:
        if isinstance(result, Exception):
            raise result


async def _end(held: Lease, *tasks: asyncio.Future[None]) -> list[BaseException | None]:
    """The lease goes back only when nobody works under it any more. The results of the tasks."""
    results = await asyncio.gather(*tasks, return_exceptions=True)
    await held.release()
    return results
