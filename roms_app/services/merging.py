"""Merging contacts that are the same person, by WhatsApp's facts or by an agent; undoing a merge.

Every merge leaves a `contact_merge` row with everything needed to undo it. Its messages carry the id of the merge.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from roms_app.domain import contact_merge
from roms_app.errors import Conflict, InvalidInput, NotFound
from roms_app.models import Agent, Contact, ContactMerge, Team
from roms_app.models.base import now_ms
from roms_app.models.tables import (
    ASSIGNMENT,
    CONTACT,
    CONTACT_ALIAS,
    CONTACT_MERGE,
    CONVERSATION,
    CONVERSATION_LABEL,
    MESSAGE,
    UPLOAD,
)
from roms_app.services import assignment, changes, leaving
from roms_app.services.access import access_conversation, id_of, may_see, require_may_decide
from roms_app.services.labels import labels_of

#: `ContactMerge.reason`
LID_IS_PHONE: Final = "lid_is_phone"
BY_HAND: Final = "by_hand"
_C = CONVERSATION.c
_G = CONTACT_MERGE.c
_ON = CONVERSATION_LABEL.c
Snapshot = dict[str, Any]


def merge_contacts(session: Session, keep_id: int, drop_id: int, reason: str = LID_IS_PHONE) -> int:
    """Move everything that belongs to `drop_id` to `keep_id`, and delete `drop_id`. Returns the merge's id."""
    contacts, chats = _lock(session, keep_id, drop_id)
    kept, dropped = chats.get(keep_id), chats.get(drop_id)
    moved = _move_identity(session, keep_id, drop_id, dropped["id"] if dropped is not None else 0)
    if dropped is not None and kept is not None:
        moved |= _merge_labels(session, kept["id"], dropped["id"])
    record = {
        "inbox_id": contacts[keep_id]["inbox_id"],
        "kept_contact_id": keep_id,
        "dropped_contact_id": drop_id,
        "dropped_contact": contacts[drop_id],
        "dropped_conversation": dropped,
        "dropped_conversation_id": dropped["id"] if dropped and kept else None,
        "kept_before": {"contact": contacts[keep_id], "conversation": kept},
        "moved": moved,
        "reason": reason,
        "merged_at": now_ms(),
    }
    merge_id = session.execute(insert(CONTACT_MERGE).values(record).returning(_G.id)).scalar_one()
    if dropped is not None and kept is not None:
        _merge_conversations(session, kept, dropped, merge_id)
    elif dropped is not None:
        session.execute(update(CONVERSATION).where(_C.id == dropped["id"]).values(contact_id=keep_id))
    session.execute(delete(CONTACT).where(CONTACT.c.id == drop_id))
    told = contact_merge.combine_contacts(contacts[keep_id], contacts[drop_id])
    session.execute(update(CONTACT).where(CONTACT.c.id == keep_id).values(told))
    changes.reload_all(session)
    # Two open conversations of an agent may have become one.
    assignment.drain_queue(session)
    return merge_id


def current_id(session: Session, agent: Agent, conversation_id: int) -> int:
    """The id of the conversation itself, or of the one it was merged into.

    Raises NotFound, also for a conversation that the agent may not see.
    """
    merged = (_G.dropped_conversation_id == conversation_id, _G.undone_at.is_(None))
    # The current owner: a later merge of the kept contact carries the earlier merges along.
    keeper = select(_C.id).join(CONTACT_MERGE, _G.kept_contact_id == _C.contact_id).where(*merged)
    went_to = session.execute(keeper.order_by(_G.id.desc()).limit(1)).scalar()
    return id_of(access_conversation(session, agent, went_to or conversation_id))


def find_moved(session: Session, agent: Agent, conversation_ids: Sequence[int]) -> dict[int, int]:
    """Merged conversations among these: id → id of the conversation that it is part of now, if the agent may see it."""
    merged = (_G.dropped_conversation_id.in_(conversation_ids), _G.undone_at.is_(None), may_see(agent, _C.inbox_id))
    keeper = select(_G.dropped_conversation_id, _C.id).join(CONTACT_MERGE, _G.kept_contact_id == _C.contact_id)
    found = session.execute(keeper.where(*merged).order_by(_G.id))
    return {row.dropped_conversation_id: row.id for row in found}


def merge_by_hand(session: Session, agent: Agent, conversation_id: int, other_id: int) -> int:
    """Merge two conversations that an agent knows to be with one person: the second goes into the first.

    Returns the merge's id. Raises NotFound, NotAllowed, or InvalidInput when they can't be merged.
    """
    kept = access_conversation(session, agent, conversation_id)
    dropped = access_conversation(session, agent, other_id)
    require_may_decide(agent)
    if kept.id == dropped.id or kept.inbox_id != dropped.inbox_id:
        raise InvalidInput("Only two conversations of one number can be merged.", "Choose another one.")
    people = [session.get_one(Contact, chat.contact_id, populate_existing=True) for chat in (kept, dropped)]
    if any(contact.is_group for contact in people):
        raise InvalidInput("A group can't be merged.", "Choose another conversation.")
    return merge_contacts(session, kept.contact_id, dropped.contact_id, BY_HAND)


