"""The process's connection to Redis. Nothing here knows what is sent over it."""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from roms_app.config import get_settings

#: A blocking read waits this long at most; the socket's own time-out must be longer.
BLOCK_MS = 2000
_client: Redis | None = None


def make_redis(url: str) -> Redis:
    """A client whose connections heal: one immediate retry, then the caller's own back-off decides."""
    return Redis.from_url(
        url,
        decode_responses=True,
        # One entry that is not UTF-8 must not stop the reading of all that follow.
        encoding_errors="replace",
        socket_connect_timeout=2,
        socket_timeout=BLOCK_MS / 1000 + 5,
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
