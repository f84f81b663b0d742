"""Redis clients: one for writing and one for reading, because a blocking read must not delay a write."""

import asyncio
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

#: How long a blocking read waits, in ms.
BLOCK_MS = 2000
_CONNECT_SECONDS = 5.0


class _Writing(Redis):
    """Ends a command that takes too long with TimeoutError.

    redis-py's own `socket_timeout` uses `asyncio.wait_for`, which before Python 3.12 swallows a cancellation that comes
    together with the end of the write: a reader that is cancelled then would never end.
    """

    _seconds = 5.0

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        async with asyncio.timeout(self._seconds):
            return await super().execute_command(*args, **options)


class _Reading(_Writing):
    _seconds = BLOCK_MS / 1000 + 5


def writing_client(url: str) -> Redis:
    """Return a client for short commands. It fails fast: callers retry, because they know what a repeat costs."""
    return _connect(_Writing, url)


def reading_client(url: str) -> Redis:
    """Return a client for blocking reads of at most `BLOCK_MS`."""
    return _connect(_Reading, url)


def _connect(kind: type[Redis], url: str) -> Redis:
    return kind.from_url(
        url,
        decode_responses=True,
        # An entry that is no valid UTF-8 must not end its reader: it is refused like any other invalid one.
        encoding_errors="replace",
        socket_timeout=None,
        socket_connect_timeout=_CONNECT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
