"""A customer, under how many addresses WhatsApp knows them, and whom they turned out to be."""

from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from roms_app.models.base import epoch_field


class Contact(SQLModel, table=True):
    """A customer of one inbox. Unknown stays NULL and heals when WhatsApp tells.

    Several names are kept; `domain/identity.py` chooses: manual > address book > verified > push name > number.
    """

    __table_args__ = (
        UniqueConstraint("inbox_id", "contact_lid"),
        UniqueConstraint("inbox_id", "phone_e164"),
        # As with conversations: what a merge drops is never somebody else.
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
    #: A group of WhatsApp: `push_name` is its subject, it has neither LID nor number.
    is_group: bool = False
    first_seen_at: int = epoch_field()


class ContactAlias(SQLModel, table=True):
    """An address under which WhatsApp named a contact: ``…@lid``, ``…@c.us``, ``…@g.us``. Each leads to one contact."""

    __tablename__ = "contact_alias"  # pyright: ignore[reportAssignmentType]

    inbox_id: int = Field(foreign_key="inbox.id", primary_key=True)
    jid: str = Field(primary_key=True, max_length=128)
    contact_id: int = Field(foreign_key="contact.id", index=True)
    since: int = epoch_field()


class ContactMerge(SQLModel, table=True):
    """Two contacts proved to be one. Holds what is needed to take it back."""

    __tablename__ = "contact_merge"  # pyright: ignore[reportAssignmentType]

    id: int | None = Field(default=None, primary_key=True)
    inbox_id: int = Field(foreign_key="inbox.id")
    kept_contact_id: int = Field(foreign_key="contact.id", index=True)
    #: No foreign key: it is gone while the merge holds, and is there again when it was taken back.
    dropped_contact_id: int
    #: What the dropped contact's row was, with its id.
    dropped_contact: dict[str, Any] = Field(sa_type=JSON)
    #: What its conversation's row was; NULL: it had none. Its messages carry this merge's id.
    dropped_conversation: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    #: The id of a conversation that went into the kept contact's own, by which tabs that have it open find the way.
    dropped_conversation_id: int | None = Field(default=None, index=True)
    #: What the kept ones were: ``{"contact": {…}, "conversation": {…} | null}``.
    kept_before: dict[str, Any] = Field(sa_type=JSON)
    #: What else changed hands: ``{"aliases": [jid], "assignments": [id], "merges": [id], "bars": [id]}``; the last are
    #: undone merges whose dropped contact this one was. With two conversations also ``labels``, which the other one
    #: had, and ``new_labels``, which of them were new here (both ids).
    moved: dict[str, list[Any]] = Field(sa_type=JSON)
    #: What WhatsApp told or who decided, in a machine-readable word: ``lid_is_phone``, ``by_hand``.
    reason: str = Field(default="lid_is_phone", max_length=64)
    merged_at: int = epoch_field()
    #: Taken back: the two are never merged again without a person.
    undone_at: int | None = epoch_field(None)
    undone_by_id: int | None = Field(default=None, foreign_key="agent.id")
