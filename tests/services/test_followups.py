"""Files, reactions, edits, ticks and delays find their message: twice, out of order, in one batch and in several."""

from collections.abc import Callable
from itertools import permutations, product
from typing import Any

import pytest
from sqlalchemy import Row, func, select
from sqlmodel import Session

from roms_app.errors import Conflict, InvalidInput
from roms_app.models import DeliveryStatus
from roms_app.models.tables import ATTACHMENT, INBOX, MESSAGE, PENDING_EVENT, REACTION, REACTION_OUTBOX
from roms_app.services import changes, conversations, outbox, reactions, relaying
from roms_app.services.intake import pending_events
from roms_app.views.inbox import MessageRow, ReactionView
from tests.services.conftest import Receive
from tests.support.cast import Cast, acked, jid, received, sent
from wa_worker.contract.commands import SendReaction
from wa_worker.contract.events import (
    CommandFailed,
    MediaFacts,
    MediaFailed,
    MediaStored,
    MessageEdited,
    MessageKind,
    ReactionChanged,
    SendDelayed,
)

ID = "3AABCDEF"


def photo(inbox_id: int, **fields: Any) -> Any:
    facts = MediaFacts(mimetype="image/jpeg", filename="toko.jpg")
    values: dict[str, Any] = {"kind": MessageKind.IMAGE, "media": facts, "wa_message_id": ID, **fields}
    return received(inbox_id, body="ini", **values)


def about(inbox_id: int, id: str = ID, is_from_me: bool = False) -> dict[str, Any]:
    return {"inbox_id": inbox_id, "chat_jid": jid(1), "wa_message_id": id, "is_from_me": is_from_me}


def stored(inbox_id: int, id: str = ID) -> MediaStored:
    file = {"media_key": "1/ab/abab.jpg", "mimetype": "image/jpeg", "size_bytes": 9, "sha256": "ab" * 32}
    return MediaStored(**about(inbox_id, id), **file, thumbnail_key="1/ab/abab.thumb.webp", width=4, height=3)


def failed(inbox_id: int, id: str = ID, is_permanent: bool = False) -> MediaFailed:
    return MediaFailed(**about(inbox_id, id), reason="timeout", is_permanent=is_permanent)


def reacted(inbox_id: int, emoji: str, at: int, id: str = ID, **fields: Any) -> ReactionChanged:
    values: dict[str, Any] = {"is_ours": False, **about(inbox_id, id), **fields}
    return ReactionChanged(**values, emoji=emoji, reacted_at=at)


def row_of(session: Session, cast: Cast, id: str = ID) -> MessageRow:
    found = session.execute(select(MESSAGE.c.id, MESSAGE.c.conversation_id).where(MESSAGE.c.wa_message_id == id)).one()
    _, thread = conversations.read_thread(session, cast.siti, found.conversation_id)
    (row,) = [row for row in thread if row.id == f"m{found.id}"]
    return row


def kept(session: Session) -> int:
    return session.execute(select(func.count()).select_from(PENDING_EVENT)).scalar_one()


def message(session: Session, id: str) -> Row[Any]:
    return session.execute(select(MESSAGE).where(MESSAGE.c.wa_message_id == id)).one()


def tell_in_every_order(receive: Receive, make: Callable[[str], list[Any]]) -> list[str]:
    """Each order of three events, twice, in one batch and in several; each is about an id of its own."""
    ids: list[str] = []
    for n, (order, together) in enumerate(product(permutations(range(3)), (True, False))):
        ids.append(f"{ID}{n}")
        told = make(ids[-1])
        events = [told[place] for place in order] * 2
        for batch in [events] if together else [[event] for event in events]:
            receive(*batch)
    return ids


