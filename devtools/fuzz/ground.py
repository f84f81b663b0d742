"""The measured app, on an SQLite database and a Redis of its own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devtools.fuzz.meter import SOCKET_VARIABLE, TARGET, UNLIMITED_VARIABLE, Meter
from roms_app import database
from tests.attack.app import App, running_app
from tests.support.servers import RedisServer


@contextmanager
def measured_app(folder: Path, *, is_unlimited: bool = False) -> Iterator[tuple[App, Meter]]:
    """Start it with its files in `folder`; a migrated database may lie there as ``roms.db``."""
    url = f"sqlite:///{folder / 'roms.db'}"
    if not (folder / "roms.db").exists():
        engine = database.make_engine(url)
        database.upgrade(engine)
        engine.dispose()
    redis = RedisServer()
    redis.start()
    try:
        # The path of a socket may have 107 characters.
        with tempfile.TemporaryDirectory(prefix="roms-fuzz-") as short:
            settings = {SOCKET_VARIABLE: f"{short}/s", UNLIMITED_VARIABLE: "1" if is_unlimited else ""}
            with running_app(folder, url, redis.url, target=TARGET, **settings) as app:
                yield app, Meter(Path(short) / "s")
    finally:
        redis.close()
