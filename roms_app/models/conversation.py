"""Conversations with customers, and the history of their assignments."""

from enum import IntEnum, StrEnum

from sqlalchemy import BigInteger, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from roms_app.models.base import enum_field, epoch_field


class ConversationStatus(StrEnum):
    """Whether an agent still has to act."""

    OPEN = "open"
    RESOLVED = "resolved"


class Priority(IntEnum):
    """The order of assignment; among equal priorities the oldest comes first. The database sorts by the numbers."""

    LOW = -1
    NORMAL = 0
    HIGH = 1
    URGENT = 2


class Conversation(SQLModel, table=True):
    """One chat with one customer. It contains all columns of a list row, so that a list is one query."""

    __table_args__ = (
        UniqueConstraint("inbox_id", "chat_jid"),
        Index("ix_conversation_list", "status", "last_message_at", "id"),
        Index("ix_conversation_mine", "assignee_id", "status", "last_message_at"),
        Index(
            "ix_conversation_waiting",
            "inbox_id",
            sqlite_where=text("assignee_id IS NULL AND status = 'open'"),
            postgresql_where=text("assignee_id IS NULL AND status = 'open'"),
        ),
        Index(
            "ix_conversation_due",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        # A merge deletes a row whose id tabs and drafts still use, so SQLite must never give it to another customer.
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    inbox_id: int = Field(foreign_key="inbox.id", index=True)
    #: One customer has one thread: the @lid and @c.us variants of a chat belong to the same contact.
    contact_id: int = Field(foreign_key="contact.id", unique=True)
    #: WhatsApp's own id of the chat, often @lid. Replies are sent to it.
    chat_jid: str = Field(max_length=128)
    status: ConversationStatus = enum_field(ConversationStatus, ConversationStatus.OPEN)
    assignee_id: int | None = Field(default=None, foreign_key="agent.id")
    #: Only members of this team are assigned it; NULL: everybody who answers the inbox.
    team_id: int | None = Field(default=None, foreign_key="team.id")
    #: A `Priority`.
    priority: int = 0
    #: A person assigned or unassigned it, so the engine leaves it alone until it is reopened.
    is_by_hand: bool = False
    #: When the response timer fires (epoch ms): the engine assigned it, and it was not answered yet.
    due_at: int | None = epoch_field(None)
    #: How often the response timer returned it since the customer began to wait.
    response_rounds: int = 0
    #: The agent from whom it returned to the queue. The engine assigns it to anybody else.
    returned_from_id: int | None = Field(default=None, foreign_key="agent.id")
    #: When it was escalated to the admins (epoch ms); NULL: it is not escalated.
    escalated_at: int | None = epoch_field(None)
    #: The newest `assignment`, which holds the reason for the assignee.
    assignment_id: int | None = None
    #: The newest message by WhatsApp's time, copied here for the list.
    last_message_id: int | None = Field(default=None, sa_type=BigInteger)
    last_message_at: int = epoch_field()
    last_message_preview: str = Field(default="", max_length=200)
    #: Messages received since an agent last read the thread.
    unread_count: int = 0
    #: When the customer began to wait for an answer (epoch ms); NULL: they don't wait.
    waiting_since: int | None = epoch_field(None)
    #: Incremented with every change, so that a browser never overwrites a newer patch with an older one.
    version: int = 1
    created_at: int = epoch_field()
    resolved_at: int | None = epoch_field(None)


class AssignmentKind(StrEnum):
    """How a conversation got its agent or team, or returned to the queue; or what was decided about it there."""

    #: The engine chose the next agent in turn.
    AUTOMATIC = "automatic"
    #: The engine chose the agent who answered this customer last.
    STICKY = "sticky"
    #: An agent took it, by the button or by a reply.
    TAKEN = "taken"
    #: A person assigned it to an agent or a team.
    HANDED_OVER = "handed_over"
    #: A routing rule chose its team.
    ROUTED = "routed"
    #: It returned to the queue, because its agent returned it or left.
    RETURNED = "returned"
    #: The response timer took it back.
    TIMED_OUT = "timed_out"
    #: The response timer escalated it to the admins.
    ESCALATED = "escalated"
    #: A person unassigned it; the engine does not assign it any more.
    UNASSIGNED = "unassigned"
    #: A person resolved it; the assignee stays.
    RESOLVED = "resolved"


class Assignment(SQLModel, table=True):
    """One decision about the assignee, with its reason. Never updated."""

    # The supervisor's page reads each agent's newest turn.
    __table_args__ = (Index("ix_assignment_turn", "agent_id", "kind", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: int = Field(foreign_key="conversation.id", index=True)
    #: The assignee from now on; NULL: unassigned.
    agent_id: int | None = Field(default=None, foreign_key="agent.id")
    #: The team from now on; NULL: none.
    team_id: int | None = Field(default=None, foreign_key="team.id")
    #: The person who decided; NULL: the engine.
    decided_by_id: int | None = Field(default=None, foreign_key="agent.id")
    kind: AssignmentKind = enum_field(AssignmentKind)
    #: A `domain.reasons.ReasonCode`, or one of a newer version.
    reason_code: str = Field(max_length=64)
    #: Its parameters as JSON.
    reason_params: str = Field(default="{}", sa_type=Text)
    #: A person's note to the new assignee.
    note: str = Field(default="", sa_type=Text)
    at: int = epoch_field()
