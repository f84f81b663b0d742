"""The bridge's hints that the worker acts on: signs that the page's state may have changed.

The bridge sends more of them; each brings the next poll of the page forward.
"""

from enum import StrEnum


class Hint(StrEnum):
    """Names of hints, as the bridge sends them."""

    #: The page was loaded, and the bridge with it.
    LOADED = "loaded"
    #: WhatsApp has delivered to the page what came while it was away.
    DELIVERY_COMPLETE = "offline_delivery_end"
    LOGGED_OUT = "logout"
    #: WhatsApp says that the account is restricted for a time.
    BANNED = "banned"
