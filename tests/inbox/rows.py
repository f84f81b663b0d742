"""Rows as services would make them, with what a test does not care about filled in."""

from typing import Any


def row(id: int = 1, version: int = 1, **columns: Any) -> dict[str, Any]:
    """A `ConversationRow` as JSON."""
    return {
        "id": id,
        "version": version,
        "inbox_id": 1,
        "inbox_name": "Shop",
        "name": f"Customer {id}",
        "phone": "+62 812-3000-0001",
        "preview": "Halo",
        "preview_kind": "text",
        "preview_is_ours": False,
        "preview_status": "",
        "last_message_at": 1_700_000_000_000,
        "unread": 0,
        "waiting_since": 0,
        "status": "open",
        "assignee_id": 0,
        "assignee_name": "",
        "picture": "",
        "is_group": False,
        "priority": 0,
        "team": "",
        "because": {},
        "is_escalated": False,
        "due_at": 0,
        "labels": [],
        **columns,
    }


def message(id: str = "m1", version: int = 1, **columns: Any) -> dict[str, Any]:
    """A `MessageRow` as JSON."""
    return {
        "id": id,
        "version": version,
        "conversation_id": 1,
        "kind": "text",
        "body": "Halo",
        "is_ours": False,
        "author": "",
        "sender_type": "contact",
        "status": "",
        "failure_reason": "",
        "sent_at": 1_700_000_000_000,
        "is_edited": False,
        "is_revoked": False,
        "quoted_body": "",
        "quoted_id": "",
        "quoted_kind": "",
        "quoted_is_ours": False,
        "raw_kind": "",
        "is_forwarded": False,
        "group_author": "",
        "held_until": 0,
        "hold_reason": "",
        "can_cancel": False,
        "attachment": None,
        "reactions": [],
        "words": {},
        "note": "",
        **columns,
    }


def announced(row: dict[str, Any], *messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A `ConversationAnnounced` as JSON."""
    return {"type": "conversation", "row": row, "messages": list(messages), "was_assignee_id": 0, **more}
