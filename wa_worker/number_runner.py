"""Runs one number: waits until this worker may hold it, runs its session, and starts again when that ends.

Three things decide which worker holds a number. The lease in Redis allows one worker at a time. The lock on the
profile's folder allows one process at a time; whoever has it knows that an owner with the same folder is dead. The
profile's location: a paired number runs only on the host where its profile lies.
"""

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from wa_worker.config import WorkerSettings
from wa_worker.contract.base import now_ms
from wa_worker.contract.commands import COMMANDS, Channel, ResetSession
from wa_worker.contract.events import SessionChanged, SessionStatus
from wa_worker.contract.reasons import NumberReason
from wa_worker.contract.streams import DATA_FIELD, commands_stream, entry_of, events_stream
from wa_worker.ownership.held_number import HeldNumber
from wa_worker.ownership.lease import Lease, LeaseLost
from wa_worker.ownership.profile import Profile
from wa_worker.ownership.profile_location import ProfileLocation
from wa_worker.session.number import NumberSession

_log: Final = structlog.get_logger(__name__)
_TURN_SECONDS: Final = 1.0
_LONGEST_WAIT: Final = 60.0
#: After a session that lasted this long, the back-off starts again.
_WELL_SECONDS: Final = 300.0


class NumberRunner:
    """Runs one number on this worker."""

    def __init__(
        self,
        settings: WorkerSettings,
        inbox_id: int,
        channel: Channel,
        *,
        has_groups: bool,
        chromium: str,
        reading: Redis,
        writing: Redis,
        head_start: Callable[[], AbstractAsyncContextManager[None]],
    ) -> None:
        self.inbox_id = inbox_id
        self.channel = channel
        self.has_groups = has_groups
        #: This worker holds the number now.
        self.is_held = False
        self._settings = settings
        self._chromium = chromium
        self._reading = reading
        self._writing = writing
        self._head_start = head_start
        self._free_since: int | None = None
        self._is_elsewhere_published = False
        #: At the last attempt the number was free, but another process had the profile's lock.
        self._was_locked_out = False

    async def run(self) -> None:
        """Run sessions, one after the other, whatever each dies of. Never returns."""
        wait = 1.0
        while True:
            started = asyncio.get_running_loop().time()
            try:
                # A task of its own: one whose TaskGroup has failed stays marked as cancelled (Python 3.11), and in such
                # a task no command reaches Redis before Python 3.11.3; see `finish`.
                await asyncio.create_task(self._hold())
            except Exception as error:
                # Deliberately everything: a fault nobody foresaw in one number must not end the others.
                if _is_lease_lost(error):
                    _log.warning("lease.lost", inbox_id=self.inbox_id)
                else:
                    _log.exception("session.died", inbox_id=self.inbox_id, retry_in=wait)
            lasted = asyncio.get_running_loop().time() - started
            await asyncio.sleep(wait)
            wait = 1.0 if lasted > _WELL_SECONDS else min(wait * 2, _LONGEST_WAIT)

    async def _hold(self) -> None:
        """Wait for our turn, then run one session to its end."""
        settings = self._settings
        profile = Profile(settings.data, self.inbox_id)
        lease = Lease(self._writing, self.inbox_id, profile_id=profile.id, worker=settings.name)
        location = ProfileLocation(self._writing, self.inbox_id, profile_id=profile.id, host=settings.host)
        try:
            await self._await_turn(profile, lease, location)
            await self._await_profile(profile, lease)
            number = HeldNumber(
                settings, self.inbox_id, self.channel, profile, lease, location, has_groups=self.has_groups
            )
            session = NumberSession(number, chromium=self._chromium, reading=self._reading, writing=self._writing)
            await session.run()
        finally:
            self.is_held = False
            profile.unlock()
            with contextlib.suppress(RedisError, OSError):
                await lease.release()

    async def _await_turn(self, profile: Profile, lease: Lease, location: ProfileLocation) -> None:
        while True:
            try:
                if await self._try(profile, lease, location):
                    return
            except (RedisError, OSError) as error:
                _log.debug("lease.lookup_failed", inbox_id=self.inbox_id, error=str(error)[:200])
            profile.unlock()
            await asyncio.sleep(_TURN_SECONDS)

    async def _try(self, profile: Profile, lease: Lease, location: ProfileLocation) -> bool:
        """One attempt. Returns whether the number is ours.

        A free number is also taken while another process has the profile's lock, so that the reason is published. That
        waits for the second attempt: a worker locks the profile a moment before it takes the lease, and would take the
        lease back from us.
        """
        holder = await lease.holder()
        elsewhere = await location.elsewhere()
        if elsewhere is not None and not await self._may_move_here(lease, location, elsewhere, is_free=holder is None):
            return False
        if holder is None:
            async with self._head_start():
                is_locked = profile.try_lock()
                if is_locked or self._was_locked_out:
                    self.is_held = await lease.take(may_inherit=is_locked)
                self._was_locked_out = not is_locked
        elif profile.try_lock() and holder.profile_id == profile.id:
            self.is_held = await lease.take(may_inherit=True)
        return self.is_held

    async def _await_profile(self, profile: Profile, lease: Lease) -> None:
        """Hold the lease and publish `profile_in_use` until the profile's lock is ours. Raises LeaseLost.

        Nothing else happens before: the folder's content may still change, and another worker on this host may have
        carried out a command that is read now.
        """
        #: `lease.times_gone` at the last publish: once Redis has lost its data, the status is published again.
        published_at: int | None = None
        while not profile.try_lock():
            try:
                if published_at == lease.times_gone:
                    await lease.renew()
                else:
                    await lease.publish([(events_stream(self.inbox_id), entry_of(self._in_use(profile)))])
                    published_at = lease.times_gone
            except (RedisError, OSError) as error:
                _log.debug("lease.renewal_failed", inbox_id=self.inbox_id, error=str(error)[:200])
            await asyncio.sleep(_TURN_SECONDS)

    def _in_use(self, profile: Profile) -> SessionChanged:
        profile.reload()
        return SessionChanged(
            inbox_id=self.inbox_id,
            status=SessionStatus.RECONNECTING if profile.pairing.is_paired else SessionStatus.NOT_PAIRED,
            reason=NumberReason.PROFILE_IN_USE,
            phone_e164=profile.pairing.phone_e164,
            host=self._settings.host,
        )

    async def _may_move_here(self, lease: Lease, location: ProfileLocation, elsewhere: str, *, is_free: bool) -> bool:
        """Whether to take a number whose profile lies on another host: that host is away and an admin has reset it."""
        if not is_free:
            self._free_since, self._is_elsewhere_published = None, False
            return False
        self._free_since = self._free_since or now_ms()
        if not self._is_elsewhere_published and now_ms() - self._free_since > self._settings.elsewhere_seconds * 1000:
            await self._publish_elsewhere(lease, elsewhere)
        if not self._is_elsewhere_published or not await self._is_reset_wanted(self._free_since):
            return False
        _log.info("number.moved_here", inbox_id=self.inbox_id, was_at=elsewhere)
        await location.give_up()
        return True

    async def _publish_elsewhere(self, lease: Lease, elsewhere: str) -> None:
        """Take the lease only to publish `profile_elsewhere`, so that the profile's host can take it afterwards."""
        if not await lease.take(may_inherit=False):
            return
        event = SessionChanged(
            inbox_id=self.inbox_id,
            status=SessionStatus.RECONNECTING,
            reason=NumberReason.PROFILE_ELSEWHERE,
            host=elsewhere,
        )
        try:
            await lease.publish([(events_stream(self.inbox_id), entry_of(event))])
        finally:
            await lease.release()
        self._is_elsewhere_published = True
        _log.warning("profile.found_elsewhere", inbox_id=self.inbox_id, host=elsewhere)

    async def _is_reset_wanted(self, since: int) -> bool:
        """Whether an admin has reset the number since `since` (epoch ms), giving up the old profile."""
        entries: Any = await self._writing.xrevrange(commands_stream(self.inbox_id), count=20)
        for _, fields in entries:
            with contextlib.suppress(ValueError):
                command = COMMANDS.validate_json(fields.get(DATA_FIELD, ""))
                if isinstance(command, ResetSession) and command.requested_at > since:
                    return True
        return False


def _is_lease_lost(error: Exception) -> bool:
    return isinstance(error, LeaseLost) or (isinstance(error, ExceptionGroup) and error.subgroup(LeaseLost) is not None)
