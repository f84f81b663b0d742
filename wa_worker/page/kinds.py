"""Finds out what kind of message a raw message is, and the text to show for it. Pure.

Only this module knows WhatsApp's words for kinds. Sources: wa-js 4.6.0 and public issues. A kind that is not listed and
that a person wrote is kept as ``unsupported`` with WhatsApp's word.
"""

import re
from typing import Any, Final

from wa_worker.contract.addressing import normalise_phone
from wa_worker.contract.base import LARGEST_INTEGER, LARGEST_SIZE, LONGEST_SIDE
from wa_worker.contract.commands import MediaKind
from wa_worker.contract.events import MediaFacts, MessageKind

Raw = dict[str, Any]

_KINDS: Final = {
    "chat": MessageKind.TEXT,
    # What a customer tapped on a button or in a list is their answer.
    "buttons_response": MessageKind.TEXT,
    "list_response": MessageKind.TEXT,
    "template_button_reply": MessageKind.TEXT,
    "image": MessageKind.IMAGE,
    "video": MessageKind.VIDEO,
    "ptv": MessageKind.VIDEO,
    "audio": MessageKind.AUDIO,
    "ptt": MessageKind.VOICE,
    "document": MessageKind.DOCUMENT,
    "sticker": MessageKind.STICKER,
    "location": MessageKind.LOCATION,
    "vcard": MessageKind.CONTACT_CARD,
    "multi_vcard": MessageKind.CONTACT_CARD,
    "poll_creation": MessageKind.POLL,
    "call_log": MessageKind.CALL,
    "ciphertext": MessageKind.UNDECRYPTED,
}
#: wa-js' word for each kind of file that is sent, and WhatsApp's word for the message.
SENT_FILES: Final = {
    MediaKind.IMAGE: ("image", "image"),
    MediaKind.VIDEO: ("video", "video"),
    MediaKind.AUDIO: ("audio", "audio"),
    MediaKind.VOICE: ("audio", "ptt"),
    MediaKind.DOCUMENT: ("document", "document"),
    MediaKind.STICKER: ("sticker", "sticker"),
}
WITH_FILE: Final = frozenset(
    {
        MessageKind.IMAGE,
        MessageKind.VIDEO,
        MessageKind.AUDIO,
        MessageKind.VOICE,
        MessageKind.DOCUMENT,
        MessageKind.STICKER,
    }
)
#: Lines that WhatsApp itself writes into a chat or sends through it; no person wrote them.
_INTERNAL: Final = frozenset(
    {
        "album",
        "broadcast_notification",
        "debug",
        "e2e_notification",
        "enc_comment",
        "enc_event_response",
        "gp2",
        "keep_in_chat",
        "message_history_bundle",
        "newsletter_notification",
        "notification",
        "notification_template",
        "peer_data_operation",
        "pin_in_chat",
        "pinned_message",
        "poll_update",
        "protocol",
        "reaction",
        "reaction_enc",
        "scheduled_call_edit",
    }
)
#: WhatsApp's subtypes of those lines that an agent should see.
_NOTICES: Final = frozenset(
    {
        "identity",
        "change_number",
        "disappearing_mode",
        "ephemeral_setting",
        "block_contact",
        "unblock_contact",
        "contact_blocked",
        "contact_unblocked",
        # In groups.
        "add",
        "create",
        "description",
        "invite",
        "leave",
        "linked_group_join",
        "picture",
        "remove",
        "subject",
    }
)
_DISAPPEARING: Final = frozenset({"disappearing_mode", "ephemeral_setting"})
#: How a call ended, by the words and numbers that WhatsApp's clients use.
_OUTCOMES: Final = {
    "0": "completed", "connected": "completed", "completed": "completed", "accepted": "completed",
    "4": "completed", "accepted_elsewhere": "completed", "acceptedelsewhere": "completed",
    "5": "ongoing", "ongoing": "ongoing", "3": "rejected", "rejected": "rejected", "2": "failed", "failed": "failed",
}  # fmt: skip
_VIEW_ONCE: Final = re.compile(r"view_?once", re.IGNORECASE)
_VCARD_PHONE: Final = re.compile(r"^(?:item\d+\.)?TEL[^:\r\n]*:(.*)$", re.IGNORECASE | re.MULTILINE)
_CARDS_SHOWN: Final = 50
_NUMBERS_SHOWN: Final = 10
_CHOICES_SHOWN: Final = 50
_NAME_LENGTH: Final = 256
_BODY_LENGTH: Final = 65_536
_LARGEST: Final = 1 << 53


def kind_of(raw: Raw) -> MessageKind | None:
    """Return the kind; None for a line of WhatsApp's own that nobody needs to see: it is counted, not published."""
    said, subtype = str(raw["type"]), str(raw.get("subtype") or "")
    if raw.get("isViewOnce") or _VIEW_ONCE.search(f"{said} {subtype}"):
        return MessageKind.VIEW_ONCE
    if said in _INTERNAL:
        return MessageKind.NOTICE if subtype in _NOTICES else None
    return _KINDS.get(said, MessageKind.UNSUPPORTED)


