"""Maps the bridge's raw objects to contract events. Pure. A raw object that fits no event raises one of `MALFORMED`.

The caller then writes the raw object to the dead letters. ``page/kinds.py`` finds out the kind of a message.
"""

from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from wa_worker.contract.addressing import GROUP_SERVER, WaMessageId, phone_of_jid, server_of
from wa_worker.contract.base import LATEST_MS
from wa_worker.contract.events import (
    AckChanged,
    ContactChanged,
    MessageEdited,
    MessageReceived,
    MessageRevoked,
    MessageSent,
    ReactionChanged,
)
from wa_worker.page.kinds import Raw, body_of, file_of, kind_of, raw_kind_of

_NAME_LENGTH: Final = 256
_IDS: Final[TypeAdapter[str]] = TypeAdapter(WaMessageId)
#: A smaller time is in seconds, a larger one in milliseconds: WhatsApp uses both.
_SECONDS_UNTIL: Final = 100_000_000_000

#: What a raw object that fits no event raises; pydantic's ValidationError is a ValueError.
MALFORMED: Final = (ValueError, KeyError, TypeError, AttributeError, OverflowError)


def message_event(
    inbox_id: int, raw: Raw, *, history_before: int | None, is_backfill: bool, follows: Any = None
) -> MessageReceived | MessageSent | None:
    """Return the event for a raw message; None for a line of WhatsApp's own that nobody needs to see.

    `history_before` (epoch ms): older messages that a backfill finds came before the pairing. `follows`: the id of the
    message before it in its chat.
    """
    kind = kind_of(raw)
    if kind is None:
        return None
    contact: Raw = raw.get("contact") or {}
    sent_at = seconds_of(raw["t"]) * 1000
    is_group = server_of(raw["chat"]) == GROUP_SERVER
    common: dict[str, Any] = {
        "inbox_id": inbox_id,
        "wa_message_id": raw["id"],
        "chat_jid": raw["chat"],
        "contact_lid": contact.get("lid"),
        "phone_e164": phone_of_jid(contact.get("phone")),
        "kind": kind,
        "raw_kind": raw_kind_of(raw, kind),
        "body": body_of(raw, kind),
        "sent_at": sent_at,
        "quoted_wa_message_id": _id_or_none(raw.get("quoted")),
        "is_forwarded": bool(raw.get("isForwarded")),
        "is_edited": bool(raw.get("isEdited")),
        "media": file_of(raw, kind),
        # A live message is never history, even if WhatsApp's clock and ours differ around the time of the pairing.
        "is_history": is_backfill and history_before is not None and sent_at < history_before,
        "is_backfill": is_backfill,
        "follows": _id_or_none(follows),
    }
    if raw["fromMe"]:
        # The raw push name of our own message is ours, not the customer's.
        return MessageSent(**common, push_name=_name(contact.get("pushName")), ack=raw.get("ack") or 0)
    if is_group:
        return MessageReceived(
            **common,
            push_name=_name(contact.get("pushName")),
            author_jid=raw.get("author"),
            author_name=_name(raw.get("authorName")),
        )
    return MessageReceived(**common, push_name=_name(raw.get("pushName") or contact.get("pushName")))


def seconds_of(t: Any) -> int:
    """Return a message's time in epoch seconds, cut to what an event holds; 0 if unknown."""
    return min(max(int(t or 0), 0), LATEST_MS // 1000)


def ack_event(inbox_id: int, chat: str, ids: list[str], ack: int) -> AckChanged:
    """Return the event for the ticks of at most `MOST_TICKS` messages of one chat."""
    return AckChanged(inbox_id=inbox_id, chat_jid=chat, wa_message_ids=ids, ack=ack)


def edited_event(inbox_id: int, raw: Raw) -> MessageEdited:
    """Return the event for an edited message."""
    return MessageEdited(
        inbox_id=inbox_id, chat_jid=raw["chat"], wa_message_id=raw["id"], is_from_me=raw["fromMe"], body=raw["text"]
    )


def revoked_event(inbox_id: int, raw: Raw) -> MessageRevoked:
    """Return the event for a message that was deleted for everyone."""
    return MessageRevoked(inbox_id=inbox_id, chat_jid=raw["chat"], wa_message_id=raw["id"], is_from_me=raw["fromMe"])


def reaction_event(inbox_id: int, raw: Raw) -> ReactionChanged:
    """Return the event for a reaction that was set or removed."""
    t = int(raw["t"] or 0)
    return ReactionChanged(
        inbox_id=inbox_id,
        chat_jid=raw["chat"],
        wa_message_id=raw["id"],
        is_from_me=raw["fromMe"],
        is_ours=raw["isOurs"],
        author_jid=None if raw["isOurs"] else raw.get("author"),
        emoji=raw["emoji"],
        reacted_at=min(t, LATEST_MS // 1000) * 1000 if t < _SECONDS_UNTIL else t,
    )


def contact_event(inbox_id: int, contact: Raw) -> ContactChanged:
    """Return the event with all that WhatsApp knows about a contact now; unknown fields are None."""
    return ContactChanged(
        inbox_id=inbox_id,
        chat_jid=contact["chat"],
        contact_lid=contact.get("lid"),
        phone_e164=phone_of_jid(contact.get("phone")),
        push_name=_name(contact.get("pushName")),
        address_book_name=_name(contact.get("name")),
        verified_name=_name(contact.get("verifiedName")),
    )


def _id_or_none(value: Any) -> str | None:
    """Return the id, or None if it is invalid: a bad quote must not cost the message."""
    try:
        return _IDS.validate_python(value)
    except ValidationError:
        return None


def _name(value: Any) -> str | None:
    """Cut a name to what an event holds, so that no message is refused for its sender's name."""
    name = str(value).strip()[:_NAME_LENGTH] if value else ""
    return name or None
