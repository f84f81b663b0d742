"""The delivery status of a message of ours: queued → sent → delivered → read → played. It never moves backwards.

``failed`` and ``cancelled`` are between queued and sent: any proof that WhatsApp has the message overrides them.
"""

from enum import StrEnum
from typing import Final


class DeliveryStatus(StrEnum):
    """The delivery status of a message of ours. Received messages have none."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    FAILED = "failed"
    CANCELLED = "cancelled"


LADDER: Final = (
    DeliveryStatus.QUEUED,
    DeliveryStatus.FAILED,
    DeliveryStatus.CANCELLED,
    DeliveryStatus.SENT,
    DeliveryStatus.DELIVERED,
    DeliveryStatus.READ,
    DeliveryStatus.PLAYED,
)
_RANK: Final = {status: rank for rank, status in enumerate(LADDER)}
#: WhatsApp's raw acknowledgement numbers (wa-js 4.6.0); 5 is its "peer" acknowledgement of a played message.
_OF_ACK: Final = {
    -1: DeliveryStatus.FAILED,
    0: DeliveryStatus.QUEUED,
    1: DeliveryStatus.SENT,
    2: DeliveryStatus.DELIVERED,
    3: DeliveryStatus.READ,
    4: DeliveryStatus.PLAYED,
    5: DeliveryStatus.PLAYED,
}


def status_of_ack(ack: int) -> DeliveryStatus:
    """Map WhatsApp's raw acknowledgement number to a status. No other code does this."""
    return _OF_ACK[ack]


def further(one: DeliveryStatus, other: DeliveryStatus) -> DeliveryStatus:
    """The status that is further along."""
    return max(one, other, key=_RANK.__getitem__)


def below(status: DeliveryStatus) -> list[DeliveryStatus]:
    """The statuses that `status` may replace."""
    return list(LADDER[: _RANK[status]])
