"""Fixtures of handlers: a database, Redis, and rooms without listeners."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Engine

from roms_app import database
from roms_app.live import attempts, push, transactions
from tests.support.cast import Cast, make_cast


@pytest.fixture
def people(sqlite_engine: Engine) -> Cast:
    """The cast, on SQLite: authorization does not depend on the database."""
    with database.writing_session() as session:
        made = make_cast(session)
        session.commit()
    return made


@pytest.fixture
async def joined(redis: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[str]]:
    """Handlers can run; the rooms that they join are listed. Login attempts start at none."""
    names: list[str] = []

    async def join(_state: Any, wanted: Any) -> None:
        names.extend(wanted)

    async def leave(_state: Any, _wanted: Any) -> None:
        return None

    monkeypatch.setattr(push, "join", join)
    monkeypatch.setattr(push, "leave", leave)
    attempts.forget()
    yield names
    await transactions.settle()
