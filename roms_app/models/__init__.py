"""The tables. Importing this package registers all of them on ``SQLModel.metadata``."""

from roms_app.models.agent import Agent, AgentSession, Availability, LoginTicket, Role
from roms_app.models.contact import Contact, ContactAlias, ContactMerge
from roms_app.models.conversation import Assignment, AssignmentKind, Conversation, ConversationStatus
from roms_app.models.inbox import Inbox, InboxMember, ReadReceipts, SessionHistory
from roms_app.models.message import (
    Attachment,
    AttachmentStatus,
    DeliveryStatus,
    Direction,
    EarlyEvent,
    Message,
    Reaction,
    ReactionOutbox,
    SenderType,
)
from roms_app.models.upload import Upload

__all__ = [
    "Agent",
    "AgentSession",
    "Assignment",
    "AssignmentKind",
    "Attachment",
    "AttachmentStatus",
    "Availability",
    "Contact",
    "ContactAlias",
    "ContactMerge",
    "Conversation",
    "ConversationStatus",
    "DeliveryStatus",
    "Direction",
    "EarlyEvent",
    "Inbox",
    "InboxMember",
    "LoginTicket",
    "Message",
    "Reaction",
    "ReactionOutbox",
    "ReadReceipts",
    "Role",
    "SenderType",
    "SessionHistory",
    "Upload",
]
