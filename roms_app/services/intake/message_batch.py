"""The messages of a batch: which are known, which are new, and the delivery status of ours."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, and_, bindparam, cast, func, null, or_, select, true, union_all, update
from sqlalchemy.orm import Session

from roms_app.domain import delivery, text
from roms_app.models import DeliveryStatus, Direction, SenderType
from roms_app.models.tables import CONVERSATION, MESSAGE, PENDING_EVENT
from roms_app.services import attachments, changes, sql
from roms_app.services.intake import pending_events
from wa_worker.contract.events import AnyEvent, MessageEdited, MessageKind, MessageReceived, MessageRevoked, MessageSent
from wa_worker.contract.reasons import SendFailure

_M = MESSAGE.c
_E = PENDING_EVENT.c
_NONE = null()
#: Known messages and their pending events, in one statement, so that the rare pending events cost nothing extra.
_KNOWN = union_all(
    select(
        _M.id, _M.conversation_id, _M.direction, _M.wa_message_id, _M.kind, _M.sender_type, _M.sent_at,
        _M.delivery_status, _M.created_at, cast(_NONE, Text).label("event"),
    ).where(_M.inbox_id == bindparam("inbox_id"), _M.wa_message_id.in_(sql.among("wa_message_ids"))),
    select(
        _E.id, cast(_NONE, _M.conversation_id.type), cast(_NONE, _M.direction.type), _E.wa_message_id,
        cast(_NONE, _M.kind.type), cast(_NONE, _M.sender_type.type), _E.noted_at,
        cast(_NONE, _M.delivery_status.type), cast(_NONE, _M.created_at.type), _E.event,
    ).where(_E.inbox_id == bindparam("inbox_id"), _E.wa_message_id.in_(sql.among("wa_message_ids"))),
)  # fmt: skip
#: A message typed on the phone was never in our queue.
_IS_WITH_WORKER = or_(_M.relayed_at.is_not(None), _M.sender_type != SenderType.AGENT)
Key = tuple[Direction, str]


@dataclass(slots=True)
class KnownMessage:
    """A message that is in the database."""

    id: int
    conversation_id: int
    kind: MessageKind
    sender_type: SenderType
    sent_at: int
    #: Its WhatsApp time is known. Until then a reply of ours has the time of our clock.
    is_placed: bool = True


def key_of(event: MessageReceived | MessageSent) -> Key:
    """The identity of a message: its WhatsApp id and its direction, never the serialized key."""
    return Direction.OUTBOUND if isinstance(event, MessageSent) else Direction.INBOUND, event.wa_message_id


class MessageBatch:
    """The messages of one inbox that a batch is about."""

    def __init__(self, session: Session, inbox_id: int) -> None:
        self._session = session
        self._inbox_id = inbox_id
        self.known: dict[Key, KnownMessage] = {}
        self._pending: dict[int, Any] = {}
        self._acks: dict[int, tuple[DeliveryStatus, str | None]] = {}

    def load(self, wa_message_ids: Iterable[str]) -> None:
        """Read which of these messages are known, and their pending events."""
        for some in sql.chunks(sorted(set(wa_message_ids))):
            for row in self._session.execute(_KNOWN, {"inbox_id": self._inbox_id, "wa_message_ids": some}):
                if row.event is not None:
                    self._pending[row.id] = row
                    continue
                known = KnownMessage(
                    row.id,
                    row.conversation_id,
                    row.kind,
                    row.sender_type,
                    row.sent_at,
                    is_placed=row.delivery_status is not DeliveryStatus.QUEUED and row.sent_at != row.created_at,
                )
                self.known[row.direction, row.wa_message_id] = known

    def take_pending(self) -> list[AnyEvent]:
        """The pending events of messages that are known by now, oldest first. Each is returned once."""
        known = {wa_message_id for _, wa_message_id in self.known}
        arrived = [row for row in self._pending.values() if row.wa_message_id in known]
        self._pending.clear()
        return pending_events.take(self._session, arrived)

    def insert(self, new: Sequence[tuple[MessageReceived | MessageSent, int, int]]) -> set[Key]:
        """Insert (event, conversation id, place in the thread in epoch ms), in this order.

        Returns the keys of the messages that are new.
        """
        rows = [{**_row_of(event, conversation_id), "sent_at": at} for event, conversation_id, at in new]
        inserted = sql.insert_missing(self._session, MESSAGE, rows, [_M.id, _M.direction, _M.wa_message_id])
        ids: dict[Key, int] = {(row.direction, row.wa_message_id): row.id for row in inserted}
        for event, conversation_id, at in new:
            key = key_of(event)
            if key in ids:
                sender = SenderType.DEVICE if isinstance(event, MessageSent) else SenderType.CONTACT
                self.known[key] = KnownMessage(ids[key], conversation_id, event.kind, sender, at)
        # Another process inserted these first.
        self.load(event.wa_message_id for event, _, _ in new if key_of(event) not in ids)
        self._expect_files(event for event, _, _ in new)
        return set(ids)

    def repeat(self, events: Iterable[MessageReceived | MessageSent], place_of: Callable[[Key], int]) -> None:
        """Handle messages that are known already; most repetitions contain nothing new.

        `place_of`: the place in the thread, epoch ms.
        """
        some = list(events)
        deciphered: list[dict[str, Any]] = []
        timed: list[dict[str, Any]] = []
        for event in some:
            known = self.known[key_of(event)]
            self.touch(known, event.occurred_at)
            if isinstance(event, MessageSent):
                self.acknowledge(event.wa_message_id, delivery.status_of_ack(event.ack), event.occurred_at)
            if (at := place_of(key_of(event))) != known.sent_at:
                known.sent_at = at
                timed.append({"id": known.id, "sent_at": at})
            if known.kind is MessageKind.UNDECRYPTED and event.kind is not MessageKind.UNDECRYPTED:
                known.kind = event.kind
                deciphered.append(
                    {"id": known.id, "kind": event.kind, "raw_kind": event.raw_kind, "body": event.body,
                     "quoted_wa_message_id": event.quoted_wa_message_id, "is_forwarded": event.is_forwarded}
                )  # fmt: skip
            elif event.is_edited:
                self._reword(known, event.body, event.occurred_at)
        sql.update_by_id(self._session, MESSAGE, timed)
        sql.update_by_id(self._session, MESSAGE, deciphered)
        self._show([(row["id"], text.preview(row["body"])) for row in deciphered])
        self._expect_files(some)

    def _reword(self, known: KnownMessage, body: str, at: int) -> None:
        """Apply an edit that was missed while no worker listened.

        A message that was edited again later keeps its newer text.
        """
        is_other = (_M.id == known.id, _M.body != body, func.coalesce(_M.edited_at, 0) <= at)
        values = {"body": body, "edited_at": at}
        changed = self._session.execute(
            update(MESSAGE).where(*is_other).values(values).returning(_M.revoked_at)
        ).first()
        if changed is not None and changed.revoked_at is None:
            self._show([(known.id, text.preview(body))])

    def _expect_files(self, events: Iterable[MessageReceived | MessageSent]) -> None:
        facts = [(self.known[key_of(event)].id, event.media) for event in events if event.media is not None]
        attachments.expect(self._session, facts)

    def acknowledge(
        self, wa_message_id: str, status: DeliveryStatus, occurred_at: int, reason: str | None = None
    ) -> None:
        """Note the new status of a message of ours; `write_acks` saves it. Ids that are unknown here are ignored."""
        known = self.known.get((Direction.OUTBOUND, wa_message_id))
        if known is None:
            return
        noted, _ = self._acks.get(known.id, (DeliveryStatus.QUEUED, None))
        if delivery.further(noted, status) is status:
            self._acks[known.id] = status, reason
        self.touch(known, occurred_at)

    def write_acks(self) -> None:
        """Save the noted statuses. A status only moves up, whatever was written meanwhile."""
        targets: defaultdict[tuple[DeliveryStatus, str | None], list[int]] = defaultdict(list)
        for message_id, target in self._acks.items():
            targets[target].append(message_id)
        self._acks.clear()
        for (status, reason), ids in targets.items():
            if status is DeliveryStatus.QUEUED:
                continue
            reason = (reason or SendFailure.REFUSED.value) if status is DeliveryStatus.FAILED else None
            # A message that an agent has queued again is not with the worker yet: the failure is about the earlier
            # attempt.
            is_meant = _IS_WITH_WORKER if status is DeliveryStatus.FAILED else true()
            for some in sql.chunks(sorted(ids)):
                may_move = and_(_M.id.in_(some), _M.delivery_status.in_(delivery.below(status)), is_meant)
                values = {"delivery_status": status, "failure_reason": reason, "held_until": None, "hold_reason": None}
                self._session.execute(update(MESSAGE).where(may_move).values(values))

    def change(self, events: Iterable[MessageEdited | MessageRevoked]) -> None:
        """Apply edits and deletions. Those of messages that ROMS does not have are ignored."""
        for event in events:
            direction = Direction.OUTBOUND if event.is_from_me else Direction.INBOUND
            known = self.known.get((direction, event.wa_message_id))
            if known is None:
                continue
            if isinstance(event, MessageEdited):
                self._reword(known, event.body, event.occurred_at)
            else:
                is_new = (_M.id == known.id, _M.revoked_at.is_(None))
                self._session.execute(update(MESSAGE).where(*is_new).values(revoked_at=event.occurred_at))
                self._show([(known.id, "")])
            self.touch(known, event.occurred_at)

    def touch(self, known: KnownMessage, occurred_at: int) -> None:
        """Note a message as changed, so that it is announced."""
        changes.mark_changed(self._session, known.conversation_id, message_ids=[known.id], occurred_at=occurred_at)

    def _show(self, previews: Sequence[tuple[int, str]]) -> None:
        """Show the new text in the list, where the message is the newest."""
        for message_id, shown in previews:
            newest = CONVERSATION.c.last_message_id == message_id
            self._session.execute(update(CONVERSATION).where(newest).values(last_message_preview=shown))


def _row_of(event: MessageReceived | MessageSent, conversation_id: int) -> dict[str, Any]:
    is_ours = isinstance(event, MessageSent)
    status = delivery.status_of_ack(event.ack) if isinstance(event, MessageSent) else None
    return {
        "inbox_id": event.inbox_id,
        "conversation_id": conversation_id,
        "direction": Direction.OUTBOUND if is_ours else Direction.INBOUND,
        "wa_message_id": event.wa_message_id,
        # A message from our number without a row of ours was typed on the phone, or on another linked device.
        "sender_type": SenderType.DEVICE if is_ours else SenderType.CONTACT,
        "kind": event.kind,
        "raw_kind": event.raw_kind,
        "body": event.body,
        "quoted_wa_message_id": event.quoted_wa_message_id,
        "delivery_status": status,
        "failure_reason": SendFailure.REFUSED.value if status is DeliveryStatus.FAILED else None,
        "created_at": event.occurred_at,
        "is_history": event.is_history,
        "is_forwarded": event.is_forwarded,
        "edited_at": event.occurred_at if event.is_edited else None,
        "author_jid": event.author_jid,
        "author_name": event.author_name,
    }
