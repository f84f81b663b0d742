"""Routing rules of a number: their order, what they do to new conversations, and trying them on past ones."""

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from roms_app.domain import wording
from roms_app.domain.kinds import wants_answer
from roms_app.errors import InvalidInput, NotAllowed, NotFound
from roms_app.models import Assignment, AssignmentKind, Conversation
from roms_app.models.base import now_ms
from roms_app.models.tables import MESSAGE
from roms_app.services import changes, conversations, dry_run, labels, routing, teams
from roms_app.services.intake import intake
from roms_app.services.routing import RoutingRequest
from roms_app.views.assignment import TriedRule
from tests.services.conftest import Receive
from tests.services.statements import counted
from tests.support.cast import Cast, received, sent
from wa_worker.contract.events import MessageKind, MessageReceived

DAY = 86_400_000


@pytest.fixture
def billing(session: Session, cast: Cast) -> int:
    """A team with Ayu."""
    team_id = teams.create(session, cast.siti, "Billing")
    teams.set_members(session, cast.siti, team_id, [cast.ayu.id or 0])
    return team_id


@pytest.fixture
def sales(session: Session, cast: Cast) -> int:
    """A team with Budi."""
    team_id = teams.create(session, cast.siti, "Sales")
    teams.set_members(session, cast.siti, team_id, [cast.budi.id or 0])
    return team_id


def order_of(session: Session, inbox_id: int) -> list[tuple[int, str]]:
    return [(rule.number, rule.team) for rule in routing.list_rules(session, inbox_id)]


def test_no_rule_costs_one_statement_and_nothing_asked_none(engine: Engine, session: Session, cast: Cast) -> None:
    session.connection()
    with counted(engine) as none:
        assert routing.teams_for(session, cast.shop, []) == {}
    with counted(engine) as one:
        assert (
            routing.teams_for(session, cast.shop, [RoutingRequest(1, "refund", True), RoutingRequest(2, "x", False)])
            == {}
        )
    assert (len(none), len(one)) == (0, 1)


def test_the_first_rule_that_fits_decides(session: Session, billing: int, sales: int, cast: Cast) -> None:
    keyword = routing.create_rule(
        session, cast.siti, cast.shop, kind="keyword", team_id=billing, keywords="refund,  uang   kembali ,refund"
    )
    first = routing.create_rule(session, cast.siti, cast.shop, kind="first_contact", team_id=sales)
    asked = [
        RoutingRequest(1, "Mau UANG kembali", True),
        RoutingRequest(2, "Halo", True),
        RoutingRequest(3, "Halo", False),
    ]
    routed = routing.teams_for(session, cast.shop, asked)
    assert {id: (one.team_id, one.rule_id) for id, one in routed.items()} == {1: (billing, keyword), 2: (sales, first)}
    assert wording.words(routed[1].reason)["en"] == "Routed to Billing: the customer wrote “uang kembali”."
    assert routing.list_rules(session, cast.shop)[0].keywords == "refund, uang kembali"
    routing.set_active(session, cast.siti, keyword, False)
    assert routing.teams_for(session, cast.shop, asked[:1])[1].team_id == sales
    assert routing.teams_for(session, cast.other, asked) == {}, "another number has rules of its own"


def test_what_a_customer_writes_chooses_who_is_given_it(
    session: Session, receive: Receive, billing: int, sales: int, cast: Cast
) -> None:
    routing.create_rule(session, cast.siti, cast.shop, kind="keyword", team_id=billing, keywords="refund")
    routing.create_rule(session, cast.siti, cast.shop, kind="first_contact", team_id=sales)
    bodies = ("I want a refund", "Hello", "refund?", "Hi")
    rows = receive(*(received(cast.shop, n, body) for n, body in enumerate(bodies, start=1)))
    assert [row.assignee_id for row in rows] == [cast.ayu.id, cast.budi.id, cast.ayu.id, cast.budi.id]
    assert [row.team_id for row in rows] == [billing, sales, billing, sales]
    kinds = session.execute(select(Assignment.kind).where(Assignment.conversation_id == rows[0].id)).scalars()  # pyright: ignore
    assert list(kinds) == [AssignmentKind.ROUTED, AssignmentKind.AUTOMATIC]


