"""The full keys of messages in the page, as wa-js serializes WhatsApp's ``MsgKey``: ``{fromMe}_{chat}_{id}``. Pure.

In a group the author's address follows.
"""

from typing import Final

_RECEIVED: Final = "false_"


def key_of_sent(chat_jid: str, wa_message_id: str) -> str:
    """The key of a message that we sent to a customer."""
    return f"true_{chat_jid}_{wa_message_id}"


def is_received(key: str) -> bool:
    """Whether somebody else wrote the message."""
    return key.startswith(_RECEIVED)
