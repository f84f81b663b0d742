"""Looking back: what was missed is read from the page's own store, from the checkpoint on, and then published.

Runs after each load once the number is live, after Redis was away, every few minutes, and when asked.
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
from wa_worker.page.kinds import Raw
from wa_worker.page.whatsapp_page import WhatsAppPage
from wa_worker.receiving.checkpoint import Checkpoint
from wa_worker.receiving.inbound import Inbound
from wa_worker.stream.publisher import Publisher

_log: Final = structlog.get_logger(__name__)
#: Few: each may take 15 s, and only between two calls is it seen that the store hangs.
_CHATS_A_CALL: Final = 4
#: So many chats in a row without an answer: it is not they, the page's store hangs.
_HANGS: Final = 3
#: WhatsApp's clock and ours may differ.
_SKEW_SECONDS: Final = 600
#: What Redis was given so lately may not be on its disk yet (it writes once a second): it moves no checkpoint.
_SETTLE_SECONDS: Final = 5
#: How long an undecrypted message is waited for: its chat is read again from there.
_CIPHERTEXT_SECONDS: Final = 86_400
#: As much as a time can be (epoch s).
_LATEST: Final = LATEST_MS // 1000
#: How far back ticks, edits, deletions and reactions are told again after an absence.
_CHANGED_SECONDS: Final = 2 * 86_400


def _later(seconds: float, move: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_later(seconds, move)


@dataclass
class _Run:
    """One look-back. `began` in epoch ms; `generation`: of the checkpoint, then; `unanswered`: chats in a row."""

    began: int
    away_from: int | None
    generation: int
    recovered: int = 0
    read: int = 0
    unanswered: int = 0

    def raise_if_hung(self) -> None:
        """Raises PageTimeout when the store seems to answer for no chat."""
        if self.unanswered >= _HANGS:
            raise PageTimeout(f"the page's store did not answer for {self.unanswered} chats in a row")


@dataclass
class Backfiller:
    """One number's looking back."""

    inbox_id: int
    publisher: Publisher
    checkpoint: Checkpoint
    inbound: Inbound
    history_seconds: int
    #: Calls back after so many seconds.
    later: Callable[[float, Callable[[], None]], None] = _later
    #: How many of what was dropped (`Inbound.dropped`) have been made up for.
    healed: int = 0
    #: Chats of which this process must publish once more what it published already; until they have been read.
    unrepeated: set[str] = field(default_factory=set[str])
    #: Chats of which it is not known yet what changed in an absence; until they have been read.
    untold: set[str] = field(default_factory=set[str])
    #: A look-back that has not ended: the next one's receipt of the gap begins with what it had found.
    unended: _Run | None = None

    async def run(
        self, page: WhatsAppPage, *, after_absence: bool, is_caught_up: bool, repeat: bool = False, hold: bool = True
    ) -> int:
        """Publish what was missed; how many that were. `repeat`: also what this process published already.

        `is_caught_up`: WhatsApp has handed this page what came while it was away; sooner, nothing can be said of chats
        that the page does not know yet. `hold`: what comes meanwhile in a chat waits until that has been read.
        Raises PageError; then nothing was marked as read that was not published, what is held stays held but for chats
        that were left out, and the caller tries again. A store that hangs is given up while something is held; else
        each chat is asked for, because the store may answer for those behind.
        """
        dropped = self.inbound.dropped
        after_absence = after_absence or dropped > self.healed
        run = self.unended = self._begin(after_absence=after_absence)
        heads = [head for head in await page.chats() if self._is_worth_a_look(head, repeat)]
        if repeat:
            self.unrepeated.update(head["chat"] for head in heads)
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
        if after_absence or self.untold:
            await self._tell_changes(page, is_anew=after_absence)
        if after_absence:
            self.healed = dropped
        await self._log_ignored(page)
        self._tell_gap(run)
        self.unended = None
        if not run.read:
            run.raise_if_hung()
        return run.recovered

    def _begin(self, *, after_absence: bool) -> _Run:
        away_from = self.checkpoint.heard_at if after_absence else self.checkpoint.covered_at
        run = _Run(now_ms(), away_from, self.checkpoint.generation)
        if self.unended and self.unended.recovered and away_from is not None:
            # What that one published is known now, and nobody would count it. Without a time another number is paired.
            run.away_from, run.recovered = self.unended.away_from, self.unended.recovered
        return run

    def _when_redis_has_it(self, run: _Run, move: Callable[[], None]) -> None:
        """Move a position once Redis has all that was put on its disk, unless it has forgotten what lay before."""

        def settled() -> None:
            if run.generation == self.checkpoint.generation:
                move()

        self.publisher.put_marker(lambda: self.later(_SETTLE_SECONDS, settled))

    def _tell_gap(self, run: _Run) -> None:
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
        """What was not shown is counted: by WhatsApp's word for it, and by the server of chats nobody follows."""
        servers = await page.ignored()
        if servers:
            _log.info("message.chats_skipped", inbox_id=self.inbox_id, servers=servers)
        if self.inbound.not_shown:
            _log.info("message.kinds_skipped", inbox_id=self.inbox_id, kinds=dict(self.inbound.not_shown))
            self.inbound.not_shown.clear()

    async def _tell_changes(self, page: WhatsAppPage, *, is_anew: bool) -> None:
        """What became of messages that were told before: all of it again, for nobody knows what was heard.

        Not `is_anew`: of the chats only that could not be read when it was.
        """
        floor = int(time.time()) - _CHANGED_SECONDS
        recent = [head["chat"] for head in await page.chats() if head["t"] >= floor]
        if is_anew:
            self.inbound.take_acks(await page.acks(floor))
        self.untold = set(recent) if is_anew else self.untold.intersection(recent)
        chats = [chat for chat in recent if chat in self.untold]
        reactions = self.checkpoint.reactions
        for start in range(0, len(chats), _CHATS_A_CALL):
            asked = {chat: reactions.about(chat) for chat in chats[start : start + _CHATS_A_CALL]}
            for answer in await page.changes(asked, floor):
                if "error" in answer:
                    _log.warning("changes.read_failed", inbox_id=self.inbox_id, error=answer["error"][:200])
                    continue
                gone = reactions.taken_back(answer["looked_at"], answer["changes"])
                self.inbound.take_changes([*answer["changes"], *gone])
                self.untold.discard(answer["chat"])

    def _is_worth_a_look(self, head: ChatHead, repeat: bool) -> bool:
        """Cheap: most chats have not moved since the last time."""
        verified = self.checkpoint.verified(head["chat"])
        if verified is None:
            return head["unread"] > 0 or head["t"] >= self._floor()
        if head["newest"] == verified[0]:
            return False
        return repeat or head["chat"] in self.unrepeated or head["t"] >= verified[1]

    def _floor(self, *, is_unread: bool = False) -> int:
        """From when (epoch s) a chat is read that has no checkpoint; an unread one whatever was covered."""
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
                must_repeat = answer["chat"] in self.unrepeated
                self._publish(answer["messages"], anchor, run, must_repeat=must_repeat)
                self._verify(answer["chat"], [raw for raw in answer["messages"] if _key(raw) != anchor], run)
                self.unrepeated.discard(answer["chat"])
                run.read += 1
            self.inbound.release(answer["chat"])

    def _publish(self, messages: list[Raw], anchor: str | None, run: _Run, *, must_repeat: bool) -> None:
        """Publish a chat's messages, oldest first, and count those that had been missed. Each names the one before it.

        What stands behind one that is published, within its second, is published as well, though the app has heard of
        it: it came too early.
        """
        heard = [i for i, raw in enumerate(messages) if self.checkpoint.was_heard_before(_chat(raw), _key(raw))]
        missed_from = heard[-1] + 1 if heard else 0
        follows, told_at = None, -1
        for index, raw in enumerate(messages):
            is_known = self.checkpoint.was_published(_key(raw)) and not self.inbound.is_decrypted_now(raw)
            is_coming = is_known and (not must_repeat or self.checkpoint.is_queued(_key(raw)))
            if _key(raw) == anchor or (is_coming and _time(raw) != told_at):
                follows = raw.get("id")
                continue
            if _has_failed(raw) or not self.inbound.publish_message(raw, is_backfill=True, follows=follows):
                continue
            follows, told_at = raw.get("id"), _time(raw)
            if not is_known and index >= missed_from and run.away_from is not None:
                run.recovered += int(self._was_missed(raw, run.away_from))

    def _was_missed(self, raw: Raw, away_from: int) -> bool:
        """It came while nobody listened and somebody should have: groups are followed since that was switched on."""
        groups_since = self.checkpoint.groups_since or 0
        is_followed = server_of(_chat(raw)) != GROUP_SERVER or _time(raw) * 1000 >= groups_since
        return is_followed and _time(raw) >= away_from // 1000 - _SETTLE_SECONDS

    def _verify(self, chat: str, messages: list[Raw], run: _Run) -> None:
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
            self._when_redis_has_it(run, lambda: self.checkpoint.note_verified(chat, key, t))


def _key(raw: Raw) -> str:
    return str(raw.get("key") or "")


def _chat(raw: Raw) -> str:
    return str(raw.get("chat") or "")


def _time(raw: Raw) -> int:
    """Epoch seconds; 0 when the page does not know it, or tells what can't be a time."""
    t = raw.get("t")
    return int(t) if isinstance(t, int | float) and 0 <= t <= _LATEST else 0


def _has_failed(raw: Raw) -> bool:
    """A message of ours that WhatsApp did not take."""
    ack = raw.get("ack")
    return bool(raw.get("fromMe")) and isinstance(ack, int) and ack < 0
