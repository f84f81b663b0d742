"""Attempts at passwords and tokens: failures are counted by account and by client, success costs nothing.

Counted in each process: a second app process doubles what may be tried, which argon2 still makes hopeless.
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

#: Failures in five minutes: of one client at one account (a person who forgot the password); of one client (an office
#: of many people behind one address); at one account, from everywhere. The last is higher than the first: otherwise
#: anybody could keep somebody out by eight wrong passwords.
_AT_ACCOUNT: Final = RateLimitItemPerMinute(8, 5, namespace="client-at-account")
_OF_CLIENT: Final = RateLimitItemPerMinute(40, 5, namespace="client")
_OF_ACCOUNT: Final = RateLimitItemPerMinute(40, 5, namespace="account")
_KEY_LENGTH: Final = 300

_failures = MovingWindowRateLimiter(MemoryStorage())
#: Attempts that are under way. Each counts as a failure until it ends, or many at once would all be let in.
_under_way: Counter[tuple[RateLimitItem, str]] = Counter()


@dataclass(slots=True)
class Attempt:
    """One attempt, under way."""

    has_failed: bool = False

    def fail(self) -> None:
        """It was a wrong password or token."""
        self.has_failed = True


@contextmanager
def attempt(account: str, address: str) -> Iterator[Attempt]:
    """Make one attempt inside the block and call `fail` when it was wrong. Raises NotAllowed after too many."""
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
    """Begin anew, for tests."""
    _failures.storage.reset()
    _under_way.clear()


def _seconds_to_wait(limit: RateLimitItem, key: str) -> float:
    """0: now is fine."""
    window = _failures.get_window_stats(limit, key)
    return 0 if window.remaining > _under_way[limit, key] else max(1, window.reset_time - time.time())
