"""A customer."""

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from roms_app.models.base import epoch_field


class Contact(SQLModel, table=True):
    """A customer of one inbox. Unknown stays NULL and heals when WhatsApp tells.

    Several names are kept; `domain/identity.py` chooses: manual > address book > verified > push name > number.
    """

    __table_args__ = (
        UniqueConstraint("inbox_id", "contact_lid"),
        UniqueConstraint("inbox_id", "phone_e164"),
    )

    id: int | None = Field(default=None, primary_key=True)
    inbox_id: int = Field(foreign_key="inbox.id", index=True)
    contact_lid: str | None = Field(default=None, max_length=96)
    phone_e164: str | None = Field(default=None, max_length=16)
    manual_name: str | None = Field(default=None, max_length=256)
    address_book_name: str | None = Field(default=None, max_length=256)
    verified_name: str | None = Field(default=None, max_length=256)
    push_name: str | None = Field(default=None, max_length=256)
    first_seen_at: int = epoch_field()
