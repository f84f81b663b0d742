"""Tests of lists and threads, and of the right to see them."""

import re
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import Session

from roms_app.errors import Conflict, InvalidInput, NotFound
from roms_app.live.announcements import ANNOUNCEMENTS, ConversationAnnounced, make_announcements
from roms_app.models import Availability, Conversation
from roms_app.models.tables import AGENT, CONVERSATION, MESSAGE
from roms_app.services import assignment_settings, changes, conversations, outbox
from roms_app.services.access import id_of
from roms_app.views.inbox import Counts, MessageRow
from tests.services.conftest import Receive
from tests.support.cast import Cast, received
from wa_worker.contract.events import MediaFacts, MessageKind


def names(rows: list[MessageRow]) -> list[str]:
    return [row.body for row in rows if row.kind != "system"]


def test_tabs_and_counts(receive: Receive, cast: Cast, session: Session) -> None:
    receive(*(received(cast.shop, customer, sent_at=1000 + customer) for customer in range(4)))
    session.execute(update(AGENT).values(availability=Availability.AWAY))
    receive(received(cast.shop, 9, sent_at=9000))
    listed = {
        tab: [row.id for row in conversations.list_rows(session, cast.budi, tab=tab, status="open")]
        for tab in ("mine", "unassigned", "all")
    }
    assert listed == {"mine": [3, 1], "unassigned": [5], "all": [5, 4, 3, 2, 1]}
    assert conversations.count_open(session, cast.budi) == Counts(unassigned=1, all=5, mine=2)


def test_counts_are_of_what_each_agent_may_see(receive: Receive, cast: Cast, session: Session) -> None:
    receive(*(received(cast.shop, customer) for customer in range(4)), received(cast.other, 10))
    session.execute(update(AGENT).values(availability=Availability.AWAY))
    receive(*(received(cast.shop, customer) for customer in (5, 6)), received(cast.other, 11))
    session.execute(update(CONVERSATION).where(CONVERSATION.c.assignee_id.is_(None)).values(escalated_at=1))
    agents = (cast.siti, cast.budi, cast.ayu, cast.eko)
    counts = conversations.count_open_of(session, [id_of(agent) for agent in agents])
    assert [counts[id_of(agent)] for agent in agents] == [
        Counts(unassigned=3, all=8, mine=0, escalated=3),
        Counts(unassigned=2, all=6, mine=2, escalated=2),
        Counts(unassigned=2, all=6, mine=2, escalated=2),
        Counts(unassigned=1, all=2, mine=1, escalated=1),
    ]
    for agent in agents:
        listed = conversations.list_rows(session, agent, tab="all", status="open")
        assert conversations.count_open(session, agent).all == len(listed), "the badge says what the tab lists"


def test_who_loses_a_number_is_not_told_what_became_of_its_chats(cast: Cast, session: Session, chat: int) -> None:
    budi = id_of(cast.budi)
    assert session.get_one(Conversation, chat).assignee_id == budi, "the premise"
    assignment_settings.set_members(session, cast.siti, cast.shop, [id_of(cast.ayu)])
    made = [ANNOUNCEMENTS.validate_json(one) for one in make_announcements(session, changes.settle(session))]
    [told] = [one for one in made if isinstance(one, ConversationAnnounced)]
    assert (told.row.assignee_id, told.was_assignee_id) == (cast.ayu.id, cast.ayu.id)


