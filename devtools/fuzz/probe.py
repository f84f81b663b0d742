"""Measures the waiting time of others: `/healthz`, and an agent who opens conversations. Runs in its own process."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Final

from tests.attack.app import Reachable, browser_at, handler, wire

#: Seconds between two clicks. One request of `/healthz` follows each click.
_PAUSE: Final = 0.15
_ROWS: Final = '"messages_rx_state_":'


@dataclass(frozen=True, slots=True)
class Waited:
    """The seconds of one answer. `at`: the time of the request by `time.monotonic()`, which processes share."""

    what: str
    at: float
    seconds: float


def probe(app: Reachable, cookie: str, conversations: Sequence[int], pipe: Connection) -> None:
    """Measure until the other end of `pipe` sends anything, then send what was measured."""
    pipe.send(asyncio.run(_measure(app, cookie, conversations, pipe)))


async def _measure(app: Reachable, cookie: str, conversations: Sequence[int], pipe: Connection) -> list[Waited]:
    taken: list[Waited] = []
    number = 0
    async with browser_at("127.0.0.1") as client, wire(app, cookie) as tab:
        while not pipe.poll():
            number += 1
            del tab.frames[:]
            began = time.monotonic()
            opened = conversations[number % len(conversations)]
            await tab.call(handler("thread", "open_conversation"), conversation_id=opened)
            await tab.until(_ROWS)
            taken.append(Waited("click", began, time.monotonic() - began))
            began = time.monotonic()
            async with client.get(f"{app.url}/healthz") as answer:
                answer.raise_for_status()
                await answer.read()
            taken.append(Waited("healthz", began, time.monotonic() - began))
            await asyncio.sleep(_PAUSE)
    return taken
