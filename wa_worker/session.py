"""One paired number: its parts put together, its state told to the app.

What a state means is in ``state.py``; the browser is kept in ``browser_keeper.py``, its page
is watched in ``page_watch.py``.
"""

import asyncio
import contextlib
from collections.abc import Coroutine
from datetime import datetime
from typing import Any, Final

import structlog
from redis.asyncio import Redis

from wa_worker.browser_keeper import BrowserKeeper
from wa_worker.checkpoint import Checkpoint
from wa_worker.commands import CommandReader
from wa_worker.config import WorkerSettings
from wa_worker.contract.addressing import phone_of_jid
from wa_worker.contract.base import now_ms
from wa_worker.contract.commands import (
    AnyCommand,
    Channel,
    FetchMedia,
    MarkRead,
    SendMedia,
    SendReaction,
    SendText,
    SetTyping,
)
from wa_worker.contract.events import Alert, MessageSent, SessionChanged, SessionStatus
from wa_worker.disk import DiskGuard
from wa_worker.fetching import Fetching
from wa_worker.home import Home
from wa_worker.inbound import Inbound
from wa_worker.lease import Lease
from wa_worker.lookback import LookBack
from wa_worker.media.store import open_store
from wa_worker.outbound_parts import make_outbound
from wa_worker.page.calls import PageError
from wa_worker.page.whatsapp_page import WhatsAppPage
from wa_worker.page_watch import Patience, QrRounds
from wa_worker.profile import Profile
from wa_worker.publisher import Publisher
from wa_worker.recycle import Recycling, memory_mb
from wa_worker.session_commands import SessionCommands
from wa_worker.state import Evidence, Observation

_log: Final = structlog.get_logger(__name__)
_CONTACTS_SECONDS: Final = 10.0
_LOOK_BACKS_IN_VAIN: Final = 3
_LOCK_SECONDS: Final = 1.0


