"""A lease in Redis: at most one process does a job at a time. It is renewed while held, and expires with the process.

A paused process may continue after its lease has expired. Fences prevent harm: `Lease.require` inside a watched
transaction in Redis, and an epoch in the database (`services/stream_owners.py`).
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

#: Seconds for which a dead owner blocks others.
LEASE_SECONDS: Final = 5.0
_TRY_SECONDS: Final = 0.2


class Lease:
    """A lease that this process holds, or believes to hold."""

    def __init__(self, redis: Redis, name: str) -> None:
        self.name = name
        self._lock = redis.lock(name, timeout=LEASE_SECONDS)
        #: Until then (monotonic seconds) the lease is ours whatever others do, unless Redis was emptied.
        self._until = 0.0

    async def acquire(self) -> None:
        """Wait until the lease is free, and take it."""
        while True:
            before = time.monotonic()
            if await self._lock.acquire(blocking=False):
                break
            await asyncio.sleep(_TRY_SECONDS)
        self._until = before + LEASE_SECONDS

    async def renew_forever(self) -> None:
        """Renew the lease until it is lost, which raises LockError."""
        while True:
            await asyncio.sleep(LEASE_SECONDS / 4)
            before = time.monotonic()
            await self._lock.reacquire()
            self._until = before + LEASE_SECONDS

    async def release(self) -> None:
        """Release the lease if it is still ours."""
        with contextlib.suppress(LockError, RedisError, OSError):
            await self._lock.release()

    def require_time(self) -> None:
        """Check the local clock only, without asking Redis.

        Raises LeaseLost when the lease has expired, as after a pause.
        """
        if time.monotonic() > self._until:
            raise LeaseLost("The lease has ended.")

    async def require(self) -> None:
        """Check in Redis that the lease is ours. Raises LeaseLost."""
        if not await self._lock.owned():
            raise LeaseLost("Another process has the lease now.")


async def while_held(redis: Redis, name: str, run: Callable[[Lease], Awaitable[None]]) -> None:
    """Wait for the lease, run, and release it. Returns, or raises RedisError, when the lease is lost."""
    held = Lease(redis, name)
    await held.acquire()
    # Not a TaskGroup: in Python 3.11 its task stays marked as cancelled when a child fails; see `is_cancelled`.
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
    """Stop the tasks, then release the lease, so that none works without it. Returns the tasks' results."""
    results = await asyncio.gather(*tasks, return_exceptions=True)
    await held.release()
    return results
