"""Why something is as it is: the only words that the worker has for it. The app says them in the reader's language.

Where each enum is worded stands in docs/decisions/012-reasons-are-codes.md.

On the wire they are plain text, so that an app can read the events of a worker that is newer or older.
"""

from collections.abc import Iterable
from enum import StrEnum


class NumberReason(StrEnum):
    """`SessionChanged.reason`: why a number is in its state."""

    STARTING = "starting"
    #: The browser is started afresh, as every night.
    RECYCLING = "recycling"
    LOADING = "loading"
    OFFLINE = "offline"
    #: WhatsApp Web stopped answering.
    DEAF = "deaf"
    BROWSER_LOST = "browser_lost"
    WORKER_STOPPED = "worker_stopped"
    PROFILE_IN_USE = "profile_in_use"
    PROFILE_ELSEWHERE = "profile_elsewhere"
    #: WhatsApp Web is open elsewhere.
    CONFLICT = "conflict"
    PROXYBLOCK = "proxyblock"
    TOS_BLOCK = "tos_block"
    SMB_TOS_BLOCK = "smb_tos_block"
    QR_EXPIRED = "qr_expired"
    #: The history is read.
    HISTORY = "history"
    SCANNED = "scanned"
    PASSKEY = "passkey"
    PHONE_LOGOUT = "phone_logout"
    #: An admin logged it out.
    REQUESTED = "requested"
    UNLINKED = "unlinked"
    NEEDS_UPDATE = "needs_update"
    #: Parts of WhatsApp Web that we need are not there; their names follow (`with_parts`).
    MISSING = "missing"


class SendFailure(StrEnum):
    """`CommandFailed.reason` of a message or a reaction: why WhatsApp did not take it."""

    REFUSED = "refused"
    UNKNOWN_NUMBER = "unknown_number"
    NOT_ALLOWED = "not_allowed"
    BLOCKED = "blocked"
    TOO_FAST = "too_fast"
    TOO_BIG = "too_big"
    UNSUPPORTED_MEDIA = "unsupported_media"
    UPLOAD_FAILED = "upload_failed"
    MEDIA_MISSING = "media_missing"
    MEDIA_STORE = "media_store"
    MESSAGE_MISSING = "message_missing"
    NETWORK = "network"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    PAGE_FAILED = "page_failed"


class CommandFailure(StrEnum):
    """`CommandFailed.reason` of an admin's command."""

    NOT_LIVE = "not_live"
    NOT_A_SESSION_COMMAND = "not_a_session_command"
    DISK_FAILED = "disk_failed"
    EXPIRED = "expired"
    LOGGED_OUT = "logged_out"
    NOT_READY = "not_ready"
    PAGE_FAILED = "page_failed"


class MediaFailure(StrEnum):
    """`MediaFailed.reason`: why a file could not be had."""

    EXPIRED = "expired"
    GONE = "gone"
    TOO_BIG = "too_big"
    TOO_MANY = "too_many"
    TIMEOUT = "timeout"
    INTERRUPTED = "interrupted"
    PAGE_FAILED = "page_failed"
    CORRUPT = "corrupt"
    STORE_FULL = "store_full"
    STORE_FAILED = "store_failed"
    FAILED = "failed"


class DelayReason(StrEnum):
    """`SendDelayed.reason`: why a message of ours waits in the worker."""

    PACING = "pacing"
    RETRY = "retry"
    BREAKER = "breaker"


def with_parts(reason: NumberReason, parts: Iterable[str]) -> str:
    """A reason that names what it is about, as it stands on the wire: ``missing Chat, Msg``."""
    return f"{reason.value} {', '.join(parts)}"


def split(reason: str) -> tuple[str, list[str]]:
    """A reason of the wire as its word and what it names: ``missing``, ``["Chat", "Msg"]``."""
    word, _, parts = reason.partition(" ")
    return word, [part for part in parts.split(", ") if part]