class NumberSession:
    """Everything of one number. `run` returns only by cancellation."""

    def __init__(
        self,
        settings: WorkerSettings,
        inbox_id: int,
        channel: Channel,
        *,
        chromium: str,
        reading: Redis,
        writing: Redis,
        profile: Profile,
        lease: Lease,
        home: Home,
        has_groups: bool = False,
    ) -> None:
        self.inbox_id = inbox_id
        #: Fixed for the session: a change starts it anew.
        self.has_groups = has_groups
        self.profile = profile
        #: Each send carries `lease.until_ms()`; the page refuses it later than that.
        self.lease = lease
        self._home = home
        self._host = settings.host
        self.alerts: set[Alert] = set()
        self._seen = (Observation(SessionStatus.NOT_PAIRED), Evidence())
        self.rounds = QrRounds(settings.qr_rounds)
        self.status = SessionStatus.NOT_PAIRED
        self.was_logout_requested = False
        self._was_logout_heard = False
        self._look_back_seconds = settings.look_back_seconds
        self._live = asyncio.Event()
        self._must_look_back = asyncio.Event()
        self._must_repeat = False
        self._is_absent = True
        self._registered_at: int | None = None
        self._said: SessionChanged | None = None

        self.publisher = Publisher(
            writing,
            inbox_id,
            self._on_redis_back,
            lease=lease,
            on_away=lambda: self.alert(Alert.REDIS_AWAY, True),
        )
        self.checkpoint = Checkpoint(self.profile.folder / "checkpoint.json")
        self.commands = CommandReader(
            inbox_id,
            reading=reading,
            lease=lease,
            publisher=self.publisher,
            handle=self._sort,
            on_forgotten=self._on_redis_back,
        )
        self.media = open_store(settings.media_url, settings.data, endpoint=settings.media_endpoint)
        self.outbound = make_outbound(
            settings,
            channel,
            self.profile.folder,
            self.publisher,
            self.media,
            live_page=self._live_page,
            page_now=lambda: self.browser.page if self._live.is_set() else None,
            acknowledge=self.commands.acknowledge,
            lease_until=self.lease.until_ms,
            note_sent=self._note_sent,
            on_breaker=lambda is_open: self.alert(Alert.SENDING_PAUSED, is_open),
        )
        if self.outbound.sender.breaker.is_open:
            self.alerts.add(Alert.SENDING_PAUSED)
        self.inbound = Inbound(
            inbox_id,
            self.publisher,
            self.checkpoint,
            on_hint=self._on_hint,
            in_flight=self.outbound.sender.in_flight,
            on_message=lambda message, key: self.fetching.note(message, key),
        )
        self.fetching = Fetching(
            settings,
            channel,
            inbox_id,
            self.profile.folder,
            self.publisher,
            self.media,
            live_page=self._live_page,
            has_room=lambda: not self.disk.is_full,
        )
        self.inbound.history_before = self.profile.pairing.paired_at
        self._look_back = LookBack(
            inbox_id, self.publisher, self.checkpoint, self.inbound, settings.history_days * 86_400
        )
        #: `is_full`: nothing may be downloaded.
        self.disk = DiskGuard(
            settings.data,
            settings.disk_min_mb,
            has_failed=lambda: self.checkpoint.has_failed or self._is_pairing_unwritten,
            tell=lambda is_full: self.alert(Alert.DISK_FULL, is_full),
        )
        self._is_pairing_unwritten = False
        self._session_commands = SessionCommands(self)
        self.browser = BrowserKeeper(
            self,
            self.profile,
            chromium=chromium,
            bundle=settings.bundle,
            url=settings.page_url(channel, inbox_id),
            rounds=self.rounds,
            patience=Patience(
                watchdog=settings.watchdog_seconds,
                probe=settings.probe_seconds,
                missing=settings.missing_seconds,
                confirm=settings.confirm_seconds,
            ),
            has_groups=has_groups,
        )
        self._recycling = Recycling(
            settings.chromium_max_mb, settings.recycle_at, datetime.now(), settings.recycle_fresh_seconds
        )
        self._recycle_look_seconds = settings.recycle_look_seconds
        self._idle_seconds = settings.idle_seconds
        self._heard_at = 0.0

    async def run(self) -> None:
        """Live until cancelled. The publisher outlives the rest, so that last words are written."""
        structlog.contextvars.bind_contextvars(inbox_id=self.inbox_id)
        publishing = asyncio.create_task(self.publisher.run())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_end_with(publishing))
                group.create_task(self.lease.keep())
                group.create_task(self._home.run())
                group.create_task(self.disk.run())
                group.create_task(self._read_commands())
                group.create_task(self.outbound.run())
                group.create_task(self.fetching.run())
                group.create_task(self.checkpoint.run())
                group.create_task(self._session_commands.run())
                group.create_task(self.browser.run())
        finally:
            if self.status in (SessionStatus.LIVE, SessionStatus.SYNCING):
                self.say(Observation(SessionStatus.RECONNECTING, "worker_stopped"))
            if not publishing.done():
                await self.publisher.flush(1.5)
                publishing.cancel()
            await self.checkpoint.save()
            self.profile.unlock()

    async def _read_commands(self) -> None:
        """Only once the profile is ours: what is read before, another worker on this host could have carried out."""
        while not self.profile.try_lock():
            await asyncio.sleep(_LOCK_SECONDS)
        await self.commands.run()

    def say(self, observation: Observation, evidence: Evidence | None = None) -> None:
        """Publish the state when it differs from what was said last."""
        if observation.status is not self.status:
            _log.info("status", status=observation.status.value, reason=observation.reason)
        self.status = observation.status
        if evidence is None:
            # There is no page now; who the number is and which build it ran is known from the last one.
            last = self._seen[1]
            evidence = Evidence(own_name=last.own_name, wa_version=last.wa_version)
        self._seen = (observation, evidence)
        event = SessionChanged(
            inbox_id=self.inbox_id,
            status=observation.status,
            reason=observation.reason[:200],
            qr_text=observation.qr_text,
            pairing_code=observation.pairing_code,
            phone_e164=phone_of_jid(evidence.own_jid) or self.profile.pairing.phone_e164,
            push_name=(evidence.own_name or "")[:256] or None,
            wa_version=evidence.wa_version[:64],
            sync_percent=evidence.sync_percent if observation.status is SessionStatus.SYNCING else None,
            alerts=sorted(self.alerts),
            host=self._host,
        )
        if self._said is None or _without_time(event) != _without_time(self._said):
            self._said = event
            self.publisher.put(event)

    def alert(self, alert: Alert, is_on: bool) -> None:
        """Raise or clear an alert; the app hears of a change at once, with the state as it is."""
        if is_on is (alert in self.alerts):
            return
        _log.warning("alert", alert=alert.value, is_on=is_on)
        (self.alerts.add if is_on else self.alerts.discard)(alert)
        self.say(*self._seen)

    def look_back_now(self, *, repeat: bool = False) -> None:
        """Look back as soon as the number is live."""
        self._must_repeat = self._must_repeat or repeat
        self._must_look_back.set()

    # ---- what the browser's keeper calls

    def deliver(self, batch: list[dict[str, Any]]) -> None:
        """Raw events of the page, in order."""
        if any(raw["event"] != "hint" for raw in batch):
            self._heard_at = asyncio.get_running_loop().time()
            self.browser.note_heard()
        self.inbound.deliver(batch)

    def on_page_gone(self) -> None:
        """What is missed from now on must be made up for."""
        self.inbound.hold_all()
        self._live.clear()
        self._is_absent = True

    def on_reset(self) -> None:
        """Nothing of the last pairing counts for the next."""
        self.was_logout_requested = self._was_logout_heard = False
        self._registered_at = None
        self._home.note_reset()

    def logout_reason(self) -> str:
        """What to say if the page turns out to be unpaired."""
        if self.was_logout_requested:
            return "requested"
        # Not heard: it happened while we were away, or the browser's own storage was lost.
        return "phone_logout" if self._was_logout_heard else "unlinked"

    def beside(self, page: WhatsAppPage) -> list[Coroutine[Any, Any, None]]:
        """What runs for as long as the page does."""
        self._recycling.note_fresh(datetime.now())
        return [self._keep_looking_back(page), self._heal_contacts(page), self._recycle_when_due()]

    def on_look(self, observation: Observation, evidence: Evidence) -> None:
        """What a look at the page showed: remember it, act on it, say it."""
        if evidence.is_registered and self._registered_at is None:
            self._registered_at = now_ms() // 1000 * 1000
        self.outbound.sender.note_mode(evidence.mode)
        if observation.status is SessionStatus.LIVE:
            self._note_live(evidence)
        else:
            self._live.clear()
            self._is_absent = True
        if observation.status is SessionStatus.LOGGED_OUT:
            self.profile.pairing.is_paired = False
            self.profile.pairing.logged_out_reason = observation.reason
            self._remember()
        self.say(observation, evidence)

    def _note_live(self, evidence: Evidence) -> None:
        pairing = self.profile.pairing
        phone = phone_of_jid(evidence.own_jid)
        if not pairing.is_paired or (phone and phone != pairing.phone_e164):
            if pairing.paired_at is None or phone != pairing.phone_e164:
                pairing.paired_at = self._registered_at
            pairing.is_paired = True
            pairing.phone_e164 = phone
            self._is_pairing_unwritten = True
        if self._is_pairing_unwritten:
            self._remember()
        self._home.note_paired()
        if phone:
            self.checkpoint.belong_to(phone)
        self.inbound.history_before = pairing.paired_at
        if not self._live.is_set():
            self._live.set()
            self._must_look_back.set()
        if not self._is_absent:
            self.checkpoint.note_alive()

    def _remember(self) -> None:
        self._is_pairing_unwritten = not self.profile.remember()

    async def _live_page(self) -> WhatsAppPage:
        """The page once the number is live and ours: while Redis is away for long, another worker may hold it."""
        while True:
            await self._live.wait()
            await self.lease.wait_valid()
            if self.browser.page is not None and self._live.is_set():
                return self.browser.page
            if self.browser.page is None:
                self._live.clear()

    # ---- what runs beside the looks

    async def _keep_looking_back(self, page: WhatsAppPage) -> None:
        """At once when the number comes live or somebody asks; else every few minutes."""
        failures = 0
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._look_back_seconds):
                    await self._must_look_back.wait()
            await self._live.wait()
            self._must_look_back.clear()
            repeat, self._must_repeat = self._must_repeat, False
            try:
                await self._look_back.run(page, after_absence=self._is_absent or repeat, repeat=repeat)
                self._is_absent = False
                failures = 0
            except PageError as error:
                failures += 1
                _log.warning("look_back_interrupted", error=str(error)[:200], failures=failures)
                if failures == _LOOK_BACKS_IN_VAIN:
                    # Better heard out of order than not at all; the checkpoint has not moved.
                    self.inbound.hold(set())
                self.look_back_now(repeat=repeat)
                await asyncio.sleep(float(min(failures, 30)))

    async def _heal_contacts(self, page: WhatsAppPage) -> None:
        """A number behind a LID is often told without an event: ask now and then."""
        while True:
            await asyncio.sleep(_CONTACTS_SECONDS)
            await self._live.wait()
            with contextlib.suppress(PageError):
                self.inbound.take_contacts(await page.changed_contacts())

    async def _recycle_when_due(self) -> None:
        """A Chromium that has grown too large, or lived through a night, is replaced while nobody needs it."""
        while True:
            await asyncio.sleep(self._recycle_look_seconds)
            pid = self.profile.chromium_pid()
            memory = await asyncio.to_thread(memory_mb, pid) if pid else 0.0
            if self._recycling.is_due(datetime.now(), memory, is_idle=self._is_idle()):
                _log.info("browser_recycled", memory_mb=round(memory))
                self.browser.recycle()

    def _is_idle(self) -> bool:
        """Nothing is on its way in or out. What comes while the new one starts is found by the look-back."""
        silence = asyncio.get_running_loop().time() - self._heard_at
        return self.outbound.is_idle and not self._must_look_back.is_set() and silence >= self._idle_seconds

    # ---- what the others call

    async def _sort(self, entry_id: str, command: AnyCommand) -> None:
        """The reader's lanes."""
        if isinstance(command, SendText | SendMedia | SendReaction | MarkRead | SetTyping):
            await self.outbound.add(entry_id, command)
        elif isinstance(command, FetchMedia):
            await self.fetching.fetch(command)
            await self.commands.acknowledge(entry_id)
        else:
            self._session_commands.add(entry_id, command)

    def _on_hint(self, name: str) -> None:
        if name == "loaded":
            # What was missed while the page was away goes before what comes now.
            self.on_page_gone()
        elif name == "offline_delivery_end":
            self.look_back_now()
        elif name == "logout":
            self._was_logout_heard = True
        elif name == "banned":
            self.outbound.sender.breaker.open_for_ban()
        self.browser.look_soon()

    def _on_redis_back(self) -> None:
        """What Redis lost, and what was left to the look-back, comes again."""
        self._said = None
        self.alerts.discard(Alert.REDIS_AWAY)
        self.say(*self._seen)
        self._home.say_again()
        self.look_back_now(repeat=True)

    def _note_sent(self, event: MessageSent) -> None:
        key = f"true_{event.chat_jid}_{event.wa_message_id}"
        self.checkpoint.note_published(event.chat_jid, key, event.sent_at // 1000)


async def _end_with(publishing: asyncio.Task[None]) -> None:
    """A number that can't publish must not look live: raise what ended the publisher, so that all is started anew."""
    await asyncio.wait([publishing])
    publishing.result()
    raise RuntimeError("the publisher ended")


def _without_time(event: SessionChanged) -> SessionChanged:
    return event.model_copy(update={"occurred_at": 0})
