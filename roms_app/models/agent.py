"""Agents and their browser sessions."""

from enum import StrEnum

from sqlmodel import Field, SQLModel

from roms_app.models.base import enum_field, epoch_field


class Role(StrEnum):
    """What an agent may do. Admins pair numbers and run the team."""

    ADMIN = "admin"
    AGENT = "agent"


class Availability(StrEnum):
    """The agent's intent. Presence (an open tab) is separate."""

    AVAILABLE = "available"
    BUSY = "busy"
    AWAY = "away"


class Agent(SQLModel, table=True):
    """A person who answers customers."""

    id: int | None = Field(default=None, primary_key=True)
    #: Stored in lower case.
    email: str = Field(unique=True, max_length=254)
    name: str = Field(max_length=120)
    password_hash: str = Field(max_length=200)
    role: Role = enum_field(Role, Role.AGENT)
    is_active: bool = True
    availability: Availability = enum_field(Availability, Availability.AVAILABLE)
    #: en or id.
    language: str = Field(default="en", max_length=8)
    #: An IANA timezone.
    timezone: str = Field(default="Asia/Jakarta", max_length=64)
    #: When a tab of this agent last reported its presence; the grace period is 90 s.
    seen_at: int | None = epoch_field(None)
    #: The most open conversations that the engine assigns to them; NULL: the team's default.
    capacity: int | None = None
    #: Agents without it only read, and are assigned nothing.
    may_reply: bool = True
    #: Their shift in their timezone, in the format of `domain.hours`; NULL: always on shift.
    shift_hours: str | None = Field(default=None, max_length=1000)
    #: The end (epoch ms) of the last shift for which they have handed over or kept their open conversations.
    shift_closed_at: int | None = epoch_field(None)
    created_at: int = epoch_field()


class AgentSession(SQLModel, table=True):
    """A signed-in browser. Only the SHA-256 of its cookie is stored."""

    __tablename__ = "agent_session"  # pyright: ignore[reportAssignmentType]

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True, max_length=64)
    agent_id: int = Field(foreign_key="agent.id", index=True)
    created_at: int = epoch_field()
    expires_at: int = epoch_field(0)


class LoginTicket(SQLModel, table=True):
    """A one-time ticket that the login handler gives the browser to exchange for its cookie."""

    __tablename__ = "login_ticket"  # pyright: ignore[reportAssignmentType]

    ticket_hash: str = Field(primary_key=True, max_length=64)
    agent_id: int = Field(foreign_key="agent.id")
    expires_at: int = epoch_field(0)
