"""Finds out every few seconds what the app has consumed for certain: Redis may lose what the app has not read yet.

A position of the checkpoint is consumed once the app's consumer group has acknowledged every entry that was in the
stream when the checkpoint stood there. An answer counts only while Redis still has our lease's token: a Redis that lost
its data has no token, and its entry ids start again.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from wa_worker.contract.streams import APP_GROUP, events_stream, lease_key
from wa_worker.ownership.lease import Lease
from wa_worker.receiving.checkpoint import Checkpoint, Reached
from wa_worker.stream.trimming import order_of

_log: Final = structlog.get_logger(__name__)
_ASK_SECONDS: Final = 3.0
_ANSWER_SECONDS: Final = 5.0


@dataclass(frozen=True)
class _Offer:
    """A position of the checkpoint, and the stream's last entry when the checkpoint stood there."""

    reached: Reached
    entry_id: str


class ConsumedWatermark:
    """One number's watermark. `on_data_lost`: the lease's token was gone, so Redis may have lost its data."""

    def __init__(
        self, redis: Redis, inbox_id: int, lease: Lease, checkpoint: Checkpoint, on_data_lost: Callable[[], None]
    ) -> None:
        self._redis = redis
        self._inbox_id = inbox_id
        self._lease = lease
        self._checkpoint = checkpoint
        self._on_data_lost = on_data_lost
        self._times_gone = lease.times_gone
        self._offer: _Offer | None = None

    async def run(self) -> None:
        """Ask again and again. Never returns."""
        while True:
            await asyncio.sleep(_ASK_SECONDS)
            await self.update()

    def forget(self) -> None:
        """Forget the open question: Redis has lost its data, so its answer would mean nothing."""
        self._offer = None
        self._times_gone = self._lease.times_gone

    async def update(self) -> None:
        """Ask once, and move the checkpoint's consumed position."""
        reached, generation = self._checkpoint.reached(), self._checkpoint.generation
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                token, stream, groups, pending = await self._ask()
        except (RedisError, OSError) as error:
            _log.debug("watermark.lookup_failed", inbox_id=self._inbox_id, error=str(error)[:200])
            return
        if self._lease.times_gone != self._times_gone:
            self.forget()
            self._on_data_lost()
        elif token != self._lease.token or isinstance(stream, Exception) or generation != self._checkpoint.generation:
            self._offer = None
        else:
            self._offer = self._offer or _Offer(reached, stream["last-generated-id"])
            if _has_consumed(groups, pending, self._offer.entry_id):
                self._checkpoint.note_consumed(self._offer.reached)
                self._offer = None

    async def _ask(self) -> list[Any]:
        """Ask everything in one step. A question that fails is an exception in the list."""
        name = events_stream(self._inbox_id)
        asking = self._redis.pipeline(transaction=True)
        asking.get(lease_key(self._inbox_id))
        asking.xinfo_stream(name)
        asking.xinfo_groups(name)
        asking.xpending(name, APP_GROUP)
        return await asking.execute(raise_on_error=False)


def _has_consumed(groups: Any, pending: Any, entry_id: str) -> bool:
    """Whether the app's group has read the entry and acknowledged everything up to it."""
    if isinstance(groups, Exception) or isinstance(pending, Exception):
        return False
    delivered = next((group["last-delivered-id"] for group in groups if group["name"] == APP_GROUP), "0-0")
    oldest = pending["min"]
    at = order_of(entry_id)
    return order_of(delivered) >= at and (oldest is None or order_of(oldest) > at)
