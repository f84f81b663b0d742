"""What the parts of a running system hold in memory, and what Redis does."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psutil
from redis import Redis

from devtools.system import System


@dataclass(frozen=True, slots=True)
class Sample:
    """Megabytes and counts at `at` (seconds since the beginning)."""

    at: float
    #: Resident.
    worker_mb: float
    #: The driver that the worker speaks to Chromium through.
    driver_mb: float
    #: All of Chromium's processes, which share much: their proportional share (PSS) where the kernel tells it.
    chromium_mb: float
    app_mb: float
    redis_mb: float
    keys: int
    entries: int


NAMES = {
    "worker_mb": "worker, MB",
    "driver_mb": "browser driver, MB",
    "chromium_mb": "Chromium, all processes, MB",
    "app_mb": "app, MB",
    "redis_mb": "Redis, MB",
    "keys": "Redis keys",
    "entries": "entries in all streams",
}


def take(system: System, redis: "Redis", began: float) -> Sample:
    """One sample of everything."""
    worker, *below = system.processes("worker")
    chromium = [process for process in below if "chrom" in _name(process)]
    driver = [process for process in below if process not in chromium]
    info: Any = redis.info("memory")
    names: Any = list(redis.scan_iter(count=1000))
    entries = sum(int(redis.xlen(name)) for name in names if redis.type(name) == "stream")  # pyright: ignore[reportArgumentType]
    return Sample(
        at=time.monotonic() - began,
        worker_mb=worker.memory_info().rss / 1e6,
        driver_mb=_shared_megabytes(driver),
        chromium_mb=_shared_megabytes(chromium),
        app_mb=sum(process.memory_info().rss for process in system.processes("app")) / 1e6,
        redis_mb=info["used_memory"] / 1e6,
        keys=len(names),
        entries=entries,
    )


def _name(process: psutil.Process) -> str:
    try:
        return process.name().lower()
    except psutil.Error:
        return ""


def _shared_megabytes(processes: Iterable[psutil.Process]) -> float:
    total = 0
    for process in processes:
        try:
            total += process.memory_full_info().pss
        except (psutil.AccessDenied, AttributeError):
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total / 1e6