@pytest.mark.parametrize("is_permanent", [True, False])
def test_a_stored_file_is_never_lost(receive: Receive, cast: Cast, session: Session, is_permanent: bool) -> None:
    def make(id: str) -> list[Any]:
        return [photo(cast.shop, wa_message_id=id), stored(cast.shop, id), failed(cast.shop, id, is_permanent)]

    for id in tell_in_every_order(receive, make):
        row = row_of(session, cast, id)
        file, url = row.attachment, f"/media/message/{row.id[1:]}"
        assert file is not None
        assert (file.status, file.filename, file.width, kept(session)) == ("stored", "toko.jpg", 4, 0)
        assert (file.url, file.thumbnail_url) == (url, f"{url}/thumbnail")


def test_a_file_on_its_way_and_one_that_never_came(receive: Receive, cast: Cast, session: Session) -> None:
    receive(photo(cast.shop))
    file = row_of(session, cast).attachment
    assert file is not None and (file.status, file.mimetype, file.url) == ("pending", "image/jpeg", "")
    receive(failed(cast.shop, is_permanent=True))
    file = row_of(session, cast).attachment
    assert file is not None and (file.status, file.failure_reason, file.is_lost) == ("failed", "timeout", True)
    receive(CommandFailed(inbox_id=cast.shop, command="FetchMedia", wa_message_id=ID, reason="gone"))
    assert session.execute(select(ATTACHMENT.c.failure_reason)).scalar_one() == "gone"


def test_a_file_that_could_not_be_read_at_first(receive: Receive, cast: Cast, session: Session) -> None:
    receive(received(cast.shop, body="", kind=MessageKind.UNDECRYPTED, raw_kind="ciphertext", wa_message_id=ID))
    receive(photo(cast.shop, is_forwarded=True))
    row = row_of(session, cast)
    assert (row.kind, row.body, row.is_forwarded) == ("image", "ini", True)
    assert row.attachment is not None and row.attachment.status == "pending"


def test_the_newest_reaction_stands(receive: Receive, cast: Cast, session: Session) -> None:
    def make(id: str) -> list[Any]:
        said = received(cast.shop, wa_message_id=id)
        return [said, reacted(cast.shop, "👍", 1000, id), reacted(cast.shop, "🙏", 2000, id)]

    for id in tell_in_every_order(receive, make):
        assert row_of(session, cast, id).reactions == [ReactionView("🙏", 1, is_ours=False)]
        receive(reacted(cast.shop, "", 3000, id), reacted(cast.shop, "🙏", 2000, id))
        assert row_of(session, cast, id).reactions == [], "what was taken back does not return"
    assert kept(session) == 0


def test_members_of_a_group_react_for_themselves(receive: Receive, cast: Cast, session: Session) -> None:
    receive(received(cast.shop, wa_message_id=ID))
    receive(*(reacted(cast.shop, "👍", 1000, author_jid=jid(n)) for n in (2, 3)))
    assert row_of(session, cast).reactions == [ReactionView("👍", 2, is_ours=False)]


def due_reactions(session: Session) -> list[SendReaction]:
    due = [one for one in relaying.take_due(session, 0, 1) if one.is_reaction]
    return [command for one in due for command in one.commands if isinstance(command, SendReaction)]


def test_our_reaction_is_shown_sent_and_confirmed(receive: Receive, cast: Cast, session: Session) -> None:
    receive(received(cast.shop, wa_message_id=ID))
    reactions.react(session, cast.budi, 1, "👍")
    assert changes.of(session).has_outbox
    assert row_of(session, cast).reactions == [ReactionView("👍", 1, is_ours=True)]
    (send,) = due_reactions(session)
    assert (send.emoji, send.wa_message_id, send.is_from_me) == ("👍", ID, False)
    confirmed = reacted(cast.shop, "👍", 5000, is_ours=True)
    receive(confirmed, confirmed)
    assert session.execute(select(REACTION_OUTBOX)).all() == []
    found = session.execute(select(REACTION.c.agent_id, REACTION.c.reacted_at)).one()
    assert tuple(found) == (cast.budi.id, 5000)


def test_a_heart_is_confirmed_with_or_without_its_colour(receive: Receive, cast: Cast, session: Session) -> None:
    receive(received(cast.shop, wa_message_id=ID))
    reactions.react(session, cast.budi, 1, "❤\ufe0f")
    receive(reacted(cast.shop, "❤", 5000, is_ours=True))
    assert session.execute(select(REACTION_OUTBOX)).all() == []


