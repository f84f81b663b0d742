"""Contact identity: finds or creates the contact of each chat in a batch, addressed as @lid or as @c.us.

A batch takes a few statements, however many events it has. An unknown LID or phone number is NULL until WhatsApp
reports it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, cast, null, or_, select, union_all
from sqlalchemy.orm import Session

from roms_app.models.base import now_ms
from roms_app.models.tables import CONTACT, CONTACT_ALIAS, CONVERSATION
from roms_app.services import merging, sql
from wa_worker.contract.addressing import (
    GROUP_SERVER,
    LID_SERVER,
    jid_of_phone,
    normalise_phone,
    phone_of_jid,
    server_of,
)
from wa_worker.contract.events import ContactChanged, MessageReceived, MessageSent

#: Events that contain facts about a contact.
ContactEvent = MessageReceived | MessageSent | ContactChanged
_NAMES = ("push_name", "address_book_name", "verified_name")
_COLUMNS = ("contact_lid", "phone_e164", *_NAMES, "picture_key", "is_group", "first_seen_at")
_C = CONTACT.c
_V = CONVERSATION.c
_A = CONTACT_ALIAS.c
#: The owners of addresses and of conversations.
_KNOWN = union_all(
    select(_A.contact_id, _A.jid, cast(null(), _V.id.type).label("conversation_id")).where(
        _A.inbox_id == bindparam("inbox_id"), _A.jid.in_(sql.among("jids"))
    ),
    select(_V.contact_id, cast(null(), _A.jid.type), _V.id).where(_V.id.in_(sql.among("ids"))),
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
    picture_key: str | None
    is_group: bool
    first_seen_at: int
    is_changed: bool = False
    merged_into: "KnownContact | None" = None

    def final(self) -> "KnownContact":
        """The contact itself, or the contact that it was merged into."""
        return self.merged_into.final() if self.merged_into else self

    def agrees_with(self, other: "KnownContact") -> bool:
        """Whether the known facts allow that both are one person."""
        lids, phones = {self.contact_lid, other.contact_lid}, {self.phone_e164, other.phone_e164}
        return len(lids - {None}) <= 1 and len(phones - {None}) <= 1 and self.is_group == other.is_group


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
        #: Addresses that were unknown before this batch.
        self._new_jids: dict[str, KnownContact] = {}

    def load(self, events: Sequence[ContactEvent], conversation_ids: Iterable[int]) -> None:
        """Read every contact that the events, or these conversations, may be about."""
        lids = {lid for event in events if (lid := lid_of(event))}
        phones = {phone for event in events if (phone := phone_of(event))}
        jids = {jid for event in events for jid in _jids_of(event)}
        wanted = {"inbox_id": self._inbox_id, "jids": list(jids), "ids": list(set(conversation_ids))}
        known = self._session.execute(_KNOWN, wanted).all()
        contact_ids = {row.contact_id for row in known}
        matching = {"inbox_id": self._inbox_id, "lids": list(lids), "phones": list(phones), "ids": list(contact_ids)}
        by_id: dict[int, KnownContact] = {}
        for row in self._session.execute(_MATCHING, matching):
            by_id[row.id] = self._keep(KnownContact(**{name: getattr(row, name) for name in ("id", *_COLUMNS)}))
        for row in known:
            if row.jid is not None:
                self._by_jid[row.jid] = by_id[row.contact_id]
            else:
                self._by_conversation[row.conversation_id] = by_id[row.contact_id]

    def of_conversation(self, conversation_id: int) -> KnownContact | None:
        """The contact of a conversation that was loaded."""
        return self._by_conversation.get(conversation_id)

    def meet(self, event: ContactEvent, anchor: KnownContact | None = None) -> KnownContact:
        """The contact of an event. It is created, or completed with the facts of the event.

        `anchor`: the known contact, because the same message arrived before under another address.
        """
        lid, phone = lid_of(event), phone_of(event)
        by_jid = (self._by_jid.get(jid) for jid in _jids_of(event))
        told = (anchor, *by_jid, self._by_lid.get(lid or ""), self._by_phone.get(phone or ""))
        candidates = [candidate.final() for candidate in told if candidate is not None]
        known = candidates[0] if candidates else self._new(event)
        for other in candidates[1:]:
            known = self._merge(known, other.final())
        self._heal(known, lid, phone)
        for jid in _jids_of(event):
            if jid not in self._by_jid:
                self._by_jid[jid] = self._new_jids[jid] = known
        _take_names(known, event)
        return known

    def write(self) -> None:
        """Insert the new contacts and addresses, so that every contact has its id."""
        new = [known for known in self._all if known.id is None and known.merged_into is None]
        rows = [{"inbox_id": self._inbox_id, **_columns(known)} for known in new]
        keyed = [row for row in rows if row["contact_lid"] or row["phone_e164"]]
        inserted = sql.insert_missing(self._session, CONTACT, keyed, [_C.id, _C.contact_lid, _C.phone_e164])
        ids = {(row.contact_lid, row.phone_e164): row.id for row in inserted}
        for known, row in zip(new, rows, strict=True):
            key = (known.contact_lid, known.phone_e164)
            known.id = ids.get(key) or self._find(known) or self._insert_one(row)
            known.is_changed = False
        self._write_aliases()

    def write_changes(self) -> None:
        """Update the contacts that were completed or renamed."""
        changed = [known for known in self._all if known.is_changed and known.merged_into is None]
        sql.update_by_id(self._session, CONTACT, [{"id": known.id, **_columns(known)} for known in changed])

    def _write_aliases(self) -> None:
        since = now_ms()
        rows = [
            {"inbox_id": self._inbox_id, "jid": jid, "contact_id": known.final().id, "since": since}
            for jid, known in self._new_jids.items()
        ]
        self._new_jids.clear()
        sql.insert_missing(self._session, CONTACT_ALIAS, rows, [_A.jid])

    def _new(self, event: ContactEvent) -> KnownContact:
        known = KnownContact(None, None, None, None, None, None, None, _is_group(event), _time_of(event))
        self._all.append(known)
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
            if merging.is_barred(self._session, keep.id, drop.id):
                return one
            merging.merge_contacts(self._session, keep.id, drop.id)
        drop.merged_into = keep
        for name in ("contact_lid", "phone_e164", *_NAMES, "picture_key"):
            if getattr(keep, name) is None:
                setattr(keep, name, getattr(drop, name))
        keep.first_seen_at, keep.is_changed = min(keep.first_seen_at, drop.first_seen_at), True
        for index, key in ((self._by_lid, keep.contact_lid), (self._by_phone, keep.phone_e164)):
            if key:
                index[key] = keep
        return keep

    def _find(self, known: KnownContact) -> int | None:
        """The id of the contact that another process inserted first, by LID or phone number."""
        same = or_(_C.contact_lid == known.contact_lid, _C.phone_e164 == known.phone_e164)
        if not known.contact_lid and not known.phone_e164:
            return None
        found = select(_C.id).where(_C.inbox_id == self._inbox_id, same).order_by(_C.id)
        return self._session.execute(found.limit(1)).scalar()

    def _insert_one(self, row: dict[str, object]) -> int:
        return sql.insert_missing(self._session, CONTACT, [row], [_C.id])[0].id


def lid_of(event: ContactEvent) -> str | None:
    """The contact's LID, if the event has it. In a group the LID would belong to a member."""
    if _is_group(event):
        return None
    return event.contact_lid or (event.chat_jid if server_of(event.chat_jid) == LID_SERVER else None)


