"""Tests of the handlers of `/queue`: reads, actions, refusals and updates."""

from typing import Any

import pytest
from sqlalchemy import select, update

from roms_app import database
from roms_app.live import push
from roms_app.models import Contact, Conversation, ConversationStatus, Team, TeamMember
from roms_app.models.base import now_ms
from roms_app.models.tables import AGENT, CONVERSATION
from roms_app.services.access import id_of
from roms_app.states.queue import QueueState
from tests.support.cast import Cast
from tests.support.tabs import Tab, sign_in


@pytest.fixture
def chat(people: Cast) -> int:
    """Rina waits in the shop's queue, and nobody is there."""
    with database.writing_session() as session:
        session.execute(update(AGENT).values(availability="away"))
        contact = Contact(inbox_id=people.shop, push_name="Rina")
        session.add(contact)
        session.flush()
        row = Conversation(
            inbox_id=people.shop, contact_id=contact.id or 0, chat_jid="rina@c.us", waiting_since=now_ms() - 1000
        )
        session.add(row)
        session.flush()
        made = id_of(row)
        session.commit()
    return made


@pytest.fixture
def billing(people: Cast) -> int:
    """A team of Ayu alone."""
    with database.writing_session() as session:
        team = Team(name="Billing")
        session.add(team)
        session.flush()
        made = team.id or 0
        session.add(TeamMember(team_id=made, agent_id=id_of(people.ayu)))
        session.commit()
    return made


@pytest.fixture
async def tab(people: Cast, joined: list[str], chat: int) -> Tab:
    """Siti supervises."""
    made = Tab(sign_in(id_of(people.siti)), path="/queue")
    await made.call(QueueState.load)
    return made


def change(conversation_id: int, **values: Any) -> None:
    with database.writing_session() as session:
        session.execute(update(CONVERSATION).where(CONVERSATION.c.id == conversation_id).values(**values))
        session.commit()


def stored(conversation_id: int) -> Any:
    with database.reading_session() as session:
        return session.execute(select(CONVERSATION).where(CONVERSATION.c.id == conversation_id)).one()


