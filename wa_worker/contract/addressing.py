"""WhatsApp's addresses: jids, LIDs and message ids.

Sources: wa-js 4.6.0 (``MsgKey``, ``Wid``), seen with the real bundle. A jid is ``user@server``. A LID
(``…@lid``) hides the number and must never be read as one.
"""

import re
import secrets
from typing import Annotated

from pydantic import StringConstraints

PHONE_SERVER = "c.us"
LID_SERVER = "lid"
#: Groups are ignored at the source unless they are switched on for a number; broadcasts and channels always are.
GROUP_SERVER = "g.us"

ChatJid = Annotated[str, StringConstraints(pattern=r"^[\w.:-]{1,64}@[a-z.]{1,32}$")]
ContactLid = Annotated[str, StringConstraints(pattern=r"^[\w.:-]{1,64}@lid$")]
#: The id part of a ``MsgKey``, never the serialized key: one message can come as @lid and as @c.us.
WaMessageId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:=+/-]{1,128}$")]
PhoneE164 = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{4,14}$")]

_PHONE_JID = re.compile(r"^([1-9]\d{4,14})(?::\d+)?@(?:c\.us|s\.whatsapp\.net)$")


def mint_message_id() -> str:
    """A new WhatsApp message id: ``3EB0`` and 18 upper-case hex digits, as WhatsApp's own clients make them."""
    return "3EB0" + secrets.token_hex(9).upper()


def server_of(jid: str) -> str:
    """The part behind the ``@``; empty when there is none."""
    return jid.partition("@")[2]


def phone_of_jid(jid: str | None) -> str | None:
    """``62812…@c.us`` → ``+62812…``; None for a LID or anything else that holds no number."""
    match = _PHONE_JID.match(jid or "")
    return f"+{match[1]}" if match else None


def jid_of_phone(phone_e164: str) -> str:
    """``+62812…`` → ``62812…@c.us``."""
    return f"{phone_e164.removeprefix('+')}@{PHONE_SERVER}"
