"""The measured app with its scene, on an SQLite database and a Redis of its own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlmodel import Session

from devtools.fuzz.meter import SOCKET_VARIABLE, TARGET, UNLIMITED_VARIABLE, Meter
from devtools.fuzz.scene import Scene, make_scene
from roms_app import database
from tests.attack.app import App, running_app
from tests.support.servers import RedisServer


@contextmanager
def measured_app(folder: Path, *, is_unlimited: bool = False) -> Iterator[tuple[App, Meter, Scene]]:
    """Start it with its files in `folder`; a migrated database may lie there as ``roms.db``."""
    url = f"sqlite:///{folder / 'roms.db'}"
    engine = database.make_engine(url)
    database.upgrade(engine)
    # Before the app runs: on a busy machine a long transaction of this process would keep it from writing.
    with Session(engine, expire_on_commit=False) as session:
        scene = make_scene(session)
        session.commit()
    engine.dispose()
    redis = RedisServer()
    redis.start()
    try:
        # The path of a socket may have 107 characters.
        with tempfile.TemporaryDirectory(prefix="roms-fuzz-") as short:
            settings = {SOCKET_VARIABLE: f"{short}/s", UNLIMITED_VARIABLE: "1" if is_unlimited else ""}
            with running_app(folder, url, redis.url, target=TARGET, **settings) as app:
                yield app, Meter(Path(short) / "s"), scene
    finally:
        redis.close()
