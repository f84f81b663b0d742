"""The order of messages in a thread, which is sorted by (sent_at, id).

WhatsApp's time has whole seconds. Within a second, messages are in the order in which ROMS received them. A backfilled
message is placed exactly where WhatsApp has it: milliseconds after the message that it follows, and never outside its
second. Agents' replies are sent in the order of their ids and keep it. The next reply may have been placed before a
backfill that had read the chat without it; then it is moved behind the reply before it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from roms_app.domain import text
from roms_app.models import DeliveryStatus, Direction, SenderType
from roms_app.models.tables import CONVERSATION, MESSAGE
from roms_app.services import changes, sql
from roms_app.services.intake.message_batch import Key, KnownMessage, key_of
from wa_worker.contract.events import MessageKind, MessageReceived, MessageSent

_SECOND: Final = 1000
#: A message without an id sorts behind all others.
_AFTER_ALL_STORED: Final = 1 << 63
_C, _M = CONVERSATION.c, MESSAGE.c
_not_notice = MESSAGE.alias().c
_LAST = (
    select(_not_notice.id)
    .where(_not_notice.conversation_id == _C.id, _not_notice.kind != MessageKind.NOTICE)
    .order_by(_not_notice.sent_at.desc(), _not_notice.id.desc())
    .limit(1)
    .correlate(CONVERSATION)
    .scalar_subquery()
)
_OTHER_NEWEST = select(_C.id, _C.last_message_at, _M.id.label("message_id"), _M.sent_at, _M.body, _M.revoked_at).where(
    _C.id.in_(sql.among("ids")), _M.id == _LAST, _C.last_message_id != _M.id
)
#: Messages at the beginning of their second need not be read. A queued reply has no position yet.
_MOVED = select(_M.conversation_id, _M.sent_at).where(
    _M.conversation_id.in_(sql.among("ids")),
    _M.sent_at > bindparam("since"),
    _M.sent_at < bindparam("until"),
    _M.sent_at % _SECOND != 0,
    _M.delivery_status.is_distinct_from(DeliveryStatus.QUEUED),
)
_OVERTAKEN = (
    update(MESSAGE)
    .where(
        _M.conversation_id == bindparam("conversation"),
        _M.sender_type == SenderType.AGENT,
        _M.id > bindparam("reply"),
        _M.sent_at >= bindparam("since"),
        _M.sent_at < bindparam("at"),
        # A reply whose acknowledgement is in this batch has its position, although its new status is saved later.
        or_(_M.delivery_status.is_distinct_from(DeliveryStatus.QUEUED), _M.id.in_(sql.among("acknowledged"))),
    )
    .values(sent_at=bindparam("at"))
    .returning(_M.id)
)


@dataclass(frozen=True, slots=True, order=True)
class _Position:
    sent_at: int
    id: int
    conversation_id: int


class MessagePositions:
    """The positions of a batch's messages, found before they are written. Call `place` with the oldest first."""

    def __init__(self, session: Session, known: Mapping[Key, KnownMessage], newest: Mapping[int, int]) -> None:
        """`newest`: conversation id → position of its last message (epoch ms)."""
        self._session = session
        self._known = known
        self._newest = newest
        #: (Conversation id, second) → position of its last message.
        self._ends = {(id, at // _SECOND): at for id, at in newest.items()}
        self._positions: dict[Key, _Position] = {}
        #: Agents' replies that were moved, by message id.
        self._moved_replies: dict[int, _Position] = {}
        #: Conversations whose newest message may differ from the one that was received last.
        self.possibly_outdated: set[int] = set()

    def place(self, event: MessageReceived | MessageSent, conversation_id: int) -> None:
        """Find the position of a message. A later event may move it."""
        key = key_of(event)
        assigned = self._positions.get(key)
        position = assigned or self._initial_position(event, key, conversation_id)
        predecessor = self._predecessor(event, position.conversation_id)
        if predecessor is not None and position < predecessor:
            position = _moved_behind(position, predecessor)
            self.possibly_outdated.add(position.conversation_id)
            if (known := self._known.get(key)) is not None and known.sender_type is SenderType.AGENT:
                self._moved_replies[known.id] = position
        self._positions[key] = position
        second = position.conversation_id, position.sent_at // _SECOND
        self._ends[second] = max(self._ends.get(second, 0), position.sent_at)

    def read_predecessors(self, events: Iterable[tuple[MessageReceived | MessageSent, int]]) -> None:
        """Read the predecessors of messages that arrive after later ones. `events`: (event, conversation id).

        Costs nothing if there are none. Call this before `place`.
        """
        late = {
            (conversation_id, event.sent_at // _SECOND)
            for event, conversation_id in events
            if _is_live(event) and event.sent_at // _SECOND < self._newest.get(conversation_id, 0) // _SECOND
        }
        self._read_moved(late)

    def read_predecessors_of_replies(self, events: Iterable[MessageReceived | MessageSent]) -> None:
        """The same for replies of ours that WhatsApp has accepted: messages moved by a backfill come before them."""
        replies = ((event, self._known.get(key_of(event))) for event in events if _is_live(event))
        self._read_moved({(known.conversation_id, event.sent_at // _SECOND) for event, known in replies
                          if known is not None and not known.is_placed})  # fmt: skip

    def of(self, key: Key) -> int:
        """The position of the message in its thread (epoch ms)."""
        return self._positions[key].sent_at

    def keep_replies_in_order(self) -> None:
        """Move later replies of the same second behind the ones that were moved. Call this once those are written."""
        if not self._moved_replies:
            return
        acknowledged = [known.id for key in self._positions if (known := self._known.get(key)) is not None]
        for id, position in self._moved_replies.items():
            where = {
                "conversation": position.conversation_id,
                "reply": id,
                "since": position.sent_at // _SECOND * _SECOND,
                "at": position.sent_at,
                "acknowledged": acknowledged,
            }
            moved = self._session.execute(_OVERTAKEN, where).scalars().all()
            changes.mark_changed(self._session, position.conversation_id, message_ids=moved)

    def _read_moved(self, late: Collection[tuple[int, int]]) -> None:
        """Read the positions of messages that were moved within their second. `late`: (conversation id, second)."""
        if not late:
            return
        seconds = [second for _, second in late]
        span = {"since": min(seconds) * _SECOND, "until": (max(seconds) + 1) * _SECOND}
        for row in self._session.execute(_MOVED, {"ids": list({id for id, _ in late}), **span}):
            second = row.conversation_id, row.sent_at // _SECOND
            self._ends[second] = max(self._ends.get(second, 0), row.sent_at)

    def _initial_position(self, event: MessageReceived | MessageSent, key: Key, conversation_id: int) -> _Position:
        if (known := self._known.get(key)) is not None:
            at, second = known.sent_at, event.sent_at // _SECOND
            # The time of our own clock only counted while WhatsApp had no time of the reply.
            if known.sender_type is SenderType.AGENT and not (known.is_placed and at // _SECOND == second):
                end = self._ends.get((known.conversation_id, second), 0) if _is_live(event) else 0
                at = max(event.sent_at, end)
            return _Position(at, known.id, known.conversation_id)
        second = event.sent_at // _SECOND
        if event.is_backfill and self._newest.get(conversation_id, 0) // _SECOND == second:
            self.possibly_outdated.add(conversation_id)
        sent_at = max(event.sent_at, self._ends.get((conversation_id, second), 0)) if _is_live(event) else event.sent_at
        return _Position(sent_at, _AFTER_ALL_STORED + len(self._positions), conversation_id)

    def _predecessor(self, event: MessageReceived | MessageSent, conversation_id: int) -> _Position | None:
        """The position of the message that this one follows, if both are in the same second and conversation."""
        if event.follows is None:
            return None
        for direction in Direction:
            key = direction, event.follows
            position = self._positions.get(key)
            if position is None and (known := self._known.get(key)) is not None:
                position = _Position(known.sent_at, known.id, known.conversation_id)
            if position is not None and position.conversation_id == conversation_id:
                return position if position.sent_at // _SECOND == event.sent_at // _SECOND else None
        return None


def _is_live(event: MessageReceived | MessageSent) -> bool:
    return not event.is_backfill and not event.is_history


def _moved_behind(position: _Position, predecessor: _Position) -> _Position:
    last = position.sent_at // _SECOND * _SECOND + _SECOND - 1
    return _Position(min(predecessor.sent_at + 1, last), position.id, position.conversation_id)


def show_newest(session: Session, conversation_ids: Iterable[int]) -> None:
    """Show the last message of the thread in the list."""
    rows = session.execute(_OTHER_NEWEST, {"ids": list(conversation_ids)}).all()
    shown = [
        {
            "id": row.id,
            "last_message_id": row.message_id,
            "last_message_at": max(row.last_message_at, row.sent_at),
            "last_message_preview": "" if row.revoked_at is not None else text.preview(row.body),
        }
        for row in rows
    ]
    sql.update_by_id(session, CONVERSATION, shown)
