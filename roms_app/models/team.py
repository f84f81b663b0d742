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
    """A word that agents add to conversations."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, max_length=40)
    created_at: int = epoch_field()


class ConversationLabel(SQLModel, table=True):
    """A label on a conversation."""

    __tablename__ = "conversation_label"  # pyright: ignore[reportAssignmentType]

    conversation_id: int = Field(foreign_key="conversation.id", primary_key=True)
    label_id: int = Field(foreign_key="label.id", primary_key=True, index=True)


class RuleKind(StrEnum):
    """What a routing rule matches."""

    #: One of its words is a whole word in the customer's text.
    KEYWORD = "keyword"
    #: A word in the customer's text begins with one of its words: Indonesian "ongkir" in "ongkirnya".
    WORD_START = "word_start"
    #: One of its words is anywhere in the customer's text: "kirim" in "dikirim".
    WORD_PART = "word_part"
    #: The conversation has its label.
    LABEL = "label"
    #: The customer has never written before.
    FIRST_CONTACT = "first_contact"


class RoutingRule(SQLModel, table=True):
    """A routing rule. The first rule of an inbox that matches a conversation chooses its team."""

    __tablename__ = "routing_rule"  # pyright: ignore[reportAssignmentType]

    id: int | None = Field(default=None, primary_key=True)
    inbox_id: int = Field(foreign_key="inbox.id", index=True)
    #: From 1; the lowest that matches decides.
    position: int
    kind: RuleKind = enum_field(RuleKind)
    #: For the first three kinds: words or phrases, separated by commas.
    keywords: str = Field(default="", max_length=500)
    label_id: int | None = Field(default=None, foreign_key="label.id")
    team_id: int = Field(foreign_key="team.id")
    is_active: bool = True


class AssignmentSettings(SQLModel, table=True):
    """One row with the settings of the whole team. The engine locks it while it assigns (PostgreSQL)."""

    __tablename__ = "assignment_settings"  # pyright: ignore[reportAssignmentType]

    id: int | None = Field(default=None, primary_key=True)
    #: The capacity of agents without one of their own.
    default_capacity: int = 30
