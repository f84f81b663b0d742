"""Connections to Redis. Two kinds, because a blocking read must not hold up a write."""

import asyncio
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

#: How long a blocking read waits (ms) before it looks around again.
BLOCK_MS = 2000
_CONNECT_SECONDS = 5.0


class _Writing(Redis):
    """Ends a command that takes too long with TimeoutError.

    redis-py's own `socket_timeout` writes through `asyncio.wait_for`, which until Python 3.12 swallows a cancellation
    that comes together with the end of the write: a reader that is cancelled then would read for ever.
    """

    _seconds = 5.0

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        async with asyncio.timeout(self._seconds):
            return await super().execute_command(*args, **options)


class _Reading(_Writing):
    _seconds = BLOCK_MS / 1000 + 5


def writing_client(url: str) -> Redis:
    """For short commands. Fails fast: callers repeat by their own rule, which knows what a repeat costs."""
    return _connect(_Writing, url)


def reading_client(url: str) -> Redis:
    """For blocking reads of at most `BLOCK_MS`."""
    return _connect(_Reading, url)


def _connect(kind: type[Redis], url: str) -> Redis:
    return kind.from_url(
        url,
        decode_responses=True,
        # One entry that is no UTF-8 must not end who reads it: it is refused like any other that makes no sense.
        encoding_errors="replace",
        socket_timeout=None,
        socket_connect_timeout=_CONNECT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
