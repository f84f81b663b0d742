"""Who holds a number: a fencing token in Redis that every word of its worker is checked against.

The token is ``{Redis' time in ms}|{profile id}|{worker}``. It lives for `TTL_MS` and is renewed every few seconds;
whatever is published, acknowledged or renewed goes through one script that compares it first, so a worker that was
stopped for longer than its lease can say nothing once another one holds the number. A token that is simply gone (it
expired while nobody else came, or Redis was emptied) is set again: nobody holds the number meanwhile.

Sending is not Redis' matter: each send carries `until_ms`, and the page refuses it later than that.
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
#: What a send may take from the check in the page to WhatsApp: our own count ends that much earlier.
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
#: Common to all that only the owner may do. 0: somebody else is the owner.
_OWNED: Final = """
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
"""
#: 1: the token was there; 2: it was gone, and is set again.
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
    """Seconds of a clock that nobody sets; where the system has such a one, it goes on while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class LeaseLost(Exception):
    """Another worker holds the number now: nothing may be published, acknowledged or sent any more."""


@dataclass(frozen=True)
class Holder:
    """Who holds a number, as its token says."""

    profile_id: str
    worker: str


class Lease:
    """One number's lease, as one worker sees it. Raises RedisError and OSError where Redis is asked."""

    def __init__(self, redis: Redis, inbox_id: int, *, profile_id: str, worker: str) -> None:
        self._redis = redis
        self._inbox_id = inbox_id
        self._key = lease_key(inbox_id)
        self._profile_id = profile_id
        self._worker = worker
        self._token = ""
        #: By `_now`.
        self._ends_at = 0.0
        self._is_lost = False
        #: How often our token turned out to be gone: it had expired, or Redis was emptied.
        self.times_gone = 0
        self._renewed = asyncio.Event()
        self._take = redis.register_script(_TAKE)
        self._renew = redis.register_script(_RENEW)
        self._publish = redis.register_script(_PUBLISH)
        self._acknowledge = redis.register_script(_ACKNOWLEDGE)
        self._release = redis.register_script(_RELEASE)

    @property
    def token(self) -> str:
        """Empty while we never held it."""
        return self._token

    def until_ms(self) -> int:
        """Until when (epoch ms, by our own count) nobody else can hold it; a send must begin before. 0: it is over."""
        left = 0.0 if self._is_lost else self._ends_at - _now()
        return int((time.time() + left) * 1000) if left > 0 else 0

    @property
    def is_valid(self) -> bool:
        """By our own count the number is ours now."""
        return self.until_ms() > 0

    async def holder(self) -> Holder | None:
        """Who holds the number now; None: nobody."""
        held = await self._redis.get(self._key)
        if not held:
            return None
        _, _, rest = str(held).partition("|")
        profile_id, _, worker = rest.partition("|")
        return Holder(profile_id, worker)

    async def take(self, *, may_inherit: bool) -> bool:
        """Take the number if nobody holds it.

        `may_inherit`: we have the lock on the profile, so whoever holds the number with this very profile is dead.
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
        """Hold it for another while. Raises LeaseLost."""
        began = _now()
        self._check(await self._renew(keys=[self._key], args=[self._token, TTL_MS]), began)

    async def publish(self, entries: Sequence[tuple[str, dict[Any, Any]]]) -> None:
        """Add entries ``(stream, fields)`` in one step. Raises LeaseLost, and then none was added."""
        args: list[Any] = [self._token, TTL_MS]
        for _, fields in entries:
            words = [word for pair in fields.items() for word in pair]
            args += [len(words), *words]
        began = _now()
        self._check(await self._publish(keys=[self._key, *(stream for stream, _ in entries)], args=args), began)

    async def acknowledge(self, entry_id: str) -> None:
        """A command of this number is done. Raises LeaseLost."""
        keys = [self._key, commands_stream(self._inbox_id)]
        began = _now()
        self._check(
            await self._acknowledge(keys=keys, args=[self._token, TTL_MS, WORKER_GROUP, entry_id]),
            began,
        )

    async def release(self) -> None:
        """Give it free at once, if it is still ours; also in a task that was cancelled. Raises TimeoutError."""
        self._ends_at = 0.0
        if self._token:
            await finish(self._release(keys=[self._key], args=[self._token]), _RELEASE_SECONDS)

    async def wait_valid(self) -> None:
        """Return once the number is ours by our own count. While Redis is away for long it is not."""
        while not self.is_valid:
            self._renewed.clear()
            await self._renewed.wait()

    async def keep(self, every: float = _RENEW_SECONDS) -> None:
        """Renew for ever. Raises LeaseLost."""
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
        """Counted from before the question, so that Redis never thinks it shorter than we do."""
        self._ends_at = max(self._ends_at, began + (TTL_MS - _MARGIN_MS) / 1000)
        self._renewed.set()
