"""The session of one number: builds its parts and passes events between them.

``page/state.py`` says what each status means; ``session/status_publisher.py`` publishes it. ``browser/keeper.py`` keeps
the browser running; ``browser/page_watch.py`` polls its page.
"""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any, Final

import structlog
from redis.asyncio import Redis

from wa_worker.browser.build import build_keeper
from wa_worker.browser.liveness import is_from_server
from wa_worker.contract.commands import (
    AnyCommand,
    FetchMedia,
    MarkRead,
    SendMedia,
    SendReaction,
    SendText,
    SetTyping,
)
from wa_worker.contract.events import Alert, SessionStatus
from wa_worker.contract.reasons import NumberReason
from wa_worker.files.media_fetcher import MediaFetcher
from wa_worker.media.store import open_store
from wa_worker.ownership.held_number import HeldNumber
from wa_worker.page.hints import Hint
from wa_worker.page.state import Evidence, Observation
from wa_worker.page.whatsapp_page import WhatsAppPage
from wa_worker.process.closing import finish
from wa_worker.receiving.build import Receiving, open_checkpoint
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
    """One number's session. `run` ends only by cancellation, and unlocks the number's profile at its end."""

    def __init__(self, number: HeldNumber, *, chromium: str, reading: Redis, writing: Redis) -> None:
        self.number = number
        settings = number.settings
        # Each part takes only parts that are built before it. What happens in a part is passed on by the methods below.
        self.browser = build_keeper(number, chromium, self)
        self.connectivity = Connectivity(number.lease, lambda: self.browser.page)
        self.publisher = Publisher(
            writing, number.inbox_id, self._on_redis_back, lease=number.lease, on_away=self._on_redis_away
        )
        self.status_publisher = StatusPublisher(number, self.publisher)
        self.pairing = PairingRecord(number.profile)
        self.commands = CommandReader(
            number, reading, self.publisher, handle=self._sort, on_data_lost=self._on_redis_data_lost
        )
        checkpoint = open_checkpoint(number)
        self.disk = DiskGuard(
            settings.data,
            settings.disk_min_mb,
            has_failed=lambda: checkpoint.has_failed or self.pairing.is_unwritten,
            on_change=partial(self.alert, Alert.DISK_FULL),
        )
        store = open_store(settings.media_url, settings.data, endpoint=settings.media_endpoint)
        self.files = MediaFetcher(number, self.publisher, store, self.connectivity, has_room=self.disk.has_room)
        self.send_queue = build_send_queue(
            number,
            self.publisher,
            store,
            self.connectivity,
            acknowledge=self.commands.acknowledge,
            note_sent=checkpoint.note_sent,
            on_breaker=partial(self.alert, Alert.SENDING_PAUSED),
        )
        if self.send_queue.sender.breaker.is_open:
            # The breaker outlives a restart: the first status that is published carries the alert.
            self.status_publisher.alerts.add(Alert.SENDING_PAUSED)
        self.receiving = Receiving(
            number,
            writing,
            self.publisher,
            checkpoint,
            in_flight=self.send_queue.sender.in_flight,
            on_message=self.files.note,
            on_hint=self._on_hint,
            on_data_lost=self._on_redis_data_lost,
        )
        self.page_tasks = PageTasks(
            settings,
            self.connectivity,
            self.receiving.inbound,
            self.receiving.backfiller,
            number.profile,
            is_unused=lambda: self.send_queue.is_idle,
            recycle=self.browser.recycle,
        )
        self._pairing_commands = PairingCommands(
            self.publisher,
            self.browser,
            self.status_publisher,
            self.pairing,
            self.page_tasks,
            acknowledge=self.commands.acknowledge,
            resume_sending=self.send_queue.sender.breaker.close,
        )

    async def run(self) -> None:
        """Run until cancelled. The publisher outlives the rest, so that the last status is written."""
        structlog.contextvars.bind_contextvars(inbox_id=self.number.inbox_id)
        publishing = asyncio.create_task(self.publisher.run())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(end_with(publishing))
                group.create_task(self.number.lease.keep())
                group.create_task(self.number.location.run())
                group.create_task(self.disk.run())
                group.create_task(self.commands.run())
                group.create_task(self.send_queue.run())
                group.create_task(self.files.run())
                group.create_task(self.receiving.run())
                group.create_task(self._pairing_commands.run())
                group.create_task(self.browser.run())
        finally:
            try:
                await finish(self._close(publishing))
            finally:
                publishing.cancel()
                self.number.profile.unlock()

    async def _close(self, publishing: asyncio.Task[None]) -> None:
        """Publish the last status and save the checkpoint."""
        if self.status in (SessionStatus.LIVE, SessionStatus.SYNCING):
            self.publish_status(Observation(SessionStatus.RECONNECTING, NumberReason.WORKER_STOPPED))
        if not publishing.done():
            await self.publisher.flush(_FLUSH_SECONDS)
        await self.receiving.checkpoint.save()

    @property
    def status(self) -> SessionStatus:
        """The status that was published last."""
        return self.status_publisher.status

    # ---- what the browser's keeper calls

    def deliver(self, batch: list[dict[str, Any]]) -> None:
        """Take raw events of the page, in order."""
        self.receiving.inbound.deliver(batch)
        if any(raw["event"] != "hint" for raw in batch):
            self.page_tasks.note_received()
        if any(is_from_server(raw) for raw in batch):
            self.browser.note_received()

    def on_page_gone(self) -> None:
        """Hold all chats back: messages missed from now on must be backfilled."""
        self.receiving.inbound.hold_all()
        self.connectivity.note_loading()

    def on_reset(self) -> None:
        """Forget the last pairing."""
        self.pairing.on_reset()
        self.number.location.note_reset()

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
        if evidence.is_banned:
            self.send_queue.sender.breaker.open_for_ban()
        if observation.status is SessionStatus.LIVE:
            self._note_live(evidence)
        else:
            self.connectivity.mark_disconnected()
        if observation.status is SessionStatus.LOGGED_OUT:
            self.pairing.note_logged_out(observation)
        self.publish_status(observation, evidence)

    def _note_live(self, evidence: Evidence) -> None:
        phone = self.pairing.note_live(evidence)
        self.number.location.note_paired()
        if phone:
            self.receiving.checkpoint.belong_to(phone)
        self.receiving.inbound.history_before = self.number.profile.pairing.paired_at
        if self.connectivity.mark_connected():
            self.page_tasks.backfill_now()
        if not self.connectivity.is_absent:
            self.receiving.checkpoint.note_alive()

    # ---- what the others call

    async def _sort(self, entry_id: str, command: AnyCommand) -> None:
        """Pass a command to the part that carries it out."""
        if isinstance(command, SendText | SendMedia | SendReaction | MarkRead | SetTyping):
            await self.send_queue.add(entry_id, command)
        elif isinstance(command, FetchMedia):
            await self.files.fetch(command)
            await self.commands.acknowledge(entry_id)
        else:
            self._pairing_commands.add(entry_id, command)

    def _on_hint(self, name: str) -> None:
        match name:
            case Hint.LOADED:
                # What was missed while the page was away must be published before what comes now.
                self.on_page_gone()
            case Hint.DELIVERY_COMPLETE:
                self.connectivity.mark_delivery_complete()
                self.page_tasks.backfill_now()
            case Hint.LOGGED_OUT:
                self.pairing.was_logout_heard = True
            case Hint.BANNED:
                self.send_queue.sender.breaker.open_for_ban()
            case _:
                pass
        self.browser.request_poll()

    def _on_redis_away(self) -> None:
        self.alert(Alert.REDIS_AWAY, True)

    def _on_redis_back(self) -> None:
        """Publish again what Redis lost, and backfill what was left to it."""
        self.status_publisher.on_redis_back()
        self.number.location.write_again()
        self.page_tasks.backfill_now(repeat=True)

    def _on_redis_data_lost(self) -> None:
        """Redis lost its data, or may have: publish again what the app has not acknowledged for certain."""
        self.receiving.go_back()
        self.page_tasks.republish_contacts()
        self._on_redis_back()