def is_barred(session: Session, one_id: int, other_id: int) -> bool:
    """Whether a person has undone a merge of these two. After that, only a person merges them again."""
    pairs = [and_(_G.kept_contact_id == a, _G.dropped_contact_id == b) for a, b in
             ((one_id, other_id), (other_id, one_id))]  # fmt: skip
    undone = select(_G.id).where(_G.undone_at.is_not(None), or_(*pairs))
    return session.execute(undone.limit(1)).first() is not None


def undo_merge(session: Session, agent: Agent, merge_id: int) -> None:
    """Undo a merge: two contacts again, each with its own messages from before.

    Messages since then stay where they are.
    Raises NotFound, NotAllowed, or Conflict when it is undone already, or when another merge builds on it.
    """
    merge = session.get(ContactMerge, merge_id, populate_existing=True)
    contacts, chats = _lock(session, merge.kept_contact_id) if merge else ({}, {})
    if merge is None or merge.kept_contact_id not in chats:
        raise NotFound("There is no such merge.")
    contact, current = contacts[merge.kept_contact_id], chats[merge.kept_contact_id]
    access_conversation(session, agent, current["id"])
    require_may_decide(agent)
    later = select(_G.id).where(_G.kept_contact_id == merge.kept_contact_id, _G.id > merge_id, _G.undone_at.is_(None))
    if session.execute(later.limit(1)).first() is not None:
        raise Conflict("This contact was merged with another one since.", "Undo the later merge first.")
    undone = {"undone_at": now_ms(), "undone_by_id": agent.id}
    claim = update(CONTACT_MERGE).where(_G.id == merge_id, _G.undone_at.is_(None)).values(undone)
    if session.execute(claim.returning(_G.id)).first() is None:
        raise Conflict("This merge was undone already.")
    _restore_contact(session, merge, contact)
    _restore_conversation(session, merge, current)
    session.expire(merge)
    changes.reload_all(session)
    # The assignee of the restored conversation may have left; and unassigned conversations wait.
    leaving.return_orphans(session)


def _lock(session: Session, *contact_ids: int) -> tuple[dict[int, Snapshot], dict[int, Snapshot]]:
    """Contacts and their conversations, both by contact id. They are locked until the commit."""
    contacts = _locked(session, CONTACT, CONTACT.c.id.in_(contact_ids))
    chats = _locked(session, CONVERSATION, _C.contact_id.in_(contact_ids))
    return {row["id"]: row for row in contacts}, {row["contact_id"]: row for row in chats}


def _move_identity(session: Session, keep_id: int, drop_id: int, dropped_chat_id: int) -> dict[str, list[Any]]:
    """Move the dropped contact's aliases and earlier merges to the kept one. Returns what was moved."""
    alias = CONTACT_ALIAS.c
    to_kept = update(CONTACT_ALIAS).where(alias.contact_id == drop_id).values(contact_id=keep_id).returning(alias.jid)
    aliases = list(session.execute(to_kept).scalars())
    carry = update(CONTACT_MERGE).where(_G.kept_contact_id == drop_id).values(kept_contact_id=keep_id)
    merges = list(session.execute(carry.returning(_G.id)).scalars())
    was_restored = (_G.dropped_contact_id == drop_id, _G.undone_at.is_not(None))
    bar = update(CONTACT_MERGE).where(*was_restored).values(dropped_contact_id=keep_id)
    bars = list(session.execute(bar.returning(_G.id)).scalars())
    owned = select(ASSIGNMENT.c.id).where(ASSIGNMENT.c.conversation_id == dropped_chat_id)
    assignments = list(session.execute(owned).scalars())
    return {"aliases": sorted(aliases), "merges": sorted(merges), "bars": sorted(bars), "assignments": assignments}


def _merge_conversations(session: Session, kept: Snapshot, dropped: Snapshot, merge_id: int) -> None:
    m = MESSAGE.c
    of_dropped = m.conversation_id == dropped["id"]
    # Messages of an earlier merge keep that merge's id, so that each merge can be undone separately.
    session.execute(update(MESSAGE).where(of_dropped, m.merge_id.is_(None)).values(merge_id=merge_id))
    for table in (MESSAGE, ASSIGNMENT, UPLOAD):
        column = table.c.conversation_id
        session.execute(update(table).where(column == dropped["id"]).values(conversation_id=kept["id"]))
    session.execute(delete(CONVERSATION).where(_C.id == dropped["id"]))
    combined = {
        **contact_merge.combine_conversations(kept, dropped),
        "version": max(kept["version"], dropped["version"]),
    }
    session.execute(update(CONVERSATION).where(_C.id == kept["id"]).values(combined))
    changes.of(session).conversations.pop(dropped["id"], None)
    changes.mark_changed(session, kept["id"], was_assignee_id=kept["assignee_id"] or 0, counts_changed=True)