async def test_rooms_are_joined_before_the_page_is_read(
    people: Cast, joined: list[str], chat: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def join(_state: Any, names: list[str]) -> None:
        joined.extend(names)
        change(chat, priority=2)

    monkeypatch.setattr(push, "join", join)
    tab = Tab(sign_in(id_of(people.siti)), path="/queue")
    await tab.call(QueueState.load)
    assert joined == ["supervisors"]
    state = tab.state(QueueState)
    assert [(row.name, row.priority) for row in state.waiting] == [("Rina", 2)], "nothing can fall between"
    assert (state.waiting_total, state.ready_count, len(state.agents)) == (1, 0, 4)
    assert state.read_at > 0


async def test_only_what_changed_is_sent(tab: Tab, chat: int) -> None:
    state = tab.state(QueueState)
    state._clean()
    await tab.call(QueueState.refresh)
    assert state.dirty_vars == {"read_at"}
    change(chat, priority=1)
    state._clean()
    await tab.call(QueueState.refresh)
    assert state.dirty_vars == {"read_at", "waiting"}


async def test_a_waiting_one_is_given_to_an_agent(tab: Tab, people: Cast, chat: int) -> None:
    await tab.call(QueueState.assign, conversation_id=chat, seen_assignee_id=0, to_agent_id=people.ayu.id)
    state = tab.state(QueueState)
    assert (state.waiting, state.error) == ([], "")
    assert (stored(chat).assignee_id, stored(chat).is_by_hand) == (people.ayu.id, True)
    assert state.last.agent_name == "Ayu"


async def test_who_was_faster_is_named_and_keeps_it(tab: Tab, people: Cast, chat: int) -> None:
    change(chat, assignee_id=people.ayu.id)
    await tab.call(QueueState.assign, conversation_id=chat, seen_assignee_id=0, to_agent_id=people.budi.id)
    state = tab.state(QueueState)
    assert state.error == "Ayu has taken this conversation already."
    assert state.waiting == [], "the page shows how it is now"
    assert stored(chat).assignee_id == people.ayu.id
    await tab.call(QueueState.close_error)
    assert state.error == ""


@pytest.mark.parametrize("handler", [QueueState.return_to_queue, QueueState.park])
async def test_what_the_supervisor_did_not_see_is_not_taken_away(
    tab: Tab, people: Cast, chat: int, handler: Any
) -> None:
    change(chat, assignee_id=people.ayu.id)
    await tab.call(handler, conversation_id=chat, seen_assignee_id=people.budi.id)
    assert tab.state(QueueState).error.startswith("Ayu has taken")
    assert stored(chat).assignee_id == people.ayu.id


async def test_what_went_back_or_was_resolved_meanwhile_is_said(tab: Tab, people: Cast, chat: int) -> None:
    state = tab.state(QueueState)
    await tab.call(QueueState.park, conversation_id=chat, seen_assignee_id=people.ayu.id)
    assert state.error.startswith("This conversation went back to the queue meanwhile.")
    change(chat, status=ConversationStatus.RESOLVED)
    await tab.call(QueueState.park, conversation_id=chat, seen_assignee_id=0)
    assert state.error.startswith("This conversation is resolved.")
    await tab.call(QueueState.park, conversation_id=chat + 99, seen_assignee_id=0)
    assert state.error.startswith("There is no such conversation.")


async def test_parked_and_returned(tab: Tab, chat: int) -> None:
    state = tab.state(QueueState)
    await tab.call(QueueState.park, conversation_id=chat, seen_assignee_id=0)
    assert state.waiting[0].is_by_hand
    await tab.call(QueueState.return_to_queue, conversation_id=chat, seen_assignee_id=0)
    assert not state.waiting[0].is_by_hand


async def test_given_to_a_team(tab: Tab, chat: int, billing: int) -> None:
    await tab.call(QueueState.assign_team, conversation_id=chat, seen_assignee_id=0, team_id=billing)
    shown = tab.state(QueueState).waiting[0]
    assert (shown.team, shown.why["en"]) == ("Billing", "Nobody of the team Billing available: 1 away.")


async def test_an_escalation_is_dismissed(tab: Tab, chat: int) -> None:
    change(chat, escalated_at=now_ms())
    await tab.call(QueueState.refresh)
    state = tab.state(QueueState)
    assert [row.name for row in state.urgent] == ["Rina"]
    await tab.call(QueueState.dismiss, chat)
    assert state.urgent == []
    assert stored(chat).escalated_at is None


async def test_one_agents_conversations_are_shown_at_a_time(tab: Tab, people: Cast, chat: int) -> None:
    change(chat, assignee_id=people.ayu.id)
    state = tab.state(QueueState)
    await tab.call(QueueState.expand, people.ayu.id)
    assert (state.expanded_id, [row.name for row in state.open_chats]) == (people.ayu.id, ["Rina"])
    await tab.call(QueueState.expand, people.budi.id)
    assert (state.expanded_id, state.open_chats) == (people.budi.id, [])
    await tab.call(QueueState.expand, people.budi.id)
    assert state.expanded_id == 0


async def test_an_agent_is_turned_away(people: Cast, joined: list[str], chat: int) -> None:
    tab = Tab(sign_in(id_of(people.budi)), path="/queue")
    await tab.call(QueueState.load)
    await tab.call(QueueState.assign, conversation_id=chat, seen_assignee_id=0, to_agent_id=people.budi.id)
    assert joined == []
    assert tab.state(QueueState).agents == []
    assert stored(chat).assignee_id is None


async def test_a_lost_connection_closes_nothing(people: Cast, tab: Tab) -> None:
    state = tab.state(QueueState)
    await tab.call(QueueState.expand, people.ayu.id)
    await tab.call(QueueState.load)
    assert state.expanded_id == people.ayu.id
    await tab.call(QueueState.arrive)
    assert state.expanded_id == 0
