"""Statements that differ between the two databases, and a cache of hot statements.

SQLAlchemy needs more time to build a statement and its cache key than SQLite needs to run it. Statements of the hot
path are therefore constants, or are cached here, and take their ids by `among`.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import BindParameter, Column, Executable, Row, Table, Update, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

T = TypeVar("T")
#: Well below the limit of parameters in one statement, in both databases.
CHUNK = 5_000


def insert_missing(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]], returning: Sequence[Column[Any]]
) -> Sequence[Row[Any]]:
    """Insert the rows that violate no unique constraint. Returns the given columns of the inserted rows."""
    if not rows:
        return []
    statement = _insert_missing(session.get_bind().dialect.name == "sqlite", table, tuple(returning))
    return session.execute(statement, list(rows)).all()


def update_by_id(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Update rows by their ``id``; all mappings have the same keys."""
    if not rows:
        return
    columns = tuple(name for name in rows[0] if name != "id")
    parameters = [{"row_id": row["id"], **{f"to_{name}": row[name] for name in columns}} for row in rows]
    session.connection().execute(_update_by_id(table, columns), parameters)


def among(name: str) -> BindParameter[Any]:
    """A parameter of a constant statement that takes a list: ``column.in_(among("ids"))``."""
    return bindparam(name, expanding=True)


@lru_cache(maxsize=64)
def _insert_missing(is_sqlite: bool, table: Table, returning: tuple[Column[Any], ...]) -> Executable:
    insert = sqlite.insert(table) if is_sqlite else postgresql.insert(table)
    return insert.on_conflict_do_nothing().returning(*returning)


@lru_cache(maxsize=64)
def _update_by_id(table: Table, columns: tuple[str, ...]) -> Update:
    values: dict[str, Any] = {name: bindparam(f"to_{name}") for name in columns}
    return update(table).where(table.c.id == bindparam("row_id")).values(values)


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Split the items into chunks that are small enough for one statement."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
