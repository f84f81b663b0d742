"""What a series of samples tends to. Pure."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

#: Megabytes an hour, of twenty minutes at five messages a second: half as much again as a run without a leak showed,
#: whose caches and streams still filled up. A leak of a kilobyte a message is 18 more.
BOUNDS: Final[Mapping[str, float]] = {
    "worker_mb": 40.0,
    "driver_mb": 50.0,
    "chromium_mb": 320.0,
    "app_mb": 40.0,
    "redis_mb": 48.0,
}


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
