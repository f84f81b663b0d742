"""From the bridge's raw shapes to contract events. Pure; a shape that fits no event raises ValueError.

pydantic's ValidationError is a ValueError too: the caller puts the raw shape to the dead letters. What kind a message
is stands in ``page/kinds.py``.
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
#: Below, a time is in seconds; above, in milliseconds. WhatsApp has both.
_SECONDS_UNTIL: Final = 100_000_000_000

#: What a shape that fits no event raises.
MALFORMED: Final = (ValueError, KeyError, TypeError, AttributeError, OverflowError)


def message_event(
    inbox_id: int, raw: Raw, *, history_before: int | None, is_backfill: bool, follows: Any = None
) -> MessageReceived | MessageSent | None:
    """A raw message as its event; None: WhatsApp's own line that nobody needs to see.

    `history_before` (epoch ms): older ones that a look-back finds came before the pairing. `follows`: the id of the
    message before it.
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
        # What is heard live is news, whatever WhatsApp's clock and ours say of the minute of the pairing.
        "is_history": is_backfill and history_before is not None and sent_at < history_before,
        "is_backfill": is_backfill,
        "follows": _id_or_none(follows),
    }
    if raw["fromMe"]:
        # Of a message of ours, the raw push name is our own.
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
    """WhatsApp's time of a message in epoch seconds, cut to what an event holds; 0: it is not known."""
    return min(max(int(t or 0), 0), LATEST_MS // 1000)


def ack_event(inbox_id: int, chat: str, ids: list[str], ack: int) -> AckChanged:
    """The ticks of at most `MOST_TICKS` messages of one chat."""
    return AckChanged(inbox_id=inbox_id, chat_jid=chat, wa_message_ids=ids, ack=ack)


def edited_event(inbox_id: int, raw: Raw) -> MessageEdited:
    """Another text."""
    return MessageEdited(
        inbox_id=inbox_id, chat_jid=raw["chat"], wa_message_id=raw["id"], is_from_me=raw["fromMe"], body=raw["text"]
    )


def revoked_event(inbox_id: int, raw: Raw) -> MessageRevoked:
    """Deleted for everyone."""
    return MessageRevoked(inbox_id=inbox_id, chat_jid=raw["chat"], wa_message_id=raw["id"], is_from_me=raw["fromMe"])


def reaction_event(inbox_id: int, raw: Raw) -> ReactionChanged:
    """An emoji to a message, or none any more."""
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
    """Everything that WhatsApp tells of a contact now; unknown stays None."""
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
    """What is no id is left out: neither a quote nor a place is worth the message."""
    try:
        return _IDS.validate_python(value)
    except ValidationError:
        return None


def _name(value: Any) -> str | None:
    """Names are cut here, at the source, so that nobody has to refuse a message for its sender's name."""
    name = str(value).strip()[:_NAME_LENGTH] if value else ""
    return name or None
