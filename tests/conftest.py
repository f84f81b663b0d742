"""Fixtures that all tests share: real Redis, real databases, the cast. What one area alone needs stands beside it.

A test that asks for `database` runs twice, on SQLite and on PostgreSQL.
"""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel

import roms_app.models  # noqa: F401  registers the tables
from roms_app import config, database
from roms_app.live import connection
from tests.support.cast import Cast, make_cast
from tests.support.servers import PostgresServer, RedisServer
from wa_worker.driver import use_bundled_node

# Tests start Playwright themselves; the Node that it brings needs a library that a bare machine lacks.
use_bundled_node()

#: What takes longest first: a file is one process's, and one that began late would be waited for by all. Those that
#: mostly wait (for a lease, a watchdog) alternate with those that compute, so that no core is idle.
_FIRST = (
    "worker/test_interruptions",
    "assignment/test_processes",
    "worker/test_hosts",
    "browser/test_queue",
    "worker/test_deaf",
    "browser/test_handover",
    "faults/",
    "assignment/test_model",
    "worker/test_pairing",
    "browser/",
    "worker/test_send_failures",
    "assignment/",
    "worker/test_incompatible",
    "worker/test_control",
    "worker/test_ticks",
    "simulator/",
    "worker/",
    "cli/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; within a file the order stays."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    where = item.path.relative_to(Path(__file__).parent).as_posix()
    return next((turn for turn, start in enumerate(_FIRST) if where.startswith(start)), len(_FIRST))


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """One Redis for all tests."""
    server = RedisServer()
    server.start()
    yield server
    server.close()


@pytest.fixture
def killable_redis() -> Iterator[RedisServer]:
    """A Redis of this test's own, running, to be killed and started again."""
    server = RedisServer()
    server.start()
    yield server
    server.close()


@pytest.fixture
async def redis(redis_server: RedisServer) -> AsyncIterator[Redis]:
    """A client of an empty Redis, which is also the app's own."""
    client = connection.make_redis(redis_server.url)
    await client.flushall()
    connection.use_redis(client)
    yield client
    connection.use_redis(None)
    await client.aclose()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests that want one, with our tables."""
    server = PostgresServer()
    server.start()
    with closing(server):
        engine = database.make_engine(server.url)
        database.upgrade(engine)
        engine.dispose()
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database file to copy."""
    path = tmp_path_factory.mktemp("template") / "roms.db"
    engine = database.make_engine(f"sqlite:///{path}")
    database.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of an empty, migrated SQLite database."""
    path = tmp_path / "roms.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def _as_migrated(postgres_server: PostgresServer) -> Iterator[Callable[[], None]]:
    """Bring back the rows that migrations made, and no others: ten times as quick as TRUNCATE where rows are few."""
    engine = database.make_engine(postgres_server.url)
    tables = SQLModel.metadata.sorted_tables
    with engine.begin() as connection:
        first = {table: [row._asdict() for row in connection.execute(table.select())] for table in tables}
        sequences = connection.exec_driver_sql("SELECT sequencename FROM pg_sequences").scalars().all()
    # As a replica it checks no foreign keys, so any order will do.
    script = ["SET LOCAL session_replication_role = replica", *(f'DELETE FROM "{table.name}"' for table in tables)]
    script += [f"SELECT setval('{name}', 1, false)" for name in sequences]

    def restore() -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql("; ".join(script))
            for table, rows in first.items():
                if rows:
                    connection.execute(table.insert(), rows)

    yield restore
    engine.dispose()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, _as_migrated: Callable[[], None]) -> str:
    """The address of an empty, migrated PostgreSQL database."""
    _as_migrated()
    return postgres_server.url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty, migrated database of either kind."""
    return request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[config.Settings]:
    """The app's settings with a data folder of this test's own."""
    monkeypatch.setenv("ROMS_DATA_DIR", str(tmp_path))
    config.get_settings.cache_clear()
    yield config.get_settings()
    config.get_settings.cache_clear()


@pytest.fixture
def engine(database_url: str, settings: config.Settings) -> Iterator[Engine]:
    """The app's engine, on either kind of database."""
    yield from _use(database_url)


@pytest.fixture
def sqlite_engine(sqlite_url: str, settings: config.Settings) -> Iterator[Engine]:
    """The app's engine, on SQLite only: for what does not depend on the database."""
    yield from _use(sqlite_url)


def _use(url: str) -> Iterator[Engine]:
    engine = database.make_engine(url)
    database.use_engine(engine)
    yield engine
    database.use_engine(None)
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session for writing, rolled back at the end."""
    with database.writing_session() as session:
        yield session
        session.rollback()


@pytest.fixture
def cast(engine: Engine) -> Cast:
    """Siti (admin), Budi and Ayu (agents), Eko (agent of another number), two numbers. Committed; all are present."""
    with database.writing_session() as session:
        made = make_cast(session)
        session.commit()
    return made
