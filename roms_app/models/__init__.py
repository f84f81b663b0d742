"""The tables. Importing this package registers all of them on ``SQLModel.metadata``."""

from roms_app.models.agent import Agent, AgentSession, Availability, LoginTicket, Role
from roms_app.models.contact import Contact
from roms_app.models.conversation import Assignment, AssignmentKind, Conversation, ConversationStatus
from roms_app.models.inbox import Inbox, InboxMember, SessionHistory
from roms_app.models.message import DeliveryStatus, Direction, Message, SenderType

__all__ = [
    "Agent",
    "AgentSession",
    "Assignment",
    "AssignmentKind",
    "Availability",
    "Contact",
    "Conversation",
    "ConversationStatus",
    "DeliveryStatus",
    "Direction",
    "Inbox",
    "InboxMember",
    "LoginTicket",
    "Message",
    "Role",
    "SenderType",
    "SessionHistory",
]
