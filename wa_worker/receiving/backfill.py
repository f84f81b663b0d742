"""Backfills: reads missed messages from the page's own store, from the checkpoint on, and publishes them.

A backfill runs after each load once the number is live, after Redis was away, every few minutes, and on request.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from wa_worker.contract.addressing import GROUP_SERVER, server_of
from wa_worker.contract.base import LATEST_MS, now_ms
from wa_worker.contract.events import GapRecovered
from wa_worker.page.calls import PageTimeout
from wa_worker.page.history_calls import NO_ANSWER, ChatHead, LookBackPosition
from wa_worker.page.kinds import Raw, is_failed, is_undecrypted
from wa_worker.page.whatsapp_page import WhatsAppPage
from wa_worker.receiving.checkpoint import Checkpoint
from wa_worker.receiving.inbound import Inbound
from wa_worker.stream.publisher import Publisher

_log: Final = structlog.get_logger(__name__)
#: Few, because each may take 15 s, and a store that hangs is only noticed between two calls.
_CHATS_A_CALL: Final = 4
#: Chats in a row without an answer after which the page's store counts as hung.
_HANGS: Final = 3
#: How much WhatsApp's clock and ours may differ.
_SKEW_SECONDS: Final = 600
#: Redis writes to its disk once a second: newer entries may not be on it yet, so they move no checkpoint.
_SETTLE_SECONDS: Final = 5
#: How long a chat is read again from an undecrypted message on, until it is decrypted.
_CIPHERTEXT_SECONDS: Final = 86_400
#: The latest time that an event holds (epoch s).
_LATEST: Final = LATEST_MS // 1000
#: How far back ticks, edits, deletions and reactions are published again after an absence.
_CHANGED_SECONDS: Final = 2 * 86_400


def _later(seconds: float, move: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_later(seconds, move)


@dataclass
class _Run:
    """One backfill.

    `began` and `away_from` are in epoch ms; `generation` is the checkpoint's at its beginning; `recovered` counts
    missed messages, `read` chats, and `unanswered` chats in a row without an answer.
    """

    began: int
    away_from: int | None
    generation: int
    recovered: int = 0
    read: int = 0
    unanswered: int = 0

    def raise_if_hung(self) -> None:
        """Raise PageTimeout if the store seems to answer for no chat."""
        if self.unanswered >= _HANGS:
            raise PageTimeout(f"the page's store did not answer for {self.unanswered} chats in a row")


@dataclass
class Backfiller:
    """Backfills one number's chats."""

    inbox_id: int
    publisher: Publisher
    checkpoint: Checkpoint
    inbound: Inbound
    history_seconds: int
    #: Calls a function after so many seconds.
    later: Callable[[float, Callable[[], None]], None] = _later
    #: How many of the dropped events (`Inbound.dropped`) are backfilled.
    healed: int = 0
    #: Chats whose messages must be published again, although this process has published them, when they are read.
    to_republish: set[str] = field(default_factory=set[str])
    #: Chats whose changes during an absence are not published yet.
    unchecked: set[str] = field(default_factory=set[str])
    #: A backfill that failed: the next one counts what it had recovered.
    unfinished: _Run | None = None

    async def run(
        self, page: WhatsAppPage, *, after_absence: bool, is_caught_up: bool, repeat: bool = False, hold: bool = True
    ) -> int:
        """Publish what was missed, and return how many messages that were.

        `after_absence`: also publish changes. `is_caught_up`: WhatsApp has delivered to the page what came while it was
        away; before that, nothing is known about chats that the page does not have yet. `repeat`: also publish what
        this process has published already. `hold`: live events of a chat wait until the chat is read.

        Raises PageError. Then no unpublished message was marked as read, held chats stay held unless they were left
        out, and the caller tries again. With `hold` a store that hangs ends the backfill; without it each chat is still
        asked for, because the store may answer for later ones.
        """
        dropped = self.inbound.dropped
        after_absence = after_absence or dropped > self.healed
        run = self.unfinished = self._begin(after_absence=after_absence)
        heads = [head for head in await page.chats() if self._may_have_missed(head, repeat)]
        if repeat:
            self.to_republish.update(head["chat"] for head in heads)
        if hold:
            self.inbound.hold({head["chat"] for head in heads})
        for start in range(0, len(heads), _CHATS_A_CALL):
            await self.publisher.wait_room()
            await self._read(page, heads[start : start + _CHATS_A_CALL], run)
            if hold:
                run.raise_if_hung()
        self.inbound.hold(set())
        if is_caught_up and run.read == len(heads):
            self._when_redis_has_it(run, lambda: self.checkpoint.note_covered(run.began))
        if after_absence or self.unchecked:
            await self._publish_changes(page, is_anew=after_absence)
        if after_absence:
            self.healed = dropped
        await self._log_ignored(page)
        self._publish_gap(run)
        self.unfinished = None
        if not run.read:
            run.raise_if_hung()
        return run.recovered

    def _begin(self, *, after_absence: bool) -> _Run:
        away_from = self.checkpoint.heard_at if after_absence else self.checkpoint.covered_at
        run = _Run(now_ms(), away_from, self.checkpoint.generation)
        if self.unfinished and self.unfinished.recovered and away_from is not None:
            # What that one published counts as known now. (Without a time, another phone number was paired.)
            run.away_from, run.recovered = self.unfinished.away_from, self.unfinished.recovered
        return run

    def _when_redis_has_it(self, run: _Run, move: Callable[[], None]) -> None:
        """Move a position once Redis has everything queued so far on its disk, unless it lost its data meanwhile."""

        def settled() -> None:
            if run.generation == self.checkpoint.generation:
                move()

        self.publisher.put_marker(lambda: self.later(_SETTLE_SECONDS, settled))

    def _publish_gap(self, run: _Run) -> None:
        if run.recovered and run.away_from is not None:
            _log.info("gap.recovered", inbox_id=self.inbox_id, recovered=run.recovered)
            self.publisher.put(
                GapRecovered(
                    inbox_id=self.inbox_id,
                    away_from=min(run.away_from, run.began),
                    away_until=max(run.began, run.away_from),
                    recovered=run.recovered,
                )
            )

    async def _log_ignored(self, page: WhatsAppPage) -> None:
        """Log how many messages were not published, by their kind, and by the server of chats that are not followed."""
        servers = await page.ignored()
        if servers:
            _log.info("message.chats_skipped", inbox_id=self.inbox_id, servers=servers)
        if self.inbound.not_shown:
            _log.info("message.kinds_skipped", inbox_id=self.inbox_id, kinds=dict(self.inbound.not_shown))
            self.inbound.not_shown.clear()

    async def _publish_changes(self, page: WhatsAppPage, *, is_anew: bool) -> None:
        """Publish all changes of recent messages again: nobody knows which were missed.

        `is_anew`: of all recent chats; otherwise of those that could not be read before.
        """
        floor = int(time.time()) - _CHANGED_SECONDS
        recent = [head["chat"] for head in await page.chats() if head["t"] >= floor]
        if is_anew:
            self.inbound.ticks.publish_again(await page.acks(floor))
        self.unchecked = set(recent) if is_anew else self.unchecked.intersection(recent)
        chats = [chat for chat in recent if chat in self.unchecked]
        reactions = self.checkpoint.reactions
        for start in range(0, len(chats), _CHATS_A_CALL):
            to_query = {chat: reactions.keys_in_chat(chat) for chat in chats[start : start + _CHATS_A_CALL]}
            for answer in await page.changes(to_query, floor):
                if "error" in answer:
                    _log.warning("changes.read_failed", inbox_id=self.inbox_id, error=answer["error"][:200])
                    continue
                gone = reactions.removed(answer["looked_at"], answer["changes"])
                self.inbound.take_changes([*answer["changes"], *gone])
                self.unchecked.discard(answer["chat"])

    def _may_have_missed(self, head: ChatHead, repeat: bool) -> bool:
        """Whether a chat may have unpublished messages. Asks nobody: most chats have none."""
        verified = self.checkpoint.verified(head["chat"])
        if verified is None:
            return head["unread"] > 0 or head["t"] >= self._floor()
        if head["newest"] == verified[0]:
            return False
        return repeat or head["chat"] in self.to_republish or head["t"] >= verified[1]

    def _floor(self, *, is_unread: bool = False) -> int:
        """From when (epoch s) a chat without a position is read; an unread one also before `covered_at`."""
        covered = self.checkpoint.covered_at
        if covered is not None and not is_unread:
            return covered // 1000 - _SKEW_SECONDS
        paired = (self.inbound.history_before or now_ms()) // 1000
        return paired - self.history_seconds

    async def _read(self, page: WhatsAppPage, heads: list[ChatHead], run: _Run) -> None:
        positions: list[LookBackPosition] = []
        anchors: dict[str, str | None] = {}
        for head in heads:
            verified = self.checkpoint.verified(head["chat"])
            key, floor = verified or (None, self._floor(is_unread=head["unread"] > 0))
            positions.append({"chat": head["chat"], "key": key, "floor": floor})
            anchors[head["chat"]] = key
        for answer in await page.look_back(positions):
            run.unanswered = run.unanswered + 1 if answer.get("error") == NO_ANSWER else 0
            if "error" in answer:
                _log.warning("backfill.failed", inbox_id=self.inbox_id, error=answer["error"][:200])
            else:
                anchor = anchors.get(answer["chat"])
                must_repeat = answer["chat"] in self.to_republish
                self._publish(answer["messages"], anchor, run, must_repeat=must_repeat)
                self._verify(answer["chat"], [raw for raw in answer["messages"] if _key(raw) != anchor], run)
                self.to_republish.discard(answer["chat"])
                run.read += 1
            self.inbound.release(answer["chat"])

    def _publish(self, messages: list[Raw], anchor: str | None, run: _Run, *, must_repeat: bool) -> None:
        """Publish a chat's missed messages, oldest first, each with the one before it, and count them.

        A known message is published again if it follows a missed one within the same second: otherwise the app, which
        has it already, would keep it before the missed one.
        """
        heard = [i for i, raw in enumerate(messages) if self.checkpoint.was_received_before(_chat(raw), _key(raw))]
        missed_from = heard[-1] + 1 if heard else 0
        follows, published_at = None, -1
        for index, raw in enumerate(messages):
            is_known = self.checkpoint.was_published(_key(raw)) and not self.inbound.is_decrypted_now(raw)
            is_coming = is_known and (not must_repeat or self.checkpoint.is_queued(_key(raw)))
            if _key(raw) == anchor or (is_coming and _time(raw) != published_at):
                follows = raw.get("id")
                continue
            if is_failed(raw) or not self.inbound.publish_message(raw, is_backfill=True, follows=follows):
                continue
            follows, published_at = raw.get("id"), _time(raw)
            if not is_known and index >= missed_from and run.away_from is not None:
                run.recovered += int(self._was_missed(raw, run.away_from))

    def _was_missed(self, raw: Raw, away_from: int) -> bool:
        """Whether a message came during the absence, and, in a group, after groups were switched on."""
        groups_since = self.checkpoint.groups_since or 0
        is_followed = server_of(_chat(raw)) != GROUP_SERVER or _time(raw) * 1000 >= groups_since
        return is_followed and _time(raw) >= away_from // 1000 - _SETTLE_SECONDS

    def _verify(self, chat: str, messages: list[Raw], run: _Run) -> None:
        """Move the chat's position, once Redis has the messages, up to the first one that may still change."""
        now = int(time.time())
        last: Raw | None = None
        for raw in messages:
            is_waiting = is_undecrypted(raw) and _time(raw) > now - _CIPHERTEXT_SECONDS
            if is_waiting or _time(raw) > now - _SETTLE_SECONDS:
                break
            # A broken message without a key is in the dead letters; it can't be a position.
            last = raw if _key(raw) else last
        if last is not None:
            key, t = _key(last), _time(last)
            self._when_redis_has_it(run, lambda: self.checkpoint.note_verified(chat, key, t))


def _key(raw: Raw) -> str:
    return str(raw.get("key") or "")


def _chat(raw: Raw) -> str:
    return str(raw.get("chat") or "")


def _time(raw: Raw) -> int:
    """The time in epoch seconds; 0 if the page does not know it or reports no valid time."""
    t = raw.get("t")
    return int(t) if isinstance(t, int | float) and 0 <= t <= _LATEST else 0
