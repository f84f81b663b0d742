"""Customers, their addresses in WhatsApp, and merges of contacts."""

from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from roms_app.models.base import epoch_field


class Contact(SQLModel, table=True):
    """A customer of one inbox. Unknown facts are NULL until WhatsApp reports them.

    Several names are stored; `domain/identity.py` chooses: manual > address book > verified > push name > number.
    """

    __table_args__ = (
        UniqueConstraint("inbox_id", "contact_lid"),
        UniqueConstraint("inbox_id", "phone_e164"),
        # As for conversations: the id of a merged contact must never be used again.
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    inbox_id: int = Field(foreign_key="inbox.id", index=True)
    contact_lid: str | None = Field(default=None, max_length=96)
    phone_e164: str | None = Field(default=None, max_length=16)
    manual_name: str | None = Field(default=None, max_length=256)
    address_book_name: str | None = Field(default=None, max_length=256)
    verified_name: str | None = Field(default=None, max_length=256)
    push_name: str | None = Field(default=None, max_length=256)
    #: Their profile picture in the media store; NULL: none, or not known yet.
    picture_key: str | None = Field(default=None, max_length=300)
    #: A WhatsApp group: `push_name` is its subject, and it has neither LID nor number.
    is_group: bool = False
    first_seen_at: int = epoch_field()


class ContactAlias(SQLModel, table=True):
    """An address of a contact in WhatsApp: ``…@lid``, ``…@c.us``, ``…@g.us``. Each belongs to one contact."""

    __tablename__ = "contact_alias"  # pyright: ignore[reportAssignmentType]

    inbox_id: int = Field(foreign_key="inbox.id", primary_key=True)
    jid: str = Field(primary_key=True, max_length=128)
    contact_id: int = Field(foreign_key="contact.id", index=True)
    since: int = epoch_field()


class ContactMerge(SQLModel, table=True):
    """A merge of two contacts that are one person. Holds what is needed to undo it."""

    __tablename__ = "contact_merge"  # pyright: ignore[reportAssignmentType]

    id: int | None = Field(default=None, primary_key=True)
    inbox_id: int = Field(foreign_key="inbox.id")
    kept_contact_id: int = Field(foreign_key="contact.id", index=True)
    #: No foreign key: the row is deleted while the merge holds, and restored when it is undone.
    dropped_contact_id: int
    #: The dropped contact's row before the merge, with its id.
    dropped_contact: dict[str, Any] = Field(sa_type=JSON)
    #: The row of its conversation before the merge; NULL: it had none. Its messages carry this merge's id.
    dropped_conversation: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    #: The id of the conversation that was merged into the kept contact's own. Tabs that have it open find the kept one
    #: by it.
    dropped_conversation_id: int | None = Field(default=None, index=True)
    #: The kept rows before the merge: ``{"contact": {…}, "conversation": {…} | null}``.
    kept_before: dict[str, Any] = Field(sa_type=JSON)
    #: What else was moved: ``{"aliases": [jid], "assignments": [id], "merges": [id], "bars": [id]}``. ``bars`` are
    #: undone merges whose dropped contact was this one. If both had a conversation, also ``labels`` (those of the
    #: dropped one) and ``new_labels`` (those of them that the kept one did not have), both ids.
    moved: dict[str, list[Any]] = Field(sa_type=JSON)
    #: The reason as a code: ``lid_is_phone`` (reported by WhatsApp) or ``by_hand`` (decided by a person).
    reason: str = Field(default="lid_is_phone", max_length=64)
    merged_at: int = epoch_field()
    #: When it was undone. After that, only a person may merge the two again.
    undone_at: int | None = epoch_field(None)
    undone_by_id: int | None = Field(default=None, foreign_key="agent.id")
