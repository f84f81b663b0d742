"""From the bridge's raw shapes to contract events. Pure; a shape that fits no event raises ValueError.

pydantic's ValidationError is a ValueError too: the caller puts the raw shape to the dead letters.
"""

from typing import Any, Final

from wa_worker.contract.addressing import phone_of_jid
from wa_worker.contract.events import (
    AckChanged,
    ContactChanged,
    MessageEdited,
    MessageKind,
    MessageReceived,
    MessageRevoked,
    MessageSent,
)

_KINDS: Final = {
    "chat": MessageKind.TEXT,
    "image": MessageKind.IMAGE,
    "video": MessageKind.VIDEO,
    "audio": MessageKind.AUDIO,
    "ptt": MessageKind.VOICE,
    "document": MessageKind.DOCUMENT,
    "sticker": MessageKind.STICKER,
    "location": MessageKind.LOCATION,
    "vcard": MessageKind.CONTACT_CARD,
    "multi_vcard": MessageKind.CONTACT_CARD,
    "ciphertext": MessageKind.UNDECRYPTED,
}
#: Lines that WhatsApp itself writes into a chat; nobody said them.
_SYSTEM_KINDS: Final = frozenset(
    {
        "e2e_notification",
        "notification",
        "notification_template",
        "gp2",
        "protocol",
        "reaction",
        "reaction_enc",
        "broadcast_notification",
        "newsletter_notification",
        "debug",
        "pinned_message",
        "keep_in_chat",
    }
)
_NAME_LENGTH: Final = 256

Raw = dict[str, Any]


def is_said_by_somebody(raw: Raw) -> bool:
    """False for WhatsApp's own lines in a chat."""
    return raw["type"] not in _SYSTEM_KINDS


def message_event(
    inbox_id: int, raw: Raw, *, history_before: int | None, is_backfill: bool
) -> MessageReceived | MessageSent:
    """A raw message as its event. `history_before` (epoch ms): older ones came before the pairing."""
    contact: Raw = raw.get("contact") or {}
    sent_at = int(raw["t"] or 0) * 1000
    common: dict[str, Any] = {
        "inbox_id": inbox_id,
        "wa_message_id": raw["id"],
        "chat_jid": raw["chat"],
        "contact_lid": contact.get("lid"),
        "phone_e164": phone_of_jid(contact.get("phone")),
        "kind": _KINDS.get(raw["type"], MessageKind.UNSUPPORTED),
        "raw_kind": str(raw["type"])[:64],
        "body": raw.get("text") or "",
        "sent_at": sent_at,
        "quoted_wa_message_id": raw.get("quoted"),
        "is_history": history_before is not None and sent_at < history_before,
        "is_backfill": is_backfill,
    }
    if raw["fromMe"]:
        # Of a message of ours, the raw push name is our own.
        return MessageSent(**common, push_name=_name(contact.get("pushName")), ack=raw.get("ack") or 0)
    return MessageReceived(**common, push_name=_name(raw.get("pushName") or contact.get("pushName")))


def ack_event(inbox_id: int, chat: str, ids: list[str], ack: int) -> AckChanged:
    """The ticks of some messages of one chat."""
    return AckChanged(inbox_id=inbox_id, chat_jid=chat, wa_message_ids=ids[:1000], ack=ack)


def edited_event(inbox_id: int, raw: Raw) -> MessageEdited:
    """Another text."""
    return MessageEdited(
        inbox_id=inbox_id, chat_jid=raw["chat"], wa_message_id=raw["id"], is_from_me=raw["fromMe"], body=raw["text"]
    )


def revoked_event(inbox_id: int, raw: Raw) -> MessageRevoked:
    """Deleted for everyone."""
    return MessageRevoked(inbox_id=inbox_id, chat_jid=raw["chat"], wa_message_id=raw["id"], is_from_me=raw["fromMe"])


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


def _name(value: Any) -> str | None:
    """Names are cut here, at the source, so that nobody has to refuse a message for its sender's name."""
    name = str(value).strip()[:_NAME_LENGTH] if value else ""
    return name or None
