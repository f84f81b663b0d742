"""What kinds of messages mean for those who answer."""

from wa_worker.contract.events import MessageKind


def wants_answer(kind: MessageKind, raw_kind: str) -> bool:
    """Whether somebody has to act when it comes: what a customer said, and a call that nobody took.

    WhatsApp tells of a call as ``call_log:missed``, ``call_log:missed_video``, ``call_log:completed`` …
    """
    if kind is MessageKind.CALL:
        return "missed" in raw_kind
    return kind is not MessageKind.NOTICE


def is_answer(kind: MessageKind) -> bool:
    """Whether the customer has heard from us when it leaves our number."""
    return kind not in (MessageKind.NOTICE, MessageKind.CALL)
