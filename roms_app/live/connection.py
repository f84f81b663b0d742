"""The process's connection to Redis. Does not know what is sent over it."""

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

#: The longest time of a blocking read. Our own timeout must be longer.
BLOCK_MS = 2000
_SECONDS = BLOCK_MS / 1000 + 5
_client: Redis | None = None


@contextlib.asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    """Stop an operation that takes too long, with redis-py's own error.

    redis-py's `socket_timeout` writes through `asyncio.wait_for`. Until Python 3.12 this swallows a cancellation that
    arrives together with the end of the write, and a reader that is cancelled then would read for ever.
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
    """A client that reconnects: it retries once at once, then the caller's own back-off decides."""
    return _TimedRedis.from_url(
        url,
        decode_responses=True,
        # One entry that is not UTF-8 must not block all entries that follow.
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
    """Replace this process's client; None: use the settings again. For tests and tools."""
    global _client
    _client = client
