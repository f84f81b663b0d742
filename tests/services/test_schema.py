"""The migrations make exactly the tables that the models describe."""

from pathlib import Path

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


def test_a_database_with_customers_in_it_is_brought_forward_and_back(tmp_path: Path) -> None:
    engine = database.make_engine(f"sqlite:///{tmp_path / 'old.db'}")
    config = database.alembic_config(engine)
    command.upgrade(config, "0001")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO inbox (id, name, channel, status, status_reason, status_at, wa_version, is_active, created_at)"
            " VALUES (1, 'Shop', 'demo', 'live', '', 1, '', 1, 1)"
        )
        connection.exec_driver_sql(
            "INSERT INTO contact (id, inbox_id, contact_lid, first_seen_at) VALUES (7, 1, '9@lid', 1)"
        )
        connection.exec_driver_sql(
            "INSERT INTO conversation (id, inbox_id, contact_id, chat_jid, status, last_message_at,"
            " last_message_preview, unread_count, version, created_at)"
            " VALUES (8, 1, 7, '9@lid', 'open', 1, '', 0, 1, 1)"
        )
    command.upgrade(config, "head")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
        assert connection.execute(text("SELECT contact_id FROM conversation WHERE id = 8")).scalar_one() == 7
        assert connection.execute(text("SELECT jid FROM contact_alias")).scalar_one() == "9@lid"
        last = connection.execute(text("SELECT name, seq FROM sqlite_sequence ORDER BY name")).all()
        assert [tuple(row) for row in last] == [("contact", 7), ("conversation", 8)]
    command.downgrade(config, "0001")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM conversation")).scalar_one() == 1
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    engine.dispose()


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
