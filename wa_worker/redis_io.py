"""Connections to Redis. Two kinds, because a blocking read must not hold up a write."""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

#: How long a blocking read waits (ms) before it looks around again.
BLOCK_MS = 2000


def writing_client(url: str) -> Redis:
    """For short commands. Fails fast: callers repeat by their own rule, which knows what a repeat costs."""
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=5,
        socket_connect_timeout=5,
        retry=Retry(NoBackoff(), 0),
    )


def reading_client(url: str) -> Redis:
    """For blocking reads of at most `BLOCK_MS`."""
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=BLOCK_MS / 1000 + 5,
        socket_connect_timeout=5,
        retry=Retry(NoBackoff(), 0),
    )