def test_rules_move_up_and_down(session: Session, billing: int, sales: int, cast: Cast) -> None:
    one = routing.create_rule(session, cast.siti, cast.shop, kind="first_contact", team_id=billing)
    two = routing.create_rule(session, cast.siti, cast.shop, kind="first_contact", team_id=sales)
    three = routing.create_rule(session, cast.siti, cast.shop, kind="keyword", team_id=billing, keywords="a")
    routing.move_rule(session, cast.siti, one, is_up=True)
    routing.move_rule(session, cast.siti, three, is_up=False)
    assert [rule.id for rule in routing.list_rules(session, cast.shop)] == [one, two, three]
    routing.move_rule(session, cast.siti, three, is_up=True)
    routing.move_rule(session, cast.siti, one, is_up=False)
    assert [rule.id for rule in routing.list_rules(session, cast.shop)] == [three, one, two]
    routing.delete_rule(session, cast.siti, one)
    routing.move_rule(session, cast.siti, two, is_up=True)
    rules = routing.list_rules(session, cast.shop)
    assert [(rule.id, rule.number, rule.is_last) for rule in rules] == [(two, 1, False), (three, 2, True)]
    new = routing.create_rule(session, cast.siti, cast.shop, kind="first_contact", team_id=sales)
    assert routing.list_rules(session, cast.shop)[-1].id == new


def test_a_rule_can_be_changed(session: Session, billing: int, sales: int, cast: Cast) -> None:
    vip = labels.create(session, cast.siti, "VIP")
    rule_id = routing.create_rule(session, cast.siti, cast.shop, kind="keyword", team_id=billing, keywords="a")
    routing.change_rule(session, cast.siti, rule_id, kind="label", team_id=sales, keywords="left over", label_id=vip)
    rule = routing.list_rules(session, cast.shop)[0]
    assert (rule.kind, rule.keywords, rule.label, rule.team) == ("label", "", "VIP", "Sales")


def test_a_team_that_nobody_answers_with_is_said(session: Session, billing: int, cast: Cast) -> None:
    routing.create_rule(session, cast.siti, cast.shop, kind="first_contact", team_id=billing)
    routing.create_rule(session, cast.siti, cast.other, kind="first_contact", team_id=billing)
    assert not routing.list_rules(session, cast.shop)[0].is_unanswered
    assert routing.list_rules(session, cast.other)[0].is_unanswered, "Ayu does not answer the other number"


def test_nonsense_is_refused(session: Session, billing: int, cast: Cast) -> None:
    wrong = [
        {"kind": "mood", "team_id": billing},
        {"kind": "first_contact", "team_id": 999},
        {"kind": "keyword", "team_id": billing, "keywords": " , ,"},
        {"kind": "keyword", "team_id": billing, "keywords": "x" * 501},
        {"kind": "label", "team_id": billing, "label_id": 999},
    ]
    for values in wrong:
        with pytest.raises(InvalidInput):
            routing.create_rule(session, cast.siti, cast.shop, **values)  # pyright: ignore
    with pytest.raises(NotFound):
        routing.create_rule(session, cast.siti, 999, kind="first_contact", team_id=billing)
    with pytest.raises(NotFound):
        routing.delete_rule(session, cast.siti, 999)
    with pytest.raises(NotAllowed):
        routing.create_rule(session, cast.budi, cast.shop, kind="first_contact", team_id=billing)
    for _ in range(routing.MAX_RULES):
        routing.create_rule(session, cast.siti, cast.shop, kind="first_contact", team_id=billing)
    with pytest.raises(InvalidInput):
        routing.create_rule(session, cast.siti, cast.shop, kind="first_contact", team_id=billing)


def test_past_conversations_are_tried(session: Session, receive: Receive, billing: int, sales: int, cast: Cast) -> None:
    now = now_ms()
    vip = labels.create(session, cast.siti, "VIP")
    receive(
        received(cast.shop, 1, "refund please", sent_at=now - 10 * DAY),
        received(cast.shop, 2, "an invoice, long ago", sent_at=now - 9 * DAY),
        received(cast.shop, 2, "hello again", sent_at=now - 2 * DAY),
        received(cast.shop, 2, "refund!", sent_at=now - 2 * DAY + 1000),
        received(cast.shop, 3, "Refund, now", sent_at=now - DAY),
        received(cast.shop, 4, "hi", sent_at=now - DAY + 1000),
        received(cast.other, 5, "refund", sent_at=now - DAY),
    )
    rows = receive(received(cast.shop, 6, "for the VIP", sent_at=now - 1000))
    labels.set_labels(session, cast.siti, rows[-1].id, [vip])
    routing.create_rule(session, cast.siti, cast.shop, kind="keyword", team_id=billing, keywords="refund")
    off = routing.create_rule(session, cast.siti, cast.shop, kind="keyword", team_id=sales, keywords="hi")
    routing.set_active(session, cast.siti, off, False)
    routing.create_rule(session, cast.siti, cast.shop, kind="label", team_id=sales, label_id=vip)
    routing.create_rule(session, cast.siti, cast.shop, kind="first_contact", team_id=billing)
    tried = dry_run.dry_run(session, cast.shop, now)
    assert [(line.text, line.rule_number, line.team, line.word) for line in tried.lines] == [
        ("for the VIP", 3, "Sales", ""),
        ("hi", 4, "Billing", ""),
        ("Refund, now", 1, "Billing", "refund"),
        ("hello again", 0, "", ""),
    ]
    assert tried.lines[2].name == "Customer 3"
    assert tried.counts == [
        TriedRule(1, "Billing", 1), TriedRule(3, "Sales", 1), TriedRule(4, "Billing", 1), TriedRule(0, "", 1)
    ]  # fmt: skip
    assert len(dry_run.dry_run(session, cast.shop, now, limit=2).lines) == 2
    assert session.execute(select(Conversation.team_id).where(Conversation.team_id.is_not(None))).all() == []  # pyright: ignore


