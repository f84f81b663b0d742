"""The tables. Importing this package registers all of them on ``SQLModel.metadata``."""

from roms_app.models.agent import Agent, AgentSession, Availability, LoginTicket, Role
from roms_app.models.contact import Contact, ContactAlias, ContactMerge
from roms_app.models.conversation import Assignment, AssignmentKind, Conversation, ConversationStatus, Priority
from roms_app.models.inbox import Inbox, InboxMember, Order, ReadReceipts, SessionHistory, StreamOwner
from roms_app.models.message import (
    Attachment,
    AttachmentStatus,
    DeliveryStatus,
    Direction,
    Message,
    PendingEvent,
    Reaction,
    ReactionOutbox,
    SenderType,
)
from roms_app.models.team import (
    AssignmentSettings,
    ConversationLabel,
    Label,
    RoutingRule,
    RuleKind,
    Team,
    TeamMember,
)
from roms_app.models.upload import Upload

__all__ = [
    "Agent",
    "AgentSession",
    "Assignment",
    "AssignmentKind",
    "AssignmentSettings",
    "Attachment",
    "AttachmentStatus",
    "Availability",
    "Contact",
    "ContactAlias",
    "ContactMerge",
    "Conversation",
    "ConversationLabel",
    "ConversationStatus",
    "DeliveryStatus",
    "Direction",
    "Inbox",
    "InboxMember",
    "Label",
    "LoginTicket",
    "Message",
    "Order",
    "PendingEvent",
    "Priority",
    "Reaction",
    "ReactionOutbox",
    "ReadReceipts",
    "Role",
    "RoutingRule",
    "RuleKind",
    "SenderType",
    "SessionHistory",
    "StreamOwner",
    "Team",
    "TeamMember",
    "Upload",
]
