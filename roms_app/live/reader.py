"""Reads the `live` stream for this process's sockets, sends the tabs' counts, and sends the live badge's heartbeat.

Every app process reads the whole stream by itself, because rooms reach only local sockets. The reader parses JSON with
`json` and not with pydantic: our own `transactions.py` made the entries, and this is the hot path.
"""

import asyncio
import contextlib
import json
from typing import Any, Final

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from roms_app.config import get_settings
from roms_app.live import gate, push, rights
from roms_app.live.connection import BLOCK_MS, make_redis
from roms_app.live.health import health
from roms_app.live.supervise import is_cancelled, supervised
from roms_app.live.transactions import reading
from roms_app.services import conversations
from roms_app.views.inbox import Beat
from wa_worker.contract.streams import DATA_FIELD, LIVE_STREAM
from wa_worker.process.closing import finish

#: The interval of the live badge's heartbeat.
BEAT_SECONDS: Final = 1.0
#: The shortest interval between two reads of the counts.
COUNT_SECONDS: Final = 0.2
#: The shortest interval between two reloads of the supervisors' pages; longer if only messages changed.
QUEUE_SECONDS: Final = 0.2
QUEUE_MESSAGE_SECONDS: Final = 2.0
_BATCH: Final = 500
_CLOSE_SECONDS: Final = 3.0

log = structlog.get_logger(__name__)


class LiveReader:
    """The reader of one process. `run` never returns; it survives outages of Redis and the database."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._last_id = ""
        self._is_connected = False
        self._counts_changed = asyncio.Event()
        self._queue_changed = asyncio.Event()
        self._queue_messages = asyncio.Event()

    async def run(self) -> None:
        """Read, count and send heartbeats until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(supervised("live.read", self._read))
            group.create_task(supervised("live.count", self._count))
            group.create_task(supervised("live.queue", lambda: _tell_queue(self._queue_changed, QUEUE_SECONDS)))
            wait = QUEUE_MESSAGE_SECONDS
            group.create_task(supervised("live.queue_messages", lambda: _tell_queue(self._queue_messages, wait)))
            group.create_task(supervised("live.beat", self._beat))

    async def _read(self) -> None:
        """Connect and hand entries on until Redis goes away, which raises RedisError or OSError."""
        try:
            await self._find_end()
            while not is_cancelled():
                replies = await self._redis.xread({LIVE_STREAM: self._last_id}, count=_BATCH, block=BLOCK_MS)
                self._is_connected = True
                entries = replies[0][1] if replies else []
                # Trimming can only overtake a reader that is far behind.
                if len(entries) == _BATCH and await self._is_overtaken():
                    await self._find_end()
                    continue
                for entry_id, fields in entries:
                    self._last_id = entry_id
                    await self.hand_on(fields)
            raise asyncio.CancelledError
        finally:
            self._is_connected = False
            self._send_health()

    async def _is_overtaken(self) -> bool:
        """Whether entries after the last one that was read are gone from the stream."""
        oldest = await self._redis.xrange(LIVE_STREAM, count=1)
        return bool(oldest) and _order(oldest[0][0]) > _order(self._last_id)

    async def _find_end(self) -> None:
        """Find the entry to continue from. After an interruption nobody knows what was missed, so all tabs reload."""
        is_return = bool(self._last_id)
        newest = await self._redis.xrevrange(LIVE_STREAM, count=1)
        self._last_id = newest[0][0] if newest else "0-0"
        self._is_connected = True
        self._send_health()
        if is_return:
            log.info("reader.resynchronized")
            push.reread_all()
            self._counts_changed.set()

    async def hand_on(self, fields: dict[str, str]) -> None:
        """Hand one entry to push. An entry that can't be understood is logged and skipped: tabs reload now and then."""
        try:
            announced: dict[str, Any] = json.loads(fields[DATA_FIELD])
            match announced["type"]:
                case "conversation":
                    push.announce_conversation(announced)
                    self._queue_messages.set()
                    if announced.get("counts_changed"):
                        self._counts_changed.set()
                        self._queue_changed.set()
                case "inbox":
                    push.announce_inbox(announced)
                case "team":
                    self._queue_changed.set()
                    if announced.get("has_new_rights"):
                        self._counts_changed.set()
                    await rights.apply_team_announcement(announced)
                    push.announce_team(announced)
                case "session":
                    await rights.end_session(announced["session_id"])
                case "settings":
                    self._queue_changed.set()
                    push.announce_settings()
                case "reload":
                    push.reread_all()
                    self._counts_changed.set()
                case other:
                    log.warning("announcement.ignored", type=other)
        except (KeyError, ValueError, TypeError) as error:
            log.warning("announcement.rejected", error=repr(error))

    async def _count(self) -> None:
        """Read the counts when something changed, and send each agent their own. The pause throttles."""
        while True:
            await self._counts_changed.wait()
            self._counts_changed.clear()
            if agent_ids := gate.connected_agents():
                for agent_id, counts in (await reading(conversations.count_open_of, agent_ids)).items():
                    push.announce_counts(agent_id, counts)
            await asyncio.sleep(COUNT_SECONDS)

    async def _beat(self) -> None:
        while True:
            self._send_health()
            await asyncio.sleep(BEAT_SECONDS)

    def _send_health(self) -> None:
        push.beat(Beat(redis=self._is_connected, lag=health.consumer_lag_ms, at=push.now_ms()))


async def _tell_queue(is_changed: asyncio.Event, seconds: float) -> None:
    """Let supervisors' pages reload at once, and then no more often than every `seconds`."""
    while True:
        await is_changed.wait()
        is_changed.clear()
        push.announce_queue()
        await asyncio.sleep(seconds)


def _order(entry_id: str) -> tuple[int, int]:
    ms, _, sequence = entry_id.partition("-")
    return int(ms), int(sequence or 0)


async def run() -> None:
    """The lifespan task of `roms_app.py`."""
    # Its own client, without retries: a connection that reconnects by itself would hide what was missed.
    redis = make_redis(get_settings().redis_url)
    redis.set_retry(Retry(NoBackoff(), 0))
    try:
        await LiveReader(redis).run()
    finally:
        with contextlib.suppress(TimeoutError):
            await finish(redis.aclose(), _CLOSE_SECONDS)
