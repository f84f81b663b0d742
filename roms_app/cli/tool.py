"""How a command reads and changes the database: through the same transactions as the app, announced to open pages."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Concatenate, ParamSpec, TypeVar

from sqlmodel import Session

from roms_app import database
from roms_app.config import Settings
from roms_app.live import transactions
from roms_app.ops import environment
from roms_app.ops.doctor import is_stopped_own_redis
from wa_worker.storage.private_files import keep_private

P = ParamSpec("P")
T = TypeVar("T")
#: Without Redis there is nobody to tell: pages read everything when it is back.
_ANNOUNCE_SECONDS = 3.0


def changing(fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """One transaction of a command. Raises what `fn` raises."""

    async def change() -> T:
        result = await transactions.writing(fn, *args, **kwargs)
        if not is_stopped_own_redis(settings):
            with suppress(TimeoutError):
                await asyncio.wait_for(transactions.settle(), _ANNOUNCE_SECONDS)
        return result

    settings = ready_database()
    return asyncio.run(change())


def looking(fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """One look at the database."""
    ready_database()
    with database.reading_session() as session:
        return fn(session, *args, **kwargs)


def ready_database() -> Settings:
    """The settings, with the database brought up to date: a command may come before the first start."""
    keep_private()
    settings = environment.prepare()
    database.migrate(settings)
    return settings
