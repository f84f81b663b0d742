"""Receipts of recovered gaps, above the conversation list."""

from dataclasses import dataclass
from typing import Final

import reflex as rx

from roms_app.live.transactions import reading
from roms_app.models import Agent
from roms_app.models.base import now_ms
from roms_app.services.uptime import list_gaps
from roms_app.states.guard import signed_in
from roms_app.states.past import DAY_MS, gap_times

_MOST: Final = 3


@dataclass(frozen=True, slots=True)
class Receipt:
    """One gap: "Offline 14:02-14:31; 7 messages recovered"."""

    id: int
    #: The number's name.
    inbox_name: str
    #: "14:02-14:31", in the agent's timezone.
    times: str
    recovered: int


class ReceiptsState(rx.State):
    """The last day's gaps that were not closed in this browser."""

    receipts: list[Receipt] = []
    #: The newest receipt closed in this browser. Anyone may write it: it only hides lines.
    closed: str = rx.LocalStorage("", name="roms-receipts-closed", sync=True)

    @rx.event
    @signed_in
    async def load(self, agent: Agent):
        """Read the receipts. Called again whenever a number changed."""
        gaps = await reading(list_gaps, agent, now_ms() - DAY_MS, _MOST)
        closed = int(self.closed) if self.closed.isascii() and self.closed.isdigit() and len(self.closed) < 16 else 0
        self.receipts = [
            Receipt(gap.id, gap.inbox_name, gap_times(gap, agent), gap.recovered) for gap in gaps if gap.id > closed
        ]

    @rx.event
    @signed_in
    async def close(self, agent: Agent):
        """Hide the receipts that the agent has read."""
        newest = max((receipt.id for receipt in self.receipts), default=0)
        self.closed, self.receipts = str(newest), []
