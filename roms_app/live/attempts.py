"""Rate limits of login attempts: failures are counted by account and by client; successes are not counted.

Each process counts by itself. A second app process doubles the number of attempts, which argon2 still makes hopeless.
"""

import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from roms_app.domain.addresses import client_group
from roms_app.errors import NotAllowed

#: The most failures in five minutes: of one client at one account (a person who forgot the password); of one client (an
#: office of many people behind one address); at one account, from everywhere. The last is higher than the first:
#: otherwise anybody could lock somebody out with eight wrong passwords.
_AT_ACCOUNT: Final = RateLimitItemPerMinute(8, 5, namespace="client-at-account")
_OF_CLIENT: Final = RateLimitItemPerMinute(40, 5, namespace="client")
_OF_ACCOUNT: Final = RateLimitItemPerMinute(40, 5, namespace="account")
_KEY_LENGTH: Final = 300

_failures = MovingWindowRateLimiter(MemoryStorage())
#: Attempts in progress. Each counts as a failure until it ends, because otherwise many simultaneous ones would all be
#: allowed.
_under_way: Counter[tuple[RateLimitItem, str]] = Counter()


@dataclass(slots=True)
class Attempt:
    """One attempt in progress."""

    has_failed: bool = False

    def fail(self) -> None:
        """Count the attempt as a failure: the password or token was wrong."""
        self.has_failed = True


@contextmanager
def attempt(account: str, address: str) -> Iterator[Attempt]:
    """Make one attempt inside the block, and call `fail` if it was wrong. Raises NotAllowed after too many failures."""
    account, client = account.strip().lower()[:_KEY_LENGTH], client_group(address)
    counted = [(_AT_ACCOUNT, f"{client} {account}"), (_OF_CLIENT, client), (_OF_ACCOUNT, account)]
    waits = [_seconds_to_wait(limit, key) for limit, key in counted]
    if seconds := max(waits):
        raise NotAllowed("Too many attempts. Try again in {minutes} min.", minutes=math.ceil(seconds / 60))
    _under_way.update(counted)
    this = Attempt()
    try:
        yield this
    finally:
        _under_way.subtract(counted)
        for one in counted:
            if not _under_way[one]:
                del _under_way[one]
            if this.has_failed:
                _failures.hit(*one)


def forget() -> None:
    """Reset all counts, for tests."""
    _failures.storage.reset()
    _under_way.clear()


def _seconds_to_wait(limit: RateLimitItem, key: str) -> float:
    """Seconds until the next attempt is allowed; 0: now."""
    window = _failures.get_window_stats(limit, key)
    return 0 if window.remaining > _under_way[limit, key] else max(1, window.reset_time - time.time())
