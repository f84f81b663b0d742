"""Maps WhatsApp's many words for a refused message to a few reasons. Pure.

WhatsApp's and wa-js' words change. Those known here come from wa-js 4.6.0 (its errors and ``SendMsgResult``), WhatsApp
Web's negative acks (-2 expired … -7 downgraded) and the codes of WhatsApp's servers.
"""

import re
from dataclasses import dataclass
from typing import Final

from wa_worker.contract.reasons import SendFailure


@dataclass(frozen=True)
class Refusal:
    """Why a message was refused. `reason`: the word in `CommandFailed`."""

    reason: SendFailure
    #: A retry by the worker may help.
    is_transient: bool = False
    #: No retry can help, not even later.
    is_permanent: bool = False
    #: WhatsApp may be about to ban the number.
    is_ban_sign: bool = False


REFUSED: Final = Refusal(SendFailure.REFUSED, is_ban_sign=True)
UNKNOWN_NUMBER: Final = Refusal(SendFailure.UNKNOWN_NUMBER, is_permanent=True)
NOT_ALLOWED: Final = Refusal(SendFailure.NOT_ALLOWED)
MEDIA_MISSING: Final = Refusal(SendFailure.MEDIA_MISSING, is_permanent=True)

#: The first pattern that matches counts.
_WORDS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), refusal)
    for pattern, refusal in (
        (r"file_too_large|too.?(big|large)|ack -4\b|\b413\b", Refusal(SendFailure.TOO_BIG, is_permanent=True)),
        (
            r"unsupported|not.?supported|MEDIA_ERR|unuploadable|invalid_data_url|ack -5\b|\b415\b",
            Refusal(SendFailure.UNSUPPORTED_MEDIA, is_permanent=True),
        ),
        (r"file_missing|content_gone|ack -3\b", Refusal(SendFailure.UPLOAD_FAILED, is_transient=True)),
        (r"msg_not_found", Refusal(SendFailure.MESSAGE_MISSING, is_permanent=True)),
        (r"no such account|invalid_wid|not.?registered|item-not-found|\b404\b", UNKNOWN_NUMBER),
        (r"blocked", Refusal(SendFailure.BLOCKED, is_permanent=True)),
        (r"rate.?over|too.?many|spam|\b429\b", Refusal(SendFailure.TOO_FAST, is_transient=True, is_ban_sign=True)),
        (
            r"not.?auth|forbidden|not.?allowed|not.?acceptable|restrict|can_not_send|\b40[136]\b|\b463\b",
            Refusal(SendFailure.NOT_ALLOWED, is_ban_sign=True),
        ),
        (r"upload", Refusal(SendFailure.UPLOAD_FAILED, is_transient=True)),
        (r"expired|ack -2\b|time.?d?.?out", Refusal(SendFailure.TIMEOUT, is_transient=True)),
        (r"network|offline|disconnect|connection", Refusal(SendFailure.NETWORK, is_transient=True)),
        (r"server|internal|unavailable|\b5\d\d\b", Refusal(SendFailure.SERVER_ERROR, is_transient=True)),
    )
)


def refusal_of(words: str) -> Refusal:
    """Return what WhatsApp's words mean; ``refused`` if it gave no reason."""
    return next((refusal for pattern, refusal in _WORDS if pattern.search(words)), REFUSED)
