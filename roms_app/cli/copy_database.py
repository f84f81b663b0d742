"""`roms copy-database`: copies SQLite into an empty PostgreSQL, once, while ROMS is stopped.

docs/moving-to-postgresql.md is the guide.
"""

from collections.abc import Iterator
from typing import Annotated, Any

import typer
from sqlalchemy import Connection, Engine, Table, func, inspect, select, text
from sqlmodel import SQLModel

import roms_app.models  # noqa: F401  registers the tables
from roms_app import database
from roms_app.cli.output import out
from roms_app.config import Settings
from roms_app.errors import ConfigurationError
from roms_app.ops import environment
from roms_app.ops.running import is_running

#: Rows of one statement.
_ROWS = 1000
_NEXT_ID = text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)")


def copy(source: Engine, target: Engine) -> dict[str, int]:
    """Copy all rows in one transaction. Returns their number, by table.

    Raises ConfigurationError when the source is not up to date or the target holds rows; then nothing was copied.
    """
    database.require_schema(source)
    if database.schema_state(target) is database.SchemaState.BEHIND:
        database.upgrade(target)
    database.require_schema(target)
    with source.connect() as reading, target.begin() as writing:
        made = _rows_of_migrations(writing)
        return {table.name: _copy_table(table, reading, writing, made) for table in SQLModel.metadata.sorted_tables}


def _rows_of_migrations(writing: Connection) -> dict[str, int]:
    """Count the rows that migrations made, by table. Raises ConfigurationError when agents or numbers exist already."""
    counts = {table.name: _count(table, writing) for table in SQLModel.metadata.sorted_tables}
    if any(counts[name] for name in ("agent", "inbox", "message")):
        raise ConfigurationError("The new database is not empty.", "Make an empty one, and copy to that.")
    return counts


def _copy_table(table: Table, reading: Connection, writing: Connection, made: dict[str, int]) -> int:
    if made[table.name]:
        writing.execute(table.delete())
    for rows in _chunks(table, reading):
        writing.execute(table.insert(), rows)
    copied, wanted = _count(table, writing), _count(table, reading)
    if copied != wanted:
        raise RuntimeError(f"{table.name}: {copied} of {wanted} rows were copied.")
    _continue_ids(table, reading, writing)
    return copied


def _chunks(table: Table, reading: Connection) -> Iterator[list[dict[str, Any]]]:
    found = reading.execution_options(yield_per=_ROWS).execute(select(table))
    for rows in found.partitions():
        yield [dict(row._mapping) for row in rows]


def _continue_ids(table: Table, reading: Connection, writing: Connection) -> None:
    """Continue the ids after the highest one ever used, so that no id is used twice."""
    column = table.autoincrement_column
    if column is None:
        return
    last = reading.execute(select(func.max(column))).scalar() or 0
    if inspect(reading).has_table("sqlite_sequence"):
        kept = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
        last = max(last, reading.execute(kept, {"table": table.name}).scalar() or 0)
    if last:
        writing.execute(_NEXT_ID, {"table": table.name, "column": column.name, "last": last})


def _count(table: Table, connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def copy_database(
    target: Annotated[str, typer.Argument(help="The new database: postgresql://user:password@host/roms")],
    source: Annotated[str, typer.Option(help="The old one; left out, the SQLite file of the data folder.")] = "",
) -> None:
    """Copy everything from SQLite to an empty PostgreSQL."""
    settings = environment.prepare()
    old = source or f"sqlite:///{settings.data_dir / 'roms.db'}"
    engines = [database.make_engine(Settings(database_url=url).database_url) for url in (old, target)]
    if [engine.dialect.name for engine in engines] != ["sqlite", "postgresql"]:
        raise ConfigurationError(
            "ROMS copies from SQLite to PostgreSQL only.", "Name the new one like postgresql://user:password@host/roms."
        )
    if is_running(settings):
        raise ConfigurationError("ROMS is running.", "Stop it first, so that nothing is written meanwhile.")
    copied = copy(*engines)
    out.print(
        f"{sum(copied.values())} rows of {len(copied)} tables were copied; {copied['message']} of them are messages."
    )
