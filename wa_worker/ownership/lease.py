"""A worker's lease on a number: a fencing token in Redis that everything the worker writes is checked against.

The token is ``{Redis' time in ms}|{profile id}|{worker}``. It expires after `TTL_MS` and is renewed every few seconds.
Every publish, acknowledgement and renewal runs a script that compares the token first, so a worker that was stopped for
longer than its lease writes nothing once another worker holds the number. A token that is gone (it expired and nobody
took the number, or Redis lost its data) is set again.

Sends do not go through Redis: each carries `until_ms`, and the page refuses it later than that.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from wa_worker.contract.streams import WORKER_GROUP, commands_stream, lease_key
from wa_worker.process.closing import finish

_log: Final = structlog.get_logger(__name__)
TTL_MS: Final = 15_000
_RENEW_SECONDS: Final = 4.0
_RELEASE_SECONDS: Final = 1.0
#: How long a send may take from the check in the page to WhatsApp: by our own count the lease ends earlier by that.
_MARGIN_MS: Final = 1_500

_TAKE: Final = """
local held = redis.call('GET', KEYS[1])
if held then
  local profile = string.match(held, '^%d+|([^|]*)|')
  if ARGV[4] ~= '1' or profile ~= ARGV[1] then return false end
end
local at = redis.call('TIME')
local token = string.format('%d', at[1] * 1000 + math.floor(at[2] / 1000)) .. '|' .. ARGV[1] .. '|' .. ARGV[2]
redis.call('SET', KEYS[1], token, 'PX', ARGV[3])
return token
"""
#: The beginning of every script that only the holder may run. Returns 0 if somebody else is the holder.
_OWNED: Final = """
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
"""
#: Returns 1 if the token was there, 2 if it was gone and is set again.
_DONE: Final = "return held and 1 or 2"
_RENEW: Final = _OWNED + _DONE
_PUBLISH: Final = (
    _OWNED
    + """
local at = 3
for i = 2, #KEYS do
  local n = tonumber(ARGV[at])
  redis.call('XADD', KEYS[i], '*', unpack(ARGV, at + 1, at + n))
  at = at + n + 1
end
"""
    + _DONE
)
_ACKNOWLEDGE: Final = _OWNED + "redis.call('XACK', KEYS[2], ARGV[3], ARGV[4]) " + _DONE
_RELEASE: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 1"


def _now() -> float:
    """Seconds of a monotonic clock; one that also runs while the machine sleeps, where the system has it."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class LeaseLost(Exception):
    """Another worker holds the number now: this one may not publish, acknowledge or send any more."""


@dataclass(frozen=True)
class Holder:
    """Who holds a number, by its token."""

    profile_id: str
    worker: str


class Lease:
    """One worker's lease on one number. Methods that ask Redis raise RedisError and OSError."""

    def __init__(self, redis: Redis, inbox_id: int, *, profile_id: str, worker: str) -> None:
        self._redis = redis
        self._inbox_id = inbox_id
        self._key = lease_key(inbox_id)
        self._profile_id = profile_id
        self._worker = worker
        self._token = ""
        #: When the lease ends, in seconds of `_now`.
        self._ends_at = 0.0
        self._is_lost = False
        #: How often our token was gone: it had expired, or Redis had lost its data.
        self.times_gone = 0
        self._renewed = asyncio.Event()
        self._take = redis.register_script(_TAKE)
        self._renew = redis.register_script(_RENEW)
        self._publish = redis.register_script(_PUBLISH)
        self._acknowledge = redis.register_script(_ACKNOWLEDGE)
        self._release = redis.register_script(_RELEASE)

    @property
    def token(self) -> str:
        """The fencing token; empty if we never held the number."""
        return self._token

    def until_ms(self) -> int:
        """Until when (epoch ms) nobody else can hold the number, so a send may begin; 0 if the lease is over."""
        left = 0.0 if self._is_lost else self._ends_at - _now()
        return int((time.time() + left) * 1000) if left > 0 else 0

    @property
    def is_valid(self) -> bool:
        """Whether the number is ours now, by our own clock."""
        return self.until_ms() > 0

    async def holder(self) -> Holder | None:
        """Return who holds the number now; None if nobody does."""
        held = await self._redis.get(self._key)
        if not held:
            return None
        _, _, rest = str(held).partition("|")
        profile_id, _, worker = rest.partition("|")
        return Holder(profile_id, worker)

    async def take(self, *, may_inherit: bool) -> bool:
        """Take the number if nobody holds it. Returns whether we hold it now.

        `may_inherit`: also take it from a holder with the same profile. We have the profile's lock, so it is dead.
        """
        began = _now()
        answer = await self._take(
            keys=[self._key], args=[self._profile_id, self._worker, TTL_MS, "1" if may_inherit else "0"]
        )
        if not answer:
            return False
        self._token = str(answer)
        self._is_lost = False
        self._note_held(began)
        return True

    async def renew(self) -> None:
        """Renew the lease for `TTL_MS`. Raises LeaseLost."""
        began = _now()
        self._check(await self._renew(keys=[self._key], args=[self._token, TTL_MS]), began)

    async def publish(self, entries: Sequence[tuple[str, dict[Any, Any]]]) -> None:
        """Add entries ``(stream, fields)`` in one step. Raises LeaseLost; then none was added."""
        args: list[Any] = [self._token, TTL_MS]
        for _, fields in entries:
            words = [word for pair in fields.items() for word in pair]
            args += [len(words), *words]
        began = _now()
        self._check(await self._publish(keys=[self._key, *(stream for stream, _ in entries)], args=args), began)

    async def acknowledge(self, entry_id: str) -> None:
        """Acknowledge a finished command of this number. Raises LeaseLost."""
        keys = [self._key, commands_stream(self._inbox_id)]
        began = _now()
        self._check(
            await self._acknowledge(keys=keys, args=[self._token, TTL_MS, WORKER_GROUP, entry_id]),
            began,
        )

    async def release(self) -> None:
        """Release the lease if it is still ours; also in a cancelled task. Raises TimeoutError."""
        self._ends_at = 0.0
        if self._token:
            await finish(self._release(keys=[self._key], args=[self._token]), _RELEASE_SECONDS)

    async def wait_valid(self) -> None:
        """Wait until the number is ours by our own clock. While Redis is away for long it is not."""
        while not self.is_valid:
            self._renewed.clear()
            await self._renewed.wait()

    async def keep(self, every: float = _RENEW_SECONDS) -> None:
        """Renew the lease again and again. Raises LeaseLost."""
        wait = every
        while True:
            await asyncio.sleep(wait)
            try:
                await self.renew()
                wait = every
            except (RedisError, OSError) as error:
                _log.debug("lease.renewal_failed", inbox_id=self._inbox_id, error=str(error)[:200])
                wait = 0.5

    def _check(self, answer: Any, began: float) -> None:
        if int(answer) == 0:
            self._is_lost = True
            raise LeaseLost(f"inbox {self._inbox_id}")
        self.times_gone += int(int(answer) == 2)
        self._note_held(began)

    def _note_held(self, began: float) -> None:
        """Count from before the request, so that our lease never ends later than Redis' token."""
        self._ends_at = max(self._ends_at, began + (TTL_MS - _MARGIN_MS) / 1000)
        self._renewed.set()
