"""Connects Alembic to our database and tables. Run by `database.migrate` and by the `alembic` command."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, Engine
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import roms_app.models  # registers the tables
from roms_app.database import get_engine
from roms_app.models.base import EnumText


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Migrations name plain types only, so that they stay readable when our own types change."""
    if kind == "type" and isinstance(item, EnumText):
        return "sa.String(length=32)"
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


def run() -> None:
    """Run the migrations in one transaction; SQLite alters tables by copying them."""
    engine: Engine = context.config.attributes.get("engine") or get_engine()
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Copying a table drops it while others refer to it. The pragma only takes effect between transactions.
            _at_once(connection, "PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            render_item=render_item,
            render_as_batch=engine.dialect.name == "sqlite",
            compare_type=True,
            # With `database._begin_sqlite` this holds for SQLite too: a failed migration leaves no trace.
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
            if engine.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise RuntimeError("A migration left rows that refer to nothing; the database stays as it was.")
        if engine.dialect.name == "sqlite":
            _at_once(connection, "PRAGMA foreign_keys=ON")


def _at_once(connection: Connection, pragma: str) -> None:
    """Set the pragma on the raw connection: SQLAlchemy would begin a transaction first."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute(pragma)


if context.is_offline_mode():
    raise SystemExit("ROMS migrates a database it can reach; there is no offline mode.")
assert roms_app.models
run()
