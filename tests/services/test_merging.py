"""Contacts of one customer are merged into one thread, and a wrong merge can be undone."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, Row, select
from sqlmodel import Session

from roms_app import database
from roms_app.errors import Conflict, InvalidInput, NotFound
from roms_app.models.tables import ASSIGNMENT, CONTACT, CONTACT_ALIAS, CONVERSATION, MESSAGE
from roms_app.services import changes, conversations, merging, outbox
from roms_app.services.intake import intake
from tests.services.conftest import Receive
from tests.support.cast import Cast, jid, lid, phone, received, sent
from wa_worker.contract.events import ContactChanged, MessageKind

#: What may have happened in two chats before they are merged: (chat, what).
histories = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["received", "sent", "history", "notice", "resolve", "rename", "reply", "seen", "named"]),
    ),
    max_size=8,
)


def hidden(inbox_id: int, **fields: Any) -> Any:
    return received(inbox_id, chat_jid=lid(1), contact_lid=lid(1), phone_e164=None, **fields)


def link(inbox_id: int) -> ContactChanged:
    """WhatsApp reports the number of the hidden customer."""
    return ContactChanged(inbox_id=inbox_id, chat_jid=lid(1), contact_lid=lid(1), phone_e164=phone(1))


def contents(session: Session) -> list[Any]:
    """Contacts, aliases, conversations, and whose messages and assignments are; but for versions, which count up."""
    tables = (CONTACT, CONTACT_ALIAS, CONVERSATION)
    rows = [
        sorted(({k: v for k, v in row.items() if k != "version"} for row in session.execute(select(t)).mappings()),
               key=repr) for t in tables
    ]  # fmt: skip
    m, a = MESSAGE.c, ASSIGNMENT.c
    owners = session.execute(select(m.id, m.conversation_id, m.merge_id).order_by(m.id)).all()
    return [*rows, owners, session.execute(select(a.id, a.conversation_id).order_by(a.id)).all()]


def merge_of(session: Session, cast: Cast, conversation_id: int) -> int:
    return conversations.read_thread(session, cast.siti, conversation_id)[0].merge_id


def happen(session: Session, cast: Cast, place: int, what: str) -> None:
    chat_jid = (lid(1), jid(1))[place]
    address: dict[str, Any] = {"chat_jid": chat_jid, "phone_e164": (None, phone(1))[place], "sent_at": 5000 + place}
    found = session.execute(select(CONVERSATION.c.id).where(CONVERSATION.c.chat_jid == chat_jid)).scalar()
    match what:
        case "received" | "history":
            event = received(cast.shop, **address, is_history=what == "history")
            intake.receive_batch(session, [event])
        case "sent":
            intake.receive_batch(session, [sent(cast.shop, **address)])
        case "notice":
            intake.receive_batch(session, [received(cast.shop, **address, kind=MessageKind.NOTICE)])
        case "named":
            named = ContactChanged(inbox_id=cast.shop, chat_jid=chat_jid, verified_name=f"Toko {place}")
            intake.receive_batch(session, [named])
        case _ if found is None:
            pass
        case "resolve":
            conversations.resolve(session, cast.siti, found)
        case "reply":
            outbox.queue_reply(session, cast.siti, found, "Siap")
        case "seen":
            conversations.mark_seen(session, cast.siti, found)
        case _:
            conversations.rename_contact(session, cast.siti, found, f"Name {place}")
    session.flush()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories)
def test_a_merge_that_is_undone_never_was(cast: Cast, session: Session, history: list[tuple[int, str]]) -> None:
    savepoint = session.begin_nested()
    try:
        for place, what in [(0, "received"), (1, "received"), *history]:
            happen(session, cast, place, what)
        before = contents(session)
        intake.receive_batch(session, [link(cast.shop)])
        (kept,) = session.execute(select(CONVERSATION.c.id)).scalars()
        merging.undo_merge(session, cast.siti, merge_of(session, cast, kept))
        session.expire_all()
        assert contents(session) == before
        intake.receive_batch(session, [link(cast.shop)])
        assert contents(session)[2] == before[2], "only a person merges them again"
    finally:
        savepoint.rollback()
        session.expire_all()
        session.info.clear()


@pytest.fixture
def merged(receive: Receive, cast: Cast) -> Row[Any]:
    receive(hidden(cast.shop, body="one", push_name="Rina", sent_at=1000), received(cast.shop, body="two"))
    (chat,) = receive(link(cast.shop))
    return chat


def test_what_is_told_of_a_merge(merged: Row[Any], cast: Cast, session: Session) -> None:
    detail, thread = conversations.read_thread(session, cast.siti, merged.id)
    assert (detail.merge_id > 0, detail.merged_name, detail.merged_at > 0) == (True, "Customer 1", True)
    assert (detail.row.name, detail.row.phone, detail.aliases) == ("Rina", "+62 812-3000-0001", [lid(1)])
    assert [row.body for row in thread if row.kind == "text"] == ["one", "two"]


@pytest.mark.parametrize("is_first", [True, False], ids=["the hidden one first", "the number first"])
def test_within_one_second_the_row_shows_what_the_thread_ends_with(
    receive: Receive, cast: Cast, session: Session, is_first: bool
) -> None:
    chats = [hidden(cast.shop, body="one", sent_at=5000), received(cast.shop, body="two", sent_at=5000)]
    first, second = chats if is_first else reversed(chats)
    receive(first, second)
    (chat,) = receive(link(cast.shop))
    thread = conversations.read_thread(session, cast.siti, chat.id)[1]
    assert chat.last_message_preview == [row.body for row in thread if row.kind == "text"][-1] == second.body


def test_after_undoing_messages_go_to_whom_they_are_addressed(
    merged: Row[Any], receive: Receive, cast: Cast, session: Session
) -> None:
    receive(received(cast.shop, body="since"))
    merging.undo_merge(session, cast.siti, merge_of(session, cast, merged.id))
    both = received(cast.shop, body="linked", chat_jid=jid(1), contact_lid=lid(1), phone_e164=phone(1))
    chats = {chat.chat_jid: chat for chat in receive(hidden(cast.shop, body="lid"), both)}
    bodies = {
        jid: [row.body for row in conversations.read_thread(session, cast.siti, chat.id)[1] if row.kind == "text"]
        for jid, chat in chats.items()
    }
    assert bodies == {lid(1): ["one", "since", "lid"], jid(1): ["two", "linked"]}
    with pytest.raises(Conflict):
        merging.undo_merge(session, cast.siti, 1)


def test_an_agent_merges_two_and_undoes_it(receive: Receive, cast: Cast, session: Session) -> None:
    receive(received(cast.shop, 1), received(cast.shop, 2), received(cast.other, 3))
    before = contents(session)
    merge_id = merging.merge_by_hand(session, cast.budi, 1, 2)
    (shop, _) = receive(received(cast.shop, 2, body="lagi", push_name=None))
    assert (shop.id, shop.unread_count) == (1, 3), "both numbers lead to the one conversation"
    with pytest.raises(NotFound):
        merging.undo_merge(session, cast.eko, merge_id)
    merging.undo_merge(session, cast.budi, merge_id)
    assert len(receive()) == 3
    session.execute(MESSAGE.delete().where(MESSAGE.c.body == "lagi"))
    assert contents(session)[0] == before[0]
    with pytest.raises(InvalidInput):
        merging.merge_by_hand(session, cast.siti, 1, 3)
    with pytest.raises(InvalidInput):
        merging.merge_by_hand(session, cast.siti, 1, 1)


def test_merges_upon_merges_are_undone_in_their_order(receive: Receive, cast: Cast, session: Session) -> None:
    receive(*(received(cast.shop, n) for n in (1, 2, 3)))
    before = contents(session)
    first = merging.merge_by_hand(session, cast.siti, 2, 3)
    between = contents(session)
    second = merging.merge_by_hand(session, cast.siti, 1, 2)
    with pytest.raises(Conflict):
        merging.undo_merge(session, cast.siti, first)
    merging.undo_merge(session, cast.siti, second)
    assert contents(session) == between
    merging.undo_merge(session, cast.siti, first)
    assert contents(session) == before


def test_the_ids_of_a_merge_are_never_somebody_elses(receive: Receive, cast: Cast, session: Session) -> None:
    (_, newest) = receive(received(cast.shop), hidden(cast.shop, body="rahasia", push_name="Rina"))
    receive(link(cast.shop))
    (kept, stranger) = receive(received(cast.other, 5))
    assert stranger.id != newest.id
    assert stranger.contact_id != newest.contact_id
    assert merging.current_id(session, cast.budi, newest.id) == kept.id
    for id in (newest.id, stranger.id):
        with pytest.raises(NotFound):
            merging.current_id(session, cast.eko if id == newest.id else cast.budi, id)
    with pytest.raises(NotFound):
        outbox.queue_reply(session, cast.siti, newest.id, "Untuk Rina")
    merging.undo_merge(session, cast.siti, merge_of(session, cast, kept.id))
    assert merging.current_id(session, cast.budi, newest.id) == newest.id


def test_a_tab_finds_the_way_through_merges_upon_merges(receive: Receive, cast: Cast, session: Session) -> None:
    receive(*(received(cast.shop, n) for n in (1, 2, 3)))
    merging.merge_by_hand(session, cast.siti, 2, 3)
    merging.merge_by_hand(session, cast.siti, 1, 2)
    assert [merging.current_id(session, cast.siti, id) for id in (1, 2, 3)] == [1, 1, 1]


def test_a_bar_stays_between_the_two_whom_it_parted(receive: Receive, cast: Cast, session: Session) -> None:
    receive(*(received(cast.shop, n) for n in (1, 2, 3)))
    merging.undo_merge(session, cast.siti, merging.merge_by_hand(session, cast.siti, 1, 2))
    into_third = merging.merge_by_hand(session, cast.siti, 3, 2)
    assert merging.is_barred(session, 1, 3), "whom the second one is part of"
    merging.undo_merge(session, cast.siti, into_third)
    assert [merging.is_barred(session, *pair) for pair in ((1, 2), (2, 1), (1, 3))] == [True, True, False]


def test_people_merge_again_what_was_undone_by_mistake(
    merged: Row[Any], receive: Receive, cast: Cast, session: Session
) -> None:
    merging.undo_merge(session, cast.siti, merge_of(session, cast, merged.id))
    (one, other) = receive()
    shown = [conversations.read_thread(session, cast.siti, chat.id)[0] for chat in (one, other)]
    assert [detail.parted_id for detail in shown] == [other.id, one.id]
    assert (shown[0].parted_name, shown[0].merge_id) == (shown[1].row.name, 0)
    merging.merge_by_hand(session, cast.budi, one.id, shown[0].parted_id)
    (again,) = receive()
    detail, thread = conversations.read_thread(session, cast.siti, again.id)
    assert (detail.parted_id, detail.merge_id > 0) == (0, True)
    assert [row.body for row in thread if row.kind == "text"] == ["one", "two"]


def test_what_a_colleague_does_during_a_merge_is_kept(engine: Engine, cast: Cast) -> None:
    """Two processes of the app: the merge waits for the other's commit, and begins with what it says."""
    with database.writing_session() as session:
        intake.receive_batch(session, [received(cast.shop, 1), received(cast.shop, 2)])
        session.commit()

    def merge() -> None:
        with database.writing_session() as session:
            merging.merge_by_hand(session, cast.siti, 1, 2)
            changes.settle(session)
            session.commit()

    with ThreadPoolExecutor(1) as pool, database.writing_session() as colleague:
        for id in (1, 2):
            conversations.resolve(colleague, cast.siti, id)
        changes.settle(colleague)
        merged = pool.submit(merge)
        with pytest.raises(TimeoutError):
            merged.result(0.5)
        colleague.commit()
        merged.result(20)
    with database.reading_session() as session:
        kept = session.execute(select(CONVERSATION)).one()
    assert (kept.status, kept.unread_count) == ("resolved", 0)


