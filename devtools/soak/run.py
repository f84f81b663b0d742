"""Real traffic, a sample every ten seconds; then the slopes, and Redis' keys with their bounds.

First comes a warm-up, until what is bounded is full: 5,000 ids that the worker remembers (13 minutes at 5 a second),
10,000 entries of the stream `live` (19), 100 messages a chat in the page; and the 200 MB that Chromium keeps of what
a page fetched are filled at the very beginning. What grows then grows for good.
"""

import argparse
import asyncio
import json
import math
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from redis import Redis
from rich.console import Console
from rich.table import Table

from devtools.bench.report import machine
from devtools.faults.audit import Audit
from devtools.faults.ground import Ground
from devtools.faults.plan import make_plan
from devtools.faults.traffic import Traffic
from devtools.soak import heap, keys, samples
from devtools.soak.keys import Key
from devtools.soak.samples import Sample
from devtools.soak.slopes import floor_of, slope_per_hour, too_steep
from devtools.system import ROOT, System, running

CUSTOMERS: Final = 40
#: One in twenty messages brings a file; one in four is answered.
FILES, REPLIES = 0.05, 0.25
SAMPLE_SECONDS: Final = 10.0
#: As much as Chromium keeps of what a page fetched (200 MB, in base64) while somebody drives it.
INSPECTOR_MB: Final = 160
#: Between two collections that the page is asked for.
COLLECT_SECONDS: Final = 120.0
console = Console(width=None if sys.stdout.isatty() else 150)


async def soak(system: System, database_url: str, minutes: float, rate: float) -> tuple[list[Sample], list[Key], Audit]:
    """Run the traffic and take samples. The keys are read while everything still runs."""
    count = int(minutes * 60 * rate)
    plan = make_plan("soak", messages=count, replies=int(count * REPLIES), customers=CUSTOMERS, rate=rate, files=FILES)
    async with Ground(system, database_url) as ground:
        traffic = Traffic(ground, await ground.new_number("Soak"), plan)
        await traffic.meet()
        await heap.fetch_in_page(system.data_dir, system.simulator_port, INSPECTOR_MB)
        with Redis.from_url(system.redis_url, decode_responses=True) as redis:
            watching = asyncio.create_task(_watch(system, redis))
            await traffic.run()
            watching.cancel()
            taken = (await asyncio.gather(watching, return_exceptions=True))[0]
            if not isinstance(taken, list):
                raise RuntimeError("The samples could not be taken.") from taken
            books = await traffic.settle()
            found = keys.look(redis, keys.read_bounds(ROOT / "docs" / "streams.md"))
    return taken, found, books


async def _watch(system: System, redis: "Redis") -> list[Sample]:
    """Take samples until cancelled. Returns them."""
    taken: list[Sample] = []
    began = time.monotonic()
    try:
        while True:
            is_due = len(taken) % round(COLLECT_SECONDS / SAMPLE_SECONDS) == 0
            page_mb = await heap.held_by_page(system.data_dir, system.simulator_port) if is_due else float("nan")
            sample = await asyncio.to_thread(samples.take, system, redis, began, page_mb)
            taken.append(sample)
            if len(taken) % 6 == 1:
                console.print(
                    f"  {sample.at / 60:4.1f} min: worker {sample.worker_mb:.0f}, Chromium {sample.chromium_mb:.0f}, "
                    f"app {sample.app_mb:.0f}, Redis {sample.redis_mb:.1f} MB; {sample.entries} entries"
                )
            await asyncio.sleep(max(0.0, SAMPLE_SECONDS * len(taken) - (time.monotonic() - began)))
    except asyncio.CancelledError:
        return taken


def show_slopes(taken: Sequence[Sample], warm_up: float) -> dict[str, float]:
    """Print the slope of each figure's floor after `warm_up` seconds. Returns the slopes by name."""
    kept = [sample for sample in taken if sample.at >= warm_up]
    table = Table(title=f"{len(kept)} samples after {warm_up / 60:.1f} min of warm-up")
    for number, name in enumerate(("what", "first floor", "last floor", "highest", "slope an hour")):
        table.add_column(name, justify="right" if number else "left")
    slopes: dict[str, float] = {}
    for name, what in samples.NAMES.items():
        values = [float(getattr(sample, name)) for sample in kept]
        at, floor = floor_of([sample.at for sample in kept], values)
        slopes[name] = slope_per_hour(at, floor)
        highest = max((value for value in values if not math.isnan(value)), default=math.nan)
        ends = (floor[0], floor[-1]) if floor else (math.nan, math.nan)
        table.add_row(what, *(f"{value:,.1f}" for value in (*ends, highest, slopes[name])))
    console.print(table)
    return slopes


def show_keys(found: Sequence[Key]) -> None:
    """Print every key with its bound."""
    table = Table(title="Redis' keys")
    for number, name in enumerate(("key", "type", "entries", "at most", "kB", "expires in s", "")):
        table.add_column(name, justify="right" if 2 <= number < 6 else "left", no_wrap=number == 0)
    for key in found:
        most = f"{key.bound.most:,}" if key.bound else "?"
        ttl = "" if key.ttl < 0 else str(key.ttl)
        style = "red" if key.trouble else ""
        row = (key.name, key.type, f"{key.length:,}", most, f"{key.bytes / 1000:,.1f}", ttl, key.trouble)
        table.add_row(*row, style=style)
    console.print(table)


def main() -> None:
    """Read the command line and run; exit code 1 when a slope is too steep, a key unbound, a message or tick wrong."""
    parser = argparse.ArgumentParser(prog="python -m devtools.soak")
    parser.add_argument("--minutes", type=float, default=20, help="that count, after the warm-up")
    parser.add_argument("--rate", type=float, default=5, help="messages a second")
    parser.add_argument("--warm-up", type=float, default=20, help="minutes")
    parser.add_argument("--json", type=Path, default=ROOT / "bench-results" / "soak.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="roms-soak-") as folder:
        data = Path(folder) / "data"
        with running(data, ROMS_CHROMIUM_PATH=str(heap.inspectable_chromium(Path(folder)))) as system:
            url = f"sqlite:///{data / 'roms.db'}"
            taken, found, books = asyncio.run(soak(system, url, options.warm_up + options.minutes, options.rate))
    slopes = show_slopes(taken, 60 * options.warm_up)
    steep = too_steep(slopes)
    for line in steep:
        console.print(f"TOO STEEP: {line}", markup=False)
    show_keys(found)
    console.print(
        f"{books.inbound.expected} messages in, {books.outbound.found} replies out: "
        + ("each once, in order, ticked rightly." if books.is_clean else f"NOT CLEAN: {books}"),
        markup=False,
    )
    whole = {
        "machine": machine(),
        "minutes": options.minutes,
        "rate": options.rate,
        "slopes_per_hour": slopes,
        "too_steep": steep,
        "samples": [asdict(sample) for sample in taken],
        "keys": [asdict(key) for key in found],
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(whole, indent=2))
    sys.exit(1 if steep or any(key.trouble for key in found) or not books.is_clean else 0)
