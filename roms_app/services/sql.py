"""The few statements that the two databases spell differently."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Column, Row, Table, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

T = TypeVar("T")
#: Well below what either database takes as parameters of one statement.
CHUNK = 5_000


def insert_missing(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]], returning: Sequence[Column[Any]]
) -> Sequence[Row[Any]]:
    """Insert rows that break no unique rule; returns the given columns of those that were inserted."""
    if not rows:
        return []
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert(table) if is_sqlite else postgresql.insert(table)
    return session.execute(insert.on_conflict_do_nothing().returning(*returning), list(rows)).all()


def update_by_id(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Update rows by their ``id``; all mappings have the same keys."""
    if not rows:
        return
    columns = [name for name in rows[0] if name != "id"]
    statement = update(table).where(table.c.id == bindparam("row_id"))
    values: dict[str, Any] = {name: bindparam(f"to_{name}") for name in columns}
    parameters = [{"row_id": row["id"], **{f"to_{name}": row[name] for name in columns}} for row in rows]
    session.connection().execute(statement.values(values), parameters)


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Pieces small enough for one statement."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