def test_a_group_is_a_contact_of_its_own(receive: Receive, cast: Cast, session: Session) -> None:
    group = "120363000000000001@g.us"
    said: dict[str, Any] = {"chat_jid": group, "author_jid": jid(1), "author_name": "Rina", "contact_lid": lid(1)}
    said["push_name"] = "Reseller"
    chats = receive(received(cast.shop, 1, body="pribadi"), received(cast.shop, **said, body="grup"))
    assert conversations.read_thread(session, cast.siti, chats[1].id)[0].row.name == "Reseller"
    renamed = ContactChanged(inbox_id=cast.shop, chat_jid=group, push_name="Arisan", picture_key="1/pictures/ab.jpg")
    chats = receive(renamed, received(cast.shop, **{**said, "author_name": None, "push_name": None}, body="lagi"))
    detail, thread = conversations.read_thread(session, cast.siti, chats[1].id)
    assert (len(chats), detail.row.is_group, detail.row.name, detail.row.phone) == (2, True, "Arisan", "")
    assert detail.row.picture == "/media/contact/2?v=ab"
    assert [row.group_author for row in thread if row.kind == "text"] == ["Rina", "+62 812-3000-0001"]
    with pytest.raises(InvalidInput):
        merging.merge_by_hand(session, cast.siti, *(chat.id for chat in chats))
    receive(ContactChanged(inbox_id=cast.shop, chat_jid=group, picture_key=""))
    assert conversations.read_thread(session, cast.siti, chats[1].id)[0].row.picture == ""


def test_the_ninth_digit_is_one_customer(receive: Receive, cast: Cast, session: Session) -> None:
    told: dict[str, Any] = {"phone_e164": None, "contact_lid": None}
    chats = receive(
        received(cast.shop, **told, chat_jid="551187654321@c.us"),
        received(cast.shop, **told, chat_jid="5511987654321@c.us"),
    )
    assert len(chats) == 1
    assert session.execute(select(CONTACT.c.phone_e164)).scalar_one() == "+5511987654321"
