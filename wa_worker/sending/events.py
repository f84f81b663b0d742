"""Makes the events about messages that ROMS sends. Pure."""

from typing import Any

from wa_worker.contract.base import now_ms
from wa_worker.contract.commands import MarkRead, SendMedia, SendReaction, SendText
from wa_worker.contract.events import (
    CommandFailed,
    MediaFacts,
    MessageKind,
    MessageSent,
    ReactionChanged,
    SendDelayed,
)
from wa_worker.contract.reasons import DelayReason
from wa_worker.page.kinds import SENT_FILES
from wa_worker.page.outbound_calls import SendOutcome
from wa_worker.page.refusals import Refusal
from wa_worker.stream.publisher import printable

Message = SendText | SendMedia
ChatCommand = Message | SendReaction | MarkRead


def sent_event(command: Message, outcome: SendOutcome, size_bytes: int) -> MessageSent:
    """A message that WhatsApp has, or that is in the page's own outbox (ack 0)."""
    content: dict[str, Any]
    if isinstance(command, SendText):
        content = {"body": command.body}
    else:
        content = {
            "kind": MessageKind(command.kind.value),
            "raw_kind": SENT_FILES[command.kind][1],
            "body": command.caption,
            "media": MediaFacts(mimetype=command.mimetype, size_bytes=size_bytes, filename=command.filename),
        }
    return MessageSent(
        inbox_id=command.inbox_id,
        wa_message_id=command.wa_message_id,
        chat_jid=outcome.chat,
        sent_at=outcome.t * 1000 if outcome.t else now_ms(),
        quoted_wa_message_id=command.quoted_wa_message_id,
        ack=max(0, outcome.ack),
        **content,
    )


def reacted_event(command: SendReaction, chat: str) -> ReactionChanged:
    """Our reaction was set or removed."""
    return ReactionChanged(
        inbox_id=command.inbox_id,
        chat_jid=chat,
        wa_message_id=command.wa_message_id,
        is_from_me=command.is_from_me,
        is_ours=True,
        emoji=command.emoji,
        reacted_at=now_ms(),
    )


def delayed_event(command: Message, until: int, reason: DelayReason) -> SendDelayed:
    """A message that waits until `until` (epoch ms)."""
    return SendDelayed(inbox_id=command.inbox_id, wa_message_id=command.wa_message_id, until=until, reason=reason)


def failed_event(command: ChatCommand, refusal: Refusal, words: str) -> CommandFailed:
    """A command that failed. `words`: what WhatsApp said."""
    return CommandFailed(
        inbox_id=command.inbox_id,
        command=command.type,
        wa_message_id=None if isinstance(command, MarkRead) else command.wa_message_id,
        reason=refusal.reason,
        detail=printable(words)[:500],
        is_permanent=refusal.is_permanent,
    )
