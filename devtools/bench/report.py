"""Writes the results as a table for people and as JSON for programs."""

import json
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from devtools.bench.statistics import Latency

#: The aims of the benchmark on a machine of 2 cores, in ms, CPU seconds per 1000 messages, and messages a second.
AIMS = {
    "painted_p99": 100,
    "socket_p50": 12,
    "socket_p99": 40,
    "cpu_per_1000": 10,
    "rate": 500,
    "drain": 1500,
    "assigned_p99": 150,
    "assigned": 500,
}


@dataclass
class Row:
    """One line. `ratio` is to the floor with as many sockets in the same run; None where there is no floor."""

    what: str
    agents: int
    latency: Latency | None = None
    cpu_per_1000: float | None = None
    highest_rate: float | None = None
    ratio: dict[str, float] = field(default_factory=dict)


def ratios(row: Row, floor: Row | None) -> dict[str, float]:
    """Each value divided by the floor's value; for the highest rate, the share of the floor's rate."""
    if floor is None:
        return {}
    found: dict[str, float] = {}
    if row.latency and floor.latency:
        for name in ("p50", "p95", "p99"):
            found[name] = round(getattr(row.latency, name) / getattr(floor.latency, name), 2)
    for name in ("cpu_per_1000", "highest_rate"):
        ours, theirs = getattr(row, name), getattr(floor, name)
        if ours and theirs:
            found[name] = round(ours / theirs, 2)
    return found


def show(rows: list[Row], console: Console) -> None:
    """Print the table; a ratio to the floor stands in brackets behind its figure."""
    table = Table(title="ROMS benchmark (ms; in brackets: times the floor of this run)")
    table.add_column("what", no_wrap=True)
    for name in ("agents", "p50", "p95", "p99", "arrived", "CPU s / 1000", "highest rate / s"):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(row.what, str(row.agents), *_latency_cells(row), *_rate_cells(row))
    console.print(table)


def _with_ratio(row: Row, name: str, value: float | None) -> str:
    if value is None:
        return ""
    ratio = row.ratio.get(name)
    return f"{value:g}" + (f" ({ratio:g}x)" if ratio is not None else "")


def _latency_cells(row: Row) -> list[str]:
    if row.latency is None:
        return ["", "", "", ""]
    cells = [_with_ratio(row, name, getattr(row.latency, name)) for name in ("p50", "p95", "p99")]
    return [*cells, f"{row.latency.n}/{row.latency.expected}"]


def _rate_cells(row: Row) -> list[str]:
    return [_with_ratio(row, name, getattr(row, name)) for name in ("cpu_per_1000", "highest_rate")]


def machine() -> dict[str, Any]:
    """The machine and Python version of the measurement."""
    return {
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "python": platform.python_version(),
        "system": platform.platform(),
    }


def write_json(rows: list[Row], path: Path) -> None:
    """Write all results and the machine as JSON."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"at": at, "machine": machine(), "aims": AIMS, "rows": [asdict(r) for r in rows]}, indent=2)
    )
