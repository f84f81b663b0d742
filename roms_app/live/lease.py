"""A lease in Redis: at most one process does a job at a time. Renewed while held; lost with the process."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockError, RedisError

from wa_worker.closing import finish

#: How long a dead owner blocks others.
LEASE_SECONDS: Final = 5.0


async def while_held(redis: Redis, name: str, run: Callable[[], Awaitable[None]]) -> None:
    """Wait for the lease, run, and give it back. Returns, or raises RedisError, when the lease is lost."""
    lock = redis.lock(name, timeout=LEASE_SECONDS, sleep=0.2)
    await lock.acquire()
    # Not a TaskGroup: Python 3.11's leaves its task marked as cancelled when a child fails; see `is_cancelled`.
    job, renewal = asyncio.ensure_future(run()), asyncio.create_task(_renew(lock))
    try:
        await asyncio.wait({job, renewal}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (job, renewal):
            task.cancel()
        results = await finish(_end(lock, job, renewal))
    for result in results:
        if isinstance(result, Exception):
            raise result


async def _renew(lock: Lock) -> None:
    while True:
        await asyncio.sleep(LEASE_SECONDS / 4)
        await lock.reacquire()


async def _end(lock: Lock, *tasks: asyncio.Future[None]) -> list[BaseException | None]:
    """The lease goes back only when nobody works under it any more. The results of the tasks."""
    results = await asyncio.gather(*tasks, return_exceptions=True)
    with contextlib.suppress(LockError, RedisError, OSError):
        await lock.release()
    return results
