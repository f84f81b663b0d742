"""WhatsApp's addresses: jids, LIDs, phone numbers and message ids.

A jid is ``user@server``. A LID (``…@lid``) hides the phone number and must never be taken for one. Sources: wa-js 4.6.0
(``MsgKey``, ``Wid``), seen with the real bundle.
"""

import re
import secrets
from functools import lru_cache
from typing import Annotated

from pydantic import StringConstraints

PHONE_SERVER = "c.us"
LID_SERVER = "lid"
#: Groups are followed only if they are switched on for a number; broadcasts and channels never are.
GROUP_SERVER = "g.us"

ChatJid = Annotated[str, StringConstraints(pattern=r"^[\w.:-]{1,64}@[a-z.]{1,32}$")]
ContactLid = Annotated[str, StringConstraints(pattern=r"^[\w.:-]{1,64}@lid$")]
#: The id part of a ``MsgKey``, never the full key: the same message may come with an @lid and with a @c.us key.
WaMessageId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:=+/-]{1,128}$")]
PhoneE164 = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{4,14}$")]

_PHONE_JID = re.compile(r"^([1-9]\d{4,14})(?::\d+)?@(?:c\.us|s\.whatsapp\.net)$")
_WRITTEN = re.compile(r"^\s*(\+?)([\d\s().\-/\u2010-\u2015]+)$", re.ASCII)
#: Brazil put a ninth digit before the eight of mobile numbers; WhatsApp's older accounts have addresses without it.
_BRAZIL_MOBILE = re.compile(r"^(55[1-9]\d)([6-9]\d{7})$")
_HOME = "62"


def mint_message_id() -> str:
    """Make a new message id as WhatsApp's own clients do: ``3EB0`` and 18 upper-case hex digits."""
    return "3EB0" + secrets.token_hex(9).upper()


def server_of(jid: str) -> str:
    """Return the part after the ``@``; empty if there is none."""
    return jid.partition("@")[2]


# The same customer's number is normalized several times for each message.
@lru_cache(maxsize=4096)
def normalise_phone(written: str) -> str | None:
    """Return a written phone number as E.164: ``0812…``, ``62812…``, ``+62 812-…`` → ``+62812…``; None if it is none.

    A number without a country code is Indonesian. A Brazilian mobile number without its ninth digit gets it.
    """
    match = _WRITTEN.match(written)
    digits = re.sub(r"\D", "", match[2]) if match else ""
    if match and not match[1]:
        if digits.startswith("00"):
            digits = digits[2:]
        elif digits.startswith("0"):
            digits = _HOME + digits[1:]
    if digits.startswith(_HOME + "0"):
        digits = _HOME + digits[3:]
    digits = _BRAZIL_MOBILE.sub(r"\g<1>9\g<2>", digits)
    return f"+{digits}" if re.fullmatch(r"[1-9]\d{4,14}", digits) else None


def phone_of_jid(jid: str | None) -> str | None:
    """Return a jid's phone number: ``62812…@c.us`` → ``+62812…``; None for a LID or any other jid without one.

    The number is normalized, so it may differ from the jid's digits.
    """
    match = _PHONE_JID.match(jid or "")
    return normalise_phone(f"+{match[1]}") if match else None


def jid_of_phone(phone_e164: str) -> str:
    """Return the jid of a phone number: ``+62812…`` → ``62812…@c.us``."""
    return f"{phone_e164.removeprefix('+')}@{PHONE_SERVER}"
