"""Tests of assigning by hand, through the handlers of the dialogs and menus."""

from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import update
from sqlmodel import select

from roms_app import database
from roms_app.components.inbox.handover import refusal
from roms_app.errors import Conflict, InvalidInput, NotFound
from roms_app.live import transactions
from roms_app.models import Agent, Assignment, Availability, Conversation, Team, TeamMember
from roms_app.models.tables import AGENT, CONVERSATION
from roms_app.services import conversations
from roms_app.states.handover import HandoverState
from roms_app.states.session import SessionState
from roms_app.states.shift import ShiftState
from tests.inbox.test_handlers import fetched, handle, write
from tests.support.cast import Cast
from tests.support.tabs import Tab, sign_in

#: Open for one minute of the week, long ago; and never.
ENDED = "00:00-00:01;00:00-00:01;00:00-00:01;00:00-00:01;00:00-00:01;00:00-00:01;00:00-00:01"


@pytest.fixture
async def handover(redis: Redis) -> Any:
    yield HandoverState(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    await transactions.settle()


@pytest.fixture
async def me(redis: Redis) -> Any:
    yield SessionState(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    await transactions.settle()


@pytest.fixture
async def shift(redis: Redis) -> Any:
    yield ShiftState(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    await transactions.settle()


def change(agent: Agent, **values: Any) -> None:
    with database.writing_session() as session:
        session.execute(update(AGENT).where(AGENT.c.id == agent.id).values(values))
        session.commit()


def current(agent: Agent) -> Agent:
    return fetched(Agent, agent.id or 0)


def newest_line(conversation: int) -> Assignment:
    with database.reading_session() as session:
        found = select(Assignment).where(Assignment.conversation_id == conversation)
        return session.exec(found.order_by(Assignment.id.desc())).first()  # pyright: ignore


def assignee(conversation: int) -> int | None:
    return fetched(Conversation, conversation).assignee_id


def make_team(name: str, *members: Agent) -> int:
    with database.writing_session() as session:
        team = Team(name=name, created_at=1)
        session.add(team)
        session.flush()
        session.add_all([TeamMember(team_id=team.id or 0, agent_id=member.id or 0) for member in members])
        session.commit()
        return team.id or 0


def others(people: Cast, conversation: int) -> tuple[Agent, Agent]:
    """The assignee, and the other one of Budi and Ayu."""
    pair = (people.budi, people.ayu)
    return pair if assignee(conversation) == people.budi.id else pair[::-1]


async def test_the_dialog_offers_who_answers_this_number_and_may_reply(people: Cast, handover: HandoverState):
    one = write(people, 1)
    holder, other = others(people, one)
    shipping = make_team("Shipping", people.budi, people.ayu)
    make_team("Nobody of this number", people.eko)
    await handle(handover, "set_dialog", holder, one, "hand_over")
    assert handover.dialog == "hand_over"
    assert [each.name for each in handover.candidates.agents] == [other.name, "Siti"], "Eko answers another number"
    assert [(each.id, each.available_count, each.member_count) for each in handover.candidates.teams] == [
        (shipping, 2, 2)
    ]
    change(other, may_reply=False)
    change(people.siti, shift_hours=ENDED, capacity=8)
    await handle(handover, "set_dialog", holder, one, "hand_over")
    [siti] = handover.candidates.agents
    assert (siti.name, siti.availability, siti.is_on_shift) == ("Siti", "away", False)
    assert (siti.open_count, siti.capacity) == (0, 8)
    assert [each.member_count for each in handover.candidates.teams] == [1]
    await handle(handover, "set_dialog", holder, one, "")
    assert handover.dialog == ""
    with pytest.raises(InvalidInput):
        await handle(handover, "set_dialog", holder, one, "anything")


async def test_who_could_be_given_it_now_stands_first(people: Cast, handover: HandoverState):
    one = write(people, 1)
    holder, other = others(people, one)
    change(people.siti, availability=Availability.AVAILABLE)
    change(other, availability=Availability.BUSY)
    await handle(handover, "set_dialog", holder, one, "hand_over")
    assert [each.name for each in handover.candidates.agents] == ["Siti", other.name]


async def test_a_note_goes_along_to_an_agent(people: Cast, handover: HandoverState):
    one = write(people, 1)
    holder, other = others(people, one)
    await handle(handover, "set_dialog", holder, one, "hand_over")
    await handle(handover, "hand_over", holder, one, {"to": f"agent-{other.id}", "note": "  Marah 😠 hati-hati "})
    assert assignee(one) == other.id
    assert newest_line(one).note == "Marah 😠 hati-hati"
    assert handover.dialog == ""
    with database.reading_session() as session:
        detail, lines = conversations.read_thread(session, other, one)
    assert lines[-1].note == "Marah 😠 hati-hati"
    assert detail.row.because == lines[-1].words != {}


async def test_to_a_team_means_to_one_of_them(people: Cast, handover: HandoverState):
    one = write(people, 1)
    holder, other = others(people, one)
    team = make_team("Shipping", other)
    await handle(handover, "set_dialog", holder, one, "hand_over")
    await handle(handover, "hand_over", holder, one, {"to": f"team-{team}", "note": ""})
    assert assignee(one) == other.id
    with database.reading_session() as session:
        detail, _ = conversations.read_thread(session, other, one)
    assert detail.row.team == "Shipping"


@pytest.mark.parametrize("to", [None, "", "agent-", "agent-x", "team-1; drop", "admin-1", "agent-" + "9" * 40])
async def test_nobody_chosen_is_said_in_the_dialog(people: Cast, handover: HandoverState, to: str | None):
    one = write(people, 1)
    handover.dialog = "hand_over"
    with pytest.raises(InvalidInput, match="Nobody is chosen yet"):
        await handle(handover, "hand_over", people.budi, one, {} if to is None else {"to": to})
    assert handover.dialog == "hand_over", "it stays open"


async def test_what_can_not_be_given_leaves_the_dialog_open(people: Cast, handover: HandoverState):
    one = write(people, 1)
    holder, other = others(people, one)
    await handle(handover, "set_dialog", holder, one, "hand_over")
    for form in ({"to": f"agent-{people.eko.id}"}, {"to": "team-999"}, {"to": f"agent-{other.id}", "note": "x" * 1001}):
        with pytest.raises(InvalidInput):
            await handle(handover, "hand_over", holder, one, form)
    assert (handover.dialog, assignee(one)) == ("hand_over", holder.id)


async def test_taking_over_returning_and_unassigning(people: Cast, handover: HandoverState):
    one = write(people, 1)
    holder, other = others(people, one)
    await handle(handover, "take_over", other, one, holder.id)
    assert assignee(one) == other.id
    await handle(handover, "set_dialog", other, one, "return")
    await handle(handover, "return_to_queue", other, one, {"note": "Bukan bagian saya"})
    assert assignee(one) == holder.id, "somebody else than who returned it"
    await handle(handover, "set_dialog", holder, one, "unassign")
    await handle(handover, "unassign", holder, one)
    assert assignee(one) is None
    await handle(handover, "set_dialog", holder, one, "return")
    await handle(handover, "return_to_queue", holder, one, {})
    assert assignee(one) is not None


async def test_who_was_faster_than_the_dialog_is_overridden_by_nobody(people: Cast, handover: HandoverState):
    one = write(people, 1)
    holder, other = others(people, one)
    await handle(handover, "set_dialog", holder, one, "hand_over")
    with database.writing_session() as session:
        session.execute(update(CONVERSATION).where(CONVERSATION.c.id == one).values(assignee_id=people.siti.id))
        session.commit()
    with pytest.raises(Conflict, match="Siti has taken"):
        await handle(handover, "hand_over", holder, one, {"to": f"agent-{other.id}"})
    assert (assignee(one), handover.dialog) == (people.siti.id, "hand_over")


async def test_of_two_who_take_over_at_once_one_wins_and_the_other_reads_who(people: Cast, handover: HandoverState):
    one = write(people, 1)
    holder, other = others(people, one)
    await handle(handover, "take_over", other, one, holder.id)
    with pytest.raises(Conflict, match=f"{other.name} has taken"):
        await handle(handover, "take_over", people.siti, one, holder.id)
    assert assignee(one) == other.id
    with pytest.raises(NotFound):
        await handle(handover, "take_over", people.siti, one + 99, holder.id)


async def test_what_could_not_be_done_is_said_where_it_was_tried(people: Cast, redis: Redis):
    one, two = write(people, 1), write(people, 2)
    tab = Tab(sign_in(people.siti.id or 0), path="/inbox")
    state = tab.state(HandoverState)
    await tab.call(HandoverState.set_priority, one, 3)
    assert state.error.startswith("There is no such priority")
    assert state.conversation_id == one
    await tab.call(HandoverState.set_priority, two, 2)
    assert (state.error, state.conversation_id) == ("", two)
    assert "conversation_id_rx_state_" in str(refusal()), "the thread asks whose it is"
    await transactions.settle()


async def test_priority_is_one_of_four(people: Cast, handover: HandoverState):
    one = write(people, 1)
    await handle(handover, "set_priority", people.budi, one, 2)
    assert fetched(Conversation, one).priority == 2
    with pytest.raises(InvalidInput):
        await handle(handover, "set_priority", people.budi, one, 3)


async def test_somebody_elses_number_is_not_touched(people: Cast, handover: HandoverState):
    one = write(people, 1)
    was = assignee(one)
    for name, arguments in {
        "set_dialog": ["hand_over"], "hand_over": [{"to": f"agent-{people.eko.id}"}], "take_over": [was],
        "return_to_queue": [{}], "unassign": [], "set_priority": [2],
    }.items():  # fmt: skip
        with pytest.raises(NotFound):
            await handle(handover, name, people.eko, one, *arguments)
    assert (assignee(one), fetched(Conversation, one).priority, handover.dialog) == (was, 0, "")


async def test_who_goes_away_with_open_chats_is_asked(people: Cast, me: SessionState):
    one = write(people, 1)
    holder, other = others(people, one)
    await handle(me, "set_availability", holder, "away")
    assert (me.leaving_count, me.availability) == (1, "away")
    assert current(holder).availability is Availability.AWAY, "also of who does not answer"
    await handle(me, "keep_open_conversations", holder)
    assert (me.leaving_count, assignee(one)) == (0, holder.id)
    await handle(me, "set_availability", current(holder), "available")
    await handle(me, "set_availability", current(holder), "away")
    assert me.leaving_count == 1
    await handle(me, "return_and_go_away", current(holder))
    assert (me.leaving_count, me.availability, assignee(one)) == (0, "away", other.id)


async def test_without_open_chats_nothing_is_asked_and_busy_never_asks(people: Cast, me: SessionState):
    one = write(people, 1)
    holder, other = others(people, one)
    await handle(me, "set_availability", other, "away")
    assert (me.leaving_count, me.availability) == (0, "away")
    await handle(me, "set_availability", holder, "busy")
    assert (me.leaving_count, me.availability) == (0, "busy")


async def test_the_end_of_a_shift_asks_until_it_is_answered(people: Cast, shift: ShiftState):
    one = write(people, 1)
    holder, other = others(people, one)
    await handle(shift, "check", holder)
    assert shift.ended_at == "", "without hours nobody's shift ends"
    change(holder, shift_hours=ENDED, language="id")
    await handle(shift, "check", current(holder))
    assert (shift.ended_at, shift.open_count) == ("00.01", 1)
    await handle(shift, "set_dialog", current(holder), True)
    with pytest.raises(InvalidInput, match="needs a note"):
        await handle(shift, "hand_over", current(holder), {"note": "  "})
    assert assignee(one) == holder.id
    again = await handle(shift, "hand_over", current(holder), {"note": "Menunggu ongkir dari JNE"})
    assert again is ShiftState.check or again == ShiftState.check
    assert (assignee(one), newest_line(one).agent_id) == (other.id, other.id)
    await handle(shift, "check", current(holder))
    assert (shift.ended_at, shift.is_dialog_open) == ("", False)


async def test_keeping_needs_no_note(people: Cast, shift: ShiftState):
    one = write(people, 1)
    holder, _ = others(people, one)
    change(holder, shift_hours=ENDED)
    await handle(shift, "keep", current(holder))
    await handle(shift, "check", current(holder))
    assert (shift.ended_at, assignee(one)) == ("", holder.id)
