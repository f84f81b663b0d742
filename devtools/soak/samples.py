"""Samples the memory of a running system's parts and the state of Redis."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
from redis import Redis

from devtools.system import System

_OWN: Final = re.compile(r"^Rss(?:Anon|Shmem):\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sample:
    """Megabytes and counts at `at` (seconds since the beginning).

    `_mb` of a process is what it has resident (pages that Chromium's processes share count in each), `_own_mb` the part
    of it that is mapped from no file: of the app's, a mapping of the database grows with the database.
    """

    at: float
    worker_mb: float
    worker_own_mb: float
    #: The driver between the worker and Chromium.
    driver_mb: float
    driver_own_mb: float
    #: All of Chromium's processes.
    chromium_mb: float
    chromium_own_mb: float
    app_mb: float
    app_own_mb: float
    #: What JavaScript holds in the page after a collection; NaN: not asked this time.
    page_mb: float
    redis_mb: float
    keys: int
    entries: int


NAMES = {
    "worker_mb": "worker, resident MB",
    "worker_own_mb": "  its own",
    "driver_mb": "browser driver, resident MB",
    "driver_own_mb": "  its own",
    "chromium_mb": "Chromium, resident MB",
    "chromium_own_mb": "  its own",
    "page_mb": "  JavaScript after a collection, MB",
    "app_mb": "app, resident MB",
    "app_own_mb": "  its own",
    "redis_mb": "Redis, MB",
    "keys": "Redis keys",
    "entries": "entries in all streams",
}


def take(system: System, redis: "Redis", began: float, page_mb: float) -> Sample:
    """Take one sample of everything. The caller gives the memory of the page's JavaScript."""
    worker, *below = system.processes("worker")
    chromium = [process for process in below if "chrom" in _name(process)]
    driver = [process for process in below if process not in chromium]
    info: Any = redis.info("memory")
    names: Any = list(redis.scan_iter(count=1000))
    entries = sum(int(redis.xlen(name)) for name in names if redis.type(name) == "stream")  # pyright: ignore[reportArgumentType]
    app = system.processes("app")
    return Sample(
        at=time.monotonic() - began,
        worker_mb=_resident([worker]),
        worker_own_mb=_own([worker]),
        driver_mb=_resident(driver),
        driver_own_mb=_own(driver),
        chromium_mb=_resident(chromium),
        chromium_own_mb=_own(chromium),
        app_mb=_resident(app),
        app_own_mb=_own(app),
        page_mb=page_mb,
        redis_mb=info["used_memory"] / 1e6,
        keys=len(names),
        entries=entries,
    )


def _name(process: psutil.Process) -> str:
    try:
        return process.name().lower()
    except psutil.Error:
        return ""


def _resident(processes: Iterable[psutil.Process]) -> float:
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total / 1e6


def _own(processes: Iterable[psutil.Process]) -> float:
    """Anonymous and shared memory; NaN where the kernel is not Linux."""
    total = 0
    for process in processes:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
        except ProcessLookupError:
            continue
        except OSError:
            return float("nan")
        total += sum(int(kilobytes) for kilobytes in _OWN.findall(status))
    return total * 1024 / 1e6
