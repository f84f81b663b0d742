"""Counts the statements of a piece of work, and shows how they find their rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from sqlmodel import Session


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements executed in the block; one entry for each statement, even if it writes many rows."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def plans(session: Session) -> Iterator[list[str]]:
    """How SQLite finds the rows of each SELECT that `session` executes meanwhile: one line a table."""
    connection, seen = session.connection(), list[str]()

    def explain(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            told = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            seen.extend(row.detail for row in told)

    event.listen(connection, "before_cursor_execute", explain)
    try:
        yield seen
    finally:
        event.remove(connection, "before_cursor_execute", explain)