def _merge_labels(session: Session, kept_id: int, dropped_id: int) -> dict[str, list[Any]]:
    """Put the labels of both on the kept conversation.

    Returns the dropped one's labels, and which of them are new here.
    """
    labels = labels_of(session, [kept_id, dropped_id])
    had, theirs = labels[kept_id], sorted(labels[dropped_id])
    new = [id for id in theirs if id not in had]
    session.execute(delete(CONVERSATION_LABEL).where(_ON.conversation_id == dropped_id))
    _put_labels(session, kept_id, new)
    return {"labels": theirs, "new_labels": new}


def _part_labels(session: Session, merge: ContactMerge, kept_id: int, restored_id: int) -> None:
    """Restore the labels of both conversations. A label that was removed since the merge is gone from both."""
    now = labels_of(session, [kept_id])[kept_id]
    _put_labels(session, restored_id, [id for id in merge.moved.get("labels", ()) if id in now])
    new = _ON.label_id.in_(merge.moved.get("new_labels", ()))
    session.execute(delete(CONVERSATION_LABEL).where(_ON.conversation_id == kept_id, new))


def _put_labels(session: Session, conversation_id: int, label_ids: Sequence[int]) -> None:
    if label_ids:
        rows = [{"conversation_id": conversation_id, "label_id": id} for id in label_ids]
        session.execute(insert(CONVERSATION_LABEL), rows)


def _restore_contact(session: Session, merge: ContactMerge, current: Snapshot) -> None:
    kept = contact_merge.split_contact(merge.kept_before["contact"], merge.dropped_contact, current)
    session.execute(update(CONTACT).where(CONTACT.c.id == merge.kept_contact_id).values(kept))
    session.execute(insert(CONTACT).values(merge.dropped_contact))
    contact_id = merge.dropped_contact_id
    alias = (CONTACT_ALIAS.c.inbox_id == merge.inbox_id, CONTACT_ALIAS.c.jid.in_(merge.moved["aliases"]))
    session.execute(update(CONTACT_ALIAS).where(*alias).values(contact_id=contact_id))
    for moved, column in (("merges", _G.kept_contact_id), ("bars", _G.dropped_contact_id)):
        carried = update(CONTACT_MERGE).where(_G.id.in_(merge.moved[moved]))
        session.execute(carried.values({column: contact_id}))


def _restore_conversation(session: Session, merge: ContactMerge, current: Snapshot) -> None:
    before, dropped = merge.kept_before["conversation"], merge.dropped_conversation
    if dropped is None:
        return
    if before is None:
        moved_back = {"contact_id": merge.dropped_contact_id}
        session.execute(update(CONVERSATION).where(_C.id == current["id"]).values(moved_back))
        changes.mark_changed(session, current["id"])
        return
    kept, restored = contact_merge.split_conversations(before, dropped, current)
    restored = {**dropped, **restored}
    for row in (kept, restored):
        if row.get("team_id") is not None and session.get(Team, row["team_id"]) is None:
            row["team_id"] = None
    session.execute(update(CONVERSATION).where(_C.id == current["id"]).values(kept))
    row = {**restored, "version": max(dropped["version"], current["version"])}
    session.execute(insert(CONVERSATION).values(row))
    restored_id = dropped["id"]
    m, own = MESSAGE.c, MESSAGE.c.merge_id == merge.id
    moved = or_(own, m.merge_id.in_(merge.moved["merges"]))
    in_kept = m.conversation_id == current["id"]
    session.execute(update(MESSAGE).where(in_kept, moved).values(conversation_id=restored_id))
    session.execute(update(MESSAGE).where(m.conversation_id == restored_id, own).values(merge_id=None))
    was_theirs = ASSIGNMENT.c.id.in_(merge.moved["assignments"])
    session.execute(update(ASSIGNMENT).where(was_theirs).values(conversation_id=restored_id))
    _part_labels(session, merge, current["id"], restored_id)
    for id in (current["id"], restored_id):
        changes.mark_changed(session, id, was_assignee_id=current["assignee_id"] or 0, counts_changed=True)


def _locked(session: Session, table: Any, condition: Any) -> list[Snapshot]:
    """Rows in a form that fits into JSON, locked in the order of their ids."""
    session.flush()
    found = session.execute(select(table).where(condition).order_by(table.c.id).with_for_update()).mappings()
    return [
        {name: value.value if isinstance(value, StrEnum) else value for name, value in row.items()} for row in found
    ]
