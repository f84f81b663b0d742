"""One number: puts its parts together and passes events between them.

``page/state.py`` says what each status means; ``session/status_publisher.py`` publishes it. ``browser/keeper.py`` keeps
the browser running; ``browser/page_watch.py`` polls its page.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog
from redis.asyncio import Redis

from wa_worker.browser.keeper import BrowserKeeper
from wa_worker.browser.liveness import is_heard
from wa_worker.browser.page_watch import Patience, QrRounds
from wa_worker.config import WorkerSettings
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
from wa_worker.contract.events import Alert, SessionStatus
from wa_worker.files.media_fetcher import MediaFetcher
from wa_worker.media.store import open_store
from wa_worker.ownership.lease import Lease
from wa_worker.ownership.profile import Profile
from wa_worker.ownership.profile_location import ProfileLocation
from wa_worker.page.state import Evidence, Observation
from wa_worker.page.whatsapp_page import WhatsAppPage
from wa_worker.process.closing import finish
from wa_worker.receiving.backfill import Backfiller
from wa_worker.receiving.checkpoint import Checkpoint
from wa_worker.receiving.consumed_watermark import ConsumedWatermark
from wa_worker.receiving.inbound import Inbound
from wa_worker.sending.build import build_send_queue
from wa_worker.session.commands import CommandReader
from wa_worker.session.connectivity import Connectivity
from wa_worker.session.page_tasks import PageTasks
from wa_worker.session.pairing_commands import PairingCommands
from wa_worker.session.pairing_record import PairingRecord
from wa_worker.session.status_publisher import StatusPublisher
from wa_worker.storage.disk import DiskGuard
from wa_worker.stream.publisher import Publisher, end_with

_FLUSH_SECONDS: Final = 1.5


class NumberSession:
    """One number's session. `run` ends only by cancellation.

    `profile` is locked, so what is read from its folder stays true; `run` unlocks it at its end.
    """

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
        location: ProfileLocation,
        has_groups: bool = False,
    ) -> None:
        self.inbox_id = inbox_id
        #: Fixed for the session: a change starts it anew.
        self.has_groups = has_groups
        self.profile = profile
        #: Each send carries `lease.until_ms()`; the page refuses it later than that.
        self.lease = lease
        self._location = location
        self.rounds = QrRounds(settings.qr_rounds)
        self.pairing = PairingRecord(profile)
        self.connectivity = Connectivity(lease, lambda: self.browser.page)

        self.publisher = Publisher(
            writing,
            inbox_id,
            self._on_redis_back,
            lease=lease,
            on_away=lambda: self.alert(Alert.REDIS_AWAY, True),
        )
        self.status_publisher = StatusPublisher(inbox_id, self.publisher, profile, settings.host)
        self.checkpoint = Checkpoint(self.profile.folder / "checkpoint.json")
        self.checkpoint.note_groups(has_groups)
        self.watermark = ConsumedWatermark(writing, inbox_id, lease, self.checkpoint, self._on_redis_forgot)
        self.commands = CommandReader(
            inbox_id,
            reading=reading,
            lease=lease,
            publisher=self.publisher,
            handle=self._sort,
            on_forgotten=self._on_redis_forgot,
        )
        self.media = open_store(settings.media_url, settings.data, endpoint=settings.media_endpoint)
        self.send_queue = build_send_queue(
            settings,
            channel,
            self.profile.folder,
            self.publisher,
            self.media,
            live_page=self.connectivity.live_page,
            page_now=self.connectivity.page_now,
            acknowledge=self.commands.acknowledge,
            lease_until=self.lease.until_ms,
            note_sent=self.checkpoint.note_sent,
            on_breaker=lambda is_open: self.alert(Alert.SENDING_PAUSED, is_open),
        )
        if self.send_queue.sender.breaker.is_open:
            self.status_publisher.alerts.add(Alert.SENDING_PAUSED)
        self.inbound = Inbound(
            inbox_id,
            self.publisher,
            self.checkpoint,
            on_hint=self._on_hint,
            in_flight=self.send_queue.sender.in_flight,
            on_message=lambda message, key: self.media_fetcher.note(message, key),
        )
        self.media_fetcher = MediaFetcher(
            settings,
            channel,
            inbox_id,
            self.profile.folder,
            self.publisher,
            self.media,
            live_page=self.connectivity.live_page,
            has_room=lambda: not self.disk.is_full,
        )
        self.inbound.history_before = self.profile.pairing.paired_at
        self.page_tasks = PageTasks(
            settings,
            self.connectivity,
            self.inbound,
            Backfiller(inbox_id, self.publisher, self.checkpoint, self.inbound, settings.history_days * 86_400),
            profile,
            is_unused=lambda: self.send_queue.is_idle,
            recycle=lambda: self.browser.recycle(),
        )
        #: `is_full`: nothing may be downloaded.
        self.disk = DiskGuard(
            settings.data,
            settings.disk_min_mb,
            has_failed=lambda: self.checkpoint.has_failed or self.pairing.is_unwritten,
            tell=lambda is_full: self.alert(Alert.DISK_FULL, is_full),
        )
        self._session_commands = PairingCommands(self)
        self.browser = BrowserKeeper(
            self,
            self.profile,
            chromium=chromium,
            bundle=settings.bundle,
            url=settings.page_url(channel, inbox_id),
            rounds=self.rounds,
            patience=Patience.of(settings),
            has_groups=has_groups,
            may_lack_sandbox=settings.may_lack_sandbox(channel),
        )

    async def run(self) -> None:
        """Run until cancelled. The publisher outlives the rest, so that the last status is written."""
        structlog.contextvars.bind_contextvars(inbox_id=self.inbox_id)
        publishing = asyncio.create_task(self.publisher.run())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(end_with(publishing))
                group.create_task(self.lease.keep())
                group.create_task(self._location.run())
                group.create_task(self.disk.run())
                group.create_task(self.commands.run())
                group.create_task(self.send_queue.run())
                group.create_task(self.media_fetcher.run())
                group.create_task(self.checkpoint.run())
                group.create_task(self.watermark.run())
                group.create_task(self._session_commands.run())
                group.create_task(self.browser.run())
        finally:
            try:
                await finish(self._close(publishing))
            finally:
                publishing.cancel()
                self.profile.unlock()

    async def _close(self, publishing: asyncio.Task[None]) -> None:
        """Publish the last status and save the checkpoint."""
        if self.status in (SessionStatus.LIVE, SessionStatus.SYNCING):
            self.publish_status(Observation(SessionStatus.RECONNECTING, "worker_stopped"))
        if not publishing.done():
            await self.publisher.flush(_FLUSH_SECONDS)
        await self.checkpoint.save()

    @property
    def status(self) -> SessionStatus:
        """The status that was published last."""
        return self.status_publisher.status

    # ---- what the browser's keeper calls

    def deliver(self, batch: list[dict[str, Any]]) -> None:
        """Take raw events of the page, in order."""
        self.inbound.deliver(batch)
        if any(raw["event"] != "hint" for raw in batch):
            self.page_tasks.note_heard()
        if any(is_heard(raw) for raw in batch):
            self.browser.note_heard()

    def on_page_gone(self) -> None:
        """Hold all chats back: messages missed from now on must be backfilled."""
        self.inbound.hold_all()
        self.connectivity.note_loading()

    def on_reset(self) -> None:
        """Forget the last pairing."""
        self.pairing.on_reset()
        self._location.note_reset()

    def publish_status(self, observation: Observation, evidence: Evidence | None = None) -> None:
        """Publish the status when it differs from the last published one."""
        self.status_publisher.publish_status(observation, evidence)

    def alert(self, alert: Alert, is_on: bool, reason: str = "") -> None:
        """Raise or clear an alert."""
        self.status_publisher.alert(alert, is_on, reason)

    def logout_reason(self) -> str:
        """The reason to publish if the page turns out to be unpaired."""
        return self.pairing.logout_reason()

    def page_coroutines(self, page: WhatsAppPage) -> list[Coroutine[Any, Any, None]]:
        """The coroutines to run for as long as the page lives."""
        return self.page_tasks.page_coroutines(page)

    def on_poll(self, observation: Observation, evidence: Evidence) -> None:
        """Take the result of one poll of the page: remember it, act on it, publish it."""
        if evidence.is_registered:
            self.pairing.note_registered()
        self.send_queue.sender.note_mode(evidence.mode)
        if observation.status is SessionStatus.LIVE:
            self._note_live(evidence)
        else:
            self.connectivity.mark_disconnected()
        if observation.status is SessionStatus.LOGGED_OUT:
            self.pairing.note_logged_out(observation)
        self.publish_status(observation, evidence)

    def _note_live(self, evidence: Evidence) -> None:
        phone = self.pairing.note_live(evidence)
        self._location.note_paired()
        if phone:
            self.checkpoint.belong_to(phone)
        self.inbound.history_before = self.profile.pairing.paired_at
        if self.connectivity.mark_connected():
            self.page_tasks.backfill_now()
        if not self.connectivity.is_absent:
            self.checkpoint.note_alive()

    # ---- what the others call

    async def _sort(self, entry_id: str, command: AnyCommand) -> None:
        """Pass a command to the lane that carries it out."""
        if isinstance(command, SendText | SendMedia | SendReaction | MarkRead | SetTyping):
            await self.send_queue.add(entry_id, command)
        elif isinstance(command, FetchMedia):
            await self.media_fetcher.fetch(command)
            await self.commands.acknowledge(entry_id)
        else:
            self._session_commands.add(entry_id, command)

    def _on_hint(self, name: str) -> None:
        if name == "loaded":
            # What was missed while the page was away goes before what comes now.
            self.on_page_gone()
        elif name == "offline_delivery_end":
            self.connectivity.mark_delivery_complete()
            self.page_tasks.backfill_now()
        elif name == "logout":
            self.pairing.was_logout_heard = True
        elif name == "banned":
            self.send_queue.sender.breaker.open_for_ban()
        self.browser.request_poll()

    def _on_redis_back(self) -> None:
        """Publish again what Redis lost, and backfill what was left to it."""
        self.status_publisher.on_redis_back()
        self._location.write_again()
        self.page_tasks.backfill_now(repeat=True)

    def _on_redis_forgot(self) -> None:
        """Redis lost its data, or may have: publish again what the app has not acknowledged for certain."""
        self.checkpoint.go_back()
        self.watermark.forget()
        self.page_tasks.republish_contacts()
        self._on_redis_back()
