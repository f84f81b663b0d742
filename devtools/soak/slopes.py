"""The slope of a series of samples, and the bound below which it counts as flat. Pure."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

#: A collector works when it likes, so memory is a saw-tooth. What counts is its floor: the least within so long.
FLOOR_SECONDS: Final = 120.0
#: Megabytes an hour of the floor. Five customers' messages and 1.25 answers a second are 22,500 an hour: whoever kept
#: a kilobyte of each would grow by 22.
BOUNDS: Final[Mapping[str, float]] = {
    "worker_mb": 11.0,
    "driver_mb": 11.0,
    "chromium_mb": 22.0,
    "page_mb": 5.0,
    "app_own_mb": 11.0,
    "redis_mb": 5.0,
}


def floor_of(
    seconds: Sequence[float], values: Sequence[float], window: float = FLOOR_SECONDS
) -> tuple[list[float], list[float]]:
    """The least value of each whole `window`, with its time. NaN values are ignored."""
    least: dict[int, tuple[float, float]] = {}
    windows = max(1, int((seconds[-1] - seconds[0]) // window)) if seconds else 0
    for at, value in zip(seconds, values, strict=True):
        number = int((at - seconds[0]) // window)
        if number < windows and not math.isnan(value) and (number not in least or value < least[number][1]):
            least[number] = (at, value)
    return [at for at, _ in least.values()], [value for _, value in least.values()]


def slope_per_hour(seconds: Sequence[float], values: Sequence[float]) -> float:
    """The least-squares slope of `values` over `seconds`, by the hour; NaN of fewer than two samples."""
    n = len(seconds)
    if n < 2:
        return float("nan")
    mean_t, mean_v = sum(seconds) / n, sum(values) / n
    spread = sum((t - mean_t) ** 2 for t in seconds)
    if not spread:
        return float("nan")
    return sum((t - mean_t) * (v - mean_v) for t, v in zip(seconds, values, strict=True)) / spread * 3600


def too_steep(slopes: Mapping[str, float]) -> list[str]:
    """The figures that grow faster than `BOUNDS`, or of which nobody knows; each with what it does."""
    return [
        f"{name}: {slopes.get(name, math.nan):,.1f} an hour, more than {bound:,.0f}"
        for name, bound in BOUNDS.items()
        if not slopes.get(name, math.nan) <= bound
    ]
