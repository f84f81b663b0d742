"""The figures of a fuzz, their bounds, and the tables that people read."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import psutil
from rich.console import Console
from rich.table import Table

from devtools.bench.statistics import percentile
from devtools.fuzz.meter import FRAME, Cost, Rested
from devtools.fuzz.scene import ROLES

#: CPU seconds of one event on the event loop, where everybody else waits for it.
MOST_CPU: Final = 0.05
#: Bytes that the app may hold more at the end than in the middle: caches are full by then.
MOST_KEPT: Final = 8_000_000
#: The factor and the seconds by which an answer may be slower under attack.
SLOWER, LATER = 3.0, 0.1


@dataclass
class Figures:
    """The measured values of one run."""

    seconds: float
    sent: Mapping[str, int]
    sockets: Mapping[str, int]
    #: By role and dispatched | refused.
    reached: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    costs: list[Cost] = field(default_factory=list[Cost])
    collections: list[float] = field(default_factory=list[float])
    #: CPU seconds of the app's process while it was attacked.
    process_cpu: float = 0.0
    #: CPU seconds of the whole machine meanwhile: with many of others', the waiting says little.
    machine_cpu: float = 0.0
    failures: list[str] = field(default_factory=list[str])
    leaks: list[str] = field(default_factory=list[str])
    changed: list[str] = field(default_factory=list[str])
    log_entries: int = 0
    log_bytes: int = 0
    wrong_entries: list[str] = field(default_factory=list[str])
    memory: dict[str, Rested] = field(default_factory=dict[str, Rested])
    #: "click" and "healthz": seconds without and with the attack.
    waited: dict[str, tuple[list[float], list[float]]] = field(
        default_factory=dict[str, tuple[list[float], list[float]]]
    )

    def broken(self) -> list[str]:
        """One sentence for each broken bound."""
        found = [
            *_broken("calls of the backend's exception handler", self.failures),
            *_broken("wrong log entries", self.wrong_entries),
            *_broken("frames of the sealed number came to others", self.leaks),
            *_broken("tables of the sealed number changed", self.changed),
        ]
        if dear := [cost for cost in self.costs if cost.loop > MOST_CPU]:
            worst = Counter(cost.what for cost in dear).most_common(5)
            found.append(f"{len(dear)} events above {1000 * MOST_CPU:.0f} ms of CPU on the event loop: {worst}")
        kept = self.memory["end"].resident - self.memory["middle"].resident
        if kept > MOST_KEPT:
            found.append(f"{kept / 1e6:.1f} MB were kept from the middle to the end.")
        for what, (calm, attacked) in self.waited.items():
            for share in (0.5, 0.99):
                without, with_it = percentile(sorted(calm), share), percentile(sorted(attacked), share)
                if not with_it <= SLOWER * without + LATER:
                    found.append(f"{what} p{100 * share:.0f}: {1000 * with_it:.0f} ms instead of {1000 * without:.0f}.")
        return found


def _broken(what: str, samples: Sequence[str]) -> list[str]:
    if not samples:
        return []
    return [f"{len(samples)} {what}:", *(f"    {text} (x{n})" for text, n in Counter(samples).most_common(10))]


def show(figures: Figures, console: Console) -> None:
    """Print the tables."""
    _show_events(figures, console)
    _show_costs(figures, console)
    table = _table("how long others wait", "ms", "n", "p50 without", "p50 with", "p99 without", "p99 with")
    for what, (calm, attacked) in figures.waited.items():
        cells = [1000 * percentile(sorted(each), share) for share in (0.5, 0.99) for each in (calm, attacked)]
        table.add_row(what, f"{len(calm)}, {len(attacked)}", *(f"{cell:.1f}" for cell in cells))
    console.print(table)
    table = _table("what the app holds, idle and collected", "", "resident MB", "allocations")
    for when, rested in figures.memory.items():
        table.add_row(when, f"{rested.resident / 1e6:.1f}", f"{rested.blocks:,}")
    console.print(table)
    longest = 1000 * max(figures.collections, default=0)
    counts = [
        f"garbage collections: {len(figures.collections):,}, the longest {longest:.0f} ms",
        f"log: {figures.log_entries:,} entries, {figures.log_bytes / 1000:,.0f} kB, {len(figures.wrong_entries)} wrong",
        f"exception handler: {len(figures.failures)} calls",
        f"sealed number: {len(figures.leaks)} leaks, {len(figures.changed)} changes",
    ]
    console.print("; ".join(counts), markup=False)


def _show_events(figures: Figures, console: Console) -> None:
    table = _table("events", "", "sockets", "sent", "a second", "dispatched", "refused")
    for role in ROLES:
        sent = figures.sent[role]
        became = [figures.reached[role, outcome] for outcome in ("dispatched", "refused")]
        rate = f"{sent / figures.seconds:.0f}"
        table.add_row(role, *(f"{n:,}" for n in (figures.sockets[role], sent)), rate, *(f"{n:,}" for n in became))
    console.print(table)


def _show_costs(figures: Figures, console: Console) -> None:
    by_name: defaultdict[str, list[Cost]] = defaultdict(list)
    for cost in figures.costs:
        by_name[cost.what].append(cost)
    frames = by_name.pop(FRAME, [])
    handlers = list(itertools.chain(*by_name.values()))
    columns = ("n", "p50", "p99", "max", "longest step", "threads p99", "max", "s in all")
    table = _table("CPU ms: on the event loop, in threads", "", *columns)
    dearest = sorted(by_name.items(), key=lambda item: -sum(cost.loop + cost.threads for cost in item[1]))[:16]
    for name, costs in [("frame: read and checked", frames), ("handlers, all", handlers), *dearest]:
        _add_costs(table, name, costs)
    console.print(table)
    counted = sum(cost.loop + cost.threads for cost in figures.costs)
    used = f"{figures.process_cpu:.0f} s, {100 * figures.process_cpu / figures.seconds:.0f} % of a core"
    share = f"{100 * counted / max(figures.process_cpu, 1e-9):.0f} %"
    cores = f"the whole machine used {figures.machine_cpu / figures.seconds:.1f} of {psutil.cpu_count()} cores"
    rest = "the rest is connections, the server and background work"
    console.print(f"CPU of the app's process: {used}; {share} of it is counted above, {rest}; {cores}", markup=False)


def _add_costs(table: Table, name: str, costs: Sequence[Cost]) -> None:
    if not costs:
        return
    loop, threads = sorted(cost.loop for cost in costs), sorted(cost.threads for cost in costs)
    cells = [
        *(percentile(loop, share) for share in (0.5, 0.99)),
        loop[-1],
        max(cost.longest for cost in costs),
        percentile(threads, 0.99),
        threads[-1],
    ]
    total = f"{sum(loop) + sum(threads):.1f}"
    table.add_row(name, f"{len(costs):,}", *(f"{1000 * cell:.1f}" for cell in cells), total)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number else "left")
    return table


def by_phase(
    waited: Iterable[tuple[str, float, float]],
    calm: Sequence[tuple[float, float]],
    attacked: Sequence[tuple[float, float]],
) -> dict[str, tuple[list[float], list[float]]]:
    """Sort (what, when, seconds) by the spans of time without and with the attack."""
    found: dict[str, tuple[list[float], list[float]]] = {"healthz": ([], []), "click": ([], [])}
    for what, at, seconds in waited:
        for number, spans in enumerate((calm, attacked)):
            if any(began <= at < ended for began, ended in spans):
                found[what][number].append(seconds)
    return found