def test_our_refused_reaction_gives_way_to_what_was_there(receive: Receive, cast: Cast, session: Session) -> None:
    receive(received(cast.shop, wa_message_id=ID), reacted(cast.shop, "👍", 1000, is_ours=True))
    reactions.react(session, cast.budi, 1, "🙏")
    refused = CommandFailed(inbox_id=cast.shop, command="SendReaction", wa_message_id=ID, reason="refused")
    receive(refused)
    assert row_of(session, cast).reactions[0].emoji == "🙏", "it was not sent yet: the refusal is an older one's"
    assert len(due_reactions(session)) == 1
    receive(refused, refused)
    assert row_of(session, cast).reactions == [ReactionView("👍", 1, is_ours=True)]
    assert message(session, ID).delivery_status is None, "a refused reaction fails no message"
    with pytest.raises(InvalidInput):
        reactions.react(session, cast.budi, 1, "hello")


@pytest.mark.parametrize("command", ["SendReaction", "SetTyping", "FetchMedia", "MarkRead"])
def test_only_a_refused_send_fails_a_message(
    receive: Receive, cast: Cast, session: Session, chat: int, command: str
) -> None:
    outbox.queue_reply(session, cast.budi, chat, "Siap")
    id = session.execute(select(MESSAGE.c.wa_message_id).where(MESSAGE.c.direction == "outbound")).scalar_one()
    receive(CommandFailed(inbox_id=cast.shop, command=command, wa_message_id=id, reason="x"))
    receive(CommandFailed(inbox_id=cast.shop, command=command, reason="x"))
    assert message(session, id).delivery_status is DeliveryStatus.QUEUED
    assert session.execute(select(INBOX.c.status_reason).where(INBOX.c.id == cast.shop)).scalar_one() == ""


def test_a_tick_that_overtakes_its_message_is_remembered(receive: Receive, cast: Cast, session: Session) -> None:
    receive(acked(cast.shop, 3, "3CAA", "3CBB"), acked(cast.shop, 3, "3CAA", "3CBB"))
    assert kept(session) == 2
    receive(sent(cast.shop, wa_message_id="3CAA", ack=1))
    assert message(session, "3CAA").delivery_status is DeliveryStatus.READ
    assert kept(session) == 1
    receive(sent(cast.shop, wa_message_id="3CBB", ack=1), acked(cast.shop, 2, "3CBB"))
    assert (message(session, "3CBB").delivery_status, kept(session)) == (DeliveryStatus.READ, 0)


