"""One run: calm, attack, rest, attack, rest, calm; then the tables and the bounds.

CPU is measured in the app by its threads' own clocks (`metered.py`), so that other programs don't count;
memory of the app after its events are handled, its attackers are gone and its garbage is collected; waiting in a
process that does nothing else.
"""

import argparse
import asyncio
import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import psutil
from rich.console import Console

from devtools.bench.statistics import CpuClock
from devtools.fuzz import report
from devtools.fuzz.attackers import Attack
from devtools.fuzz.ground import measured_app
from devtools.fuzz.logged import wrong_entries
from devtools.fuzz.meter import Meter, Rested
from devtools.fuzz.probe import Waited, probe
from devtools.fuzz.report import Figures
from devtools.fuzz.scene import Scene, sealed_rows
from roms_app.live.transactions import reading
from tests.attack.app import App, Reachable, inside

#: Between two looks at the meter, which the app must not have to remember.
_TAKE_SECONDS: Final = 2.0
_WARM_UP_SECONDS: Final = 10.0
#: For the answer to a ping: a socket that was cut off hears none.
_PATIENCE: Final = 5.0
console = Console(width=None if sys.stdout.isatty() else 150)

Span = tuple[float, float]


class Run:
    """A fuzz of one app."""

    def __init__(self, app: App, meter: Meter, scene: Scene, seed: str, sockets: int) -> None:
        self._app, self._meter, self._scene, self._sockets = app, meter, scene, sockets
        self._attack = Attack(app, meter, scene, seed, _PATIENCE)
        self.figures = Figures(0.0, self._attack.sent, self._attack.sockets, leaks=self._attack.leaks)
        self.calm: list[Span] = []
        self.attacked: list[Span] = []

    async def carry_out(self, seconds: float) -> None:
        """Run all phases, with `seconds` of attack in two halves."""
        figures = self.figures
        await self._scene.tend()
        before = await reading(sealed_rows, self._scene)
        # The first attack fills caches, thread pools and the states of closed tabs, which stay filled.
        await self._attack.keep_on(min(_WARM_UP_SECONDS, seconds / 4), self._sockets)
        figures.memory["start"] = await self._rested()
        self._forget()
        await self._be_calm(seconds / 10)
        for half in ("middle", "end"):
            await self._be_attacked(seconds / 2)
            figures.memory[half] = await self._rested()
            console.print(f"  {half}: {sum(figures.sent.values()):,} events", markup=False)
        await self._be_calm(seconds / 10)
        after = await reading(sealed_rows, self._scene)
        figures.changed = [f"{name}: {before[name]} → {after[name]}" for name in after if after[name] != before[name]]
        entries = self._app.entries()
        figures.wrong_entries = wrong_entries(entries)
        figures.log_entries, figures.log_bytes = len(entries), self._app.log.stat().st_size

    async def _be_calm(self, seconds: float) -> None:
        began = time.monotonic()
        await asyncio.sleep(seconds)
        self.calm.append((began, time.monotonic()))

    async def _be_attacked(self, seconds: float) -> None:
        began = time.monotonic()
        clock = CpuClock([self._app.process, *self._app.process.children(recursive=True)])
        busy = _machine_seconds()
        async with self._taking():
            await self._attack.keep_on(seconds, self._sockets)
        self.figures.process_cpu += clock.seconds()
        self.figures.machine_cpu += _machine_seconds() - busy
        self.figures.seconds += time.monotonic() - began
        self.attacked.append((began, time.monotonic()))

    @asynccontextmanager
    async def _taking(self) -> AsyncIterator[None]:
        async def keep_taking() -> None:
            while True:
                await asyncio.sleep(_TAKE_SECONDS)
                await asyncio.to_thread(self._take)

        taking = asyncio.create_task(keep_taking())
        try:
            yield
        finally:
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)
            self._take()

    def _take(self) -> None:
        taken, figures = self._meter.take(), self.figures
        figures.costs += taken.costs
        figures.failures += taken.failures
        figures.collections += taken.collections
        for (agent_id, outcome), n in taken.reached.items():
            figures.reached[self._scene.role_of(agent_id), outcome] += n

    def _forget(self) -> None:
        """Discard the values of the warm-up except its failures."""
        self.figures.failures += self._meter.take().failures
        self._attack.sent.clear()
        self._attack.sockets.clear()

    async def _rested(self) -> Rested:
        """Measure the memory after the attackers' sessions have ended and their sockets are closed."""
        await self._scene.tend()
        await asyncio.sleep(3)
        return await asyncio.to_thread(self._meter.rest)


def _machine_seconds() -> float:
    """CPU seconds that all programs have used."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0)


@contextmanager
def _probing(app: App, scene: Scene) -> Iterator[list[Waited]]:
    """Yields a list that is filled at the end."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    arguments: Any = (Reachable(app.port), scene.owner_cookie, scene.sealed_conversations, there)
    process = context.Process(target=probe, args=arguments, daemon=True)
    process.start()
    there.close()
    waited: list[Waited] = []
    try:
        yield waited
        here.send("enough")
        waited += here.recv()
    finally:
        here.close()
        process.join(10)
        process.kill()


async def _fuzz(app: App, meter: Meter, scene: Scene, seed: str, seconds: float, sockets: int) -> Figures:
    async with inside(app):
        run = Run(app, meter, scene, seed, sockets)
        with _probing(app, scene) as waited:
            await run.carry_out(seconds)
        told = [(each.what, each.at, each.seconds) for each in waited]
        run.figures.waited = report.by_phase(told, run.calm, run.attacked)
        return run.figures


def main() -> None:
    """Read the command line and run; exit code 1 when a bound is broken."""
    parser = argparse.ArgumentParser(prog="python -m devtools.fuzz")
    parser.add_argument("--seconds", type=float, default=300, help="of attack")
    parser.add_argument("--seed", default="", help="default: another one each time")
    parser.add_argument("--sockets", type=int, default=2, help="that each role has open at a time")
    parser.add_argument("--unlimited", action="store_true", help="no rate limits: more events reach the handlers")
    options = parser.parse_args()
    seed = options.seed or str(random.SystemRandom().randrange(10**6))
    limits = "without rate limits" if options.unlimited else "with rate limits"
    console.print(f"seed {seed}, {options.seconds:.0f} s, {limits}", markup=False)
    with (
        tempfile.TemporaryDirectory(prefix="roms-fuzz-") as folder,
        measured_app(Path(folder), is_unlimited=options.unlimited) as (app, meter, scene),
    ):
        figures = asyncio.run(_fuzz(app, meter, scene, seed, options.seconds, options.sockets))
    report.show(figures, console)
    broken = figures.broken()
    for line in broken or ["Every bound holds."]:
        console.print(line, markup=False)
    sys.exit(1 if broken else 0)
