"""Tests of the supervisor's page: waiting conversations with reasons, the next agent, and each agent's load."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlmodel import Session

from roms_app.domain.words import Words
from roms_app.models import (
    Agent,
    Assignment,
    AssignmentKind,
    Availability,
    Contact,
    Conversation,
    ConversationLabel,
    ConversationStatus,
    Label,
    Priority,
    Team,
    TeamMember,
)
from roms_app.models.base import now_ms
from roms_app.models.tables import AGENT, INBOX, INBOX_MEMBER
from roms_app.services import board, board_chats, conversations
from roms_app.services.access import id_of
from roms_app.views.queue import NextChat, QueueAgent, QueueBoard
from tests.support.cast import Cast, make_agent, make_inbox

MINUTE = 60_000
NOW = now_ms()


@pytest.fixture
def add(session: Session, cast: Cast) -> Callable[..., int]:
    """Add an open conversation whose customer waits since so many minutes ago; returns its id."""

    def run(name: str, minutes: int = 0, *, inbox_id: int = cast.shop, **values: Any) -> int:
        contact = Contact(inbox_id=inbox_id, push_name=name)
        session.add(contact)
        session.flush()
        at = NOW - minutes * MINUTE
        columns: dict[str, Any] = {"last_message_at": at, "waiting_since": at, "last_message_preview": "Halo", **values}
        row = Conversation(inbox_id=inbox_id, contact_id=contact.id or 0, chat_jid=f"{name}@c.us", **columns)
        session.add(row)
        session.flush()
        return id_of(row)

    return run


@pytest.fixture
def billing(session: Session, cast: Cast) -> int:
    """A team of Ayu alone."""
    team = Team(name="Billing")
    session.add(team)
    session.flush()
    assert team.id is not None
    session.add(TeamMember(team_id=team.id, agent_id=id_of(cast.ayu)))
    session.flush()
    return team.id


def change(session: Session, agent: Agent, **values: Any) -> None:
    session.execute(update(AGENT).where(AGENT.c.id == agent.id).values(**values))


def nobody_is_here(session: Session) -> None:
    session.execute(update(AGENT).values(availability=Availability.AWAY))


def read(session: Session) -> QueueBoard:
    session.flush()
    return board.read_board(session, NOW)


def agent(session: Session, name: str) -> QueueAgent:
    return next(row for row in read(session).agents if row.name == name)


def next_of(session: Session, cast: Cast) -> NextChat:
    return next(row for row in read(session).next if row.inbox_id == cast.shop)


def why(session: Session, name: str) -> Words:
    return next(row.why for row in read(session).waiting if row.name == name)


def test_an_empty_queue(session: Session, cast: Cast) -> None:
    shown = read(session)
    assert (shown.waiting, shown.waiting_total, shown.urgent, shown.last.at) == ([], 0, [], 0)
    assert {row.name for row in shown.agents} == {"Siti", "Budi", "Ayu", "Eko"}


def test_who_waits_stands_in_the_engines_order(session: Session, cast: Cast, add: Callable[..., int]) -> None:
    add("Old", 30)
    add("Older", 40)
    add("High", 1, priority=Priority.HIGH)
    add("Low", 60, priority=Priority.LOW)
    add("Escalated", 5, escalated_at=NOW)
    add("Answered", 50, waiting_since=None)
    add("Taken", 90, assignee_id=cast.budi.id)
    add("Resolved", 90, status=ConversationStatus.RESOLVED)
    shown = read(session)
    assert [row.name for row in shown.waiting] == ["Escalated", "High", "Answered", "Older", "Old", "Low"]
    assert shown.waiting_total == 6
    older = shown.waiting[3]
    assert (older.since, older.is_waiting, older.preview) == (NOW - 40 * MINUTE, True, "Halo")
    assert (older.inbox_name, older.team, older.priority, older.assignee_id) == ("Shop", "", 0, 0)
    assert not shown.waiting[2].is_waiting


def test_what_waits_in_a_number_that_was_removed_is_not_shown(
    session: Session, cast: Cast, add: Callable[..., int]
) -> None:
    add("Rina")
    session.execute(update(INBOX).where(INBOX.c.id == cast.shop).values(is_active=False))
    shown = read(session)
    assert (shown.waiting, shown.waiting_total) == ([], 0)
    assert [row.inbox_name for row in shown.next] == ["Other"]


def test_of_very_many_the_first_are_shown_and_all_are_counted(
    session: Session, cast: Cast, add: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "WAITING_LIMIT", 3)
    for minutes in range(5):
        add(f"Customer {minutes}", minutes)
    shown = read(session)
    assert [row.name for row in shown.waiting] == ["Customer 4", "Customer 3", "Customer 2"]
    assert shown.waiting_total == 5


def test_why_they_wait_is_counted_in_words(session: Session, cast: Cast, add: Callable[..., int]) -> None:
    add("Rina")
    change(session, cast.budi, availability=Availability.BUSY)
    change(session, cast.ayu, capacity=0)
    assert why(session, "Rina") == {
        "en": "Nobody available: 1 away, 1 busy, 1 at capacity.",
        "id": "Belum ada yang tersedia: 1 istirahat, 1 sibuk, 1 sudah penuh.",
    }


def test_a_team_waits_for_its_own_people(session: Session, cast: Cast, add: Callable[..., int], billing: int) -> None:
    add("Rina", team_id=billing)
    change(session, cast.ayu, availability=Availability.AWAY)
    assert why(session, "Rina")["en"] == "Nobody of the team Billing available: 1 away."
    session.execute(INBOX_MEMBER.delete().where(INBOX_MEMBER.c.agent_id == cast.ayu.id))
    assert why(session, "Rina")["en"] == "Nobody of the team Billing answers this number."
    assert read(session).waiting[0].team == "Billing"


def test_a_number_without_agents_says_so(session: Session, cast: Cast, add: Callable[..., int]) -> None:
    add("Rina", inbox_id=make_inbox(session, "Third"))
    assert why(session, "Rina")["en"] == "Nobody answers this number."


def test_who_had_it_is_not_asked_again(session: Session, cast: Cast, add: Callable[..., int]) -> None:
    add("Rina", returned_from_id=cast.budi.id, response_rounds=2)
    change(session, cast.ayu, availability=Availability.AWAY)
    assert why(session, "Rina")["en"] == "Nobody available: 2 away, 1 had it before."
    assert read(session).waiting[0].rounds == 2


def test_a_parked_one_waits_for_a_person(session: Session, cast: Cast, add: Callable[..., int]) -> None:
    add("Rina", is_by_hand=True)
    assert why(session, "Rina")["en"] == "Parked: it waits until somebody takes it."
    assert read(session).waiting[0].is_by_hand


def test_labels_are_shown(session: Session, cast: Cast, add: Callable[..., int]) -> None:
    rina = add("Rina")
    for name in ("vip", "Refund"):
        label = Label(name=name)
        session.add(label)
        session.flush()
        session.add(ConversationLabel(conversation_id=rina, label_id=label.id or 0))
    assert read(session).waiting[0].labels == ["Refund", "vip"]


def test_the_next_chat_goes_to_who_waited_longest_for_a_turn(session: Session, cast: Cast) -> None:
    session.execute(update(INBOX_MEMBER).where(INBOX_MEMBER.c.agent_id == cast.budi.id).values(last_turn=3))
    shown = next_of(session, cast)
    assert (shown.agent_name, shown.order) == ("Ayu", "round_robin")
    assert shown.why == {
        "en": "0 of 30 open, waited longest for a turn",
        "id": "0 dari 30 terbuka, paling lama menunggu giliran",
    }
    assert shown.skipped == {"en": "Siti: away", "id": "Siti: istirahat"}


def test_the_next_chat_goes_to_the_lightest_load(session: Session, cast: Cast, add: Callable[..., int]) -> None:
    session.execute(update(INBOX).values(assignment_order="balanced"))
    session.execute(update(INBOX_MEMBER).where(INBOX_MEMBER.c.agent_id == cast.ayu.id).values(last_turn=9))
    add("Rina", assignee_id=cast.budi.id)
    shown = next_of(session, cast)
    assert (shown.agent_name, shown.why["en"]) == ("Ayu", "0 of 30 open, lightest load")


def test_who_is_passed_over_is_named_with_the_reason(session: Session, cast: Cast, add: Callable[..., int]) -> None:
    change(session, cast.budi, capacity=1)
    add("Rina", assignee_id=cast.budi.id)
    shown = next_of(session, cast)
    assert shown.agent_name == "Ayu"
    assert shown.skipped["en"] == "Siti: away, Budi: at capacity (1 of 1)"
    nobody_is_here(session)
    shown = next_of(session, cast)
    assert (shown.agent_id, shown.agent_name, shown.skipped) == (0, "", {})
    assert shown.why["en"] == "Nobody available: 3 away."


def test_an_agent_has_load_turn_teams_and_the_oldest_unanswered(
    session: Session, cast: Cast, add: Callable[..., int], billing: int
) -> None:
    older = add("Rina", 12, assignee_id=cast.ayu.id)
    add("Agus", 3, assignee_id=cast.ayu.id)
    add("Joko", 99, assignee_id=cast.ayu.id, waiting_since=None)
    add("Done", 99, assignee_id=cast.ayu.id, status=ConversationStatus.RESOLVED)
    kinds = ((AssignmentKind.AUTOMATIC, 5), (AssignmentKind.AUTOMATIC, 9), (AssignmentKind.TAKEN, 1))
    for kind, minutes in kinds:
        words = {"reason_code": "text", "reason_params": '{"text":"-"}', "at": NOW - minutes * MINUTE}
        session.add(Assignment(conversation_id=older, agent_id=cast.ayu.id, kind=kind, **words))
    change(session, cast.ayu, capacity=8)
    ayu = agent(session, "Ayu")
    assert (ayu.open_count, ayu.capacity, ayu.teams) == (3, 8, ["Billing"])
    assert ayu.last_turn_at == NOW - 5 * MINUTE, "the newest turn: what was taken by hand is none"
    assert ayu.oldest_wait == NOW - 12 * MINUTE
    assert (ayu.is_ready, ayu.is_present, ayu.why_not) == (True, True, {})
    budi = agent(session, "Budi")
    assert (budi.open_count, budi.capacity, budi.last_turn_at, budi.oldest_wait) == (0, 30, 0, 0)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"availability": Availability.AWAY}, "away"),
        ({"seen_at": NOW - 91_000}, "offline"),
        ({"may_reply": False}, "may not reply"),
        ({"shift_hours": ";;;;;;00:00-00:01"}, "off shift"),
        ({"capacity": 0}, "at capacity (0 of 0)"),
    ],
)
def test_why_an_agent_is_given_nothing(session: Session, cast: Cast, values: dict[str, Any], words: str) -> None:
    change(session, cast.budi, **values)
    budi = agent(session, "Budi")
    assert (budi.is_ready, budi.why_not["en"]) == (False, words)


def test_an_agent_of_no_number(session: Session, cast: Cast) -> None:
    make_agent(session, "Dewi")
    assert agent(session, "Dewi").why_not["en"] == "answers no number"


def test_agents_with_escalated_ones_come_first_then_who_is_ready(
    session: Session, cast: Cast, add: Callable[..., int]
) -> None:
    change(session, cast.eko, availability=Availability.AWAY)
    change(session, cast.ayu, is_active=False)
    add("Rina", assignee_id=cast.eko.id, escalated_at=NOW)
    assert [row.name for row in read(session).agents] == ["Eko", "Budi", "Siti"]
    assert agent(session, "Eko").escalated_count == 1


def test_what_needs_a_look_is_escalated_or_overdue_by_hand(
    session: Session, cast: Cast, add: Callable[..., int]
) -> None:
    session.execute(update(INBOX).where(INBOX.c.id == cast.shop).values(response_minutes=10))
    add("Watched by the timer", 60, assignee_id=cast.ayu.id)
    add("By hand, in time", 9, assignee_id=cast.ayu.id, is_by_hand=True)
    add("By hand, late", 11, assignee_id=cast.ayu.id, is_by_hand=True)
    add("By hand, answered", 60, assignee_id=cast.ayu.id, is_by_hand=True, waiting_since=None)
    add("Parked, late", 12, is_by_hand=True)
    add("Other number", 60, inbox_id=cast.other, is_by_hand=True)
    add("Escalated", 1, assignee_id=cast.budi.id, escalated_at=NOW)
    shown = read(session)
    assert [(row.name, row.is_escalated, row.is_overdue) for row in shown.urgent] == [
        ("Escalated", True, False),
        ("Parked, late", False, True),
        ("By hand, late", False, True),
    ]
    assert shown.urgent[2].assignee_name == "Ayu"


def test_overdue_counts_business_hours_only(session: Session, cast: Cast, add: Callable[..., int]) -> None:
    never_lately = ";;;;;;00:00-00:01"
    values = {"response_minutes": 10, "business_hours": never_lately}
    session.execute(update(INBOX).where(INBOX.c.id == cast.shop).values(**values))
    add("Rina", 60, assignee_id=cast.ayu.id, is_by_hand=True)
    assert read(session).urgent == []


def test_teams_are_counted(session: Session, cast: Cast, add: Callable[..., int], billing: int) -> None:
    add("Rina", team_id=billing)
    add("Agus", team_id=billing, assignee_id=cast.ayu.id)
    [team] = read(session).teams
    assert (team.id, team.name, team.member_count, team.waiting_count) == (billing, "Billing", 1, 1)


def test_the_last_gift_is_told_when_nobody_waits(session: Session, cast: Cast, add: Callable[..., int]) -> None:
    rina = add("Rina", assignee_id=cast.ayu.id)
    words = {"reason_code": "text", "reason_params": '{"text":"-"}'}
    session.add(Assignment(conversation_id=rina, agent_id=cast.ayu.id, kind=AssignmentKind.TAKEN, at=NOW - 5, **words))
    session.add(Assignment(conversation_id=rina, agent_id=None, kind=AssignmentKind.UNASSIGNED, at=NOW, **words))
    last = read(session).last
    assert (last.agent_name, last.customer, last.at) == ("Ayu", "Rina", NOW - 5)
    conversations.resolve(session, cast.ayu, rina)
    assert read(session).last == last, "to resolve gives nothing to anybody"


def test_an_agents_own_say_why_they_are_theirs(session: Session, cast: Cast, add: Callable[..., int]) -> None:
    rina = add("Rina", 5, assignee_id=cast.ayu.id)
    add("Agus", 9, assignee_id=cast.ayu.id)
    add("Joko", 9, assignee_id=cast.budi.id)
    words = {"reason_code": "taken", "reason_params": '{"agent":"Ayu"}'}
    decision = Assignment(conversation_id=rina, agent_id=cast.ayu.id, kind=AssignmentKind.TAKEN, **words)
    session.add(decision)
    session.flush()
    session.get_one(Conversation, rina).assignment_id = decision.id
    session.flush()
    found = board.open_of(session, id_of(cast.ayu), NOW)
    assert [row.name for row in found] == ["Agus", "Rina"]
    assert found[1].why == {"en": "Ayu took this conversation.", "id": "Ayu mengambil percakapan ini."}
    assert board.open_of(session, 0, NOW) == []


def test_the_rails_badge_counts_escalated_ones_whoever_has_them(
    session: Session, cast: Cast, add: Callable[..., int]
) -> None:
    add("Rina", escalated_at=NOW)
    add("Agus", escalated_at=NOW, assignee_id=cast.ayu.id)
    add("Done", escalated_at=NOW, status=ConversationStatus.RESOLVED)
    add("Calm")
    assert conversations.count_open(session, cast.siti).escalated == 2


def test_the_number_of_statements_does_not_grow(session: Session, cast: Cast, add: Callable[..., int]) -> None:
    def count() -> int:
        seen: list[str] = []
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
        read(session)
        return len(seen)

    add("Customer", escalated_at=NOW)
    before = count()
    for number in range(board_chats.URGENT_LIMIT):
        make_inbox(session, f"Number {number}", make_agent(session, f"Agent {number}"))
        add(f"Customer {number}", number, escalated_at=NOW if number % 2 else None)
    session.flush()
    assert count() == before
