"""What people read for two of the worker's enums (`wa_worker.contract.reasons`), and for what the app adds to them.

Where the others are worded, and where these in whole sentences: docs/decisions/012-reasons-are-codes.md. Each stands in
a table by its word. A word of a worker that is newer or older than this app has a sentence, too.
"""

from enum import StrEnum
from typing import Final

from roms_app.i18n.catalog import N_
from wa_worker.contract.reasons import NumberReason, SendFailure


class AppReason(StrEnum):
    """Reasons that the app itself gives where otherwise the worker does."""

    #: For a number: no worker's heartbeat mentions it.
    WORKER_AWAY = "worker_away"
    #: For a line of the history: messages were missed and backfilled. Its counts contain the details.
    GAP = "gap"
    #: For a message: no command could be built from it.
    UNSENDABLE = "unsendable"


#: Why a number's status changed, in a few words.
NUMBER: Final[dict[str, str]] = {
    NumberReason.STARTING: N_("the browser starts"),
    NumberReason.LOADING: N_("WhatsApp Web loads"),
    NumberReason.OFFLINE: N_("no internet"),
    NumberReason.DEAF: N_("WhatsApp Web stopped answering"),
    NumberReason.BROWSER_LOST: N_("the browser ended"),
    NumberReason.WORKER_STOPPED: N_("the worker was stopped"),
    AppReason.WORKER_AWAY: N_("the worker is not running"),
    NumberReason.RECYCLING: N_("the browser was renewed"),
    NumberReason.PROFILE_IN_USE: N_("the profile was in use"),
    NumberReason.PROFILE_ELSEWHERE: N_("paired on another computer"),
    NumberReason.CONFLICT: N_("WhatsApp Web was open elsewhere"),
    NumberReason.QR_EXPIRED: N_("nobody scanned"),
    NumberReason.PHONE_LOGOUT: N_("on the phone"),
    NumberReason.REQUESTED: N_("from here"),
    NumberReason.UNLINKED: N_("the link was gone"),
    NumberReason.HISTORY: N_("chats and names are read"),
    NumberReason.SCANNED: N_("the phone took the code"),
    NumberReason.PASSKEY: N_("the phone asks for something"),
    NumberReason.TOS_BLOCK: N_("WhatsApp restricts this number"),
    NumberReason.SMB_TOS_BLOCK: N_("WhatsApp restricts this number"),
    NumberReason.PROXYBLOCK: N_("something blocks the way to WhatsApp"),
    NumberReason.NEEDS_UPDATE: N_("WhatsApp wants a newer version"),
    NumberReason.MISSING: N_("WhatsApp has changed"),
}
UNKNOWN_NUMBER_REASON: Final = N_("not known to this version of ROMS")

#: Why a message of ours was not sent, and what to do. `SendFailure.REFUSED`: WhatsApp gave no reason.
SEND: Final[dict[str, str]] = {
    SendFailure.UNKNOWN_NUMBER: N_("This number is not on WhatsApp."),
    SendFailure.BLOCKED: N_("This customer has blocked you, or was blocked by you."),
    SendFailure.NOT_ALLOWED: N_(
        "This customer has not written yet; ROMS only answers, so that the number is not banned."
    ),
    SendFailure.TOO_FAST: N_("WhatsApp says that this number writes too fast. Wait a while, then press Retry."),
    SendFailure.TOO_BIG: N_("WhatsApp takes no file of this size. Send a smaller one."),
    SendFailure.UNSUPPORTED_MEDIA: N_("WhatsApp does not take this kind of file. Send it as a document."),
    SendFailure.UPLOAD_FAILED: N_("The file did not reach WhatsApp. Press Retry."),
    SendFailure.MEDIA_MISSING: N_("The file is no longer in the store. Attach it again."),
    SendFailure.MEDIA_STORE: N_("The file could not be read from the store. Press Retry."),
    SendFailure.MESSAGE_MISSING: N_("The message that this was about is no longer on WhatsApp."),
    SendFailure.NETWORK: N_("There was no way to WhatsApp. Press Retry."),
    SendFailure.SERVER_ERROR: N_("WhatsApp had an error of its own. Press Retry."),
    SendFailure.TIMEOUT: N_("WhatsApp did not answer in time. Press Retry."),
    SendFailure.PAGE_FAILED: N_("WhatsApp Web could not send it. Press Retry."),
    AppReason.UNSENDABLE: N_("ROMS can't send this message as it is stored. Write it anew."),
    SendFailure.REFUSED: N_("WhatsApp did not take this message."),
}
UNKNOWN_SEND_FAILURE: Final = SEND[SendFailure.REFUSED]
