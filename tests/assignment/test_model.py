"""The engine follows the rules in any sequence of actions by customers, agents, admins and the clock.

After each step the database is held against `model.py`, and what must never happen is looked for in the steps' traces.
"""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import delete, func, select, update
from sqlmodel import Session, SQLModel

from roms_app import config, database
from roms_app.errors import RomsError
from roms_app.models import Agent, AssignmentKind, Availability, Role, Team, TeamMember
from roms_app.models.base import now_ms
from roms_app.models.tables import AGENT, ASSIGNMENT, CONVERSATION, INBOX, MESSAGE
from roms_app.services import (
    agents,
    assignment,
    assignment_settings,
    by_hand,
    changes,
    conversations,
    leaving,
    outbox,
    response_timer,
    shifts,
)
from roms_app.services.intake import intake
from tests.assignment.model import Gift, Model, ModelAgent, ModelChat, ModelInbox
from tests.support.cast import make_agent, make_inbox, received, sent
from wa_worker.contract.events import CommandFailed

_C, _M = CONVERSATION.c, MESSAGE.c
_NAMES = ("Ayu", "Budi", "Citra", "Dewi")
_ON_THE_PHONE = 0
#: Rows that do not say why a conversation is its agent's.
_NO_REASON = (AssignmentKind.ESCALATED, AssignmentKind.RESOLVED)
_GIFTS = (AssignmentKind.AUTOMATIC, AssignmentKind.STICKY)
_picks = st.integers(0, 1_000)


