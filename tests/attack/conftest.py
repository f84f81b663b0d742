"""One app for the attacks of a file, and this process's services on its database and Redis."""

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import Session

from roms_app.live.transactions import writing
from roms_app.models import Agent, Availability, Role
from roms_app.models.tables import CONVERSATION
from roms_app.services.access import id_of
from roms_app.services.intake import intake
from tests.attack.app import App, inside, running_app
from tests.support.cast import make_agent, make_inbox, received
from tests.support.servers import RedisServer
from tests.support.tabs import sign_in


@pytest.fixture(scope="module")
def app(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app, on SQLite; one for each file of tests."""
    folder = tmp_path_factory.mktemp("app")
    shutil.copy(sqlite_template, folder / "roms.db")
    redis = RedisServer()
    redis.start()
    try:
        with running_app(folder, f"sqlite:///{folder / 'roms.db'}", redis.url) as running:
            yield running
    finally:
        redis.close()


@pytest.fixture(name="inside")
async def _inside(app: App) -> AsyncIterator[None]:
    async with inside(app):
        yield


@dataclass(frozen=True)
class Scene:
    """An agent and an admin of this test's own, signed in, and a conversation of a customer of `inbox_id`."""

    inbox_id: int
    agent: Agent
    admin: Agent
    #: Session cookies.
    agent_cookie: str
    admin_cookie: str
    conversation_id: int
    customer: int

    async def customer_writes(self, body: str) -> None:
        """One more message of the customer."""
        await writing(intake.receive_batch, [received(self.inbox_id, self.customer, body)])


@pytest.fixture
async def scene(inside: None) -> Scene:
    """New agents and a new conversation for each test, so that tests do not affect one another."""
    return await writing(_make_scene, next(_count))


_count = count(1)


def _make_scene(session: Session, number: int) -> Scene:
    agent = make_agent(session, f"Agent{number}", availability=Availability.AWAY)
    admin = make_agent(session, f"Admin{number}", role=Role.ADMIN)
    # The last admin can't be demoted.
    make_agent(session, f"Owner{number}", role=Role.ADMIN)
    inbox_id = make_inbox(session, f"Number {number}", agent, admin)
    intake.receive_batch(session, [received(inbox_id, number)])
    session.flush()
    conversation_id = session.execute(select(CONVERSATION.c.id).where(CONVERSATION.c.inbox_id == inbox_id)).scalar_one()
    cookies = [sign_in(id_of(each), session) for each in (agent, admin)]
    return Scene(inbox_id, agent, admin, cookies[0], cookies[1], conversation_id, number)
