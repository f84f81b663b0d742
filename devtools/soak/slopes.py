"""What a series of samples tends to. Pure."""

from collections.abc import Sequence


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
