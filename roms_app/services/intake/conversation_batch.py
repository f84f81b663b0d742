"""The conversations of a batch: found or created, updated by the batch's new messages, and written once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from roms_app.domain import text
from roms_app.domain.kinds import is_answer, wants_answer
from roms_app.models import ConversationStatus, DeliveryStatus
from roms_app.models.tables import CONVERSATION, INBOX, MESSAGE
from roms_app.services import assignment, opening, response_timer, sql
from roms_app.services.intake.contacts import KnownContact
from roms_app.services.opening import Opening
from roms_app.services.response_timer import Timer
from wa_worker.contract.addressing import LID_SERVER, server_of
from wa_worker.contract.events import MessageKind, MessageReceived, MessageSent

_C = CONVERSATION.c
_WRITTEN = (
    "chat_jid", "status", "assignee_id", "last_message_id", "last_message_at", "last_message_preview", "unread_count",
    "waiting_since", "resolved_at",
)  # fmt: skip
#: Columns that describe the assignment; only read here.
_READ = ("team_id", "is_by_hand", "due_at", "escalated_at", "response_rounds", "returned_from_id")
_TIMER = ("response_minutes", "business_hours", "timezone")
_M = MESSAGE.c
#: A queued reply has a time of our own clock, which is not its place in the thread yet.
_IS_PLACED = and_(_M.conversation_id == _C.id, _M.delivery_status.is_distinct_from(DeliveryStatus.QUEUED))
_NEWEST_AT = select(_M.sent_at).where(_IS_PLACED).order_by(_M.sent_at.desc()).limit(1).scalar_subquery()
_LOCKED = (
    select(
        _C.id, _C.contact_id, *(_C[name] for name in (*_WRITTEN, *_READ)), *(INBOX.c[name] for name in _TIMER),
        _NEWEST_AT.label("newest_at"),
    )
    .join(INBOX, INBOX.c.id == _C.inbox_id)
    .where(_C.contact_id.in_(sql.among("contact_ids")))
    .order_by(_C.id)
    .with_for_update(of=CONVERSATION, key_share=True)
)  # fmt: skip


@dataclass(slots=True)
class BatchConversation:
    """A conversation as this batch sees it."""

    id: int
    chat_jid: str
    status: ConversationStatus
    assignee_id: int | None
    last_message_id: int | None
    last_message_at: int
    last_message_preview: str
    unread_count: int
    waiting_since: int | None
    resolved_at: int | None
    team_id: int | None
    is_by_hand: bool
    due_at: int | None
    escalated_at: int | None
    response_rounds: int
    returned_from_id: int | None
    #: The place (epoch ms) of the last message in the thread (`message_ordering.py`); None: the thread is empty.
    newest_at: int | None
    #: The batch created the conversation.
    is_new: bool = False
    is_changed: bool = False
    #: The customer wrote again after it was resolved. `former_assignee_id` is the assignee of that time.
    is_reopened: bool = False
    former_assignee_id: int | None = None
    #: The customer's messages while it was unassigned: message id → text.
    unassigned_texts: dict[int, str] = field(default_factory=dict[int, str])
    #: The customer was answered, so the response timer stops.
    is_answered: bool = False
    #: The customer begins to wait: nobody had to answer them before.
    begins_to_wait: bool = False

    @property
    def needs_timer(self) -> bool:
        """Whether the customer begins to wait for an agent whom the engine assigned, and no response timer runs."""
        is_theirs = self.assignee_id is not None and not self.is_by_hand
        return is_theirs and self.begins_to_wait and self.waiting_since is not None and self.due_at is None

    def add(self, event: MessageReceived | MessageSent, message_id: int, position_at: int) -> None:
        """Add a new message, in the order of arrival. `position_at`: its place in the thread (epoch ms)."""
        is_live = not event.is_history and not event.is_backfill
        # WhatsApp's time has whole seconds, ours has milliseconds. A live message is the newest because it arrives
        # last.
        is_newest = is_live or event.sent_at >= self.last_message_at // 1000 * 1000
        # In the list, WhatsApp's own notices must not hide the customer's message.
        if self.last_message_id is None or (is_newest and event.kind is not MessageKind.NOTICE):
            self.last_message_id = message_id
            self.last_message_at = max(position_at, self.last_message_at)
            self.last_message_preview = text.preview(event.body)
        if event.chat_jid != self.chat_jid and server_of(event.chat_jid) == LID_SERVER:
            self.chat_jid = event.chat_jid
        self.is_changed = True
        if event.is_history:
            return
        if isinstance(event, MessageReceived):
            if wants_answer(event.kind, event.raw_kind):
                self._receive(event, message_id)
        elif is_answer(event.kind) and (self.waiting_since is None or event.sent_at >= self.waiting_since):
            self.unread_count, self.waiting_since = 0, None
            self.is_answered = bool(self.due_at or self.escalated_at or self.response_rounds or self.returned_from_id)

    def _receive(self, event: MessageReceived, message_id: int) -> None:
        self.unread_count += 1
        if self.waiting_since is None:
            self.waiting_since, self.begins_to_wait = event.sent_at, True
        if self.status is ConversationStatus.RESOLVED:
            self.status, self.resolved_at = ConversationStatus.OPEN, None
            self.former_assignee_id, self.assignee_id = self.assignee_id, None
            self.team_id, self.is_by_hand, self.is_reopened = None, False, True
        # The customer's next words may match a rule, as long as no rule has chosen a team.
        if self.assignee_id is None and self.team_id is None and not self.is_by_hand:
            self.unassigned_texts[message_id] = event.body


class ConversationBatch:
    """The conversations of one inbox that a batch is about."""

    def __init__(self, session: Session, inbox_id: int) -> None:
        self._session = session
        self._inbox_id = inbox_id
        self._timer: Timer | None = None
        self.by_contact: dict[int, BatchConversation] = {}

    def load(self, contact_ids: Iterable[int]) -> None:
        """Read and lock the contacts' conversations, in the order of ids to prevent deadlocks."""
        for row in self._session.execute(_LOCKED, {"contact_ids": list(set(contact_ids))}):
            values = {name: getattr(row, name) for name in ("id", *_WRITTEN, *_READ, "newest_at")}
            self.by_contact[row.contact_id] = BatchConversation(**values)
            self._timer = Timer(row.response_minutes, row.business_hours, row.timezone)

    def create_missing(self, firsts: Mapping[int, tuple[KnownContact, MessageReceived | MessageSent]]) -> None:
        """Create a conversation for each contact that has none.

        New ones are resolved until a live message opens them.
        """
        missing = {id: first for id, first in firsts.items() if id not in self.by_contact}
        if not missing:
            return
        rows: list[dict[str, Any]] = []
        for contact_id, (contact, event) in missing.items():
            contact.first_seen_at, contact.is_changed = min(event.sent_at, contact.first_seen_at), True
            rows.append(
                {
                    "inbox_id": self._inbox_id,
                    "contact_id": contact_id,
                    "chat_jid": event.chat_jid,
                    "status": ConversationStatus.RESOLVED,
                    "last_message_at": event.sent_at,
                    "last_message_preview": "",
                    "unread_count": 0,
                    "version": 0,
                    "created_at": event.occurred_at,
                    "resolved_at": event.occurred_at,
                }
            )
        sql.insert_missing(self._session, CONVERSATION, rows, [_C.id])
        self.load(missing)
        for contact_id in missing:
            self.by_contact[contact_id].is_new = True

    def write(self) -> None:
        """Update what changed."""
        changed = [conversation for conversation in self.by_contact.values() if conversation.is_changed]
        rows = [
            {"id": conversation.id, **{name: getattr(conversation, name) for name in _WRITTEN}}
            for conversation in changed
        ]
        sql.update_by_id(self._session, CONVERSATION, rows)
        answered = response_timer.answered_values()
        done = [{"id": conversation.id, **answered} for conversation in changed if conversation.is_answered]
        sql.update_by_id(self._session, CONVERSATION, done)
        if self._timer is not None:
            response_timer.start(
                self._session, [conversation.id for conversation in changed if conversation.needs_timer], self._timer
            )

    def assign_unassigned(self) -> None:
        """Let the engine assign unassigned conversations in which the customer wrote."""
        openings = [
            Opening(
                conversation.id,
                "\n".join(conversation.unassigned_texts.values()),
                message_ids=list(conversation.unassigned_texts),
                is_new=conversation.is_new,
                is_reopened=conversation.is_reopened and not conversation.is_new,
                former_assignee_id=conversation.former_assignee_id,
            )
            for conversation in self.by_contact.values()
            if conversation.unassigned_texts and conversation.assignee_id is None
        ]
        opening.open_conversations(self._session, self._inbox_id, openings)
        if any(
            conversation.is_answered and conversation.assignee_id is None for conversation in self.by_contact.values()
        ):
            # It was answered on the phone, so the agent from whom it was taken may have it again.
            assignment.drain_inbox(self._session, self._inbox_id)
