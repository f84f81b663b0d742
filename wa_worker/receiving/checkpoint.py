"""Records how far each chat has been read: on disk, beside the profile, because Redis may lose its data.

Each chat has three positions. `verified`: a backfill has confirmed that everything up to here is in Redis; the next
backfill begins after it. `consumed`: the app has acknowledged everything up to here (``consumed_watermark.py``);
backfilling begins here when Redis has lost its data. `heard`: the newest message that was published; it only serves to
count the messages of a gap. A position moves only after the XADD succeeded, so a crash repeats messages and never loses
one.
"""

import asyncio
from pathlib import Path
from typing import Any, Final, NamedTuple

import structlog

from wa_worker.contract.addressing import GROUP_SERVER, server_of
from wa_worker.contract.base import now_ms
from wa_worker.contract.events import MessageSent
from wa_worker.page.message_keys import key_of_sent
from wa_worker.receiving.open_ticks import OpenTicks
from wa_worker.receiving.published_reactions import PublishedReactions
from wa_worker.receiving.recent import Recent
from wa_worker.storage.state_file import StateFile

_log: Final = structlog.get_logger(__name__)
#: Published messages that are remembered.
_RECENT: Final = 5000
#: How exactly the beginning of a gap is known; each step is a write to disk.
_ALIVE_MS: Final = 5000

#: The full key of a message, and its time in epoch seconds.
Position = tuple[str, int]


class Reached(NamedTuple):
    """How far all chats have been read. Chats without a position are read from `covered_at` (epoch ms) on."""

    verified: dict[str, Position]
    covered_at: int | None


