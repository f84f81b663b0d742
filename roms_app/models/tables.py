"""The tables as SQLAlchemy Core objects, for code where one ORM object per row would be too slow."""

from typing import Final

from sqlalchemy import Table
from sqlmodel import SQLModel

from roms_app import models

_TABLES = SQLModel.metadata.tables
AGENT: Final[Table] = _TABLES[str(models.Agent.__tablename__)]
ASSIGNMENT: Final[Table] = _TABLES[str(models.Assignment.__tablename__)]
ASSIGNMENT_SETTINGS: Final[Table] = _TABLES[str(models.AssignmentSettings.__tablename__)]
ATTACHMENT: Final[Table] = _TABLES[str(models.Attachment.__tablename__)]
CONTACT: Final[Table] = _TABLES[str(models.Contact.__tablename__)]
CONTACT_ALIAS: Final[Table] = _TABLES[str(models.ContactAlias.__tablename__)]
CONTACT_MERGE: Final[Table] = _TABLES[str(models.ContactMerge.__tablename__)]
CONVERSATION: Final[Table] = _TABLES[str(models.Conversation.__tablename__)]
CONVERSATION_LABEL: Final[Table] = _TABLES[str(models.ConversationLabel.__tablename__)]
PENDING_EVENT: Final[Table] = _TABLES[str(models.PendingEvent.__tablename__)]
INBOX: Final[Table] = _TABLES[str(models.Inbox.__tablename__)]
INBOX_MEMBER: Final[Table] = _TABLES[str(models.InboxMember.__tablename__)]
LABEL: Final[Table] = _TABLES[str(models.Label.__tablename__)]
MESSAGE: Final[Table] = _TABLES[str(models.Message.__tablename__)]
REACTION: Final[Table] = _TABLES[str(models.Reaction.__tablename__)]
REACTION_OUTBOX: Final[Table] = _TABLES[str(models.ReactionOutbox.__tablename__)]
ROUTING_RULE: Final[Table] = _TABLES[str(models.RoutingRule.__tablename__)]
SESSION_HISTORY: Final[Table] = _TABLES[str(models.SessionHistory.__tablename__)]
STREAM_OWNER: Final[Table] = _TABLES[str(models.StreamOwner.__tablename__)]
TEAM: Final[Table] = _TABLES[str(models.Team.__tablename__)]
TEAM_MEMBER: Final[Table] = _TABLES[str(models.TeamMember.__tablename__)]
UPLOAD: Final[Table] = _TABLES[str(models.Upload.__tablename__)]
