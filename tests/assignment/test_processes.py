"""Several app processes at once, each with its number's customers, all with the same agents: 5,000 conversations.

Without `assignee_id IS NULL` in `assignment.claim` or `eligibility.waiting_conditions`, conversations are assigned
twice, and the last test fails.
"""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from roms_app import config, database
from roms_app.models import AssignmentKind
from roms_app.models.tables import AGENT, ASSIGNMENT, CONVERSATION
from roms_app.services import changes
from roms_app.services.intake import intake
from tests.support.cast import make_agent, make_inbox, received

CONVERSATIONS = 5_000
#: Where fewer show as much.
FEWER = 2_000
AGENTS = 20
ROOT = Path(__file__).parents[2]
_C = CONVERSATION.c


@contextmanager
def app_process(role: str, url: str, *numbers: int) -> Iterator[subprocess.Popen[str]]:
    arguments = [role, url, *map(str, numbers)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.assignment.app_process", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def all_say(word: str, processes: list[subprocess.Popen[str]]) -> None:
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == word


def go_on(processes: list[subprocess.Popen[str]]) -> None:
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


def made(url: str, inboxes: int, capacity: int) -> list[int]:
    """Agents who answer all the numbers. Returns the numbers' ids."""
    database.use_engine(database.make_engine(url))
    with database.writing_session() as session:
        agents = [make_agent(session, f"Agent {n}", capacity=capacity) for n in range(AGENTS)]
        ids = [make_inbox(session, f"Number {n}", *agents) for n in range(inboxes)]
        session.commit()
    return ids


@pytest.fixture(autouse=True)
def _own_engine(settings: config.Settings) -> Iterator[None]:
    yield
    database.get_engine().dispose()
    database.use_engine(None)


def counted() -> tuple[Counter[int | None], dict[int, Counter[int]], int]:
    """Open conversations by assignee; turns by number and agent; conversations given more than once."""
    a = ASSIGNMENT.c
    with database.reading_session() as session:
        holders = Counter(session.execute(select(_C.assignee_id)).scalars())
        turns: dict[int, Counter[int]] = {}
        gifts = select(_C.inbox_id, a.agent_id, func.count().label("n")).join(ASSIGNMENT, a.conversation_id == _C.id)
        gifts = gifts.where(a.kind == AssignmentKind.AUTOMATIC).group_by(_C.inbox_id, a.agent_id)
        for row in session.execute(gifts):
            turns.setdefault(row.inbox_id, Counter())[row.agent_id] = row.n
        twice = select(a.conversation_id).group_by(a.conversation_id).having(func.count() > 1)
        return holders, turns, len(session.execute(twice).all())


@pytest.mark.parametrize("processes", [2, 4])
def test_each_conversation_has_one_agent_and_the_turns_are_even(database_url: str, processes: int) -> None:
    inboxes = made(database_url, processes, capacity=CONVERSATIONS)
    each = CONVERSATIONS // processes
    with ExitStack() as stack:
        running = [
            stack.enter_context(app_process("consumer", database_url, inbox_id, n * each, each))
            for n, inbox_id in enumerate(inboxes)
        ]
        for word in ("ready", "done"):
            all_say(word, running)
            go_on(running)
        all_say("ended", running)
    holders, turns, twice = counted()
    assert (sum(holders.values()), holders[None], twice) == (CONVERSATIONS, 0, 0)
    for inbox_id in inboxes:
        assert sum(turns[inbox_id].values()) == each
        assert max(turns[inbox_id].values()) - min(turns[inbox_id].values()) <= 1


@pytest.mark.parametrize("processes", [2, 4])
def test_nobody_is_given_more_than_they_can_have(database_url: str, processes: int) -> None:
    """All processes see the same free capacity. Waiting conversations are assigned once when there is room."""
    capacity = FEWER // AGENTS * 4 // 5
    inboxes = made(database_url, processes, capacity)
    each = FEWER // processes
    with ExitStack() as stack:
        running = [
            stack.enter_context(app_process("consumer", database_url, inbox_id, n * each, each))
            for n, inbox_id in enumerate(inboxes)
        ]
        all_say("ready", running)
        go_on(running)
        all_say("done", running)
        holders, _, twice = counted()
        assert holders.pop(None) == FEWER - AGENTS * capacity
        assert set(holders.values()) == {capacity}
        assert twice == 0
        with database.writing_session() as session:
            session.execute(update(AGENT).values(capacity=FEWER))
            session.commit()
        go_on(running)
        all_say("ended", running)
    holders, _, twice = counted()
    assert (sum(holders.values()), holders[None], twice) == (FEWER, 0, 0)


@pytest.mark.parametrize("processes", [2, 4])
def test_people_and_the_engine_at_the_same_time(database_url: str, processes: int) -> None:
    """Half of the processes assign, half take by hand, all from the same conversations: each gets one decision."""
    (inbox_id,) = made(database_url, 1, capacity=0)
    count, half = FEWER // 4, processes // 2
    with database.writing_session() as session:
        intake.receive_batch(session, [received(inbox_id, customer) for customer in range(count)])
        changes.settle(session)
        session.commit()
        agents = list(session.execute(select(AGENT.c.id).order_by(AGENT.c.id)).scalars())
    with ExitStack() as stack:
        running = [
            *(stack.enter_context(app_process("engine", database_url, count // AGENTS)) for _ in range(half)),
            *(stack.enter_context(app_process("taker", database_url, agents[n], n)) for n in range(half)),
        ]
        all_say("ready", running)
        go_on(running)
        all_say("ended", running)
    a = ASSIGNMENT.c
    with database.reading_session() as session:
        rows = session.execute(select(a.conversation_id, a.agent_id, a.kind)).all()
        have = {row.id: row.assignee_id for row in session.execute(select(_C.id, _C.assignee_id))}
    assert len(rows) == len(have) == count
    assert {row.conversation_id: row.agent_id for row in rows} == have
    assert {row.kind for row in rows} <= {AssignmentKind.AUTOMATIC, AssignmentKind.TAKEN}
