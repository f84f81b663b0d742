"""One paired number: its parts put together, and who hears of what.

What a state means is in ``state.py``, how it is told in ``telling.py``; the browser is kept in ``browser_keeper.py``,
its page is watched in ``page_watch.py``.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog
from redis.asyncio import Redis

from wa_worker.browser_keeper import BrowserKeeper
from wa_worker.checkpoint import Checkpoint
from wa_worker.closing import finish
from wa_worker.commands import CommandReader
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
from wa_worker.disk import DiskGuard
from wa_worker.fetching import Fetching
from wa_worker.home import Home
from wa_worker.inbound import Inbound
from wa_worker.lease import Lease
from wa_worker.liveness import is_heard
from wa_worker.lookback import LookBack
from wa_worker.media.store import open_store
from wa_worker.outbound_parts import make_outbound
from wa_worker.page.whatsapp_page import WhatsAppPage
from wa_worker.page_chores import PageChores
from wa_worker.page_watch import Patience, QrRounds
from wa_worker.pairing_notes import PairingNotes
from wa_worker.presence import Presence
from wa_worker.profile import Profile
from wa_worker.publisher import Publisher, end_with
from wa_worker.session_commands import SessionCommands
from wa_worker.state import Evidence, Observation
from wa_worker.taking import Taking
from wa_worker.telling import Telling

_FLUSH_SECONDS: Final = 1.5


class NumberSession:
    """Everything of one number. `run` returns only by cancellation.

    `profile` is locked, so that what is read from its folder here stays true; `run` gives it free at its end.
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
        self.rounds = QrRounds(settings.qr_rounds)
        self.pairing = PairingNotes(profile)
        self.presence = Presence(lease, lambda: self.browser.page)

        self.publisher = Publisher(
            writing,
            inbox_id,
            self._on_redis_back,
            lease=lease,
            on_away=lambda: self.alert(Alert.REDIS_AWAY, True),
        )
        self.telling = Telling(inbox_id, self.publisher, profile, settings.host)
        self.checkpoint = Checkpoint(self.profile.folder / "checkpoint.json")
        self.checkpoint.note_groups(has_groups)
        self.taking = Taking(writing, inbox_id, lease, self.checkpoint, self._on_redis_forgot)
        self.commands = CommandReader(
            inbox_id,
            reading=reading,
            lease=lease,
            publisher=self.publisher,
            handle=self._sort,
            on_forgotten=self._on_redis_forgot,
        )
        self.media = open_store(settings.media_url, settings.data, endpoint=settings.media_endpoint)
        self.outbound = make_outbound(
            settings,
            channel,
            self.profile.folder,
            self.publisher,
            self.media,
            live_page=self.presence.live_page,
            page_now=self.presence.page_now,
            acknowledge=self.commands.acknowledge,
            lease_until=self.lease.until_ms,
            note_sent=self.checkpoint.note_sent,
            on_breaker=lambda is_open: self.alert(Alert.SENDING_PAUSED, is_open),
        )
        if self.outbound.sender.breaker.is_open:
            self.telling.alerts.add(Alert.SENDING_PAUSED)
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
            live_page=self.presence.live_page,
            has_room=lambda: not self.disk.is_full,
        )
        self.inbound.history_before = self.profile.pairing.paired_at
        self.chores = PageChores(
            settings,
            self.presence,
            self.inbound,
            LookBack(inbox_id, self.publisher, self.checkpoint, self.inbound, settings.history_days * 86_400),
            profile,
            is_unused=lambda: self.outbound.is_idle,
            recycle=lambda: self.browser.recycle(),
        )
        #: `is_full`: nothing may be downloaded.
        self.disk = DiskGuard(
            settings.data,
            settings.disk_min_mb,
            has_failed=lambda: self.checkpoint.has_failed or self.pairing.is_unwritten,
            tell=lambda is_full: self.alert(Alert.DISK_FULL, is_full),
        )
        self._session_commands = SessionCommands(self)
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
        """Live until cancelled. The publisher outlives the rest, so that last words are written."""
        structlog.contextvars.bind_contextvars(inbox_id=self.inbox_id)
        publishing = asyncio.create_task(self.publisher.run())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(end_with(publishing))
                group.create_task(self.lease.keep())
                group.create_task(self._home.run())
                group.create_task(self.disk.run())
                group.create_task(self.commands.run())
                group.create_task(self.outbound.run())
                group.create_task(self.fetching.run())
                group.create_task(self.checkpoint.run())
                group.create_task(self.taking.run())
                group.create_task(self._session_commands.run())
                group.create_task(self.browser.run())
        finally:
            try:
                await finish(self._close(publishing))
            finally:
                publishing.cancel()
                self.profile.unlock()

    async def _close(self, publishing: asyncio.Task[None]) -> None:
        """Last words, and what is remembered."""
        if self.status in (SessionStatus.LIVE, SessionStatus.SYNCING):
            self.say(Observation(SessionStatus.RECONNECTING, "worker_stopped"))
        if not publishing.done():
            await self.publisher.flush(_FLUSH_SECONDS)
        await self.checkpoint.save()

    @property
    def status(self) -> SessionStatus:
        """As it was told last."""
        return self.telling.status

    # ---- what the browser's keeper calls

    def deliver(self, batch: list[dict[str, Any]]) -> None:
        """Raw events of the page, in order."""
        self.inbound.deliver(batch)
        if any(raw["event"] != "hint" for raw in batch):
            self.chores.note_heard()
        if any(is_heard(raw) for raw in batch):
            self.browser.note_heard()

    def on_page_gone(self) -> None:
        """What is missed from now on must be made up for."""
        self.inbound.hold_all()
        self.presence.note_loading()

    def on_reset(self) -> None:
        """Nothing of the last pairing counts for the next."""
        self.pairing.on_reset()
        self._home.note_reset()

    def say(self, observation: Observation, evidence: Evidence | None = None) -> None:
        """Publish the state when it differs from what was said last."""
        self.telling.say(observation, evidence)

    def alert(self, alert: Alert, is_on: bool, reason: str = "") -> None:
        """Raise or clear an alert."""
        self.telling.alert(alert, is_on, reason)

    def logout_reason(self) -> str:
        """What to say if the page turns out to be unpaired."""
        return self.pairing.logout_reason()

    def beside(self, page: WhatsAppPage) -> list[Coroutine[Any, Any, None]]:
        """What runs for as long as the page does."""
        return self.chores.beside(page)

    def on_look(self, observation: Observation, evidence: Evidence) -> None:
        """What a look at the page showed: remember it, act on it, say it."""
        if evidence.is_registered:
            self.pairing.note_registered()
        self.outbound.sender.note_mode(evidence.mode)
        if observation.status is SessionStatus.LIVE:
            self._note_live(evidence)
        else:
            self.presence.go()
        if observation.status is SessionStatus.LOGGED_OUT:
            self.pairing.note_logged_out(observation)
        self.say(observation, evidence)

    def _note_live(self, evidence: Evidence) -> None:
        phone = self.pairing.note_live(evidence)
        self._home.note_paired()
        if phone:
            self.checkpoint.belong_to(phone)
        self.inbound.history_before = self.profile.pairing.paired_at
        if self.presence.come():
            self.chores.look_back_now()
        if not self.presence.is_absent:
            self.checkpoint.note_alive()

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
            self.presence.note_handed_all()
            self.chores.look_back_now()
        elif name == "logout":
            self.pairing.was_logout_heard = True
        elif name == "banned":
            self.outbound.sender.breaker.open_for_ban()
        self.browser.look_soon()

    def _on_redis_back(self) -> None:
        """What Redis lost, and what was left to the look-back, comes again."""
        self.telling.on_redis_back()
        self._home.say_again()
        self.chores.look_back_now(repeat=True)

    def _on_redis_forgot(self) -> None:
        """Redis was emptied, or may have been: what the app has not taken for certain comes again."""
        self.checkpoint.go_back()
        self.taking.forget()
        self.chores.tell_contacts_anew()
        self._on_redis_back()
