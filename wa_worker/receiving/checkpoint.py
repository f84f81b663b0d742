"""How far each chat has been read: on disk, beside the profile, because Redis may be emptied.

Each chat has three positions. `verified`: a backfill has confirmed that everything up to here is in Redis; the next
backfill begins after it. `taken`: the app has acknowledged everything up to here (``consumed_watermark.py``);
backfilling begins here when Redis has lost its data. `heard`: the newest message that was published; it only counts
what a gap had. A position moves only after the XADD succeeded, so a crash repeats messages and never loses one.
"""

import asyncio
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final, NamedTuple

import structlog

from wa_worker.contract.addressing import GROUP_SERVER, server_of
from wa_worker.contract.base import now_ms
from wa_worker.contract.events import MessageSent
from wa_worker.receiving.open_ticks import OpenTicks
from wa_worker.receiving.published_reactions import PublishedReactions
from wa_worker.storage.state_file import StateFile

_log: Final = structlog.get_logger(__name__)
_RECENT: Final = 5000
#: How exactly the beginning of a gap is known; each step is a write to disk.
_ALIVE_MS: Final = 5000

#: The serialized key of a message, and its time in epoch seconds.
Position = tuple[str, int]


class Reached(NamedTuple):
    """How far all chats have been read: those with a position, and from when (epoch ms) the others are."""

    verified: dict[str, Position]
    covered_at: int | None


class Checkpoint:
    """All chats of one number."""

    def __init__(self, path: Path) -> None:
        self._file = StateFile(path)
        stored = self._file.read()
        self.phone_e164: str | None = stored.get("phone_e164")
        #: When the last complete look-back began (epoch ms): chats without a position are read from here.
        self.covered_at: int | None = stored.get("covered_at")
        #: When we were last known to hear (epoch ms): a gap begins here.
        self.heard_at: int | None = stored.get("heard_at")
        #: Since when groups are followed (epoch ms); None: they are not.
        self.groups_since: int | None = stored.get("groups_since")
        self._verified = _positions(stored.get("verified"))
        self._heard = _positions(stored.get("heard"))
        self._knows_groups = "groups_since" in stored
        self._taken = _reached(stored.get("taken"))
        #: Changes when positions are given up: what was found out before moves none of them.
        self.generation = 0
        self._queued: set[str] = set()
        self._recent: OrderedDict[str, None] = OrderedDict()
        self.reactions = PublishedReactions(path.with_name("reactions.json"))
        self.ticks = OpenTicks(path.with_name("ticks.json"))

    @property
    def has_failed(self) -> bool:
        """It could not be written the last time: the disk is full, or broken."""
        return self._file.has_failed

    def verified(self, chat: str) -> Position | None:
        """From where the next look-back into this chat begins."""
        return self._verified.get(chat)

    def taken(self, chat: str) -> Position | None:
        """From where the next look-back begins when Redis has forgotten."""
        return self._taken.verified.get(chat)

    def is_queued(self, key: str) -> bool:
        """The message waits for Redis."""
        return key in self._queued

    def was_published(self, key: str) -> bool:
        """This process has published the message not long ago, or is about to."""
        return key in self._recent or key in self._queued

    def was_heard_before(self, chat: str, key: str) -> bool:
        """The message is the newest that was ever published of its chat."""
        heard = self._heard.get(chat)
        return heard is not None and heard[0] == key

    def knows(self, chat: str) -> bool:
        """Something of this chat has been published."""
        return chat in self._heard or chat in self._verified

    def note_queued(self, key: str) -> None:
        """The message will be published; `note_published` follows."""
        self._queued.add(key)

    def note_published(self, chat: str, key: str, t: int) -> None:
        """The XADD of a message succeeded."""
        self._queued.discard(key)
        self._recent[key] = None
        self._recent.move_to_end(key)
        if len(self._recent) > _RECENT:
            self._recent.popitem(last=False)
        heard = self._heard.get(chat)
        if heard is None or t >= heard[1]:
            self._heard[chat] = (key, t)
        self._file.note_change()

    def note_sent(self, event: MessageSent) -> None:
        """The XADD of a message that we sent ourselves succeeded."""
        key = f"true_{event.chat_jid}_{event.wa_message_id}"
        self.note_published(event.chat_jid, key, event.sent_at // 1000)
        self.ticks.note_sent(event)

    def note_verified(self, chat: str, key: str, t: int) -> None:
        """Redis has everything of the chat up to this message."""
        self._verified[chat] = (key, t)
        self._file.note_change()

    def note_covered(self, at: int) -> None:
        """Redis has all that a look-back found which began then (epoch ms) and has been through all chats."""
        self.covered_at = at
        self._file.note_change()

    def reached(self) -> Reached:
        """A copy of how far Redis has everything."""
        return Reached(dict(self._verified), self.covered_at)

    def note_taken(self, reached: Reached) -> None:
        """The app has acknowledged everything up to there."""
        if reached != self._taken:
            self._taken = reached
            self._file.note_change()

    def go_back(self) -> None:
        """Redis has forgotten what it had: only what the app has taken counts."""
        if (self._verified, self.covered_at) != self._taken:
            _log.warning("redis.data_lost", back_to=self._taken.covered_at, chats=len(self._taken.verified))
        self._verified = dict(self._taken.verified)
        self.covered_at = self._taken.covered_at
        self.generation += 1
        self._file.note_change()

    def note_alive(self) -> None:
        """We hear now."""
        now = now_ms()
        if self.heard_at is None or now - self.heard_at > _ALIVE_MS:
            self.heard_at = now
            self._file.note_change()

    def note_groups(self, has_groups: bool) -> None:
        """Groups are followed from now on, or no longer. What came in them before was not missed."""
        if has_groups is (self.groups_since is not None):
            return
        # Of a file that an older worker wrote it is not known since when: as long as anything is.
        was_followed = any(server_of(chat) == GROUP_SERVER for chat in self._heard)
        self.groups_since = (0 if was_followed and not self._knows_groups else now_ms()) if has_groups else None
        self._knows_groups = True
        self._file.note_change()

    def belong_to(self, phone_e164: str) -> None:
        """Another number was paired into this inbox: nothing that was read counts any more."""
        if self.phone_e164 not in (None, phone_e164):
            self.covered_at = self.heard_at = None
            self._verified.clear()
            self._heard.clear()
            self._taken = Reached({}, None)
            self.generation += 1
            self._queued.clear()
            self._recent.clear()
            self.reactions.clear()
            self.ticks.clear()
        if self.phone_e164 != phone_e164:
            self.phone_e164 = phone_e164
            self._file.note_change()

    async def save(self) -> None:
        """Write if something changed. A full disk is reported, not fatal: the old file only repeats more."""
        await self.reactions.save()
        await self.ticks.save()
        await self._file.save(self._stored)

    async def run(self, every: float = 1.0) -> None:
        """Save again and again; once more on the way out."""
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
            "taken": self._taken._asdict(),
        }


def _positions(stored: object) -> dict[str, Position]:
    if not isinstance(stored, dict):
        return {}
    return {str(chat): (str(value[0]), int(value[1])) for chat, value in stored.items()}


def _reached(stored: Any) -> Reached:
    if not isinstance(stored, dict):
        return Reached({}, None)
    return Reached(_positions(stored.get("verified")), stored.get("covered_at"))