class Checkpoint:
    """The positions of one number's chats."""

    def __init__(self, path: Path) -> None:
        self._file = StateFile(path)
        stored = self._file.read()
        self.phone_e164: str | None = stored.get("phone_e164")
        #: When the last complete backfill began (epoch ms): chats without a position are read from here.
        self.covered_at: int | None = stored.get("covered_at")
        #: When the number was last known to receive (epoch ms): a gap begins here.
        self.heard_at: int | None = stored.get("heard_at")
        #: Since when groups are followed (epoch ms); None if they are not.
        self.groups_since: int | None = stored.get("groups_since")
        self._verified = _positions(stored.get("verified"))
        self._heard = _positions(stored.get("heard"))
        self._knows_groups = "groups_since" in stored
        self._consumed = _reached(stored.get("taken"))
        #: Changes when positions are given up: what a backfill found before must not move them.
        self.generation = 0
        self._queued: set[str] = set()
        self._recent: Recent[str, None] = Recent(_RECENT)
        self.reactions = PublishedReactions(path.with_name("reactions.json"))
        self.ticks = OpenTicks(path.with_name("ticks.json"))

    @property
    def has_failed(self) -> bool:
        """Whether the last write failed: the disk is full or broken."""
        return self._file.has_failed

    def verified(self, chat: str) -> Position | None:
        """The position from which the next backfill of this chat begins."""
        return self._verified.get(chat)

    def consumed(self, chat: str) -> Position | None:
        """The position from which the next backfill begins if Redis has lost its data."""
        return self._consumed.verified.get(chat)

    def is_queued(self, key: str) -> bool:
        """Whether the message waits to be published."""
        return key in self._queued

    def was_published(self, key: str) -> bool:
        """Whether this process has published the message not long ago, or is about to."""
        return key in self._recent or key in self._queued

    def was_received_before(self, chat: str, key: str) -> bool:
        """Whether the message is the newest one of its chat that was ever published."""
        heard = self._heard.get(chat)
        return heard is not None and heard[0] == key

    def knows(self, chat: str) -> bool:
        """Whether something of this chat was published."""
        return chat in self._heard or chat in self._verified

    def note_queued(self, key: str) -> None:
        """Note that the message will be published; `note_published` follows."""
        self._queued.add(key)

    def note_published(self, chat: str, key: str, t: int) -> None:
        """Note that the XADD of a message succeeded."""
        self._queued.discard(key)
        self._recent[key] = None
        heard = self._heard.get(chat)
        if heard is None or t >= heard[1]:
            self._heard[chat] = (key, t)
        self._file.note_change()

    def note_sent(self, event: MessageSent) -> None:
        """Note that the XADD of a message that we sent ourselves succeeded."""
        key = key_of_sent(event.chat_jid, event.wa_message_id)
        self.note_published(event.chat_jid, key, event.sent_at // 1000)
        self.ticks.note_sent(event)

    def note_verified(self, chat: str, key: str, t: int) -> None:
        """Note that Redis has everything of the chat up to this message."""
        self._verified[chat] = (key, t)
        self._file.note_change()

    def note_covered(self, at: int) -> None:
        """Note that Redis has everything that a complete backfill found which began at `at` (epoch ms)."""
        self.covered_at = at
        self._file.note_change()

    def reached(self) -> Reached:
        """Return a copy of how far Redis has everything."""
        return Reached(dict(self._verified), self.covered_at)

    def note_consumed(self, reached: Reached) -> None:
        """Note that the app has acknowledged everything up to there."""
        if reached != self._consumed:
            self._consumed = reached
            self._file.note_change()

    def go_back(self) -> None:
        """Go back to what the app has consumed: Redis has lost its data."""
        if (self._verified, self.covered_at) != self._consumed:
            _log.warning("redis.data_lost", back_to=self._consumed.covered_at, chats=len(self._consumed.verified))
        self._verified = dict(self._consumed.verified)
        self.covered_at = self._consumed.covered_at
        self.generation += 1
        self._file.note_change()

    def note_alive(self) -> None:
        """Note that the number receives now."""
        now = now_ms()
        if self.heard_at is None or now - self.heard_at > _ALIVE_MS:
            self.heard_at = now
            self._file.note_change()

    def note_groups(self, has_groups: bool) -> None:
        """Note whether groups are followed from now on. Their earlier messages were not missed."""
        if has_groups is (self.groups_since is not None):
            return
        # A file of an older worker does not say since when: then since ever.
        was_followed = any(server_of(chat) == GROUP_SERVER for chat in self._heard)
        self.groups_since = (0 if was_followed and not self._knows_groups else now_ms()) if has_groups else None
        self._knows_groups = True
        self._file.note_change()

    def belong_to(self, phone_e164: str) -> None:
        """Note the paired phone number. If it is another one than before, forget all positions."""
        if self.phone_e164 not in (None, phone_e164):
            self.covered_at = self.heard_at = None
            self._verified.clear()
            self._heard.clear()
            self._consumed = Reached({}, None)
            self.generation += 1
            self._queued.clear()
            self._recent.clear()
            self.reactions.clear()
            self.ticks.clear()
        if self.phone_e164 != phone_e164:
            self.phone_e164 = phone_e164
            self._file.note_change()

    async def save(self) -> None:
        """Write if something changed. A full disk is reported, not fatal: with the old file more is repeated."""
        await self.reactions.save()
        await self.ticks.save()
        await self._file.save(self._stored)

    async def run(self, every: float = 1.0) -> None:
        """Save again and again, and once more when cancelled. Never returns."""
        try:
            while True:
                await asyncio.sleep(every)
                await self.save()
        finally:
            await asyncio.shield(self.save())

    def _stored(self) -> dict[str, Any]:
        return {
            "phone_e164": self.phone_e164,
            "covered_at": self.covered_at,
            "heard_at": self.heard_at,
            "groups_since": self.groups_since,
            "verified": self._verified,
            "heard": self._heard,
            "taken": self._consumed._asdict(),
        }


def _positions(stored: object) -> dict[str, Position]:
    if not isinstance(stored, dict):
        return {}
    return {str(chat): (str(value[0]), int(value[1])) for chat, value in stored.items()}


def _reached(stored: Any) -> Reached:
    if not isinstance(stored, dict):
        return Reached({}, None)
    return Reached(_positions(stored.get("verified")), stored.get("covered_at"))
