"""WhatsApp's addresses: jids, LIDs and message ids.

Sources: wa-js 4.6.0 (``MsgKey``, ``Wid``), seen with the real bundle. A jid is ``user@server``. A LID
(``…@lid``) hides the number and must never be read as one.
"""

import re
import secrets
from functools import lru_cache
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
_WRITTEN = re.compile(r"^\s*(\+?)([\d\s().\-/\u2010-\u2015]+)$", re.ASCII)
#: Brazil: a mobile number got a ninth digit before its eight; WhatsApp's older accounts are still named without it.
_BRAZIL_MOBILE = re.compile(r"^(55[1-9]\d)([6-9]\d{7})$")
_HOME = "62"


def mint_message_id() -> str:
    """A new WhatsApp message id: ``3EB0`` and 18 upper-case hex digits, as WhatsApp's own clients make them."""
    return "3EB0" + secrets.token_hex(9).upper()


def server_of(jid: str) -> str:
    """The part behind the ``@``; empty when there is none."""
    return jid.partition("@")[2]


# Each message asks for the same customer's number several times.
@lru_cache(maxsize=4096)
def normalise_phone(written: str) -> str | None:
    """One form for every way to write a number: ``0812…``, ``62812…``, ``+62 812-…`` → ``+62812…``; None: no number.

    A number without its country is Indonesian. A Brazilian mobile number without its ninth digit gets it.
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
    """``62812…@c.us`` → ``+62812…``; None for a LID or anything else that holds no number.

    The number is in its one form; the jid itself stays as WhatsApp says it.
    """
    match = _PHONE_JID.match(jid or "")
    return normalise_phone(f"+{match[1]}") if match else None


def jid_of_phone(phone_e164: str) -> str:
    """``+62812…`` → ``62812…@c.us``."""
    return f"{phone_e164.removeprefix('+')}@{PHONE_SERVER}"