class Assigning(RuleBasedStateMachine):
    """Four agents, two numbers (one in turn, one balanced), one team of two."""

    url: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.customers = 0
        self.last_assignment = 0
        #: (conversation, message, WhatsApp's id) of replies that wait to go out.
        self.queued: list[tuple[int, int, str]] = []
        #: Who could be given anything, and how often each had a turn since that changed.
        self.era: tuple[Any, ...] = ()
        self.turns: Counter[int] = Counter()
        with database.writing_session() as session:
            for table in reversed(SQLModel.metadata.sorted_tables):
                # Two tables refer to each other's rows only through columns without a foreign key.
                session.execute(delete(table))
            people = [make_agent(session, name, capacity=3) for name in _NAMES]
            ids = [person.id or 0 for person in people]
            self.admin = make_agent(session, "Siti", role=Role.ADMIN).id or 0
            shops = [make_inbox(session, "In turn", *people), make_inbox(session, "Balanced", *people[1:])]
            session.execute(update(INBOX).values(response_minutes=5, escalate_after=2))
            session.execute(update(INBOX).where(INBOX.c.id == shops[1]).values(assignment_order="balanced"))
            team = Team(name="Billing")
            session.add(team)
            session.flush()
            session.add_all([TeamMember(team_id=team.id or 0, agent_id=id) for id in ids[2:]])
            session.commit()
            self.team = team.id or 0
        self.model = Model(
            [ModelAgent(id, capacity=3) for id in ids],
            [ModelInbox(shops[0], ids, False, True), ModelInbox(shops[1], ids[1:], True, True)],
            {self.team: set(ids[2:])},
            rounds=2,
        )
        self.model.has_timer = True
        self.ids, self.shops = ids, shops

    # ---- how a step is made ---------------------------------------------------

    def write(self, act: Callable[[Session], Any]) -> None:
        """One transaction, as the app makes it."""
        with database.writing_session() as session:
            act(session)
            changes.settle(session)
            session.commit()

    def step(self, act: Callable[[Session], Any]) -> None:
        """Do a step in the database that the model has done. Both assign, and must make the same assignments."""
        self.note_era()
        expected = self.model.drain()
        self.write(act)
        self.compare(expected)

    def agent(self, session: Session, agent_id: int) -> Agent:
        return session.get_one(Agent, agent_id)

    def pick_agent(self, pick: int) -> ModelAgent:
        return self.model.agents[self.ids[pick % len(self.ids)]]

    def pick_chat(self, pick: int) -> ModelChat:
        chats = list(self.model.chats.values())
        return chats[pick % len(chats)]

    def tick(self) -> int:
        """When something is said: by the clock of the gifts, because it counts which of the two was first."""
        return now_ms()

    def has_chats(self) -> bool:
        return bool(self.model.chats)

    def answers(self, agent: ModelAgent, chat: ModelChat) -> bool:
        """Whether the agent may act. Without the right to reply they only read (`test_engine.py` tests the errors)."""
        return agent.is_active and agent.may_reply and agent.id in self.model.inboxes[chat.inbox_id].members

    # ---- customers --------------------------------------------------------------

    @rule(pick=_picks)
    def a_customer_writes_for_the_first_time(self, pick: int) -> None:
        shop, at = self.shops[pick % 2], self.tick()
        self.customers += 1
        self.write(lambda session: intake.receive_batch(session, [received(shop, self.customers, sent_at=at)]))
        with database.reading_session() as session:
            id = session.execute(select(func.max(_C.id))).scalar_one()
        self.model.chats[id] = ModelChat(id, shop, at, at)
        self.note_era()
        self.compare(self.model.drain())

    @precondition(has_chats)
    @rule(pick=_picks)
    def a_customer_writes_again(self, pick: int) -> None:
        chat, at = self.pick_chat(pick), self.tick()
        chat.last_at = at
        if not chat.is_open:
            chat.is_open = True
            self.begin_anew(chat)
        self.model.wait(chat, at)
        customer = self.customer_of(chat)
        self.step(lambda session: intake.receive_batch(session, [received(chat.inbox_id, customer, sent_at=at)]))

    @precondition(has_chats)
    @rule(pick=_picks)
    def somebody_answers_on_the_phone(self, pick: int) -> None:
        chat, at = self.pick_chat(pick), self.tick()
        chat.last_at = at
        self.model.answer(chat, _ON_THE_PHONE)
        customer = self.customer_of(chat)
        self.step(lambda session: intake.receive_batch(session, [sent(chat.inbox_id, customer, sent_at=at)]))

    # ---- what people do with a conversation ---------------------------------------

    @precondition(has_chats)
    @rule(pick=_picks, who=_picks)
    def an_agent_answers(self, pick: int, who: int) -> None:
        chat, agent = self.pick_chat(pick), self.pick_agent(who)
        if not self.answers(agent, chat):
            return
        if chat.assignee is not None and (not chat.is_open or not self.model.agents[chat.assignee].is_active):
            chat.assignee = chat.assignee if chat.assignee == agent.id else None
        if chat.assignee is None:
            self.model.give_by_hand(chat, agent.id)
        chat.is_open = True
        self.write(lambda session: outbox.queue_reply(session, self.agent(session, agent.id), chat.id, "Baik"))
        with database.reading_session() as session:
            chat.last_at = session.execute(select(_C.last_message_at).where(_C.id == chat.id)).scalar_one()
            reply = session.execute(select(_M.id, _M.wa_message_id).order_by(_M.id.desc()).limit(1)).one()
        self.model.answer(chat, reply.id)
        self.queued.append((chat.id, reply.id, reply.wa_message_id))
        self.note_era()
        self.compare(self.model.drain())

    @precondition(lambda self: bool(self.queued))
    @rule(pick=_picks, fails=st.booleans())
    def a_reply_never_goes_out(self, pick: int, fails: bool) -> None:
        id, message, wa_message_id = self.queued.pop(pick % len(self.queued))
        chat = self.model.chats[id]
        agent = next((one for one in self.model.agents.values() if self.answers(one, chat)), None)
        if agent is None:
            return
        self.model.lose_answer(chat, message)
        failed = CommandFailed(
            inbox_id=chat.inbox_id, command="SendText", wa_message_id=wa_message_id, reason="not_on_whatsapp"
        )
        if fails:
            self.step(lambda session: intake.receive_batch(session, [failed]))
        else:
            self.step(lambda session: outbox.cancel_message(session, self.agent(session, agent.id), message))

    @precondition(has_chats)
    @rule(pick=_picks, who=_picks)
    def an_agent_takes(self, pick: int, who: int) -> None:
        chat, agent = self.pick_chat(pick), self.pick_agent(who)
        if not self.answers(agent, chat):
            return
        if chat.assignee is not None or not chat.is_open:
            self.refused(lambda session: by_hand.take(session, self.agent(session, agent.id), chat.id), agent, chat)
            return
        self.model.give_by_hand(chat, agent.id)
        self.model.forget_timer(chat)
        self.step(lambda session: by_hand.take(session, self.agent(session, agent.id), chat.id))

    @precondition(has_chats)
    @rule(pick=_picks, who=_picks, to=_picks)
    def an_agent_hands_over(self, pick: int, who: int, to: int) -> None:
        chat, agent, colleague = self.pick_chat(pick), self.pick_agent(who), self.pick_agent(to)
        if not (chat.is_open and self.answers(agent, chat) and self.answers(colleague, chat) and colleague.may_reply):
            return
        if chat.assignee != colleague.id:
            self.model.forget_timer(chat)
            self.model.give_by_hand(chat, colleague.id)
        self.step(
            lambda session: by_hand.assign_to_agent(session, self.agent(session, agent.id), chat.id, colleague.id, "Ya")
        )

    @precondition(has_chats)
    @rule(pick=_picks, who=_picks)
    def an_agent_hands_to_the_team(self, pick: int, who: int) -> None:
        chat, agent = self.pick_chat(pick), self.pick_agent(who)
        if not (chat.is_open and self.answers(agent, chat)):
            return
        former = chat.assignee
        self.model.forget_timer(chat)
        self.model.let_go(chat, returned_from=former)
        chat.team = self.team
        self.step(lambda session: by_hand.assign_to_team(session, self.agent(session, agent.id), chat.id, self.team))

    @precondition(has_chats)
    @rule(pick=_picks, who=_picks)
    def an_agent_unassigns(self, pick: int, who: int) -> None:
        chat, agent = self.pick_chat(pick), self.pick_agent(who)
        if not (chat.is_open and self.answers(agent, chat)):
            return
        self.model.forget_timer(chat)
        self.model.let_go(chat, by_hand=True)
        self.step(lambda session: by_hand.unassign(session, self.agent(session, agent.id), chat.id))

    @precondition(has_chats)
    @rule(pick=_picks, who=_picks)
    def an_agent_returns_it(self, pick: int, who: int) -> None:
        chat, agent = self.pick_chat(pick), self.pick_agent(who)
        if not (chat.is_open and self.answers(agent, chat)):
            return
        if chat.assignee is not None or chat.is_by_hand:
            former = chat.assignee
            self.model.forget_timer(chat)
            self.model.let_go(chat, returned_from=former)
        self.step(lambda session: by_hand.return_to_queue(session, self.agent(session, agent.id), chat.id))

    @precondition(has_chats)
    @rule(pick=_picks, priority=st.integers(-1, 2))
    def somebody_sets_a_priority(self, pick: int, priority: int) -> None:
        chat = self.pick_chat(pick)
        agent = next((one for one in self.model.agents.values() if self.answers(one, chat)), None)
        if agent is None:
            return
        chat.priority = priority
        id = agent.id
        self.step(lambda session: by_hand.set_priority(session, self.agent(session, id), chat.id, priority))

    @precondition(has_chats)
    @rule(pick=_picks, who=_picks)
    def an_agent_resolves(self, pick: int, who: int) -> None:
        chat, agent = self.pick_chat(pick), self.pick_agent(who)
        if not self.answers(agent, chat):
            return
        if chat.is_open:
            chat.is_open, chat.waits_from, chat.is_by_hand = False, None, False
            self.model.forget_timer(chat)
        self.step(lambda session: conversations.resolve(session, self.agent(session, agent.id), chat.id))

    @precondition(has_chats)
    @rule(pick=_picks, who=_picks)
    def an_agent_reopens(self, pick: int, who: int) -> None:
        chat, agent = self.pick_chat(pick), self.pick_agent(who)
        if not self.answers(agent, chat):
            return
        if not chat.is_open:
            chat.is_open = True
            if chat.assignee != agent.id:
                self.begin_anew(chat)
        self.step(lambda session: conversations.reopen(session, self.agent(session, agent.id), chat.id))

    # ---- agents -----------------------------------------------------------------

    @rule(who=_picks, intent=st.sampled_from(list(Availability)))
    def an_agent_says_whether_they_are_there(self, who: int, intent: Availability) -> None:
        agent = self.pick_agent(who)
        agent.intent = intent.value
        self.step(lambda session: agents.set_availability(session, agent.id, intent))

    @rule(who=_picks, is_present=st.booleans())
    def a_tab_opens_or_was_closed_long_ago(self, who: int, is_present: bool) -> None:
        agent = self.pick_agent(who)
        agent.is_present = is_present

        def act(session: Session) -> None:
            if is_present:
                agents.touch_presence(session, agent.id)
                # It stays so for the rest of the example, however slow the machine.
                session.execute(update(AGENT).where(AGENT.c.id == agent.id).values(seen_at=now_ms() + 3_600_000))
            else:
                session.execute(update(AGENT).where(AGENT.c.id == agent.id).values(seen_at=None))

        self.step(act)

    @rule(who=_picks, capacity=st.integers(0, 5))
    def an_admin_changes_a_capacity(self, who: int, capacity: int) -> None:
        agent = self.pick_agent(who)
        agent.capacity = capacity
        self.step(lambda session: self.set_duty(session, agent))

    @rule(who=_picks, may_reply=st.booleans())
    def an_admin_lets_them_reply_or_not(self, who: int, may_reply: bool) -> None:
        agent = self.pick_agent(who)
        if agent.may_reply and not may_reply:
            self.return_and_go_away(agent)
        agent.may_reply = may_reply
        self.step(lambda session: self.set_duty(session, agent))

    @rule(who=_picks, is_on_shift=st.booleans())
    def a_shift_begins_or_ends(self, who: int, is_on_shift: bool) -> None:
        agent = self.pick_agent(who)
        agent.is_on_shift = is_on_shift
        other_day = (datetime.now(UTC).weekday() + 3) % 7
        hours = None if is_on_shift else ";".join("09:00-17:00" if day == other_day else "" for day in range(7))

        def act(session: Session) -> None:
            session.execute(update(AGENT).where(AGENT.c.id == agent.id).values(shift_hours=hours))
            shifts.note_changed(session, [agent.id])

        self.step(act)

    @rule(who=_picks, returns=st.booleans())
    def an_agent_goes_away(self, who: int, returns: bool) -> None:
        agent = self.pick_agent(who)
        agent.intent = "away"
        if returns:
            self.return_and_go_away(agent)
            self.step(lambda session: leaving.return_and_go_away(session, self.agent(session, agent.id)))
        else:
            self.step(lambda session: agents.set_availability(session, agent.id, Availability.AWAY))

    @rule(who=_picks)
    def an_agent_leaves_the_team_or_comes_back(self, who: int) -> None:
        agent = self.pick_agent(who)
        if agent.is_active:
            agent.is_active = agent.is_present = False
            self.return_and_go_away(agent)
            for chat in self.model.chats.values():
                if chat.assignee == agent.id and not chat.is_open:
                    chat.assignee = None
            self.step(lambda session: agents.deactivate(session, agent.id))
        else:
            agent.is_active = True
            self.step(lambda session: agents.reactivate(session, agent.id))

    # ---- the clock, and the machine ---------------------------------------------------

    @precondition(lambda self: any(chat.is_timed for chat in self.model.chats.values()))
    @rule(pick=_picks)
    def the_response_timer_fires(self, pick: int) -> None:
        timed = [chat for chat in self.model.chats.values() if chat.is_timed]
        chat = timed[pick % len(timed)]
        self.write(lambda session: session.execute(update(CONVERSATION).where(_C.id == chat.id).values(due_at=1)))
        former = chat.assignee
        self.model.let_go(chat, returned_from=former)
        chat.rounds += 1
        self.note_era()
        expected = self.model.drain()
        # Escalations follow the assignment: a conversation that nobody else may get is escalated at once.
        chat.is_escalated |= chat.rounds >= self.model.rounds or chat.assignee is None
        self.write(lambda session: response_timer.fire_due(session, 2))
        self.compare(expected)

    @rule()
    def the_app_is_started_again(self) -> None:
        """Decisions depend on nothing in memory, and the sweep finds nothing."""
        database.get_engine().dispose()
        database.use_engine(database.make_engine(self.url))
        self.step(assignment.drain_queue)

    # ---- what must hold ------------------------------------------------------------------

    @invariant()
    def the_sweep_has_nothing_to_do(self) -> None:
        """No eligible agent is idle while a conversation waits."""
        with database.reading_session() as session:
            assert not assignment.can_drain(session, now_ms())

    @invariant()
    def the_database_is_as_the_rules_say(self) -> None:
        with database.reading_session() as session:
            rows = {row.id: row for row in session.execute(select(CONVERSATION))}
        assert rows.keys() == self.model.chats.keys()
        for id, chat in self.model.chats.items():
            row = rows[id]
            seen = (row.status == "open", row.assignee_id, row.is_by_hand, row.team_id, row.priority)
            assert seen == (chat.is_open, chat.assignee, chat.is_by_hand, chat.team, chat.priority), (id, chat)
            timer = (row.response_rounds, row.returned_from_id, row.escalated_at is not None, row.due_at is not None)
            assert timer == (chat.rounds, chat.returned_from, chat.is_escalated, chat.is_timed), (id, chat)

    @invariant()
    def the_newest_decision_tells_who_has_it(self) -> None:
        a = ASSIGNMENT.c
        newest = select(a.conversation_id, func.max(a.id).label("id")).where(a.kind.not_in(_NO_REASON))
        with database.reading_session() as session:
            last = {row.conversation_id: row.id for row in session.execute(newest.group_by(a.conversation_id))}
            told = {row.id: row.agent_id for row in session.execute(select(a.id, a.agent_id))}
            rows = session.execute(select(_C.id, _C.assignment_id, _C.assignee_id, _C.status)).all()
        for row in rows:
            # One that began anew has had no decision yet.
            assert row.assignment_id in (None, last.get(row.id))
            if row.status == "open":
                assert told.get(row.assignment_id) == row.assignee_id

    def compare(self, expected: list[Gift]) -> None:
        """The engine's assignments equal the model's, respect the capacities, and have even turns."""
        a = ASSIGNMENT.c
        with database.reading_session() as session:
            rows = session.execute(select(ASSIGNMENT).where(a.id > self.last_assignment).order_by(a.id)).all()
            counted = select(_C.assignee_id, func.count().label("open")).where(_C.status == "open")
            open_of = {row.assignee_id: row.open for row in session.execute(counted.group_by(_C.assignee_id))}
        self.last_assignment = max((row.id for row in rows), default=self.last_assignment)
        made = [Gift(row.conversation_id, row.agent_id, row.kind is AssignmentKind.AUTOMATIC) for row in rows
                if row.kind in _GIFTS]  # fmt: skip
        assert sorted(made, key=repr) == sorted(expected, key=repr)
        assert len({gift.chat for gift in made}) == len(made), "given twice in one step"
        for gift in made:
            assert open_of[gift.agent] <= self.model.agents[gift.agent].capacity, "above the capacity"
        self.count_turns(made)

    def note_era(self) -> None:
        """Turns are compared as long as the same agents could be given anything, and nobody else stood in the way."""
        able = tuple(
            (agent.id, agent.is_active and agent.may_reply and agent.is_on_shift and agent.is_present
             and agent.intent == "available")
            for agent in self.model.agents.values()
        )  # fmt: skip
        full = tuple(self.model.open_of(id) >= agent.capacity for id, agent in self.model.agents.items())
        if (able, full) != self.era:
            self.era, self.turns = (able, full), Counter()

    def count_turns(self, made: list[Gift]) -> None:
        """In the strictly ordered number, the turns of always eligible agents differ by one at most."""
        plain = [gift for gift in made if gift.is_turn and self.model.chats[gift.chat].inbox_id == self.shops[0]]
        chats = [self.model.chats[gift.chat] for gift in plain]
        full = tuple(self.model.open_of(id) >= agent.capacity for id, agent in self.model.agents.items())
        if full != self.era[1] or any(chat.team or chat.returned_from for chat in chats):
            self.era = ()
            return
        self.turns.update(gift.agent for gift in plain)
        able, _ = self.era
        counts = [self.turns[id] for (id, is_able), is_full in zip(able, full, strict=True) if is_able and not is_full]
        assert not counts or max(counts) - min(counts) <= 1, self.turns

    # ---- helpers --------------------------------------------------------------------------

    def refused(self, act: Callable[[Session], Any], agent: ModelAgent, chat: ModelChat) -> None:
        """An assigned conversation is refused with the assignee's name, unless it is the agent's own."""
        if chat.assignee == agent.id and chat.is_open:
            self.write(act)
        else:
            with pytest.raises(RomsError, match="has taken" if chat.is_open else "is resolved"):
                self.write(act)
        self.note_era()
        self.compare(self.model.drain())

    def set_duty(self, session: Session, agent: ModelAgent) -> None:
        admin, hours = self.agent(session, self.admin), self.agent(session, agent.id).shift_hours
        duty = {"capacity": agent.capacity, "may_reply": agent.may_reply, "shift_hours": hours}
        assignment_settings.set_duty(session, admin, agent.id, **duty)

    def begin_anew(self, chat: ModelChat) -> None:
        """Earlier decisions no longer count. The former assignee is preferred."""
        former, chat.team, chat.priority = chat.assignee, None, 0
        self.model.let_go(chat)
        self.model.forget_timer(chat)
        chat.first_choice = former

    def return_and_go_away(self, agent: ModelAgent) -> None:
        for chat in self.model.chats.values():
            if chat.assignee == agent.id and chat.is_open:
                self.model.let_go(chat)

    def customer_of(self, chat: ModelChat) -> int:
        with database.reading_session() as session:
            jid = session.execute(select(_C.chat_jid).where(_C.id == chat.id)).scalar_one()
        return int(jid.removeprefix("62812").removesuffix("@c.us")) - 30_000_000


def test_any_sequence(database_url: str, settings: config.Settings) -> None:
    Assigning.url = database_url
    database.use_engine(database.make_engine(database_url))
    try:
        run_state_machine_as_test(Assigning, settings=_settings(database_url))
    finally:
        database.get_engine().dispose()
        database.use_engine(None)


def _settings(url: str) -> Any:
    examples = 40 if url.startswith("sqlite") else 15
    return settings(
        max_examples=examples,
        stateful_step_count=40,
        deadline=None,
        database=None,
        # Each step is a transaction: making a failing sequence shorter would take longer than reading it.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