def test_list_goes_on_below_a_page(receive: Receive, cast: Cast, session: Session) -> None:
    receive(*(received(cast.shop, customer, sent_at=1000) for customer in range(7)))
    seen: list[int] = []
    before = None
    while page := conversations.list_rows(session, cast.siti, tab="all", status="open", before=before, limit=3):
        seen += [row.id for row in page]
        before = (page[-1].last_message_at, page[-1].id)
    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_thread_goes_on_above_a_page(receive: Receive, cast: Cast, session: Session) -> None:
    receive(*(received(cast.shop, body=str(n), sent_at=1000 + n // 2) for n in range(9)))
    pages: list[MessageRow] = []
    before = None
    while page := conversations.read_thread(session, cast.budi, 1, before=before, limit=4)[1]:
        pages = page + pages
        before = (page[0].sent_at, page[0].id)
    assert names(pages) == [str(n) for n in range(9)]
    assert [row.kind for row in pages].count("system") == 1
    assert len({row.id for row in pages}) == 10


def test_agent_of_another_number_sees_nothing(cast: Cast, session: Session, chat: int) -> None:
    assert conversations.list_rows(session, cast.eko, tab="all", status="open") == []
    for act in (conversations.read_thread, conversations.resolve, conversations.reopen, conversations.mark_seen):
        with pytest.raises(NotFound):
            act(session, cast.eko, chat)
    with pytest.raises(NotFound):
        conversations.rename_contact(session, cast.eko, chat, "x")
    with pytest.raises(NotFound):
        outbox.queue_reply(session, cast.eko, chat, "x")
    assert conversations.read_thread(session, cast.siti, chat)[0].row.id == chat, "an admin sees all"


def test_the_thread_tells_once_who_resolved(receive: Receive, cast: Cast, session: Session, chat: int) -> None:
    because = conversations.list_rows(session, cast.budi, tab="all", status="open")[0].because
    conversations.resolve(session, cast.budi, chat)
    conversations.resolve(session, cast.ayu, chat)
    _, lines = conversations.read_thread(session, cast.budi, chat)
    told = [line for line in lines if "resolved" in line.words.get("en", "")]
    assert [(line.kind, line.words["id"]) for line in told] == [("system", "Budi menyelesaikan percakapan ini.")]
    assert conversations.list_rows(session, cast.budi, tab="all", status="resolved")[0].because == because


def test_the_reason_for_an_empty_list(receive: Receive, cast: Cast, session: Session) -> None:
    assert conversations.empty_list_reason(session, cast.budi) == "customer"
    receive(received(cast.other, 1))
    assert conversations.empty_list_reason(session, cast.budi) == "customer", "another number's is none of theirs"
    receive(received(cast.shop, 2))
    assert conversations.empty_list_reason(session, cast.budi) == ""
    assignment_settings.set_members(session, cast.siti, cast.shop, [])
    assert conversations.empty_list_reason(session, cast.budi) == "number"


def test_resolve_and_reopen(receive: Receive, cast: Cast, session: Session, chat: int) -> None:
    conversations.resolve(session, cast.budi, chat)
    (row,) = receive()
    assert (row.status, row.waiting_since, row.unread_count) == ("resolved", None, 0)
    conversations.resolve(session, cast.budi, chat)
    assert not changes.of(session).conversations, "done twice it is done once"
    conversations.reopen(session, cast.ayu, chat)
    (row,) = receive()
    assert (row.status, row.assignee_id, row.resolved_at) == ("open", cast.budi.id, None)


def newest_id(session: Session) -> int:
    return session.execute(select(MESSAGE.c.id).order_by(MESSAGE.c.id.desc())).scalars().first() or 0


def test_resolving_over_a_message_that_nobody_saw_is_refused(
    receive: Receive, cast: Cast, session: Session, chat: int
) -> None:
    seen = newest_id(session)
    receive(received(cast.shop, body="Belum selesai"))
    with pytest.raises(Conflict, match=r"Customer 1 wrote while you resolved\."):
        conversations.resolve(session, cast.budi, chat, seen_message_id=seen)
    (row,) = receive()
    assert (row.status, row.unread_count) == ("open", 2)
    assert row.waiting_since is not None
    conversations.resolve(session, cast.budi, chat, seen_message_id=newest_id(session))
    assert receive()[0].status == "resolved"


@pytest.mark.parametrize(
    "later",
    [
        {"kind": "notice", "raw_kind": "e2e_notification:identity"},
        {"kind": "call", "raw_kind": "call_log:completed"},
        {"is_history": True, "sent_at": 1000},
    ],
    ids=["a notice", "a call that was taken", "history"],
)
def test_what_wants_no_answer_does_not_keep_a_conversation_open(
    receive: Receive, cast: Cast, session: Session, chat: int, later: dict[str, Any]
) -> None:
    seen = newest_id(session)
    receive(received(cast.shop, **later))
    outbox.queue_reply(session, cast.budi, chat, "Siap")
    conversations.resolve(session, cast.budi, chat, seen_message_id=seen)
    assert receive()[0].status == "resolved"


def test_a_look_at_an_older_thread_leaves_the_new_message_unread(
    receive: Receive, cast: Cast, session: Session, chat: int
) -> None:
    seen = newest_id(session)
    receive(received(cast.shop))
    conversations.mark_seen(session, cast.budi, chat, seen_message_id=seen)
    assert receive()[0].unread_count == 2
    conversations.mark_seen(session, cast.budi, chat, seen_message_id=newest_id(session))
    assert receive()[0].unread_count == 0


def test_reopened_after_its_agent_left_it_goes_to_whose_turn_it_is(
    receive: Receive, cast: Cast, session: Session, chat: int
) -> None:
    conversations.resolve(session, cast.budi, chat)
    session.execute(update(AGENT).where(AGENT.c.id == cast.budi.id).values(is_active=False))
    conversations.reopen(session, cast.siti, chat)
    assert receive()[0].assignee_id == cast.ayu.id


def test_reopened_while_nobody_is_there_it_waits(receive: Receive, cast: Cast, session: Session, chat: int) -> None:
    conversations.resolve(session, cast.budi, chat)
    session.execute(update(AGENT).where(AGENT.c.id == cast.budi.id).values(is_active=False))
    session.execute(update(AGENT).values(availability=Availability.AWAY))
    conversations.reopen(session, cast.siti, chat)
    assert receive()[0].assignee_id is None


def test_answered_after_its_agent_left_it_is_whose_answer_it_is(
    receive: Receive, cast: Cast, session: Session, chat: int
) -> None:
    conversations.resolve(session, cast.budi, chat)
    session.execute(update(AGENT).where(AGENT.c.id == cast.budi.id).values(is_active=False))
    outbox.queue_reply(session, cast.siti, chat, "Siap")
    (row,) = receive()
    assert (row.status, row.assignee_id) == ("open", cast.siti.id)


def test_seen_by_a_passer_by_stays_unread(receive: Receive, cast: Cast, session: Session, chat: int) -> None:
    conversations.mark_seen(session, cast.ayu, chat)
    assert receive()[0].unread_count == 1
    conversations.mark_seen(session, cast.budi, chat)
    assert receive()[0].unread_count == 0


def test_rename(receive: Receive, cast: Cast, session: Session, chat: int) -> None:
    conversations.rename_contact(session, cast.budi, chat, "  Rina Toko ")
    assert conversations.read_thread(session, cast.budi, chat)[0].row.name == "Rina Toko"
    conversations.rename_contact(session, cast.budi, chat, "")
    assert conversations.read_thread(session, cast.budi, chat)[0].row.name == "Customer 1"
    conversations.rename_contact(session, cast.budi, chat, "\u200b\u2060")
    assert conversations.read_thread(session, cast.budi, chat)[0].row.name == "Customer 1"
    with pytest.raises(InvalidInput):
        conversations.rename_contact(session, cast.budi, chat, "x" * 257)


def test_quoted_words_come_with_the_answer(receive: Receive, cast: Cast, session: Session) -> None:
    asked = received(cast.shop, body="Berapa?")
    receive(asked, received(cast.shop, body="Itu", quoted_wa_message_id=asked.wa_message_id))
    _, thread = conversations.read_thread(session, cast.budi, 1)
    assert [row.quoted_body for row in thread if row.kind != "system"] == ["", "Berapa?"]


def test_reply_is_queued_takes_and_answers(receive: Receive, cast: Cast, session: Session) -> None:
    session.execute(update(AGENT).values(availability=Availability.AWAY))
    receive(received(cast.shop))
    outbox.queue_reply(session, cast.ayu, 1, "Siap kak")
    assert changes.of(session).has_outbox
    (row,) = receive()
    assert (row.assignee_id, row.unread_count, row.waiting_since) == (cast.ayu.id, 0, None)
    detail, thread = conversations.read_thread(session, cast.ayu, 1)
    assert (detail.row.preview, detail.row.preview_is_ours, detail.row.preview_status) == ("Siap kak", True, "queued")
    assert names(thread) == ["Halo", "Siap kak"]
    assert thread[-1].author == "Ayu" or thread[-2].author == "Ayu"


@pytest.mark.parametrize("body", ["", "  \n ", "x" * 65_537])
def test_reply_that_can_not_be_sent(cast: Cast, session: Session, chat: int, body: str) -> None:
    with pytest.raises(InvalidInput):
        outbox.queue_reply(session, cast.budi, chat, body)


def test_same_key_is_one_reply_and_another_key_another(
    receive: Receive, cast: Cast, session: Session, chat: int
) -> None:
    first = outbox.queue_reply(session, cast.budi, chat, "Siap", key="0a1b2c3d")
    receive()
    assert outbox.queue_reply(session, cast.budi, chat, "Siap", key="0a1b2c3d") == first
    assert changes.of(session).has_outbox
    assert list(changes.of(session).conversations[chat].message_ids) == [first]
    others = {outbox.queue_reply(session, cast.budi, chat, "Siap", key="other-key"),
              outbox.queue_reply(session, cast.ayu, chat, "Siap", key="0a1b2c3d"),
              outbox.queue_reply(session, cast.budi, chat, "Siap")}  # fmt: skip
    assert len({first, *others}) == 4
    ids = session.execute(select(MESSAGE.c.wa_message_id).where(MESSAGE.c.direction == "outbound")).scalars().all()
    assert len(set(ids)) == 4
    assert all(re.fullmatch("3EB0[0-9A-F]{18}", id) for id in ids)


def test_reply_that_is_in_stays_so_whatever_happened_since(
    receive: Receive, cast: Cast, session: Session, chat: int
) -> None:
    outbox.queue_reply(session, cast.budi, chat, "Siap", key="0a1b2c3d")
    conversations.resolve(session, cast.budi, chat)
    outbox.queue_reply(session, cast.budi, chat, "Siap", key="0a1b2c3d")
    assert session.execute(select(CONVERSATION.c.status)).scalar_one() == "resolved"


def test_a_files_name_does_nothing_to_the_text_beside_it(receive: Receive, cast: Cast, session: Session) -> None:
    """As WhatsApp tells it: this one would read as a picture, `exe.jpg` turned around."""
    facts = MediaFacts(mimetype="application/pdf", filename="Foto\u202egpj.exe")
    [chat] = receive(received(cast.shop, kind=MessageKind.DOCUMENT, media=facts))
    _, [file, *_] = conversations.read_thread(session, cast.siti, chat.id)
    assert file.attachment is not None
    assert file.attachment.filename == "Fotogpj.exe"
