"""The process's connection to Redis. Nothing here knows what is sent over it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import TimeoutError as RedisTimeout

from roms_app.config import get_settings

#: A blocking read waits this long at most; our own patience must be longer.
BLOCK_MS = 2000
_SECONDS = BLOCK_MS / 1000 + 5
_client: Redis | None = None


@contextlib.asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    """Ends what takes too long with redis-py's own error.

    Its own `socket_timeout` writes through `asyncio.wait_for`, which until Python 3.12 swallows a cancellation that
    comes together with the end of the write: a reader that is cancelled then would read for ever.
    """
    try:
        async with asyncio.timeout(_SECONDS):
            yield
    except TimeoutError as error:
        raise RedisTimeout("Redis did not answer in time") from error


class _TimedPipeline(Pipeline):
    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        async with _in_time():
            return await super().execute(raise_on_error)

    async def immediate_execute_command(self, *args: Any, **options: Any) -> Any:
        async with _in_time():
            return await super().immediate_execute_command(*args, **options)


class _TimedRedis(Redis):
    async def execute_command(self, *args: Any, **options: Any) -> Any:
        async with _in_time():
            return await super().execute_command(*args, **options)

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        return _TimedPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


def make_redis(url: str) -> Redis:
    """A client whose connections heal: one immediate retry, then the caller's own back-off decides."""
    return _TimedRedis.from_url(
        url,
        decode_responses=True,
        # One entry that is not UTF-8 must not stop the reading of all that follow.
        encoding_errors="replace",
        socket_timeout=None,
        socket_connect_timeout=2,
        health_check_interval=15,
        retry=Retry(NoBackoff(), 1),
    )


def get_redis() -> Redis:
    """The client of this process."""
    global _client
    if _client is None:
        _client = make_redis(get_settings().redis_url)
    return _client


def use_redis(client: Redis | None) -> None:
    """Replace this process's client; None lets the settings decide again. For tests and tools."""
    global _client
    _client = client
