"""How each kind of message matters to the agents who answer."""

from wa_worker.contract.events import MessageKind


def wants_answer(kind: MessageKind, raw_kind: str) -> bool:
    """Whether an agent must act when it arrives: a customer's message, or a call that was not answered.

    WhatsApp reports calls as ``call_log:missed``, ``call_log:missed_video``, ``call_log:completed`` …
    """
    if kind is MessageKind.CALL:
        return "missed" in raw_kind
    return kind is not MessageKind.NOTICE


def is_answer(kind: MessageKind) -> bool:
    """Whether a message from our number counts as an answer to the customer."""
    return kind not in (MessageKind.NOTICE, MessageKind.CALL)