def is_undecrypted(raw: Raw) -> bool:
    """Whether the page could not decrypt the message yet."""
    return raw.get("type") == "ciphertext"


def is_revoked(raw: Raw) -> bool:
    """Whether the message was deleted for everyone."""
    return raw["type"] == "revoked"


def is_failed(raw: Raw) -> bool:
    """Whether it is a message of ours that WhatsApp refused."""
    ack = raw.get("ack")
    return bool(raw.get("fromMe")) and isinstance(ack, int) and ack < 0


def raw_kind_of(raw: Raw, kind: MessageKind) -> str:
    """Return WhatsApp's word for the kind; for calls and notices with the outcome, as ``call_log:missed_video``."""
    said = str(raw["type"])
    if kind is MessageKind.CALL:
        said = f"{said}:{_outcome(raw)}"
    elif kind is MessageKind.NOTICE:
        said = f"{said}:{raw.get('subtype')}"
        if raw.get("subtype") in _DISAPPEARING and raw.get("seconds") is not None:
            said += "_on" if _whole(raw["seconds"], _LARGEST) else "_off"
    return said[:64]


def body_of(raw: Raw, kind: MessageKind) -> str:
    """Return the text, the caption, or a text that describes the content. May be longer than an event holds."""
    match kind:
        case MessageKind.CONTACT_CARD:
            return _cards(raw.get("cards"))[:_BODY_LENGTH]
        case MessageKind.LOCATION:
            return _place(raw.get("place") or {})
        case MessageKind.POLL:
            return _poll(raw.get("poll") or {})
        case MessageKind.CALL | MessageKind.VIEW_ONCE | MessageKind.UNDECRYPTED:
            return ""
        case _:
            return raw.get("text") or ""


def file_of(raw: Raw, kind: MessageKind) -> MediaFacts | None:
    """Return what the sender's app says about the file, cut to what an event holds, so that it never fails."""
    if kind not in WITH_FILE:
        return None
    said: Raw = raw.get("file") or {}
    seconds = _number(said.get("duration"))
    return MediaFacts(
        mimetype="".join(char for char in str(said.get("mimetype") or "") if " " <= char <= "~")[:128],
        size_bytes=_whole(said.get("size"), LARGEST_SIZE) or 0,
        filename=filename_of(said.get("filename")),
        duration_ms=_whole(seconds * 1000, LARGEST_INTEGER) if seconds is not None else None,
        width=_whole(said.get("width"), LONGEST_SIDE),
        height=_whole(said.get("height"), LONGEST_SIDE),
    )


def filename_of(said: Any) -> str | None:
    """Return a file name without folders and control characters. A long one keeps its extension."""
    name = re.split(r"[/\\]", str(said or ""))[-1]
    name = "".join(char for char in name if char >= " " and char != "\x7f").strip()
    if len(name) > _NAME_LENGTH:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: _NAME_LENGTH - 17]}.{ending}" if dot and len(ending) <= 16 else name[:_NAME_LENGTH]
    return name or None


def _outcome(raw: Raw) -> str:
    call: Raw = raw.get("call") or {}
    outcome = _OUTCOMES.get(str(call.get("outcome")).lower(), "missed")
    return f"{outcome}_video" if call.get("isVideo") else outcome


def _cards(cards: Any) -> str:
    """Each person on one line, with their phone numbers on the lines below."""
    lines: list[str] = []
    for card in (cards or [])[:_CARDS_SHOWN]:
        numbers = [number.strip() for number in _VCARD_PHONE.findall(str(card.get("vcard") or ""))]
        shown = dict.fromkeys(normalise_phone(number) or number[:64] for number in numbers if number)
        name = " ".join(str(card.get("name") or "").split())[:_NAME_LENGTH]
        lines += [line for line in (name, *list(shown)[:_NUMBERS_SHOWN]) if line]
    return "\n".join(lines)


def _place(place: Raw) -> str:
    """The label, then ``latitude, longitude`` in degrees."""
    label = str(place.get("label") or "").strip()[:1000]
    lat, lng = _number(place.get("lat")), _number(place.get("lng"))
    point = f"{round(lat, 6)}, {round(lng, 6)}" if lat is not None and lng is not None else ""
    return "\n".join(line for line in (label, point) if line)


def _poll(poll: Raw) -> str:
    """The question, then each choice with a bullet."""
    choices = [f"• {str(choice)[:1000]}" for choice in (poll.get("choices") or [])[:_CHOICES_SHOWN] if choice]
    return "\n".join([str(poll.get("question") or "")[:1000], *choices]).strip()


def _number(said: Any) -> float | None:
    if isinstance(said, bool) or not isinstance(said, int | float | str):
        return None
    try:
        value = float(said)
    except (ValueError, OverflowError):
        return None
    return value if abs(value) < _LARGEST else None


def _whole(said: Any, most: int) -> int | None:
    """Return a whole number from 0 to `most`; None for a negative number or anything else."""
    value = _number(said)
    return min(int(value), most) if value is not None and value >= 0 else None
