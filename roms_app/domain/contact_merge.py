"""Merges the rows of two contacts, and restores both when the merge is undone.

Rows are mappings of columns. On undo, a column that nobody has changed since gets its earlier value; a changed one
stays.
"""

from collections.abc import Mapping
from typing import Any, Final

from wa_worker.contract.addressing import LID_SERVER, server_of

Columns = Mapping[str, Any]
_OPEN: Final = "open"
_FILLED: Final = (
    "contact_lid", "phone_e164", "manual_name", "address_book_name", "verified_name", "push_name", "picture_key",
)  # fmt: skip
_NEWEST: Final = ("last_message_id", "last_message_at", "last_message_preview")
#: Agents' actions on the merged conversation apply to both.
_SHARED: Final = ("status", "assignee_id", "waiting_since", "resolved_at")
#: Columns that belong to the assignment: taken from the conversation that continues.
_DUTY: Final = ("team_id", "is_by_hand", "due_at", "response_rounds", "returned_from_id", "escalated_at")


def combine_contacts(kept: Columns, dropped: Columns) -> dict[str, Any]:
    """The columns of the merged contact: the kept one's values, completed with the dropped one's."""
    filled = {name: kept[name] if kept[name] is not None else dropped[name] for name in _FILLED}
    return {**filled, "first_seen_at": min(kept["first_seen_at"], dropped["first_seen_at"])}


def split_contact(before: Columns, dropped: Columns, now: Columns) -> dict[str, Any]:
    """The kept contact's columns after the other one was restored."""
    combined = combine_contacts(before, dropped)
    return {name: before[name] if now[name] == value else now[name] for name, value in combined.items()}


def combine_conversations(kept: Columns, dropped: Columns) -> dict[str, Any]:
    """The columns of the merged conversation.

    It is open if one of them was, and the assignee of the open one continues.
    """
    newest = max(kept, dropped, key=_last_word)
    is_open = _OPEN in (kept["status"], dropped["status"])
    first, second = (kept, dropped) if kept["status"] == _OPEN else (dropped, kept)
    is_same = second["status"] == first["status"]
    leading = second if is_same and first["assignee_id"] is None and second["assignee_id"] is not None else first
    waits = [row["waiting_since"] for row in (kept, dropped) if row["waiting_since"] is not None]
    return {
        "status": _OPEN if is_open else "resolved",
        "assignee_id": leading["assignee_id"],
        "assignment_id": leading.get("assignment_id"),
        "priority": max(row.get("priority", 0) for row in (kept, dropped)),
        **{name: leading[name] for name in _DUTY if name in leading},
        "chat_jid": dropped["chat_jid"] if server_of(dropped["chat_jid"]) == LID_SERVER else kept["chat_jid"],
        **{name: newest[name] for name in _NEWEST},
        "unread_count": kept["unread_count"] + dropped["unread_count"],
        "waiting_since": min(waits, default=None),
        "created_at": min(kept["created_at"], dropped["created_at"]),
        "resolved_at": None if is_open else newest["resolved_at"],
    }


def _last_word(row: Columns) -> tuple[int, int]:
    """The order of the thread: WhatsApp's time has whole seconds, and within a second the one received last is last."""
    return row["last_message_at"], row["last_message_id"] or 0


def split_conversations(before: Columns, dropped: Columns, now: Columns) -> tuple[dict[str, Any], dict[str, Any]]:
    """The columns of the kept conversation and of the restored one."""
    was = combine_conversations(before, dropped)
    unread = now["unread_count"]
    theirs = dropped["unread_count"] if unread == was["unread_count"] else min(unread, dropped["unread_count"])
    # The dropped contact's address goes with it. A message that came since is the kept one's newest.
    is_same_newest = now["last_message_id"] == was["last_message_id"]
    kept: dict[str, Any] = {
        **{name: (before if is_same_newest else now)[name] for name in _NEWEST},
        "chat_jid": before["chat_jid"] if now["chat_jid"] == dropped["chat_jid"] else now["chat_jid"],
        "created_at": before["created_at"],
        "unread_count": unread - theirs,
    }
    restored: dict[str, Any] = {"unread_count": theirs}
    # A row that was kept before there were teams and timers has no such columns.
    for name in (*_SHARED, *(name for name in ("priority", *_DUTY) if name in before and name in dropped)):
        kept[name] = before[name] if now[name] == was[name] else now[name]
        restored[name] = dropped[name] if now[name] == was[name] else now[name]
    if "assignment_id" in before:
        kept["assignment_id"] = (
            before["assignment_id"] if now["assignment_id"] == was["assignment_id"] else now["assignment_id"]
        )
    return kept, restored
