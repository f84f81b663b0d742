"""The migrations make exactly the tables that the models describe."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlmodel import SQLModel

from roms_app import database
from roms_app.database import SchemaState
from roms_app.errors import ConfigurationError


def test_migrations_equal_models(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_downgrade_leaves_nothing_and_upgrade_returns(engine: Engine) -> None:
    config = database.alembic_config(engine)
    command.downgrade(config, "base")
    try:
        assert inspect(engine).get_table_names() == ["alembic_version"]
        assert database.schema_state(engine) is SchemaState.BEHIND
    finally:
        command.upgrade(config, "head")
    assert database.schema_state(engine) is SchemaState.UP_TO_DATE


def test_newer_database_is_refused(sqlite_engine: Engine) -> None:
    with sqlite_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from-the-future'"))
    assert database.schema_state() is SchemaState.NEWER
    with pytest.raises(ConfigurationError, match="newer version"):
        database.migrate()
    with pytest.raises(ConfigurationError, match="newer version"):
        database.require_schema()


def test_unreachable_database_is_a_sentence() -> None:
    engine = database.make_engine("postgresql+psycopg://roms:secret@/roms?host=/nowhere")
    with pytest.raises(ConfigurationError, match="can't be opened") as raised:
        database.schema_state(engine)
    assert "secret" not in str(raised.value)
