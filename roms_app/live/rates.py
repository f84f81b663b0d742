"""Rate limits."""

import time
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final

#: The number of buckets at which full ones are dropped.
_TIDY: Final = 1_000


@dataclass(slots=True)
class Bucket:
    """A token bucket: `most` tokens at once, and `per_second` from then on."""

    most: float
    per_second: float
    left: float = field(init=False)
    at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.left = self.most

    def take(self) -> bool:
        """Take one token. Returns False if none is left."""
        now = time.monotonic()
        self.left = min(self.most, self.left + (now - self.at) * self.per_second)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True

    def is_full(self) -> bool:
        """Return True if no token is missing."""
        return self.left + (time.monotonic() - self.at) * self.per_second >= self.most


class Buckets:
    """A token bucket for each key: `most` tokens at once, and `per_second` from then on."""

    def __init__(self, most: float, per_second: float) -> None:
        self._most, self._per_second = most, per_second
        self._buckets: dict[Hashable, Bucket] = {}
        self._tidied_at = _TIDY

    def of(self, key: Hashable) -> Bucket:
        """The key's bucket."""
        if len(self._buckets) >= self._tidied_at:
            # A full bucket is as good as a new one.
            self._buckets = {key: bucket for key, bucket in self._buckets.items() if not bucket.is_full()}
            self._tidied_at = max(_TIDY, 2 * len(self._buckets))
        return self._buckets.setdefault(key, Bucket(self._most, self._per_second))
