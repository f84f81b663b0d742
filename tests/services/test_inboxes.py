"""Numbers."""

from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import Session

from roms_app.errors import Conflict, InvalidInput, NotAllowed, NotFound
from roms_app.models.base import now_ms
from roms_app.models.tables import CONVERSATION, INBOX_MEMBER, SESSION_HISTORY
from roms_app.services import changes, inboxes, outbox
from tests.support.cast import Cast
from wa_worker.contract.commands import Channel
from wa_worker.contract.events import Alert, CommandFailed, SessionChanged, SessionStatus


def test_new_number_is_answered_by_the_whole_team(cast: Cast, session: Session) -> None:
    id = inboxes.create_inbox(session, cast.siti, name=" Cabang ", channel="demo")
    members = session.execute(select(INBOX_MEMBER.c.agent_id).where(INBOX_MEMBER.c.inbox_id == id)).scalars()
    assert set(members) == {cast.siti.id, cast.budi.id, cast.ayu.id, cast.eko.id}
    assert inboxes.list_active(session)[id].channel is Channel.DEMO
    assert inboxes.list_cards(session)[-1].name == "Cabang"
    assert changes.of(session).inboxes == {id: ""}


@pytest.mark.parametrize(
    ("name", "channel"), [("", "demo"), ("\u200b", "demo"), ("x" * 121, "demo"), ("Shop", "telegram")]
)
def test_number_that_can_not_be(cast: Cast, session: Session, name: str, channel: str) -> None:
    with pytest.raises(InvalidInput):
        inboxes.create_inbox(session, cast.siti, name=name, channel=channel)


def test_only_admins(cast: Cast, session: Session) -> None:
    with pytest.raises(NotAllowed):
        inboxes.create_inbox(session, cast.budi, name="x", channel="demo")
    with pytest.raises(NotAllowed):
        inboxes.archive(session, cast.budi, cast.shop)


def test_archived_number_is_gone_and_sends_nothing(cast: Cast, session: Session, chat: int) -> None:
    inboxes.archive(session, cast.siti, cast.shop)
    session.flush()
    assert cast.shop not in inboxes.list_active(session)
    with pytest.raises(NotFound):
        inboxes.access_inbox(session, cast.shop)
    with pytest.raises(Conflict):
        outbox.queue_reply(session, cast.budi, chat, "Siap")


def test_a_numbers_name_at_whatsapp_does_nothing_to_the_text_beside_it(cast: Cast, session: Session) -> None:
    live = SessionChanged(inbox_id=cast.shop, status=SessionStatus.LIVE, push_name="\u202eToko\u2066 Rina")
    inboxes.apply_session_changed(session, live)
    assert inboxes.list_cards(session)[0].push_name == "Toko Rina"


def test_pairing(cast: Cast, session: Session) -> None:
    waiting = SessionChanged(
        inbox_id=cast.shop, status=SessionStatus.WAITING_FOR_SCAN, qr_text="2@a", pairing_code="ABCD1234"
    )
    inboxes.apply_session_changed(session, waiting)
    assert inboxes.list_codes(session) == {cast.shop: ("2@a", "ABCD1234")}
    inboxes.archive(session, cast.siti, cast.shop)
    assert inboxes.list_codes(session) == {}


@pytest.fixture
def logged_out(cast: Cast) -> SessionChanged:
    return SessionChanged(inbox_id=cast.shop, status=SessionStatus.LOGGED_OUT, reason="requested", occurred_at=1000)


def test_a_reset_that_failed_stands_beside_the_state_until_one_is_done(
    cast: Cast, session: Session, logged_out: SessionChanged
) -> None:
    inboxes.apply_session_changed(session, logged_out)
    for reason in ("page_failed", "disk_failed"):
        failed = CommandFailed(inbox_id=cast.shop, command="ResetSession", reason=reason)
        inboxes.apply_command_failed(session, failed)
    assert shown(session, cast.shop) == ("requested", 1000, ["ResetSession:disk_failed"])
    full = logged_out.model_copy(update={"alerts": [Alert.DISK_FULL], "occurred_at": 2000})
    inboxes.apply_session_changed(session, full)
    assert shown(session, cast.shop) == ("requested", 1000, ["disk_full", "ResetSession:disk_failed"])
    begun = SessionChanged(inbox_id=cast.shop, status=SessionStatus.NOT_PAIRED, reason="starting", occurred_at=3000)
    inboxes.apply_session_changed(session, begun)
    assert shown(session, cast.shop) == ("starting", 3000, [])


