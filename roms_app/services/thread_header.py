"""The thread's header and the contact panel: a conversation in detail, read when it is opened. Reads only."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, RowMapping, case, or_, select
from sqlalchemy.orm import Session

from roms_app.domain import identity
from roms_app.models import Contact, Conversation, Inbox
from roms_app.models.tables import CONTACT, CONTACT_ALIAS, CONTACT_MERGE, CONVERSATION
from roms_app.views.inbox import ConversationDetail, ConversationRow
from wa_worker.contract.addressing import phone_of_jid

_NAMES: Final = ("manual_name", "address_book_name", "verified_name", "push_name", "phone_e164")


def conversation_detail(session: Session, conversation: Conversation, row: ConversationRow) -> ConversationDetail:
    """The header of a thread and its contact panel."""
    contact = session.get_one(Contact, conversation.contact_id)
    inbox = session.get_one(Inbox, conversation.inbox_id)
    merge = _newest_merge(session, conversation.contact_id)
    parted = _newest_parting(session, conversation.contact_id)
    return ConversationDetail(
        row=row,
        contact_id=conversation.contact_id,
        chat_jid=conversation.chat_jid,
        first_seen_at=contact.first_seen_at,
        created_at=conversation.created_at,
        merge_id=merge.id if merge else 0,
        merged_at=merge.merged_at if merge else 0,
        merged_name=_name_of(merge.dropped_contact) if merge else "",
        parted_id=parted["id"] if parted else 0,
        parted_name=_name_of(parted) if parted else "",
        aliases=_aliases(session, conversation.contact_id, row.phone),
        read_receipts=inbox.read_receipts,
    )


def _newest_merge(session: Session, contact_id: int) -> Row[Any] | None:
    m = CONTACT_MERGE.c
    columns: list[ColumnElement[Any]] = [m.id, m.merged_at, m.dropped_contact]
    found = select(*columns).where(m.kept_contact_id == contact_id, m.undone_at.is_(None))
    return session.execute(found.order_by(m.id.desc()).limit(1)).first()


def _newest_parting(session: Session, contact_id: int) -> RowMapping | None:
    """The other conversation and its names, from the newest undone merge with the contact."""
    m, c = CONTACT_MERGE.c, CONTACT.c
    is_either = or_(m.kept_contact_id == contact_id, m.dropped_contact_id == contact_id)
    other = case((m.kept_contact_id == contact_id, m.dropped_contact_id), else_=m.kept_contact_id)
    found = (
        select(CONVERSATION.c.id, *(c[name] for name in (*_NAMES, "contact_lid")))
        .select_from(CONTACT_MERGE)
        .join(CONTACT, c.id == other)
        .join(CONVERSATION, CONVERSATION.c.contact_id == c.id)
        .where(is_either, c.id != contact_id, m.undone_at.is_not(None))
    )
    return session.execute(found.order_by(m.undone_at.desc()).limit(1)).mappings().first()


def _name_of(contact: Mapping[str, Any] | RowMapping) -> str:
    return identity.display_name(*(contact[name] for name in _NAMES)) or contact["contact_lid"] or ""


def _aliases(session: Session, contact_id: int, phone: str) -> list[str]:
    """The contact's other addresses in readable form: phone numbers in international format, without `phone`."""
    alias = CONTACT_ALIAS.c
    found = session.execute(select(alias.jid).where(alias.contact_id == contact_id).order_by(alias.since, alias.jid))
    read = dict.fromkeys(identity.format_phone(phone_of_jid(jid)) or jid for jid in found.scalars())
    return [address for address in read if address != phone]
