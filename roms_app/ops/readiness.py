"""Waits until a started part is usable."""

import asyncio
from collections.abc import Callable

import httpx

from roms_app.config import Settings
from roms_app.errors import ConfigurationError
from roms_app.ops import self_check
from roms_app.ops.ports import LOOPBACK
from roms_app.ops.redis_server import check_redis, read_heartbeats

_PAUSE = 0.05


def address_of(settings: Settings) -> str:
    """The app's address for requests from this machine, whatever its public name is."""
    return f"http://{LOOPBACK.get(settings.host, settings.host)}:{settings.port}"


async def until_redis(url: str) -> None:
    """Wait for Redis. It first reads its log, which takes a while if the log is large."""
    while True:
        try:
            await asyncio.to_thread(check_redis, url)
            return
        except ConfigurationError:
            await asyncio.sleep(_PAUSE)


async def until_worker(url: str) -> None:
    """Wait until a worker reports that a browser and the decoders start on its machine.

    Raises ConfigurationError with the fix when it reports that they don't.
    """
    while True:
        verdicts = [beat.verdict for beat in await asyncio.to_thread(read_heartbeats, url)]
        for verdict in filter(None, verdicts):
            self_check.require_good(verdict)
            return
        await asyncio.sleep(_PAUSE)


async def until_answers(url: str, is_good: Callable[[int], bool] = lambda status: status == 200) -> None:
    """Wait until `url` answers with a status that `is_good` accepts."""
    # Without the environment's proxy, because this is our own machine.
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        while True:
            try:
                if is_good((await client.get(url)).status_code):
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(_PAUSE)
