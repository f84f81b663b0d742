"""Restarts loops that fail: Reflex starts a lifespan task once and does not restart one that raises."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from redis.exceptions import RedisError

from roms_app.errors import TemporarilyUnavailable

log = structlog.get_logger(__name__)
_FIRST_DELAY: Final = 0.1
_LONGEST_DELAY: Final = 2.0
#: A loop that ran this long was healthy, so its next failure is a new one.
_HEALTHY_SECONDS: Final = 10.0


async def supervised(name: str, run: Callable[[], Awaitable[None]]) -> None:
    """Run a loop for ever. When it raises or returns it is restarted after a delay that grows to 2 s."""
    loop, delay = asyncio.get_running_loop(), _FIRST_DELAY
    while not is_cancelled():
        started = loop.time()
        try:
            await run()
        except (RedisError, OSError, TemporarilyUnavailable) as error:
            log.warning("task.interrupted", part=name, error=str(error), seconds=delay)
        except Exception:
            log.exception("task.failed", part=name, seconds=delay)
        if loop.time() - started > _HEALTHY_SECONDS:
            delay = _FIRST_DELAY
        await asyncio.sleep(delay)
        delay = min(delay * 2, _LONGEST_DELAY)
    raise asyncio.CancelledError


def is_cancelled() -> bool:
    """Whether the running task was cancelled, even if a library has swallowed the cancellation.

    redis-py loses a cancellation that arrives while it connects or retries. A loop that calls this ends one round
    later.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def wait_for(event: asyncio.Event, seconds: float) -> bool:
    """Wait for the event or the time, whichever comes first, and clear the event. Returns whether it was the event."""
    try:
        # Not asyncio.wait_for: in Python 3.11 it swallows a cancellation that arrives together with the event.
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    else:
        return True
    finally:
        event.clear()
