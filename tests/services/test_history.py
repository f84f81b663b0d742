"""A database that devtools/history.py filled is one that the services can go on with."""

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import Session

from devtools import history
from devtools.history import Extent, thread_lengths
from roms_app.models.tables import ASSIGNMENT, ATTACHMENT, CONTACT, CONVERSATION, MESSAGE
from roms_app.services import changes, conversations, outbox
from roms_app.services.intake import intake
from tests.support.cast import Cast, received

SMALL = Extent(messages=1_000, conversations=100, longest=60, open=20)


@pytest.mark.parametrize(
    "extent",
    [SMALL, history.MILLION, Extent(7, 7, 1, 0), Extent(21, 7, 3, 0), Extent(20, 7, 3, 0), Extent(9, 7, 3, 0)],
    ids=str,
)
def test_threads_are_few_long_ones_and_many_short_ones(extent: Extent) -> None:
    lengths = thread_lengths(extent)
    assert (sum(lengths), len(lengths)) == (extent.messages, extent.conversations)
    assert (max(lengths), lengths[0]) == (extent.longest, extent.longest)
    assert min(lengths) >= 1


@pytest.mark.parametrize("extent", [Extent(6, 7, 1, 0), Extent(8, 7, 3, 0), Extent(22, 7, 3, 0)], ids=str)
def test_threads_that_can_not_be_are_refused(extent: Extent) -> None:
    with pytest.raises(ValueError, match="do not fit into 7 threads"):
        thread_lengths(extent)


@pytest.fixture
def filled(session: Session, cast: Cast, engine: Engine) -> Session:
    """A session on the cast's database, with a history of the shop, whose customers Budi and Ayu answered."""
    session.commit()
    history.fill(engine, [cast.shop], [cast.budi.id or 0, cast.ayu.id or 0], SMALL)
    return session


def test_each_conversation_shows_its_newest_message(filled: Session, cast: Cast) -> None:
    c, m = CONVERSATION.c, MESSAGE.c
    counts = [filled.execute(select(func.count()).select_from(table)).scalar_one() for table in (MESSAGE, ATTACHMENT)]
    assert counts == [1_000, 100]
    newest = select(m.id, m.body, m.sent_at, m.direction).order_by(m.sent_at.desc()).limit(1)
    for row in filled.execute(select(CONVERSATION)):
        last = filled.execute(newest.where(m.conversation_id == row.id)).one()
        assert (last.id, last.body, last.sent_at) == (
            row.last_message_id,
            row.last_message_preview,
            row.last_message_at,
        )
        waits = row.status == "open" and last.direction == "inbound"
        assert (row.unread_count, row.waiting_since) == ((1, last.sent_at) if waits else (0, None))
    lengths = filled.execute(select(func.count()).select_from(MESSAGE).group_by(m.conversation_id)).scalars()
    assert sorted(lengths, reverse=True) == thread_lengths(SMALL)
    counted = conversations.count_open(filled, cast.siti)
    assert (counted.all, counted.unassigned) == (20, 2)
    assert filled.execute(select(func.count()).where(c.status == "resolved")).scalar_one() == 80


def test_the_services_go_on_from_there(filled: Session, cast: Cast) -> None:
    """A known customer writes, a new one does, an agent reads and answers: no id is used twice, no contact doubled."""
    [first, *_] = conversations.list_rows(filled, cast.budi, tab="mine", status="open")
    _, rows = conversations.read_thread(filled, cast.budi, first.id)
    assert [row.kind for row in rows].count("system") == 1, "the reason for the assignee"
    jid = filled.execute(select(CONVERSATION.c.chat_jid).where(CONVERSATION.c.id == first.id)).scalar_one()
    again = received(cast.shop, chat_jid=jid, phone_e164=f"+{jid.partition('@')[0]}", body="Jadi, bagaimana?")
    intake.receive_batch(filled, [again, received(cast.shop, 1, "Halo")])
    outbox.queue_reply(filled, cast.budi, first.id, "Masih ada.")
    changes.settle(filled)
    _, rows = conversations.read_thread(filled, cast.budi, first.id)
    assert [row.body for row in rows if row.kind != "system"][-2:] == ["Jadi, bagaimana?", "Masih ada."]
    counts = {
        table.name: filled.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (CONTACT, CONVERSATION, MESSAGE, ASSIGNMENT)
    }
    # The newcomer's, and those of the two that waited.
    assert counts == {"contact": 101, "conversation": 101, "message": 1_003, "assignment": 103}


def test_it_comes_on_top_of_what_is_there(filled: Session, cast: Cast, engine: Engine) -> None:
    filled.commit()
    history.fill(engine, [cast.other], [cast.eko.id or 0], SMALL)
    per_inbox = select(func.count()).select_from(MESSAGE).group_by(MESSAGE.c.inbox_id)
    assert filled.execute(per_inbox).scalars().all() == [1_000, 1_000]
