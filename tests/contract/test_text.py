"""Text at the edge: what neither PostgreSQL nor JSON can hold is replaced, everything else stays as it was sent."""

import pytest

from wa_worker.contract.events import EVENTS, MessageReceived

FAMILY = "👨‍👩‍👧‍👦 مرحبا \u200b <script>"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("a\x00b", "a\ufffdb"), ("half \ud83d emoji", "half \ufffd emoji"), (FAMILY, FAMILY)],
    ids=["nul", "lone surrogate", "left as it is"],
)
def test_what_cannot_be_stored_becomes_the_replacement_character(sent: str, kept: str) -> None:
    event = MessageReceived(inbox_id=1, wa_message_id="A1", chat_jid="1@lid", body=sent, push_name=sent, sent_at=1)

    read = EVENTS.validate_json(event.model_dump_json())

    assert isinstance(read, MessageReceived)
    assert (read.body, read.push_name) == (kept, kept)
