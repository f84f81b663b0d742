"""Builds the receiving side of a number: what comes from its page, and how far that is published and acknowledged."""

import asyncio
from collections.abc import Callable, Container

from redis.asyncio import Redis

from wa_worker.ownership.held_number import HeldNumber
from wa_worker.receiving.backfill import Backfiller
from wa_worker.receiving.checkpoint import Checkpoint
from wa_worker.receiving.consumed_watermark import ConsumedWatermark
from wa_worker.receiving.inbound import Inbound, Listener
from wa_worker.stream.publisher import Publisher

_DAY_SECONDS = 86_400


def open_checkpoint(number: HeldNumber) -> Checkpoint:
    """Read the number's checkpoint from its folder."""
    checkpoint = Checkpoint(number.folder / "checkpoint.json")
    checkpoint.note_groups(number.has_groups)
    return checkpoint


class Receiving:
    """The receiving side of one number.

    `in_flight`: ids of messages that the sending side reports itself. `on_message` is called for each published
    message, `on_hint` for each sign of the page's state, `on_data_lost` when Redis has lost its data, or may have.
    """

    def __init__(
        self,
        number: HeldNumber,
        redis: Redis,
        publisher: Publisher,
        checkpoint: Checkpoint,
        *,
        in_flight: Container[str],
        on_message: Listener,
        on_hint: Callable[[str], None],
        on_data_lost: Callable[[], None],
    ) -> None:
        inbox_id = number.inbox_id
        self.checkpoint = checkpoint
        self.inbound = Inbound(
            inbox_id, publisher, checkpoint, on_hint=on_hint, in_flight=in_flight, on_message=on_message
        )
        self.inbound.history_before = number.profile.pairing.paired_at
        history_seconds = number.settings.history_days * _DAY_SECONDS
        self.backfiller = Backfiller(inbox_id, publisher, checkpoint, self.inbound, history_seconds)
        self._watermark = ConsumedWatermark(redis, inbox_id, number.lease, checkpoint, on_data_lost)

    def go_back(self) -> None:
        """Go back to what the app has acknowledged for certain: Redis has lost the rest, or may have."""
        self.checkpoint.go_back()
        self._watermark.forget()

    async def run(self) -> None:
        """Save the checkpoint and move the watermark. Never returns."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.checkpoint.run())
            group.create_task(self._watermark.run())
