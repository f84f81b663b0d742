"""Lets commands read and change the database in the app's transactions, and announces changes to open pages."""

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
#: Without Redis nothing is announced: pages read everything when it is back.
_ANNOUNCE_SECONDS = 3.0


def changing(fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `fn` in one transaction. Raises what `fn` raises."""

    async def change() -> T:
        result = await transactions.writing(fn, *args, **kwargs)
        if not is_stopped_own_redis(settings):
            with suppress(TimeoutError):
                await asyncio.wait_for(transactions.settle(), _ANNOUNCE_SECONDS)
        return result

    settings = ready_database()
    return asyncio.run(change())


def looking(fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `fn` in a read-only transaction."""
    ready_database()
    with database.reading_session() as session:
        return fn(session, *args, **kwargs)


def ready_database() -> Settings:
    """The settings, after migrating the database: a command may run before the first start."""
    keep_private()
    settings = environment.prepare()
    database.migrate(settings)
    return settings