_NOTICE = {"body": "", "kind": MessageKind.NOTICE, "raw_kind": "notification_template:identity"}
_TAKEN_CALL = {"body": "", "kind": MessageKind.CALL, "raw_kind": "call_log:completed"}
_MISSED_CALL = {"body": "", "kind": MessageKind.CALL, "raw_kind": "call_log:missed"}


def test_first_contact_is_what_the_customer_wrote_first(
    session: Session, receive: Receive, sales: int, cast: Cast
) -> None:
    now = now_ms()
    routing.create_rule(session, cast.siti, cast.shop, kind="first_contact", team_id=sales)
    old = {"sent_at": now - 5 * DAY, "is_history": True}
    before = [
        sent(cast.shop, 1, sent_at=now - DAY),
        received(cast.shop, 2, sent_at=now - DAY, **_NOTICE),
        received(cast.shop, 3, sent_at=now - DAY, **_TAKEN_CALL),
        received(cast.shop, 4, **_MISSED_CALL, **old),
        received(cast.shop, 5, **old),
    ]
    receive(*before)
    rows = receive(
        *(received(cast.shop, customer) for customer in range(1, 7)),
        received(cast.shop, 6, "One more"),
        received(cast.shop, 7, **old),
        received(cast.shop, 7),
        received(cast.shop, 8),
        received(cast.shop, 8, **old),
    )
    new = {1, 2, 3, 6}
    assert [row.team_id == sales for row in rows] == [customer in new for customer in range(1, 9)]
    tried = dry_run.dry_run(session, cast.shop, now + 1000, days=3)
    named = {line.name: (line.text, line.rule_number) for line in tried.lines}
    assert named == {f"Customer {n}": ("Halo", 1 if n in new else 0) for n in range(1, 9)}


def test_resolved_and_back_is_no_first_contact(
    session: Session, receive: Receive, chat: int, sales: int, cast: Cast
) -> None:
    routing.create_rule(session, cast.siti, cast.shop, kind="first_contact", team_id=sales)
    conversations.resolve(session, cast.budi, chat)
    assert receive(received(cast.shop))[0].team_id is None
    conversations.resolve(session, cast.budi, chat)
    conversations.reopen(session, cast.ayu, chat)
    assert session.get_one(Conversation, chat).team_id is None


def test_what_a_customer_said_is_the_same_to_the_database(session: Session, receive: Receive, cast: Cast) -> None:
    raw_kinds = ("chat", "call_log:missed", "call_log:missed_video", "call_log:completed")
    receive(*(received(cast.shop, kind=kind, raw_kind=raw) for kind in MessageKind for raw in raw_kinds))
    receive(sent(cast.shop))
    m = MESSAGE.c
    read = {row.id for row in session.execute(select(m.id).where(routing.is_from_customer(MESSAGE)))}
    rows = session.execute(select(m.id, m.direction, m.kind, m.raw_kind)).all()
    assert read == {row.id for row in rows if row.direction == "inbound" and wants_answer(row.kind, row.raw_kind)}


def test_first_contact_costs_one_statement_a_batch(session: Session, engine: Engine, sales: int, cast: Cast) -> None:
    def cost(*events: MessageReceived) -> int:
        with counted(engine) as seen:
            intake.receive_batch(session, events)
            changes.settle(session)
        return len(seen)

    routing.create_rule(session, cast.siti, cast.shop, kind="keyword", team_id=sales, keywords="halo")
    cost(received(cast.shop, 1))
    without = cost(received(cast.shop, 2))
    routing.create_rule(session, cast.siti, cast.shop, kind="first_contact", team_id=sales)
    assert cost(received(cast.shop, 3)) == without + 1
    assert cost(*(received(cast.shop, n) for n in range(4, 50))) == without + 1
