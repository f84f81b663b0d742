"""Runs one row: a fresh number, its traffic, the fault during it, and the count."""

import asyncio
import time
from dataclasses import dataclass

from devtools.faults.audit import Audit
from devtools.faults.ground import Ground
from devtools.faults.injuries import Fault
from devtools.faults.plan import make_plan
from devtools.faults.report import Row
from devtools.faults.traffic import Traffic

#: Time-out of a probe.
PROBE_SECONDS = 150.0


@dataclass(frozen=True)
class Size:
    """How much traffic a row has; `rate` in messages a second."""

    messages: int
    replies: int
    customers: int
    rate: float
    #: The share of messages that bring a file.
    files: float = 0.0


async def run_row(ground: Ground, fault: Fault, seed: int, size: Size) -> Row:
    """Run one row. Raises nothing: an error is noted in the row."""
    row, began = Row(fault.name, seed, fault.limit), time.monotonic()
    inbox_id = 0
    try:
        inbox_id = await ground.new_number(f"{fault.name} {seed}")
        if fault.needs_second_worker:
            await ground.start_second_worker()
        await carry_out(ground, inbox_id, fault, size, row)
    except* Exception as group:
        row.error = "; ".join(_lines_of(group))[:500]
    row.seconds = round(time.monotonic() - began, 1)
    try:
        ground.stop_second_worker()
        if inbox_id:
            await ground.archive(inbox_id)
    except Exception as error:
        row.error = row.error or f"afterwards: {error!r}"
    return row


async def carry_out(ground: Ground, inbox_id: int, fault: Fault, size: Size, row: Row, turn: int = 0) -> None:
    """Run the traffic with the fault, and write the counts into `row`."""
    plan = make_plan(
        f"{fault.name} {row.seed}",
        messages=size.messages,
        replies=size.replies,
        customers=size.customers,
        rate=size.rate,
        files=size.files,
    )
    traffic = Traffic(ground, inbox_id, plan, turn)
    await traffic.meet()
    before = sum(desk.repeats for desk in ground.desks)
    running = asyncio.create_task(traffic.run())
    try:
        await asyncio.sleep(plan.fault_at)
        await ground.until_saved(inbox_id)
        await fault.inflict(ground, inbox_id)
        row.recovered = await traffic.probe(1, PROBE_SECONDS)
        await running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    _note(row, await traffic.settle())
    row.repeats = sum(desk.repeats for desk in ground.desks) - before


def _note(row: Row, books: Audit) -> None:
    inbound, outbound = books.inbound, books.outbound
    row.messages_in, row.in_database = inbound.expected, inbound.found
    row.lost, row.doubled, row.disordered = inbound.lost, inbound.doubled, inbound.disordered
    row.replies_sent, row.replies_lost = outbound.found, outbound.lost
    row.replies_doubled, row.replies_disordered = outbound.doubled, outbound.disordered
    row.wrong_ticks, row.dead_letters = books.wrong_ticks, books.dead_letters
    row.examples = [*inbound.examples, *outbound.examples, *books.examples]


def _lines_of(group: BaseExceptionGroup[BaseException]) -> list[str]:
    lines: list[str] = []
    for error in group.exceptions:
        lines += _lines_of(error) if isinstance(error, BaseExceptionGroup) else [f"{type(error).__name__}: {error}"]
    return lines
