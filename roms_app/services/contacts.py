"""Who is meant: finds or makes the contact behind each chat of a batch, whether it comes as @lid or as @c.us.

A few statements a batch, however many events it has. Unknown stays NULL and heals when WhatsApp tells.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from roms_app.models.tables import CONTACT, CONVERSATION
from roms_app.services import merging, sql
from wa_worker.contract.addressing import LID_SERVER, phone_of_jid, server_of
from wa_worker.contract.events import ContactChanged, MessageReceived, MessageSent

#: Events that say something about a contact.
ContactEvent = MessageReceived | MessageSent | ContactChanged
_NAMES = ("push_name", "address_book_name", "verified_name")
_COLUMNS = ("contact_lid", "phone_e164", *_NAMES, "first_seen_at")
_C = CONTACT.c
_V = CONVERSATION.c
_CHATS = select(_V.id, _V.chat_jid, _V.contact_id).where(
    _V.inbox_id == bindparam("inbox_id"), or_(_V.chat_jid.in_(sql.among("jids")), _V.id.in_(sql.among("ids")))
)
_MATCHING = select(CONTACT).where(
    _C.inbox_id == bindparam("inbox_id"),
    or_(_C.contact_lid.in_(sql.among("lids")), _C.phone_e164.in_(sql.among("phones")), _C.id.in_(sql.among("ids"))),
)


@dataclass(slots=True, eq=False)
class KnownContact:
    """A contact as this batch sees it."""

    id: int | None
    contact_lid: str | None
    phone_e164: str | None
    push_name: str | None
    address_book_name: str | None
    verified_name: str | None
    first_seen_at: int
    is_changed: bool = False
    merged_into: "KnownContact | None" = None

    def final(self) -> "KnownContact":
        """Itself, or whom it turned out to be."""
        return self.merged_into.final() if self.merged_into else self

    def agrees_with(self, other: "KnownContact") -> bool:
        """Whether nothing speaks against both being one person."""
        lids, phones = {self.contact_lid, other.contact_lid}, {self.phone_e164, other.phone_e164}
        return len(lids - {None}) <= 1 and len(phones - {None}) <= 1


class Directory:
    """The contacts of one inbox that a batch is about."""

    def __init__(self, session: Session, inbox_id: int) -> None:
        self._session = session
        self._inbox_id = inbox_id
        self._all: list[KnownContact] = []
        self._by_lid: dict[str, KnownContact] = {}
        self._by_phone: dict[str, KnownContact] = {}
        self._by_jid: dict[str, KnownContact] = {}
        self._by_conversation: dict[int, KnownContact] = {}

    def load(self, events: Sequence[ContactEvent], conversation_ids: Iterable[int]) -> None:
        """Read every contact that the events, or these conversations, may be about."""
        lids = {lid for event in events if (lid := lid_of(event))}
        phones = {phone for event in events if (phone := phone_of(event))}
        jids = {event.chat_jid for event in events}
        wanted = {"inbox_id": self._inbox_id, "jids": list(jids), "ids": list(set(conversation_ids))}
        chats = self._session.execute(_CHATS, wanted).all()
        contact_ids = {row.contact_id for row in chats}
        matching = {"inbox_id": self._inbox_id, "lids": list(lids), "phones": list(phones), "ids": list(contact_ids)}
        by_id: dict[int, KnownContact] = {}
        for row in self._session.execute(_MATCHING, matching):
            by_id[row.id] = self._keep(KnownContact(**{name: getattr(row, name) for name in ("id", *_COLUMNS)}))
        for row in chats:
            self._by_jid[row.chat_jid] = self._by_conversation[row.id] = by_id[row.contact_id]

    def of_conversation(self, conversation_id: int) -> KnownContact | None:
        """The contact of a conversation that was loaded."""
        return self._by_conversation.get(conversation_id)

    def meet(self, event: ContactEvent, anchor: KnownContact | None = None) -> KnownContact:
        """The contact an event is about, made or healed as it tells.

        `anchor`: whose it is already known to be, because the same message came before under another address.
        """
        lid, phone = lid_of(event), phone_of(event)
        by_jid = self._by_jid.get(event.chat_jid)
        told = (anchor, by_jid, self._by_lid.get(lid or ""), self._by_phone.get(phone or ""))
        candidates = [candidate.final() for candidate in told if candidate is not None]
        known = candidates[0] if candidates else self._new(event)
        for other in candidates[1:]:
            known = self._merge(known, other.final())
        self._heal(known, lid, phone)
        self._by_jid.setdefault(event.chat_jid, known)
        _take_names(known, event)
        return known

    def write(self) -> None:
        """Insert the new contacts, so that every contact has its id."""
        new = [known for known in self._all if known.id is None and known.merged_into is None]
        rows = [{"inbox_id": self._inbox_id, **_columns(known)} for known in new]
        keyed = [row for row in rows if row["contact_lid"] or row["phone_e164"]]
        inserted = sql.insert_missing(self._session, CONTACT, keyed, [_C.id, _C.contact_lid, _C.phone_e164])
        ids = {(row.contact_lid, row.phone_e164): row.id for row in inserted}
        for known, row in zip(new, rows, strict=True):
            key = (known.contact_lid, known.phone_e164)
            known.id = ids.get(key) or self._find(known) or self._insert_one(row)
            known.is_changed = False

    def write_changes(self) -> None:
        """Update what was healed or renamed."""
        changed = [known for known in self._all if known.is_changed and known.merged_into is None]
        sql.update_by_id(self._session, CONTACT, [{"id": known.id, **_columns(known)} for known in changed])

    def _new(self, event: ContactEvent) -> KnownContact:
        self._all.append(KnownContact(None, None, None, None, None, None, _time_of(event)))
        return self._all[-1]

    def _keep(self, known: KnownContact) -> KnownContact:
        self._all.append(known)
        if known.contact_lid:
            self._by_lid[known.contact_lid] = known
        if known.phone_e164:
            self._by_phone[known.phone_e164] = known
        return known

    def _heal(self, known: KnownContact, lid: str | None, phone: str | None) -> None:
        if lid and not known.contact_lid and lid not in self._by_lid:
            known.contact_lid, known.is_changed = lid, True
            self._by_lid[lid] = known
        if phone and not known.phone_e164 and phone not in self._by_phone:
            known.phone_e164, known.is_changed = phone, True
            self._by_phone[phone] = known

    def _merge(self, one: KnownContact, other: KnownContact) -> KnownContact:
        if one is other or not one.agrees_with(other):
            return one
        keep, drop = (one, other) if (one.id or 1 << 62) <= (other.id or 1 << 62) else (other, one)
        if keep.id is not None and drop.id is not None:
            merging.merge_contacts(self._session, keep.id, drop.id)
        drop.merged_into = keep
        for name in ("contact_lid", "phone_e164", *_NAMES):
            if getattr(keep, name) is None:
                setattr(keep, name, getattr(drop, name))
        keep.first_seen_at, keep.is_changed = min(keep.first_seen_at, drop.first_seen_at), True
        for index, key in ((self._by_lid, keep.contact_lid), (self._by_phone, keep.phone_e164)):
            if key:
                index[key] = keep
        return keep

    def _find(self, known: KnownContact) -> int | None:
        """Another process was faster."""
        same = or_(_C.contact_lid == known.contact_lid, _C.phone_e164 == known.phone_e164)
        if not known.contact_lid and not known.phone_e164:
            return None
        found = select(_C.id).where(_C.inbox_id == self._inbox_id, same).order_by(_C.id)
        return self._session.execute(found.limit(1)).scalar()

    def _insert_one(self, row: dict[str, object]) -> int:
        return sql.insert_missing(self._session, CONTACT, [row], [_C.id])[0].id


def lid_of(event: ContactEvent) -> str | None:
    """The contact's LID, if the event tells it."""
    return event.contact_lid or (event.chat_jid if server_of(event.chat_jid) == LID_SERVER else None)


def phone_of(event: ContactEvent) -> str | None:
    """The contact's number, if the event tells it."""
    return event.phone_e164 or phone_of_jid(event.chat_jid)


def _time_of(event: ContactEvent) -> int:
    return event.occurred_at if isinstance(event, ContactChanged) else event.sent_at


def _columns(known: KnownContact) -> dict[str, object]:
    return {name: getattr(known, name) for name in _COLUMNS}


def _take_names(known: KnownContact, event: ContactEvent) -> None:
    # The push name of what we sent is our own.
    if isinstance(event, MessageSent):
        return
    is_old = isinstance(event, MessageReceived) and event.is_history
    for name in _NAMES:
        told = getattr(event, name, None)
        if told and told != getattr(known, name) and not (is_old and getattr(known, name)):
            setattr(known, name, told)
            known.is_changed = True
