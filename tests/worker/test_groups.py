"""Groups: ignored and counted until they are switched on; then conversations with an author for each message."""

from collections.abc import Iterator

import pytest

from devtools.waiting import until
from tests.worker.cast import INBOX
from tests.worker.conftest import Stage, running
from wa_worker.contract.commands import Channel, StartNumber
from wa_worker.contract.events import MessageReceived
from wa_worker.contract.streams import CONTROL_STREAM, entry_of

GROUP = "120363000000000001@g.us"


@pytest.fixture(scope="module")
def group() -> Iterator[Stage]:
    """A group with two customers; what is ignored is counted every three seconds."""
    with running(ROMS_LOOK_BACK_SECONDS="3") as stage:
        stage.pair()
        members = [stage.simulator.customer(n) for n in (1, 2)]
        stage.simulator.ctl("group", id=GROUP, subject="Reseller", members=members)
        yield stage


def test_off_they_are_ignored_on_they_are_conversations(group: Stage) -> None:
    first, second = (group.simulator.customer(n) for n in (1, 2))
    group.simulator.ctl("message", chat=GROUP, author=first, body="di grup")
    group.simulator.write(first, "berdua")
    until(lambda: "berdua" in group.stream.bodies(), "the other message")
    assert "di grup" not in group.stream.bodies()
    until(lambda: "message.chats_skipped" in group.worker.log, "the count")

    start = StartNumber(inbox_id=INBOX, channel=Channel.DEMO, has_groups=True)
    group.stream.redis.xadd(CONTROL_STREAM, entry_of(start))
    group.simulator.ctl("message", chat=GROUP, author=second, body="halo semua", notifyName="Ayu")
    event = until(lambda: _with_body(group, "halo semua"), "the group's message")
    assert (event.chat_jid, event.author_jid, event.author_name) == (GROUP, second, "Ayu")
    assert (event.push_name, event.phone_e164, event.contact_lid) == ("Reseller", None, None)

    group.simulator.ctl("own_message", chat=GROUP, body="dari HP")
    sent = until(lambda: next((e for e in group.stream.events("MessageSent") if e.body == "dari HP"), None), "ours")
    assert (sent.chat_jid, sent.author_jid) == (GROUP, None)
    group.simulator.ctl("reaction", id=event.wa_message_id, chat=GROUP, text="👍", author=first)
    reaction = until(lambda: next(iter(group.stream.events("ReactionChanged")), None), "the reaction")
    assert (reaction.author_jid, reaction.is_ours, reaction.emoji) == (first, False, "👍")


def _with_body(stage: Stage, body: str) -> MessageReceived | None:
    return next((event for event in stage.stream.events("MessageReceived") if event.body == body), None)
