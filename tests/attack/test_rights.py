"""A socket receives nothing more after its agent has lost a right, even if it sends no event. Tests the running app."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from sqlmodel import Session, col, update

from roms_app.database import writing_session
from roms_app.live.transactions import writing
from roms_app.models import AgentSession, Role
from roms_app.models.base import now_ms
from roms_app.services import agents, assignment_settings, sessions
from roms_app.services.access import id_of
from roms_app.services.intake import intake
from tests.attack.app import App, Wire, handler, wire
from tests.attack.conftest import Scene
from tests.support.cast import received

Loss = Callable[[Scene], Awaitable[object]]


@asynccontextmanager
async def silent(app: App, scene: Scene, cookie: str) -> AsyncIterator[Wire]:
    """A socket that has joined all rooms it can, but never called what every page calls first."""
    async with wire(app, cookie, boot=False) as heard:
        await heard.call(handler("inbox", "show"), tab="all", status="open")
        await heard.until('"rows_rx_state_":')
        await heard.call(handler("thread", "open_conversation"), conversation_id=scene.conversation_id)
        await heard.until('"messages_rx_state_":')
        yield heard


async def removed_from_the_number(scene: Scene) -> None:
    await writing(assignment_settings.set_members, scene.admin, scene.inbox_id, [id_of(scene.admin)])


async def deactivated(scene: Scene) -> None:
    await writing(agents.deactivate, id_of(scene.agent))


async def password_reset(scene: Scene) -> None:
    await writing(agents.set_password, id_of(scene.agent), "another four words here")


async def logged_out_elsewhere(scene: Scene) -> None:
    await writing(sessions.end_session, scene.agent_cookie)


LOSSES: list[Loss] = [removed_from_the_number, deactivated, password_reset, logged_out_elsewhere]


async def assert_deaf(scene: Scene, heard: Wire, witness: Wire) -> None:
    """A customer's message reaches the witness, but not the other agent."""
    since, witnessed = len(heard.frames), len(witness.frames)
    await scene.customer_writes("after the loss")
    await witness.until("after the loss", witnessed)
    assert "after the loss" not in "".join((await heard.settled())[since:])


@pytest.mark.parametrize("loss", LOSSES)
async def test_a_silent_socket_hears_nothing_after(app: App, scene: Scene, loss: Loss) -> None:
    async with silent(app, scene, scene.admin_cookie) as witness, silent(app, scene, scene.agent_cookie) as heard:
        await scene.customer_writes("before the loss")
        await heard.until("before the loss")
        await loss(scene)
        await assert_deaf(scene, heard, witness)


async def test_a_demoted_admin_hears_nothing_after(app: App, scene: Scene) -> None:
    """A demoted admin receives nothing more of a number that they do not answer."""
    await writing(assignment_settings.set_members, scene.admin, scene.inbox_id, [id_of(scene.agent)])
    async with silent(app, scene, scene.agent_cookie) as witness, silent(app, scene, scene.admin_cookie) as heard:
        await scene.customer_writes("before the loss")
        await heard.until("before the loss")
        await writing(_demote, id_of(scene.admin))
        await assert_deaf(scene, heard, witness)


async def test_an_expired_session_hears_nothing_after(app: App, scene: Scene) -> None:
    """An expired session ends without an announcement."""
    async with silent(app, scene, scene.admin_cookie) as witness:
        await writing(_end_at, id_of(scene.agent), now_ms() + 20_000)
        async with silent(app, scene, scene.agent_cookie) as heard:
            await heard.until("roms.signOut(")
            await assert_deaf(scene, heard, witness)


async def test_the_sweep_finds_what_nobody_announced(app: App, scene: Scene) -> None:
    """The sweep ends an expired session even if no announcement arrives."""
    async with silent(app, scene, scene.admin_cookie) as witness, silent(app, scene, scene.agent_cookie) as heard:
        with writing_session() as session:
            _end_at(session, id_of(scene.agent), now_ms() - 1)
            session.commit()
        await heard.until("roms.signOut(")
        await assert_deaf(scene, heard, witness)


async def test_who_gains_a_right_hears_after_asking(app: App, scene: Scene) -> None:
    """The premise of the other tests: only the lost right silences the socket, and the right can be given back."""
    async with silent(app, scene, scene.admin_cookie) as witness, silent(app, scene, scene.agent_cookie) as heard:
        await removed_from_the_number(scene)
        await assert_deaf(scene, heard, witness)
        await writing(assignment_settings.set_members, scene.admin, scene.inbox_id, [id_of(scene.agent)])
        since = len(heard.frames)
        await heard.call(handler("thread", "open_conversation"), conversation_id=scene.conversation_id)
        await heard.until('"messages_rx_state_":', since)
        await scene.customer_writes("welcome back")
        await heard.until("welcome back", since)


def _demote(session: Session, agent_id: int) -> None:
    agents.set_role(session, agent_id, Role.AGENT)


def _end_at(session: Session, agent_id: int, at: int) -> None:
    session.exec(update(AgentSession).where(col(AgentSession.agent_id) == agent_id).values(expires_at=at))


async def test_an_agent_hears_only_their_own_counts(app: App, scene: Scene) -> None:
    """Agents who are no admins receive nothing of other numbers' conversations."""
    async with silent(app, scene, scene.agent_cookie) as heard:
        since = len(heard.frames)
        await writing(intake.receive_batch, [received(scene.inbox_id, 10_000 + scene.customer)])
        own = r"roms.takeCounts({\"unassigned\":2,\"all\":2,\"mine\":0,\"escalated\":0})"
        await heard.until(own, since)
        told = [frame for frame in await heard.settled() if "roms.takeCounts(" in frame]
        assert all(r"\"all\":1," in frame or r"\"all\":2," in frame for frame in told)
