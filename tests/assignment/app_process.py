"""One app process of several. Run as a process of its own: ``python -m tests.assignment.app_process <role> <url> …``.

It says "ready", and begins when a line comes on its standard input. `consumer` takes its number's customers in, gives
out what waits, says "done", and gives out once more at the next line. `engine` makes room for one more conversation an
agent again and again, and gives out; `taker` takes one conversation after the other. All end with a word.
"""

import random
import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from roms_app import database
from roms_app.errors import Conflict
from roms_app.models import Agent
from roms_app.models.tables import AGENT, CONVERSATION
from roms_app.services import assignment, by_hand, changes
from roms_app.services.intake import intake
from tests.support.cast import received

BATCH = 50


def consumer(inbox_id: int, first: int, count: int) -> None:
    """Receive customers from `first` on and assign. Before the last assignment another process has made room."""
    for start in range(first, first + count, BATCH):
        customers = range(start, min(start + BATCH, first + count))
        events = [received(inbox_id, customer, wa_message_id=f"3A{customer:018X}") for customer in customers]
        write(intake.receive_batch, events)
        write(assignment.drain_queue)
    say("done")
    write(assignment.drain_queue)


def engine(rounds: int) -> None:
    """Raise the capacity by one, again and again."""
    for _ in range(rounds):
        write(_make_room)


def taker(agent_id: int, seed: int) -> None:
    """Take half of all conversations, in each process in another order. An assigned one is refused."""
    with database.reading_session() as session:
        ids = list(session.execute(select(CONVERSATION.c.id)).scalars())
    random.Random(seed).shuffle(ids)
    for id in ids[: len(ids) // 2]:
        write(_take, agent_id, id)


def _make_room(session: Session) -> None:
    fullest = select(func.max(AGENT.c.capacity)).scalar_subquery()
    session.execute(update(AGENT).values(capacity=fullest + 1))
    assignment.drain_queue(session)


def _take(session: Session, agent_id: int, conversation_id: int) -> None:
    try:
        by_hand.take(session, session.get_one(Agent, agent_id), conversation_id)
    except Conflict:
        session.rollback()


def write(act: Callable[..., Any], *arguments: Any) -> None:
    """Run one transaction without announcements. It is retried like the consumer's when the database is busy."""
    while True:
        try:
            with database.writing_session() as session:
                act(session, *arguments)
                changes.settle(session)
                session.commit()
                return
        except OperationalError as error:
            if "locked" not in str(error) and "deadlock" not in str(error):
                raise


def say(word: str) -> None:
    """Report to the test, and wait for its next line."""
    print(word, flush=True)
    sys.stdin.readline()


ROLES: dict[str, Callable[..., None]] = {"consumer": consumer, "engine": engine, "taker": taker}

if __name__ == "__main__":
    role, url, *numbers = sys.argv[1:]
    database.use_engine(database.make_engine(url))
    say("ready")
    ROLES[role](*map(int, numbers))
    say("ended")
