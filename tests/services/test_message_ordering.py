"""Messages have WhatsApp's order, also those of one second that a backfill finds after others were stored."""

from itertools import islice, permutations

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from roms_app.models.tables import MESSAGE
from roms_app.services import changes, conversations, outbox
from roms_app.services.intake import intake
from tests.services.conftest import Receive
from tests.services.statements import counted
from tests.support.cast import Cast, received, sent
from wa_worker.contract.events import MessageKind, MessageReceived

SECOND = 1_786_000_000_000


class Chat:
    """One customer's chat as WhatsApp has it, all of it written within one second."""

    def __init__(self, inbox_id: int, *names: str) -> None:
        self._inbox_id = inbox_id
        self._names = names

    def live(self, name: str, **fields: object) -> MessageReceived:
        values = {"wa_message_id": f"3A{name}", "sent_at": SECOND, **fields}
        return received(self._inbox_id, body=name, **values)

    def found(self, name: str, **fields: object) -> MessageReceived:
        """The message as a backfill reports it."""
        at = self._names.index(name)
        follows = f"3A{self._names[at - 1]}" if at else None
        return self.live(name, is_backfill=True, follows=follows, **fields)

    def all(self) -> list[MessageReceived]:
        return [self.found(name) for name in self._names]


def shown(session: Session, cast: Cast, chat: int = 1) -> list[str]:
    """The texts in the order of the thread; each time is within the second."""
    _, thread = conversations.read_thread(session, cast.siti, chat)
    rows = [row for row in thread if row.kind != "system"]
    assert {row.sent_at // 1000 for row in rows} == {SECOND // 1000}
    return [row.body for row in rows]


@pytest.mark.parametrize("together", [True, False])
def test_what_was_missed_stands_before_what_was_heard(
    receive: Receive, cast: Cast, session: Session, together: bool
) -> None:
    chat = Chat(cast.shop, "A", "B")
    receive(chat.live("B"))
    for batch in [chat.all()] if together else [[event] for event in chat.all()]:
        row = receive(*batch)[0]
    assert shown(session, cast) == ["A", "B"]
    assert (row.last_message_preview, row.last_message_at, row.unread_count) == ("B", SECOND + 1, 2)


def test_every_order_of_hearing_ends_in_whatsapps(receive: Receive, cast: Cast, session: Session) -> None:
    names = ("A", "B", "C", "D")
    for number, heard in enumerate(permutations(names), start=1):
        chat = Chat(cast.shop, *(f"{number}{name}" for name in names))
        someone = {"chat_jid": f"{number}@hosted", "phone_e164": None}
        half = number % 5
        for name in heard[:half]:
            receive(chat.live(f"{number}{name}", **someone))
        row = receive(*(event.model_copy(update=someone) for event in chat.all()))[number - 1]
        assert shown(session, cast, row.id) == [f"{number}{name}" for name in names], heard[:half]
        assert row.last_message_preview == f"{number}D"


def test_the_end_of_a_batch_between_any_two_changes_nothing(receive: Receive, cast: Cast, session: Session) -> None:
    chat = Chat(cast.shop, "A", "B", "C", "D", "E")
    receive(chat.live("C"), chat.live("E"), chat.live("B"))
    for event in chat.all():
        row = receive(event)[0]
    assert shown(session, cast) == ["A", "B", "C", "D", "E"]
    assert row.last_message_preview == "E"


def test_what_is_heard_afterwards_stands_last(receive: Receive, cast: Cast, session: Session) -> None:
    chat = Chat(cast.shop, "A", "B", "C")
    receive(chat.live("C"))
    receive(*chat.all())
    row = receive(chat.live("D"), chat.live("E"))[0]
    assert shown(session, cast) == ["A", "B", "C", "D", "E"]
    assert row.last_message_preview == "E"
    next_second = receive(received(cast.shop, body="F", sent_at=SECOND + 1000))[0]
    assert next_second.last_message_at == SECOND + 1000


@pytest.mark.parametrize("sender", ["customer", "phone", "agent"])
def test_what_is_heard_late_stands_last_in_its_second(
    receive: Receive, cast: Cast, session: Session, sender: str
) -> None:
    """There is a newer message of another second, or a reply that waits."""
    chat = Chat(cast.shop, "A", "B")
    receive(chat.live("B"))
    receive(*chat.all())
    if sender == "agent":
        outbox.queue_reply(session, cast.budi, 1, "newer")
    else:
        say = received if sender == "customer" else sent
        receive(say(cast.shop, body="newer", sent_at=SECOND + 5000))
    receive(chat.live("C"), chat.live("D"))
    _, thread = conversations.read_thread(session, cast.siti, 1)
    assert [row.body for row in thread if row.kind != "system"] == ["A", "B", "C", "D", "newer"]


def test_heard_and_found_in_one_batch(receive: Receive, cast: Cast, session: Session) -> None:
    chat = Chat(cast.shop, "A", "B")
    receive(chat.live("B"), *chat.all(), chat.live("C"))
    assert shown(session, cast) == ["A", "B", "C"]


def test_a_message_between_two_that_were_put_in_order_does_not_become_the_newest(
    receive: Receive, cast: Cast, session: Session
) -> None:
    receive(Chat(cast.shop, "A", "B").live("B"))
    receive(*Chat(cast.shop, "A", "B").all())
    whole = Chat(cast.shop, "A", "between", "B")
    row = receive(whole.found("between"))[0]
    row = receive(whole.found("B"))[0]
    assert shown(session, cast) == ["A", "between", "B"]
    assert row.last_message_preview == "B"


def test_what_moved_is_announced_and_a_repeat_moves_nothing(receive: Receive, cast: Cast, session: Session) -> None:
    chat = Chat(cast.shop, "A", "B")
    row = receive(chat.live("B"))[0]
    intake.receive_batch(session, chat.all())
    ids = {row.body: row.id for row in session.execute(select(MESSAGE))}
    assert set(changes.of(session).conversations[row.id].message_ids) == {ids["A"], ids["B"]}
    before = session.execute(select(MESSAGE.c.id, MESSAGE.c.sent_at).order_by(MESSAGE.c.id)).all()
    receive(*chat.all())
    assert session.execute(select(MESSAGE.c.id, MESSAGE.c.sent_at).order_by(MESSAGE.c.id)).all() == before


def test_a_reply_stands_where_it_was_sent(receive: Receive, cast: Cast, session: Session) -> None:
    """Queued by our clock, sent by WhatsApp's; then found between two messages of the customer."""
    chat = Chat(cast.shop, "A", "C")
    receive(chat.live("A"), chat.live("C"))
    outbox.queue_reply(session, cast.budi, 1, "B")
    id = session.execute(select(MESSAGE.c.wa_message_id).where(MESSAGE.c.body == "B")).scalar_one()
    reply = sent(cast.shop, body="B", wa_message_id=id, sent_at=SECOND, ack=1)
    receive(reply)
    assert shown(session, cast) == ["A", "C", "B"]
    found = reply.model_copy(update={"is_backfill": True, "follows": "3AA"})
    row = receive(chat.found("A"), found, chat.found("C").model_copy(update={"follows": id}))[0]
    assert shown(session, cast) == ["A", "B", "C"]
    assert row.last_message_preview == "C"


def test_two_replies_keep_their_order_whatever_our_clock_says(receive: Receive, cast: Cast, session: Session) -> None:
    receive(received(cast.shop))
    for body in ("one", "two"):
        outbox.queue_reply(session, cast.budi, 1, body)
    rows = session.execute(select(MESSAGE).where(MESSAGE.c.body.in_(["one", "two"])).order_by(MESSAGE.c.id)).all()
    same = rows[0].sent_at // 1000 * 1000
    for row in rows:
        receive(sent(cast.shop, body=row.body, wa_message_id=row.wa_message_id, sent_at=same))
        receive(received(cast.shop, body=f"after {row.body}", sent_at=same))
    bodies = [row.body for row in conversations.read_thread(session, cast.siti, 1)[1] if row.kind != "system"]
    assert bodies.index("one") < bodies.index("two")


def test_whatsapps_own_line_does_not_become_the_newest(receive: Receive, cast: Cast, session: Session) -> None:
    chat = Chat(cast.shop, "A", "B", "line")
    receive(chat.live("line", kind=MessageKind.NOTICE, raw_kind="e2e_notification:identity"), chat.live("B"))
    row = receive(*chat.all())[0]
    assert shown(session, cast) == ["A", "B", "line"]
    assert row.last_message_preview == "B"


def test_a_second_has_a_thousand_places(receive: Receive, cast: Cast, session: Session) -> None:
    """A message that follows the last one stays in its second."""
    chat = Chat(cast.shop, "A", "B")
    receive(chat.live("B"), chat.live("A", sent_at=SECOND + 999))
    receive(chat.found("B"))
    assert _at(session, "B") == SECOND + 999


def _at(session: Session, body: str) -> int:
    return session.execute(select(MESSAGE.c.sent_at).where(MESSAGE.c.body == body)).scalar_one()


def test_messages_of_other_seconds_and_chats_are_not_moved(receive: Receive, cast: Cast, session: Session) -> None:
    receive(received(cast.shop, 2, body="other", wa_message_id="3AOTHER", sent_at=SECOND))
    late = received(cast.shop, body="late", wa_message_id="3ALATE", sent_at=SECOND + 5000)
    receive(late)
    receive(
        received(cast.shop, body="A", sent_at=SECOND, is_backfill=True, follows="3ALATE"),
        received(cast.shop, body="B", sent_at=SECOND, is_backfill=True, follows="3AOTHER"),
        received(cast.shop, body="C", sent_at=SECOND, is_backfill=True, follows="3ANOBODY"),
    )
    assert [_at(session, body) for body in "ABC"] == [SECOND] * 3


def test_what_is_heard_live_costs_as_before(receive: Receive, cast: Cast, session: Session, engine: Engine) -> None:
    chat = Chat(cast.shop, "A", "B")
    receive(chat.live("B"))
    with counted(engine) as alone:
        intake.receive_batch(session, [chat.live("next")])
    receive(*chat.all())
    with counted(engine) as behind:
        intake.receive_batch(session, [chat.live("C")])
    assert len(behind) == len(alone)


def test_a_reply_that_is_heard_after_one_that_was_found_stands_behind_it(
    receive: Receive, cast: Cast, session: Session
) -> None:
    chat = Chat(cast.shop, "A", "B")
    receive(chat.live("B"))
    for key in ("one", "two"):
        outbox.queue_reply(session, cast.budi, 1, key, key=key)
    ids = [row.wa_message_id for row in session.execute(select(MESSAGE).order_by(MESSAGE.c.id)) if row.agent_id]
    values = [
        {"wa_message_id": id, "sent_at": SECOND, "body": body} for id, body in zip(ids, ("one", "two"), strict=True)
    ]
    # The worker was stopped between the two: a look-back finds the first one behind what it moved itself.
    receive(*chat.all(), sent(cast.shop, is_backfill=True, follows="3AB", **values[0]))
    receive(sent(cast.shop, **values[1]))
    assert shown(session, cast) == ["A", "B", "one", "two"]
    receive(sent(cast.shop, **values[0]), sent(cast.shop, **values[1]))
    assert shown(session, cast)[:2] == ["A", "B"]


@pytest.mark.parametrize("sizes", [(1, 1, 3), (2, 3), (1, 4), (5,), (4, 1)], ids=str)
def test_a_reply_that_a_look_back_moves_does_not_come_behind_the_next_one(
    receive: Receive, cast: Cast, session: Session, sizes: tuple[int, ...]
) -> None:
    """The look-back read the chat between the two, and was told after both; in batches of these sizes."""
    chat = Chat(cast.shop, "A", "B")
    receive(chat.live("B"))
    for key in ("one", "two", "waits"):
        outbox.queue_reply(session, cast.budi, 1, key, key=key)
    ids = [row.wa_message_id for row in session.execute(select(MESSAGE).order_by(MESSAGE.c.id)) if row.agent_id]
    one, two = (
        sent(cast.shop, wa_message_id=id, sent_at=SECOND, body=body)
        for id, body in zip(ids, ("one", "two"), strict=False)
    )
    told = iter([one, two, *chat.all(), one.model_copy(update={"is_backfill": True, "follows": "3AB"})])
    for size in sizes:
        receive(*islice(told, size))
    assert next(told, None) is None
    _, thread = conversations.read_thread(session, cast.siti, 1)
    assert [row.body for row in thread if row.kind != "system"] == ["A", "B", "one", "two", "waits"]
