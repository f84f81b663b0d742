"""One example of everything on the wire, with every field set. The golden files are made from these once and kept."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from wa_worker.contract import commands, events
from wa_worker.contract.commands import Channel
from wa_worker.contract.events import MessageKind, SessionStatus

GOLDEN = Path(__file__).parent / "golden"
_AT = 1_786_000_000_123
_EVENT: dict[str, Any] = {"inbox_id": 7, "occurred_at": _AT}
_COMMAND: dict[str, Any] = {"inbox_id": 7, "requested_at": _AT}
_CONTENT: dict[str, Any] = {
    **_EVENT,
    "wa_message_id": "3EB0A1B2C3D4E5F60718AB",
    "chat_jid": "900000000001@lid",
    "contact_lid": "900000000001@lid",
    "phone_e164": "+6281234567890",
    "push_name": "Rina 🌺",
    "kind": MessageKind.TEXT,
    "raw_kind": "chat",
    "body": "Halo kak 👨‍👩‍👧, <b>ready?</b>\nשלום",
    "sent_at": 1_786_000_000_000,
    "quoted_wa_message_id": "3EB0000000000000000001",
    "is_forwarded": True,
    "is_edited": True,
    "media": {
        "mimetype": "image/jpeg",
        "size_bytes": 12345,
        "filename": "toko.jpg",
        "duration_ms": 0,
        "width": 640,
        "height": 480,
    },
    "author_jid": "900000000002@lid",
    "author_name": "Sari",
    "is_history": False,
    "is_backfill": True,
    "follows": "3EB0000000000000000002",
}
_ABOUT: dict[str, Any] = {
    **_EVENT,
    "chat_jid": "900000000001@lid",
    "wa_message_id": "3EB0A1B2C3D4E5F60718AB",
    "is_from_me": False,
}

EXAMPLES: list[BaseModel] = [
    events.MessageReceived(**_CONTENT),
    events.MessageSent(**_CONTENT, ack=2),
    events.AckChanged(**_EVENT, chat_jid="628123@c.us", wa_message_ids=["3EB0AA", "3EB0BB"], ack=3),
    events.MessageEdited(**_ABOUT, body="Halo kak, ready?"),
    events.MessageRevoked(**_ABOUT),
    events.ReactionChanged(
        **_ABOUT, is_ours=False, author_jid="900000000002@lid", emoji="👍🏽", reacted_at=1_786_000_000_000
    ),
    events.MediaStored(
        **_ABOUT,
        media_key="7/ab/abcdef.jpg",
        mimetype="image/jpeg",
        size_bytes=12345,
        sha256="ab" * 32,
        filename="toko.jpg",
        thumbnail_key="7/ab/abcdef.thumb.jpg",
        width=640,
        height=480,
        duration_ms=1500,
    ),
    events.MediaFailed(**_ABOUT, reason="expired", detail="404", is_permanent=True),
    events.SendDelayed(**_EVENT, wa_message_id="3EB0AA", until=_AT + 3000, reason="pacing"),
    events.ContactChanged(
        **_EVENT,
        chat_jid="900000000001@lid",
        contact_lid="900000000001@lid",
        phone_e164="+6281234567890",
        push_name="Rina",
        address_book_name="Rina Toko",
        verified_name="Toko Rina",
        picture_key="7/pictures/abcdef.jpg",
    ),
    events.SessionChanged(
        **_EVENT,
        status=SessionStatus.WAITING_FOR_SCAN,
        reason="qr_refreshed",
        qr_text="2@abc,def",
        pairing_code="ABCD1234",
        phone_e164="+6281234567890",
        push_name="Toko",
        wa_version="2.3000.1",
        sync_percent=40,
        alerts=[events.Alert.SENDING_PAUSED],
        browser_error="Chromium can't be started: libnss3.so is missing",
        host="worker-1",
    ),
    events.GapRecovered(**_EVENT, away_from=_AT - 60_000, away_until=_AT, recovered=7),
    events.CommandFailed(
        **_EVENT,
        command="SendText",
        wa_message_id="3EB0AA",
        reason="refused",
        detail="ERROR_UNKNOWN",
        is_permanent=True,
    ),
    commands.SendText(
        **_COMMAND,
        wa_message_id="3EB0A1B2C3D4E5F60718AB",
        chat_jid="900000000001@lid",
        conversation_id=12,
        body="Siap kak 🙏",
        quoted_wa_message_id="3EB0000000000000000001",
    ),
    commands.SendMedia(
        **_COMMAND,
        wa_message_id="3EB0A1B2C3D4E5F60718AB",
        chat_jid="900000000001@lid",
        conversation_id=12,
        kind=commands.MediaKind.VOICE,
        media_key="7/ab/abcdef.ogg",
        mimetype="audio/ogg; codecs=opus",
        filename="voice.ogg",
        caption="",
        quoted_wa_message_id="3EB0000000000000000001",
    ),
    commands.SendReaction(
        **_COMMAND,
        chat_jid="900000000001@lid",
        conversation_id=12,
        wa_message_id="3EB0AA",
        is_from_me=False,
        emoji="🙏",
    ),
    commands.SetTyping(**_COMMAND, chat_jid="900000000001@lid", activity="recording"),
    commands.FetchMedia(**_COMMAND, chat_jid="900000000001@lid", wa_message_id="3EB0AA", is_from_me=False),
    commands.ResumeSending(**_COMMAND),
    commands.MarkRead(**_COMMAND, chat_jid="900000000001@lid", conversation_id=12),
    commands.PairWithCode(**_COMMAND, phone_e164="+6281234567890"),
    commands.RefreshQr(**_COMMAND),
    commands.Logout(**_COMMAND),
    commands.ResetSession(**_COMMAND),
    commands.Backfill(**_COMMAND),
    commands.StartNumber(**_COMMAND, channel=Channel.DEMO, has_groups=True),
    commands.StopNumber(**_COMMAND),
]
