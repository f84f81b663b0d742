"""A lease in Redis: at most one process does a job at a time. Renewed while held; lost with the process."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockError, RedisError

#: How long a dead owner blocks others.
LEASE_SECONDS: Final = 5.0


async def while_held(redis: Redis, name: str, run: Callable[[], Awaitable[None]]) -> None:
    """Wait for the lease, run, and give it back. Returns, or raises RedisError, when the lease is lost."""
    lock = redis.lock(name, timeout=LEASE_SECONDS, sleep=0.2)
    await lock.acquire()
    try:
        async with asyncio.TaskGroup() as group:
            job = group.create_task(_finish(run))
            renewal = group.create_task(_renew(lock, job))
            job.add_done_callback(lambda _: renewal.cancel())
    except* (RedisError, OSError) as errors:
        raise errors.exceptions[0] from None
    finally:
        await _give_back(lock)


async def _finish(run: Callable[[], Awaitable[None]]) -> None:
    await run()


async def _renew(lock: Lock, job: "asyncio.Task[None]") -> None:
    while not job.done():
        await asyncio.sleep(LEASE_SECONDS / 4)
        await lock.reacquire()


async def _give_back(lock: Lock) -> None:
    try:
        await asyncio.shield(lock.release())
    except (LockError, RedisError, OSError):
        return
