"""`roms copy-database` copies everything from SQLite to PostgreSQL, and ROMS continues there."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import Engine, select, text
from sqlmodel import Session, SQLModel

from roms_app import database
from roms_app.cli.copy_database import copy
from roms_app.errors import ConfigurationError
from roms_app.models import Contact
from roms_app.services.intake.intake import receive_batch
from tests.support.cast import make_cast, received, sent


@pytest.fixture
def databases(sqlite_url: str, postgres_url: str) -> Iterator[tuple[Engine, Engine]]:
    """A SQLite with customers in it, and an empty PostgreSQL."""
    with ExitStack() as stack:
        engines = database.make_engine(sqlite_url), database.make_engine(postgres_url)
        for engine in engines:
            stack.callback(engine.dispose)
        with Session(engines[0].execution_options(roms_writes=True)) as session:
            shop = make_cast(session).shop
            receive_batch(session, [received(shop, n, body=f"Halo {n} 🙂") for n in range(1, 6)])
            receive_batch(session, [sent(shop, 1)])
            session.commit()
        yield engines


def rows(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in SQLModel.metadata.sorted_tables
        }


def test_every_row_is_copied(databases: tuple[Engine, Engine]) -> None:
    source, target = databases
    copied = copy(source, target)
    assert copied["message"] == 6, "the premise"
    assert rows(target) == rows(source)


def test_ids_go_on_after_the_last_one_that_was_given(databases: tuple[Engine, Engine]) -> None:
    """The id of a deleted contact is not used again."""
    source, target = databases
    with source.begin() as connection:
        connection.exec_driver_sql("UPDATE sqlite_sequence SET seq = 90 WHERE name = 'contact'")
    copy(source, target)
    with Session(target) as session:
        contact = Contact(inbox_id=session.execute(text("SELECT min(id) FROM inbox")).scalar_one(), first_seen_at=1)
        session.add(contact)
        session.flush()
        assert contact.id == 91
        session.rollback()


def test_a_database_in_use_is_left_alone(databases: tuple[Engine, Engine]) -> None:
    source, target = databases
    copy(source, target)
    before = rows(target)
    with pytest.raises(ConfigurationError, match="not empty"):
        copy(source, target)
    assert rows(target) == before
