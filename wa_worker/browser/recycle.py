"""Decides when to replace a Chromium: it grows over days, and only a new process gives the memory back.

Pure except for `memory_mb`: callers pass the time in.
"""

from datetime import datetime, time
from typing import Final

import psutil

#: Above so many times the limit a Chromium is replaced without waiting for an idle moment: memory would run out first.
_FAR_ABOVE: Final = 1.5


class RecycleTimer:
    """The rule for one number. `now`: the host's local time."""

    def __init__(self, max_mb: int, at: str, began: datetime, fresh_seconds: float = 600.0) -> None:
        """`at`: the nightly time, "" for never. A Chromium younger than `fresh_seconds` is never replaced."""
        self._max_mb = max_mb
        self._fresh_seconds = fresh_seconds
        self._at = time.fromisoformat(at) if at else None
        self._began = began

    def note_fresh(self, now: datetime) -> None:
        """Note that a new Chromium runs."""
        self._began = now

    def is_due(self, now: datetime, memory_mb: float, *, is_idle: bool) -> bool:
        """Whether to replace it now."""
        if (now - self._began).total_seconds() < self._fresh_seconds:
            return False
        if self._max_mb and memory_mb > self._max_mb * _FAR_ABOVE:
            return True
        return is_idle and (bool(self._max_mb and memory_mb > self._max_mb) or self._has_passed(now))

    def _has_passed(self, now: datetime) -> bool:
        """Whether the nightly hour has passed since this Chromium started."""
        if self._at is None:
            return False
        latest = datetime.combine(now.date(), self._at)
        return self._began < latest <= now


def memory_mb(pid: int) -> float:
    """Resident memory (MB) of a process and its descendants, shared pages counted in each; 0 if it is gone."""
    total = 0
    try:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            total += process.memory_info().rss
    except psutil.Error:
        # One of them ended while we counted: the next poll counts again.
        return total / 1e6
    return total / 1e6