def test_what_is_told_of_messages_that_never_come_is_forgotten(
    receive: Receive, cast: Cast, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive(acked(cast.shop, 3, "3CAA"))
    monkeypatch.setattr(pending_events, "KEPT_MS", -1)
    receive(acked(cast.shop, 3, "3CBB"))
    assert kept(session) == 0


def test_an_edit_during_an_absence(receive: Receive, cast: Cast, session: Session) -> None:
    first = received(cast.shop, body="Haloo", wa_message_id=ID, occurred_at=1000)
    again = first.model_copy(update={"body": "Halo", "is_edited": True, "occurred_at": 2000, "is_backfill": True})
    (chat,) = receive(first)
    receive(again, again)
    row = row_of(session, cast)
    assert (row.body, row.is_edited) == ("Halo", True)
    assert receive()[0].last_message_preview == "Halo"
    newer = MessageEdited(**about(cast.shop), body="Halo kak", occurred_at=3000)
    receive(newer, again, newer)
    assert row_of(session, cast).body == "Halo kak", "an older telling changes nothing"
    assert receive()[0].unread_count == chat.unread_count


def test_a_delay_is_shown_until_it_is_over(receive: Receive, cast: Cast, session: Session, chat: int) -> None:
    outbox.queue_reply(session, cast.budi, chat, "Siap")
    id = session.execute(select(MESSAGE.c.wa_message_id).where(MESSAGE.c.direction == "outbound")).scalar_one()
    delayed = SendDelayed(inbox_id=cast.shop, wa_message_id=id, until=9000, reason="pacing")
    receive(delayed)
    assert row_of(session, cast, id).held_until == 0, "a reply that no worker has is held by none: it was queued again"
    relaying.take_due(session, 0, 1000)
    receive(delayed, delayed)
    row = row_of(session, cast, id)
    assert (row.held_until, row.hold_reason, row.status) == (9000, "pacing", "queued")
    receive(sent(cast.shop, wa_message_id=id, ack=1))
    receive(delayed)
    row = row_of(session, cast, id)
    assert (row.held_until, row.hold_reason, row.status) == (0, "", "sent")
    assert message(session, id).held_until is None


def test_what_waits_for_its_delay_is_not_relayed_again(
    receive: Receive, cast: Cast, session: Session, chat: int
) -> None:
    outbox.queue_reply(session, cast.budi, chat, "Siap")
    (due,) = relaying.take_due(session, 0, 1000)
    assert [one.message_id for one in relaying.list_due(session, 2000)] == [due.message_id], "nobody answered for it"
    id = session.execute(select(MESSAGE.c.wa_message_id).where(MESSAGE.c.direction == "outbound")).scalar_one()
    receive(SendDelayed(inbox_id=cast.shop, wa_message_id=id, until=5000, reason="breaker"))
    assert relaying.list_due(session, 2000) == []
    assert [one.message_id for one in relaying.list_due(session, 5000)] == [due.message_id]


def test_calls_and_notices(receive: Receive, cast: Cast, session: Session) -> None:
    call: dict[str, Any] = {"kind": MessageKind.CALL, "body": ""}
    notice: dict[str, Any] = {"kind": MessageKind.NOTICE, "raw_kind": "e2e_notification:encrypt", "body": ""}
    (chat,) = receive(received(cast.shop, **notice))
    assert (chat.status, chat.unread_count, chat.assignee_id) == ("resolved", 0, None)
    (chat,) = receive(received(cast.shop, **call, raw_kind="call_log:completed"))
    assert (chat.status, chat.unread_count) == ("resolved", 0)
    (chat,) = receive(received(cast.shop, **call, raw_kind="call_log:missed_video"))
    assert (chat.status, chat.unread_count, chat.assignee_id) == ("open", 1, cast.budi.id)
    (chat,) = receive(received(cast.shop, body="Halo?"), received(cast.shop, **notice))
    assert (chat.unread_count, chat.last_message_preview) == (2, "Halo?"), "a notice hides no words"
    (chat,) = receive(sent(cast.shop, **notice))
    assert chat.waiting_since is not None


def test_a_message_that_a_live_number_was_told_of_is_not_cancelled(
    receive: Receive, cast: Cast, session: Session, chat: int
) -> None:
    first, second = (outbox.queue_reply(session, cast.budi, chat, text) for text in ("one", "two"))
    outbox.cancel_message(session, cast.budi, first)
    outbox.cancel_message(session, cast.budi, first)
    (due,) = relaying.take_due(session, 0, 1000)
    assert due.message_id == second
    with pytest.raises(Conflict):
        outbox.cancel_message(session, cast.budi, second)
    with pytest.raises(Conflict):
        outbox.retry(session, cast.budi, first)


def test_a_length_that_no_database_holds_costs_no_message(receive: Receive, cast: Cast, session: Session) -> None:
    claimed = {"size_bytes": 1 << 70, "duration_ms": 4_294_967_295_000, "width": 1 << 40, "height": -1}
    said = received(cast.shop, wa_message_id=ID, kind=MessageKind.VIDEO, media=MediaFacts.model_validate(claimed))
    receive(said)
    row = session.execute(select(ATTACHMENT)).one()
    assert (row.duration_ms, row.width, row.height, row.size_bytes) == (2**31 - 1, 100_000, 0, 2**53 - 1)
