"""The database engine, its sessions and its schema's version. A leaf: no tables, no rules."""

from enum import StrEnum
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from roms_app.config import Settings, get_settings
from roms_app.errors import ConfigurationError

_ROOT = Path(__file__).resolve().parent.parent
#: On a connection that will write: SQLite then takes its lock at BEGIN, so that no transaction fails half-way.
_WRITES = "roms_writes"
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "busy_timeout=5000",
    "foreign_keys=ON",
    "cache_size=-20000",
    "temp_store=MEMORY",
    "mmap_size=268435456",
)
_engine: Engine | None = None


def make_engine(url: str) -> Engine:
    """An engine for SQLite or PostgreSQL, with what either needs to behave alike. Its errors quote no values."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=6, max_overflow=4, hide_parameters=True)
    engine = create_engine(url, connect_args={"check_same_thread": False}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transactions begin at the first write, which is too late for a read that a write follows.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def get_engine() -> Engine:
    """The engine of this process."""
    global _engine
    if _engine is None:
        _engine = make_engine(get_settings().database_url)
    return _engine


def use_engine(engine: Engine | None) -> None:
    """Replace this process's engine; None lets the settings decide again. For tests and tools."""
    global _engine
    _engine = engine


def reading_session() -> Session:
    """A session for reading. Use as a context manager."""
    return Session(get_engine(), expire_on_commit=False)


def writing_session() -> Session:
    """A session for one transaction that writes. Only `live/transactions.py` and tools commit it."""
    return Session(get_engine().execution_options(**{_WRITES: True}), expire_on_commit=False)


class SchemaState(StrEnum):
    """How the database's schema compares with this code."""

    UP_TO_DATE = "up_to_date"
    BEHIND = "behind"
    NEWER = "newer"


def alembic_config(engine: Engine) -> Config:
    """Alembic's configuration with our scripts, bound to `engine`."""
    config = Config(_ROOT / "alembic.ini")
    config.set_main_option("script_location", str(_ROOT / "alembic"))
    config.attributes["engine"] = engine
    return config


def schema_state(engine: Engine | None = None) -> SchemaState:
    """Compare the database with this code. Raises ConfigurationError when the database can't be reached."""
    engine = engine or get_engine()
    scripts = ScriptDirectory.from_config(alembic_config(engine))
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        raise _unreachable(engine, error) from error
    if current == scripts.get_current_head():
        return SchemaState.UP_TO_DATE
    known = {script.revision for script in scripts.walk_revisions()}
    return SchemaState.BEHIND if current is None or current in known else SchemaState.NEWER


def require_schema(engine: Engine | None = None) -> None:
    """Stop with a sentence unless the schema fits. For processes that don't migrate."""
    state = schema_state(engine)
    if state is SchemaState.BEHIND:
        raise ConfigurationError("The database is older than this version of ROMS.", "Run `roms migrate`.")
    if state is SchemaState.NEWER:
        raise _newer()


def require_write(engine: Engine) -> None:
    """Write a row of the schema and roll it back. Raises ConfigurationError when the database takes nothing."""
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = version_num")
            connection.rollback()
    except DBAPIError as error:
        where = engine.url.render_as_string(hide_password=True)
        raise ConfigurationError(
            f"The database {where} can be read but not written: {error.orig}.",
            "Give this user the right to write there (of SQLite: its file and folder), and see that its disk has room.",
        ) from error


def migrate(settings: Settings | None = None) -> SchemaState:
    """Bring the schema up to date; creates the database file. Returns the state that was found.

    Raises ConfigurationError when the database can't be reached or written, or is newer than this code.
    """
    engine = get_engine() if settings is None else make_engine(settings.database_url)
    if engine.url.get_backend_name() == "sqlite" and engine.url.database:
        _make_folder(Path(engine.url.database).parent)
    found = schema_state(engine)
    if found is SchemaState.NEWER:
        raise _newer()
    if found is SchemaState.BEHIND:
        upgrade(engine)
    require_write(engine)
    return found


def upgrade(engine: Engine) -> None:
    """Run all migrations that a database lacks."""
    command.upgrade(alembic_config(engine), "head")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"The folder {folder} can't be made ({error.strerror}).", "Set ROMS_DATA_DIR to one that can be written."
        ) from error


def _newer() -> ConfigurationError:
    return ConfigurationError(
        "The database was written by a newer version of ROMS.",
        "Start that version, or restore a backup made before the upgrade.",
    )


def _unreachable(engine: Engine, error: DBAPIError) -> ConfigurationError:
    shown = engine.url.render_as_string(hide_password=True)
    reason = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "no answer"
    return ConfigurationError(
        f"The database {shown} can't be opened: {reason}.", "Check ROMS_DATABASE_URL and that the database runs."
    )
