"""Messages for the benchmark: put on the stream directly, or typed on customers' phones; at most at a given rate."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis

from devtools.bench.sockets import text_of
from wa_worker.contract.base import now_ms
from wa_worker.contract.events import MessageReceived
from wa_worker.contract.streams import entry_of, events_stream

CUSTOMERS = 200
Send = Callable[[int], Awaitable[object]]


def event_of(inbox_id: int, number: int) -> dict[str, str]:
    """The stream entry of message `number`, by one of `CUSTOMERS` customers."""
    customer = number % CUSTOMERS
    event = MessageReceived(
        inbox_id=inbox_id,
        wa_message_id=f"BENCH{number:012d}",
        chat_jid=f"{700_000 + customer}@lid",
        contact_lid=f"{700_000 + customer}@lid",
        phone_e164=f"+62812{5_000_000 + customer}",
        push_name=f"Pelanggan {customer}",
        body=text_of(number),
        sent_at=now_ms(),
    )
    return entry_of(event)


async def steadily(send: Send, first: int, count: int, rate: float) -> dict[int, float]:
    """Call `send` for `count` numbers at `rate` per second. Returns the start time of each call (`time.time()`)."""
    begun: dict[int, float] = {}
    start = time.monotonic()
    running: set[asyncio.Task[object]] = set()
    for step in range(count):
        wait = start + step / rate - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        number = first + step
        begun[number] = time.time()
        task = asyncio.ensure_future(send(number))
        running.add(task)
        task.add_done_callback(running.discard)
        if len(running) > 200:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    if running:
        await asyncio.wait(running)
    return begun


def onto_stream(redis: Redis, inbox_id: int) -> Send:
    """Puts messages straight on the number's event stream, as the worker does."""

    async def send(number: int) -> None:
        await redis.xadd(events_stream(inbox_id), event_of(inbox_id, number))  # pyright: ignore[reportArgumentType]

    return send


def onto_floor(redis: Redis, stream: str) -> Send:
    """Puts the script call for the browser on the floor's stream."""

    async def send(number: int) -> None:
        row = {
            "id": number % CUSTOMERS,
            "name": f"Pelanggan {number % CUSTOMERS}",
            "preview": text_of(number),
            "filler": "x" * 300,
        }
        call = {"name": "_call_script", "payload": {"javascript_code": f"roms.patch({json.dumps(row)})"}}
        await redis.xadd(stream, {"data": json.dumps(call)})

    return send


def typed(number: int) -> dict[str, object]:
    """Arguments of the simulator's `message`: one of the customers types message `number`."""
    return {"chat": f"{800_000 + number % CUSTOMERS}@lid", "body": text_of(number)}


def customers() -> list[dict[str, object]]:
    """Arguments of the simulator's `contact` for everyone whom `typed` uses."""
    return [
        {"id": f"{800_000 + n}@lid", "pn": f"62813{5_000_000 + n}@c.us", "pushname": f"Pelanggan {n}"}
        for n in range(CUSTOMERS)
    ]
