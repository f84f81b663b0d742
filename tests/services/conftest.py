"""A session with the cast in it, never committed but by tests that need two connections."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Row, select
from sqlmodel import Session

from roms_app.models.tables import CONVERSATION
from roms_app.services import changes
from roms_app.services.intake import intake
from tests.support.cast import Cast, received

Receive = Callable[..., list[Row[Any]]]


@pytest.fixture
def receive(session: Session, cast: Cast) -> Iterator[Receive]:
    """Let events in, as the consumer does; returns all conversations, oldest first."""

    def run(*events: Any) -> list[Row[Any]]:
        intake.receive_batch(session, events)
        changes.settle(session)
        session.expire_all()
        return list(session.execute(select(CONVERSATION).order_by(CONVERSATION.c.id)))

    yield run


@pytest.fixture
def chat(receive: Receive, cast: Cast) -> int:
    """A conversation of the shop with one customer; whoever's turn it was has it."""
    return receive(received(cast.shop))[0].id
