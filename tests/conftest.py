"""Fixtures that all tests share: real Redis, real databases, the cast. What one area alone needs stands beside it.

A test that asks for `database` runs twice, on SQLite and on PostgreSQL.
"""

import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from redis.asyncio import Redis
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel
from xdist.scheduler import LoadScopeScheduling

import roms_app.models  # noqa: F401  registers the tables
from roms_app import config, database
from roms_app.live import connection
from tests.support import problems
from tests.support.cast import Cast, make_cast
from tests.support.servers import PostgresServer, RedisServer
from wa_worker.browser.driver import use_bundled_node

# A busy machine makes one example slow, which says nothing about the code.
hypothesis_settings.register_profile("roms", deadline=None)
hypothesis_settings.load_profile("roms")

# Tests start Playwright themselves; the Node that it brings needs a library that a bare machine lacks.
use_bundled_node()

TESTS = Path(__file__).parent
#: What takes longest first: what began late would be waited for by all. Those that mostly wait (for a lease, a
#: watchdog) alternate with those that compute, so that no core is idle.
_FIRST = (
    "browser/test_handover",
    "worker/test_interruptions",
    "setup/test_index",
    "setup/test_bad_setup",
    "cli/test_ctrl_c",
    "faults/",
    "worker/test_hosts",
    "browser/test_story",
    "worker/test_incompatible",
    "assignment/test_processes",
    "worker/test_send_failures",
    "browser/",
    "worker/test_deaf",
    "worker/test_pairing",
    "assignment/test_model",
    "worker/test_control",
    "worker/test_ticks",
    "assignment/",
    "simulator/",
    "worker/",
    "cli/",
)
#: Their tests share nothing that is dear to make: each may go to another process. Other files stay together.
_SPREAD = (
    "assignment/test_model",
    "assignment/test_processes",
    "cli/",
    "flow/test_once",
    "setup/test_index",
    "setup/test_supervisor",
    "worker/test_control",
    "worker/test_deaf",
    "worker/test_hosts",
    "worker/test_incompatible",
    "worker/test_interruptions",
    "worker/test_pairing",
    "worker/test_ticks",
)
#: Left out of `make test-quick`: many processes, or many seconds of one.
_SLOW = (
    "assignment/test_model",
    "assignment/test_processes",
    "attack/",
    "cli/",
    "flow/test_once",
    "media/test_apart",
    "media/test_bounds",
    "media/test_voice_apart",
    "setup/test_bad",
    "setup/test_chromium",
    "setup/test_index",
    "setup/test_npm_index",
    "setup/test_set_up",
    "setup/test_supervisor",
    "setup/test_system",
    "test_problems",
)
#: Each of their tests goes on where the one before it stopped: they share a system, or one paired page.
_STORIES = ("browser/", "faults/", "simulator/test_faults", "simulator/test_memory", "simulator/test_wa_js")
#: Whoever asks for one of these starts Chromium, or a whole ROMS with it.
_BROWSERS = {"chromium", "profile", "backstage", "_shared", "_impatient", "_paced", "_small", "group", "system"}
_DATABASES = {"postgres_server", "postgres_url"}


def pytest_configure(config: pytest.Config) -> None:
    """Name the marks that `make test-quick` leaves out."""
    problems.watch_this_process()
    config.addinivalue_line("markers", "browser: starts Chromium; set by the fixture, or by hand where there is none")
    config.addinivalue_line("markers", "postgres: on PostgreSQL; set by the fixture")
    config.addinivalue_line(
        "markers", "causes(*patterns): entries of error and tracebacks in logs that the test causes"
    )
    config.addinivalue_line("markers", "slow: many processes or many seconds; set by the file")


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Mark, let pytest-randomly shuffle, then put the longest files first and the stories back in order."""
    written = {item: place for place, item in enumerate(items)}
    for item in items:
        _mark(item)
    yield
    shuffled = {item: place for place, item in enumerate(items)}
    files: dict[Path, int] = {}
    for item in items:
        files.setdefault(item.path, len(files))

    def turn(item: pytest.Item) -> tuple[int, int, int]:
        where = _place(item)
        first = next((turn for turn, start in enumerate(_FIRST) if where.startswith(start)), len(_FIRST))
        return first, files[item.path], (written if where.startswith(_STORIES) else shuffled)[item]

    items.sort(key=turn)


def _mark(item: pytest.Item) -> None:
    where = _place(item)
    asked = set(getattr(item, "fixturenames", ()))
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    if where.startswith("browser/") or asked & _BROWSERS:
        item.add_marker("browser")
    if asked & _DATABASES or parameters.get("database_url") == "postgresql":
        item.add_marker("postgres")
    if where.startswith(_SLOW):
        item.add_marker("slow")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Fail a test that caused a problem which it does not name (`tests.support.problems`)."""
    yield
    expected = [pattern for mark in item.iter_markers("causes") for pattern in mark.args]
    found = [one for one in problems.take() if not any(re.search(pattern, one) for pattern in expected)]
    if found:
        pytest.fail(
            "The test caused what it does not name (pytest.mark.causes):\n\n" + "\n\n".join(found), pytrace=False
        )


class _Spread(LoadScopeScheduling):
    """A file's tests in one process, but for those of `_SPREAD`."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return nodeid if path.removeprefix("tests/").startswith(_SPREAD) else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Ours whatever `--dist` says. xdist's own `loadgroup` does not work with pytest 9.2, and says nothing of it."""
    return _Spread(config, log)


def _place(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).as_posix()


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
