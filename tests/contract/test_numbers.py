"""A number that a customer or their file claims never costs the message: it is limited to the database's range."""

from typing import Any

import pytest
from pydantic import BaseModel

from tests.support.cast import received, sent
from wa_worker.contract.base import now_ms
from wa_worker.contract.events import (
    EVENTS,
    MediaFacts,
    MediaStored,
    MessageKind,
    ReactionChanged,
)

ABOUT: dict[str, Any] = {"inbox_id": 1, "chat_jid": "1@lid", "wa_message_id": "3AFF", "is_from_me": False}
FACTS = MediaFacts(size_bytes=1, duration_ms=1, width=1, height=1)
EXAMPLES = [
    received(1, kind=MessageKind.VIDEO, media=FACTS),
    sent(1, kind=MessageKind.VIDEO, media=FACTS),
    ReactionChanged(**ABOUT, is_ours=False, emoji="🙏", reacted_at=now_ms()),
    MediaStored(
        **ABOUT, media_key="1/ab/ab.mp4", mimetype="video/mp4", size_bytes=1, sha256="ab" * 32, width=1, height=1,
        duration_ms=1,
    ),
]  # fmt: skip
#: Ours or WhatsApp's own; their clocks and words are not a customer's.
NOT_THEIRS = {"v", "inbox_id", "occurred_at", "ack"}
#: Of a column of 8 bytes; the others have 4.
LONG = {"size_bytes", "sent_at", "reacted_at"}


def numbers(told: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """The paths of an event's numbers that a customer can choose."""
    found = [(told, name) for name, value in told.items() if type(value) is int and name not in NOT_THEIRS]
    return [*found, *((part, name) for part in told.values() if isinstance(part, dict) for part, name in numbers(part))]


@pytest.mark.parametrize("claimed", [-1, -(1 << 80), 4_294_967_295_000, 1 << 62, 1 << 80])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: type(example).__name__)
def test_every_number_is_cut(example: BaseModel, claimed: int) -> None:
    told = example.model_dump(mode="json")
    places = numbers(told)
    assert places, "the premise"
    for part, name in places:
        part[name] = claimed
    taken = EVENTS.validate_python(told).model_dump(mode="json")
    for part, name in numbers(taken):
        assert 0 <= part[name] < 1 << (63 if name in LONG else 31), name
    assert len(numbers(taken)) == len(places)
