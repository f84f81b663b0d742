"""Percentiles of latencies, and the CPU seconds of processes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds. `n`: the number of measured messages; `expected`: the number that should have arrived."""

    n: int
    expected: int
    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, seconds: Iterable[float], expected: int) -> "Latency":
        """From latencies in seconds."""
        ordered = sorted(seconds)
        return cls(
            len(ordered), expected, *(round(1000 * percentile(ordered, share), 1) for share in (0.5, 0.95, 0.99))
        )


def percentile(ordered: Sequence[float], share: float) -> float:
    """The nearest-rank percentile of a sorted list; NaN of an empty one."""
    if not ordered:
        return float("nan")
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class CpuClock:
    """CPU seconds (user and system) that some processes used since the clock was made."""

    def __init__(self, processes: Sequence[psutil.Process]) -> None:
        self._processes = processes
        self._before = self._now()

    def _now(self) -> float:
        return sum(sum(p.cpu_times()[:2]) for p in self._processes if p.is_running())

    def seconds(self) -> float:
        """CPU seconds since the beginning."""
        return self._now() - self._before
