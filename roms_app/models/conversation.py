"""A customer's conversation with the business, and who was given it why."""

from enum import IntEnum, StrEnum

from sqlalchemy import BigInteger, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from roms_app.models.base import enum_field, epoch_field


class ConversationStatus(StrEnum):
    """Whether somebody still has to act."""

    OPEN = "open"
    RESOLVED = "resolved"


class Priority(IntEnum):
    """What is given out first; age decides among equals. The numbers are what the database sorts by."""

    LOW = -1
    NORMAL = 0
    HIGH = 1
    URGENT = 2


class Conversation(SQLModel, table=True):
    """One chat with one customer. What a list row shows is kept here, so that a list is one query."""

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
        # A merge deletes a row, and tabs and drafts still name its id: SQLite must never give it to another customer.
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    inbox_id: int = Field(foreign_key="inbox.id", index=True)
    #: One customer, one thread: @lid and @c.us variants of a chat meet in the contact.
    contact_id: int = Field(foreign_key="contact.id", unique=True)
    #: WhatsApp's own id of the chat, often @lid; replies go there.
    chat_jid: str = Field(max_length=128)
    status: ConversationStatus = enum_field(ConversationStatus, ConversationStatus.OPEN)
    assignee_id: int | None = Field(default=None, foreign_key="agent.id")
    #: Only members of this team are given it; NULL: everybody who answers the inbox.
    team_id: int | None = Field(default=None, foreign_key="team.id")
    #: A `Priority`.
    priority: int = 0
    #: A person decided who has it, or that nobody has: the engine leaves it alone until it is opened again.
    is_by_hand: bool = False
    #: When the response timer fires (epoch ms): it was given by the engine, and was not answered yet.
    due_at: int | None = epoch_field(None)
    #: How often the response timer returned it since the customer began to wait.
    response_rounds: int = 0
    #: From whom it went back into the queue: the engine gives it to anybody but them.
    returned_from_id: int | None = Field(default=None, foreign_key="agent.id")
    #: Since when (epoch ms) the admins are asked to look; NULL: they need not.
    escalated_at: int | None = epoch_field(None)
    #: The newest `assignment`: why it is whose it is.
    assignment_id: int | None = None
    #: The newest message by WhatsApp's time, denormalised for the list.
    last_message_id: int | None = Field(default=None, sa_type=BigInteger)
    last_message_at: int = epoch_field()
    last_message_preview: str = Field(default="", max_length=200)
    #: Received since an agent last looked.
    unread_count: int = 0
    #: Since when the customer waits for an answer; NULL when nobody waits.
    waiting_since: int | None = epoch_field(None)
    #: Counts up with every change, so that a browser never lets an older patch overwrite a newer one.
    version: int = 1
    created_at: int = epoch_field()
    resolved_at: int | None = epoch_field(None)


class AssignmentKind(StrEnum):
    """How a conversation came to its agent, to its team, or back into the queue; and what was decided of it there."""

    #: The engine: whose turn it was.
    AUTOMATIC = "automatic"
    #: The engine: who answered this customer last.
    STICKY = "sticky"
    #: An agent took it, by the button or by answering.
    TAKEN = "taken"
    #: A person gave it to an agent, or to a team.
    HANDED_OVER = "handed_over"
    #: A routing rule chose its team.
    ROUTED = "routed"
    #: Whoever had it gave it back, or left: it waits in the queue.
    RETURNED = "returned"
    #: The response timer took it back.
    TIMED_OUT = "timed_out"
    #: The response timer told the admins.
    ESCALATED = "escalated"
    #: A person took it from everybody; it is given out no more.
    UNASSIGNED = "unassigned"
    #: A person resolved it; whose it is stays as it was.
    RESOLVED = "resolved"


class Assignment(SQLModel, table=True):
    """One decision about who answers, with its reason. Never updated."""

    # The supervisor's page asks for each agent's newest turn.
    __table_args__ = (Index("ix_assignment_turn", "agent_id", "kind", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: int = Field(foreign_key="conversation.id", index=True)
    #: NULL: nobody has it now.
    agent_id: int | None = Field(default=None, foreign_key="agent.id")
    #: Its team from now on; NULL: none.
    team_id: int | None = Field(default=None, foreign_key="team.id")
    #: Who decided; NULL is the engine.
    decided_by_id: int | None = Field(default=None, foreign_key="agent.id")
    kind: AssignmentKind = enum_field(AssignmentKind)
    #: A `domain.reasons.ReasonCode`, or one of a newer version.
    reason_code: str = Field(max_length=64)
    #: Its parameters as JSON.
    reason_params: str = Field(default="{}", sa_type=Text)
    #: What a person wrote to who gets it.
    note: str = Field(default="", sa_type=Text)
    at: int = epoch_field()