def test_a_pairing_code_that_comes_after_all_ends_the_complaint(cast: Cast, session: Session) -> None:
    waiting = SessionChanged(inbox_id=cast.shop, status=SessionStatus.WAITING_FOR_SCAN, qr_text="2@a")
    inboxes.apply_session_changed(session, waiting)
    failed = CommandFailed(inbox_id=cast.shop, command="PairWithCode", reason="page_failed")
    inboxes.apply_command_failed(session, failed)
    inboxes.apply_session_changed(session, waiting.model_copy(update={"qr_text": "2@b"}))
    assert shown(session, cast.shop)[2] == ["PairWithCode:page_failed"]
    inboxes.apply_session_changed(session, waiting.model_copy(update={"pairing_code": "ABCD1234"}))
    assert shown(session, cast.shop)[2] == []


def shown(session: Session, inbox_id: int) -> tuple[str, int, list[str]]:
    """Three values of a number's card: the reason of its status, the time of its change, and its alerts."""
    session.flush()
    card = next(card for card in inboxes.list_cards(session) if card.id == inbox_id)
    return card.status_reason, card.status_at, card.alerts


def told(inbox_id: int, status: SessionStatus, at: int, **fields: Any) -> SessionChanged:
    """The worker says in what state the number was at `at` (epoch ms)."""
    return SessionChanged(inbox_id=inbox_id, status=status, occurred_at=at, **fields)


def test_a_word_that_comes_late_or_again_changes_no_state(cast: Cast, session: Session) -> None:
    at = now_ms() - 60_000
    lost = told(cast.shop, SessionStatus.RECONNECTING, at, reason="offline", host="one")
    live = told(cast.shop, SessionStatus.LIVE, at + 1, host="one")
    for event in (lost, live, lost):
        inboxes.apply_session_changed(session, event)
        session.flush()
    assert inboxes.is_live(session, cast.shop)
    assert session.execute(select(SESSION_HISTORY.c.status)).scalars().all() == ["reconnecting", "live"]
    assert cast.shop in changes.of(session).inboxes, "announced again: nobody knows whether it was heard"


def test_an_old_code_never_comes_back(cast: Cast, session: Session) -> None:
    at = now_ms() - 60_000
    codes = [told(cast.shop, SessionStatus.WAITING_FOR_SCAN, at + n, qr_text=f"2@{n}") for n in range(2)]
    for event in (*codes, codes[0]):
        inboxes.apply_session_changed(session, event)
    assert inboxes.list_codes(session) == {cast.shop: ("2@1", None)}


def test_a_failure_that_comes_again_is_over_once_the_state_was_told_anew(cast: Cast, session: Session) -> None:
    at = now_ms() - 60_000
    failed = CommandFailed(inbox_id=cast.shop, command="ResetSession", reason="disk_failed", occurred_at=at)
    inboxes.apply_command_failed(session, failed)
    inboxes.apply_session_changed(session, told(cast.shop, SessionStatus.NOT_PAIRED, at + 1, reason="starting"))
    inboxes.apply_command_failed(session, failed)
    assert shown(session, cast.shop)[2] == []


def test_a_clock_of_redis_that_was_ahead_and_was_put_right_hides_no_state(cast: Cast, session: Session) -> None:
    now = now_ms()
    for status, at in ((SessionStatus.RECONNECTING, now + 60_000), (SessionStatus.LIVE, now)):
        inboxes.apply_session_changed(session, told(cast.shop, status, now).model_copy(update={"streamed_at": at}))
    session.flush()
    assert inboxes.is_live(session, cast.shop)


def test_who_looks_at_a_removed_number_sees_no_timer_go_on(cast: Cast, session: Session, chat: int) -> None:
    escalated = {"due_at": now_ms() + 60_000, "escalated_at": 1}
    session.execute(update(CONVERSATION).where(CONVERSATION.c.id == chat).values(escalated))
    changes.settle(session)
    inboxes.archive(session, cast.siti, cast.shop)
    noted = changes.of(session).conversations
    assert noted[chat].counts_changed, "the badge of escalated ones goes down"
    row = session.execute(select(CONVERSATION)).one()
    assert (row.due_at, row.escalated_at) == (None, None)
