"""Looking back: what was missed is read from the page's own store, from the checkpoint on, and then published.

Runs after each load once the number is live, after Redis was away, every few minutes, and when asked.
"""

import time
from dataclasses import dataclass
from typing import Final

import structlog

from wa_worker.checkpoint import Checkpoint
from wa_worker.contract.base import now_ms
from wa_worker.contract.events import GapRecovered
from wa_worker.inbound import Inbound
from wa_worker.kinds import Raw
from wa_worker.page.history_calls import ChatHead, LookBackPosition
from wa_worker.page.whatsapp_page import WhatsAppPage
from wa_worker.publisher import Publisher

_log: Final = structlog.get_logger(__name__)
_CHATS_A_CALL: Final = 20
#: WhatsApp's clock and ours may differ.
_SKEW_SECONDS: Final = 600
#: A message this young does not move a checkpoint: Redis may not have it on disk yet.
_SETTLE_SECONDS: Final = 5
#: How long an undecrypted message is waited for: its chat is read again from there.
_CIPHERTEXT_SECONDS: Final = 86_400
#: How far back ticks, edits, deletions and reactions are told again after an absence.
_CHANGED_SECONDS: Final = 2 * 86_400


@dataclass
class LookBack:
    """One number's looking back."""

    inbox_id: int
    publisher: Publisher
    checkpoint: Checkpoint
    inbound: Inbound
    history_seconds: int

    async def run(self, page: WhatsAppPage, *, after_absence: bool, repeat: bool = False) -> int:
        """Publish what was missed; how many that were. `repeat`: also what this process published already.

        Raises PageError; then nothing was marked as read that was not published, what is held stays held, and the
        caller tries again.
        """
        began = now_ms()
        away_from = self.checkpoint.heard_at if after_absence else self.checkpoint.covered_at
        heads = [head for head in await page.chats() if self._is_worth_a_look(head, repeat)]
        self.inbound.hold({head["chat"] for head in heads})
        recovered = 0
        for start in range(0, len(heads), _CHATS_A_CALL):
            recovered += await self._read(page, heads[start : start + _CHATS_A_CALL], away_from, repeat)
        self.inbound.hold(set())
        self.checkpoint.note_covered(began)
        self.checkpoint.note_alive()
        if after_absence:
            await self._tell_changes(page)
        await self._log_ignored(page)
        if recovered and away_from is not None:
            _log.info("gap_recovered", inbox_id=self.inbox_id, recovered=recovered)
            self.publisher.put(
                GapRecovered(
                    inbox_id=self.inbox_id,
                    away_from=min(away_from, began),
                    away_until=max(began, away_from),
                    recovered=recovered,
                )
            )
        return recovered

    async def _log_ignored(self, page: WhatsAppPage) -> None:
        """What was not shown is counted: by WhatsApp's word for it, and by the server of chats nobody follows."""
        servers = await page.ignored()
        if servers:
            _log.info("not_followed", inbox_id=self.inbox_id, servers=servers)
        if self.inbound.not_shown:
            _log.info("not_shown", inbox_id=self.inbox_id, kinds=dict(self.inbound.not_shown))
            self.inbound.not_shown.clear()

    async def _tell_changes(self, page: WhatsAppPage) -> None:
        """What became of messages that were told before: all of it again, for nobody knows what was heard."""
        floor = int(time.time()) - _CHANGED_SECONDS
        self.inbound.take_acks(await page.acks(floor))
        chats = [head["chat"] for head in await page.chats() if head["t"] >= floor]
        reactions = self.checkpoint.reactions
        for start in range(0, len(chats), _CHATS_A_CALL):
            asked = {chat: reactions.about(chat) for chat in chats[start : start + _CHATS_A_CALL]}
            for answer in await page.changes(asked, floor):
                if "error" in answer:
                    _log.warning("changes_unreadable", inbox_id=self.inbox_id, error=answer["error"][:200])
                    continue
                gone = reactions.taken_back(answer["looked_at"], answer["changes"])
                self.inbound.take_changes([*answer["changes"], *gone])

    def _is_worth_a_look(self, head: ChatHead, repeat: bool) -> bool:
        """Cheap: most chats have not moved since the last time."""
        verified = self.checkpoint.verified(head["chat"])
        if verified is None:
            return head["t"] >= self._floor() or head["unread"] > 0
        if head["newest"] == verified[0]:
            return False
        return repeat or head["t"] >= verified[1]

    def _floor(self) -> int:
        """From when (epoch s) a chat is read that has no checkpoint."""
        covered = self.checkpoint.covered_at
        if covered is not None:
            return covered // 1000 - _SKEW_SECONDS
        paired = (self.inbound.history_before or now_ms()) // 1000
        return paired - self.history_seconds

    async def _read(self, page: WhatsAppPage, heads: list[ChatHead], away_from: int | None, repeat: bool) -> int:
        positions: list[LookBackPosition] = []
        for head in heads:
            verified = self.checkpoint.verified(head["chat"])
            key, floor = verified if verified else (None, self._floor())
            positions.append({"chat": head["chat"], "key": key, "floor": floor})
        recovered = 0
        for answer in await page.look_back(positions):
            if "error" in answer:
                _log.warning("look_back_failed", inbox_id=self.inbox_id, error=answer["error"][:200])
            else:
                recovered += self._publish(answer["messages"], away_from, repeat)
                self._verify(answer["chat"], answer["messages"])
            self.inbound.release(answer["chat"])
        return recovered

    def _publish(self, messages: list[Raw], away_from: int | None, repeat: bool) -> int:
        """Publish a chat's messages, oldest first; how many of them had been missed."""
        heard = [i for i, raw in enumerate(messages) if self.checkpoint.was_heard_before(_chat(raw), _key(raw))]
        missed_from = heard[-1] + 1 if heard else 0
        recovered = 0
        for index, raw in enumerate(messages):
            is_known = self.checkpoint.was_published(_key(raw)) and not self.inbound.is_decrypted_now(raw)
            has_failed = raw.get("fromMe") and (raw.get("ack") or 0) < 0
            if has_failed or (is_known and not repeat) or not self.inbound.publish_message(raw, is_backfill=True):
                continue
            if not is_known and index >= missed_from and away_from is not None:
                recovered += int(_time(raw) >= away_from // 1000 - _SETTLE_SECONDS)
        return recovered

    def _verify(self, chat: str, messages: list[Raw]) -> None:
        """Move the checkpoint, once Redis has the messages, up to the first one that is not settled."""
        now = int(time.time())
        last: Raw | None = None
        for raw in messages:
            is_waiting = raw.get("type") == "ciphertext" and _time(raw) > now - _CIPHERTEXT_SECONDS
            if is_waiting or _time(raw) > now - _SETTLE_SECONDS:
                break
            # What is broken is in the dead letters; only what has a name can be a position.
            last = raw if _key(raw) else last
        if last is not None:
            key, t = _key(last), _time(last)
            self.publisher.put_marker(lambda: self.checkpoint.note_verified(chat, key, t))


def _key(raw: Raw) -> str:
    return str(raw.get("key") or "")


def _chat(raw: Raw) -> str:
    return str(raw.get("chat") or "")


def _time(raw: Raw) -> int:
    """Epoch seconds; 0 when the page does not know it."""
    t = raw.get("t")
    return int(t) if isinstance(t, int | float) else 0
