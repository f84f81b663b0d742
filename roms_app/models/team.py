"""Teams, labels, the rules that route a conversation to a team, and `AssignmentSettings`: what holds for everybody."""

from enum import StrEnum

from sqlmodel import Field, SQLModel

from roms_app.models.base import enum_field, epoch_field


class Team(SQLModel, table=True):
    """Agents who answer one kind of question."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, max_length=60)
    created_at: int = epoch_field()


class TeamMember(SQLModel, table=True):
    """An agent of a team."""

    __tablename__ = "team_member"  # pyright: ignore[reportAssignmentType]

    team_id: int = Field(foreign_key="team.id", primary_key=True)
    agent_id: int = Field(foreign_key="agent.id", primary_key=True, index=True)


class Label(SQLModel, table=True):
    """A word that agents put to conversations."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, max_length=40)
    created_at: int = epoch_field()


class ConversationLabel(SQLModel, table=True):
    """A conversation has a label."""

    __tablename__ = "conversation_label"  # pyright: ignore[reportAssignmentType]

    conversation_id: int = Field(foreign_key="conversation.id", primary_key=True)
    label_id: int = Field(foreign_key="label.id", primary_key=True, index=True)


class RuleKind(StrEnum):
    """What a routing rule looks at."""

    #: One of its words is in what the customer wrote, as a whole word.
    KEYWORD = "keyword"
    #: A word of the customer's begins with one of its words: Indonesian "ongkir" in "ongkirnya".
    WORD_START = "word_start"
    #: One of its words is anywhere in what the customer wrote: "kirim" in "dikirim".
    WORD_PART = "word_part"
    #: The conversation has its label.
    LABEL = "label"
    #: The customer never wrote before.
    FIRST_CONTACT = "first_contact"


class RoutingRule(SQLModel, table=True):
    """The first rule of an inbox that fits a conversation chooses its team."""

    __tablename__ = "routing_rule"  # pyright: ignore[reportAssignmentType]

    id: int | None = Field(default=None, primary_key=True)
    inbox_id: int = Field(foreign_key="inbox.id", index=True)
    #: From 1; the lowest that fits decides.
    position: int
    kind: RuleKind = enum_field(RuleKind)
    #: Of the first three kinds: words or phrases, separated by commas.
    keywords: str = Field(default="", max_length=500)
    label_id: int | None = Field(default=None, foreign_key="label.id")
    team_id: int = Field(foreign_key="team.id")
    is_active: bool = True


class AssignmentSettings(SQLModel, table=True):
    """One row: what holds for the whole team. Whoever gives out conversations locks it (PostgreSQL)."""

    __tablename__ = "assignment_settings"  # pyright: ignore[reportAssignmentType]

    id: int | None = Field(default=None, primary_key=True)
    #: As many open conversations an agent is given at most who has no capacity of their own.
    default_capacity: int = 30
