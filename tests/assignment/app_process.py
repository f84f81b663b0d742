"""One app process of several: takes its number's customers in, and gives out what waits. Run as a process of its own.

Arguments: the database's address, the inbox, the number of the first customer, how many. It says "ready", begins when a
line comes on its standard input, and ends when its customers are in. A second line makes it drain once more.
"""

import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import OperationalError

from roms_app import database
from roms_app.services import assignment, changes, intake
from tests.support.cast import received

BATCH = 25


def main(database_url: str, inbox_id: int, first: int, count: int) -> None:
    """Wait for the start, work, say "done", and drain once more when told."""
    database.use_engine(database.make_engine(database_url))
    say("ready")
    for start in range(first, first + count, BATCH):
        customers = range(start, min(start + BATCH, first + count))
        events = [received(inbox_id, customer, wa_message_id=f"3A{customer:018X}") for customer in customers]
        write(intake.receive_batch, events)
        write(assignment.drain_queue)
    say("done")
    write(assignment.drain_queue)
    say("drained")


def write(act: Callable[..., Any], *arguments: Any) -> None:
    """One transaction, announced to nobody; again, as the consumer does it, when the others kept the database busy."""
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
    """Tell the test, and wait for its word."""
    print(word, flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    url, *numbers = sys.argv[1:]
    main(url, *map(int, numbers))