def phone_of(event: ContactEvent) -> str | None:
    """The contact's phone number in E.164, if the event has it. In a group the number would belong to a member."""
    if _is_group(event):
        return None
    return normalise_phone(event.phone_e164) if event.phone_e164 else phone_of_jid(event.chat_jid)


def _jids_of(event: ContactEvent) -> list[str]:
    """All addresses of the event's contact; the chat's own comes first."""
    lid, phone = lid_of(event), phone_of(event)
    return list(dict.fromkeys([event.chat_jid, *([lid] if lid else ()), *([jid_of_phone(phone)] if phone else ())]))


def _is_group(event: ContactEvent) -> bool:
    return server_of(event.chat_jid) == GROUP_SERVER


def _time_of(event: ContactEvent) -> int:
    return event.occurred_at if isinstance(event, ContactChanged) else event.sent_at


def _columns(known: KnownContact) -> dict[str, object]:
    return {name: getattr(known, name) for name in _COLUMNS}


def _take_names(known: KnownContact, event: ContactEvent) -> None:
    if isinstance(event, ContactChanged):
        if event.picture_key is not None:
            _take(known, "picture_key", event.picture_key or None)
    # In messages that we sent, the push name is our own.
    elif isinstance(event, MessageSent):
        return
    is_old = isinstance(event, MessageReceived) and event.is_history
    for name in _NAMES:
        told = getattr(event, name, None)
        if told and not (is_old and getattr(known, name)):
            _take(known, name, told)


def _take(known: KnownContact, name: str, told: str | None) -> None:
    if told != getattr(known, name):
        setattr(known, name, told)
        known.is_changed = True
