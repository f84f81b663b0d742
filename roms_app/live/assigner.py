"""Assignments that only time triggers: response timers that run out, shifts that begin and end.

A sweep is the safety net. Every other cause (a new conversation, a free place, an agent who comes back) assigns waiting
conversations in its own transaction (`services/assignment.py`).
"""

import asyncio
from typing import Final

import structlog
from prometheus_client import Counter

from roms_app.live import transactions
from roms_app.live.supervise import is_cancelled, wait_for
from roms_app.live.transactions import reading, writing
from roms_app.models.base import now_ms
from roms_app.services import assignment, leaving, response_timer, shifts

_TICK_SECONDS: Final = 0.5
_HELD_SECONDS: Final = 0.05
_SWEEP_MS: Final = 15_000
_SWEEP_FOUND: Final = Counter(
    "roms_assignment_sweep_found_total", "Conversations that only the sweep gave out: it should never find one."
)

log = structlog.get_logger(__name__)


async def assign_forever() -> None:
    """Check the clock twice a second, and at once when a transaction asks for it."""
    woken = transactions.here().assigner_woken
    # Assign what became possible while this process was not running.
    await writing(assignment.drain_queue)
    looked_at = swept_at = now_ms()
    while not is_cancelled():
        is_woken = await wait_for(woken, _TICK_SECONDS)
        now = now_ms()
        if is_woken:
            # The transaction that holds the conversation must end first.
            await asyncio.sleep(_HELD_SECONDS)
            await writing(leaving.return_orphans if await reading(leaving.has_orphans) else assignment.drain_queue)
        if await reading(response_timer.is_any_due, now):
            await writing(response_timer.fire_due, now)
        changed = await reading(shifts.changed_between, looked_at, now)
        if changed:
            await writing(shifts.note_changed, changed)
        looked_at = now
        if now - swept_at >= _SWEEP_MS:
            swept_at = now
            await _sweep(now)


async def _sweep(now: int) -> None:
    found = 0
    if await reading(assignment.can_drain, now):
        found += await writing(assignment.drain_queue)
    if await reading(leaving.has_orphans):
        found += await writing(leaving.return_orphans)
    if found:
        _SWEEP_FOUND.inc(found)
        log.warning("conversations.found_unassigned", conversations=found)
