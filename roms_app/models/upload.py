"""Files that agents have uploaded and not sent yet."""

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from roms_app.models.base import enum_field, epoch_field
from wa_worker.contract.commands import MediaKind


class Upload(SQLModel, table=True):
    """A file in the media store that one agent may send in one conversation.

    The token alone gives no right to it: the agent and the conversation are checked, too.
    """

    __table_args__ = (
        Index("ix_upload_agent", "agent_id", "created_at"),
        # Includes the sizes: the index alone gives the sum of all uploads within a day.
        Index("ix_upload_created", "created_at", "size_bytes"),
        Index("ix_upload_media_key", "media_key"),
    )

    #: SHA-256 of the token in the agent's browser.
    token_hash: str = Field(primary_key=True, max_length=64)
    agent_id: int = Field(foreign_key="agent.id")
    #: Changes with a merge of two contacts. No foreign key, because an upload during the merge may name the old id.
    conversation_id: int
    kind: MediaKind = enum_field(MediaKind)
    media_key: str = Field(max_length=300)
    thumbnail_key: str | None = Field(default=None, max_length=300)
    #: The type by content.
    mimetype: str = Field(max_length=128)
    size_bytes: int = Field(sa_type=BigInteger)
    sha256: str = Field(max_length=64)
    filename: str | None = Field(default=None, max_length=256)
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    created_at: int = epoch_field()
