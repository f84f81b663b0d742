"""The metrics for Prometheus. docs/operations.md lists every metric; a test compares.

Counters are counted by the process that does the work, so their sum over all app processes is right. Gauges of the
database and of Redis are read on each request, and every process reports the same: take the maximum.
"""

import asyncio
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

from prometheus_client import Counter, Gauge
from redis.asyncio import Redis
from redis.exceptions import RedisError

from roms_app.domain.delivery import status_of_ack
from roms_app.errors import TemporarilyUnavailable
from roms_app.live.connection import get_redis
from roms_app.live.health import health
from roms_app.live.transactions import reading
from roms_app.models import DeliveryStatus
from roms_app.services import figures
from wa_worker.contract.events import AckChanged, AnyEvent, CommandFailed, SessionStatus
from wa_worker.contract.streams import APP_GROUP, dead_stream, events_stream

#: The timeout for the database and for Redis, so that an answer comes before Prometheus gives up (10 s).
_SECONDS: Final = 3.0
_SENDS: Final = frozenset({"SendText", "SendMedia"})

RECEIVED: Final = Counter("roms_events_received_total", "Entries read from the numbers' event streams.")
STORED: Final = Counter("roms_events_stored_total", "Events committed to the database.", ["type"])
DEAD: Final = Counter("roms_events_dead_total", "Events put aside because they could not be understood or stored.")
SENT: Final = Counter("roms_send_results_total", "What became of messages of ours, as WhatsApp tells it.", ["status"])
FRAMES: Final = Counter("roms_push_frames_total", "Frames handed to the sockets of browsers.")
CUT_OFF: Final = Counter("roms_push_cut_off_total", "Sockets closed because their browser took no frames any more.")

_BUILD: Final = Gauge("roms_build_info", "1, with the version of ROMS.", ["version"])
_DATABASE: Final = Gauge("roms_database_up", "1 when the database answers.")
_REDIS: Final = Gauge("roms_redis_up", "1 when Redis answers.")
_NUMBERS: Final = Gauge("roms_numbers", "Active WhatsApp numbers by the status of their session.", ["status"])
_WAITING: Final = Gauge("roms_conversations_waiting", "Open conversations without an agent.", ["inbox"])
_QUEUED: Final = Gauge("roms_replies_queued", "Replies that WhatsApp has not taken yet.", ["inbox"])
_LAG: Final = Gauge(
    "roms_event_lag_seconds",
    "How old the newest event was when it was committed; told by the process that reads the number.",
    ["inbox"],
)
_UNREAD: Final = Gauge("roms_events_unread", "Entries of a number's event stream that no process has read.", ["inbox"])
_PENDING: Final = Gauge("roms_events_pending", "Entries that were read and are not committed yet.", ["inbox"])
_LETTERS: Final = Gauge("roms_dead_letters", "Entries put aside until somebody replays them.", ["inbox"])

_BUILD.labels(version("roms")).set(1)
for _status in (DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ, DeliveryStatus.FAILED):
    # Creates the counter at zero, which a rate needs.
    SENT.labels(_status)


def count_stored(events: Sequence[AnyEvent]) -> None:
    """Count committed events. An event that is delivered twice is counted twice."""
    for event in events:
        STORED.labels(type(event).__name__).inc()
        if isinstance(event, AckChanged):
            SENT.labels(status_of_ack(event.ack)).inc(len(event.wa_message_ids))
        elif isinstance(event, CommandFailed) and event.command in _SENDS:
            SENT.labels(DeliveryStatus.FAILED).inc()


async def refresh() -> None:
    """Read the gauges. Never raises: a source that does not answer is reported as down, and its gauges are left out."""
    _set(_LAG, {inbox_id: lag_ms / 1000 for inbox_id, lag_ms in health.lag_ms.items()})
    found = await _read_database()
    _DATABASE.set(found is not None)
    _set(_NUMBERS, {status: found.numbers.get(status, 0) for status in SessionStatus} if found else {})
    _set(_WAITING, found.waiting if found else {})
    _set(_QUEUED, found.queued if found else {})
    inbox_ids = list(found.waiting) if found else []
    answers = await _read_redis(get_redis(), inbox_ids)
    _REDIS.set(answers is not None)
    letters, groups = (answers or [])[::2], (answers or [])[1::2]
    _set(_LETTERS, {id: count for id, count in zip(inbox_ids, letters, strict=False) if isinstance(count, int)})
    streams = {id: group for id, some in zip(inbox_ids, groups, strict=False) for group in _ours(some)}
    _set(_PENDING, {inbox_id: group["pending"] for inbox_id, group in streams.items()})
    # Redis before 7.0 does not report the lag, nor does any version for a moment after some deletions.
    _set(_UNREAD, {inbox_id: group["lag"] for inbox_id, group in streams.items() if group.get("lag") is not None})


def _set(gauge: Gauge, values: Mapping[Any, float]) -> None:
    """Set all values at once, because another request may read them meanwhile."""
    gauge.clear()
    for label, value in values.items():
        gauge.labels(label).set(value)


async def _read_database() -> figures.Figures | None:
    try:
        async with asyncio.timeout(_SECONDS):
            return await reading(figures.read_figures)
    except (TemporarilyUnavailable, TimeoutError):
        return None


async def _read_redis(redis: Redis, inbox_ids: Sequence[int]) -> list[Any] | None:
    """Dead letters and groups of each number in turn, in one round trip. None: Redis does not answer."""
    try:
        async with asyncio.timeout(_SECONDS), redis.pipeline(transaction=False) as pipeline:
            pipeline.ping()
            for inbox_id in inbox_ids:
                pipeline.xlen(dead_stream(inbox_id))
                pipeline.xinfo_groups(events_stream(inbox_id))
            # A missing stream, which no worker has written yet, is an error of its own line only.
            return (await pipeline.execute(raise_on_error=False))[1:]
    except (RedisError, OSError, TimeoutError):
        return None


def _ours(groups: Any) -> list[dict[str, Any]]:
    return [group for group in groups if group["name"] == APP_GROUP] if isinstance(groups, list) else []
