"""Ends rights while tabs are open: a tab without the right receives nothing from then on.

Announcements report changes at once. A sweep finds missed changes and expired sessions.
"""

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

import structlog
from sqlalchemy import select
from sqlmodel import Session

from roms_app.live import gate, push, rooms
from roms_app.live.supervise import supervised
from roms_app.live.transactions import reading
from roms_app.models import Agent, Role
from roms_app.models.base import now_ms
from roms_app.models.tables import AGENT, CONVERSATION
from roms_app.services import sessions
from roms_app.services.access import id_of, visible_inboxes
from roms_app.services.sessions import SignedIn

#: Expiry is checked each second; the database is asked less often.
EXPIRY_SECONDS: Final = 1.0
SWEEP_SECONDS: Final = 15.0

log = structlog.get_logger(__name__)

#: Agent id → time (monotonic seconds) until which their rooms are checked each second, because their rights changed.
_recently: dict[int, float] = {}


@dataclass(frozen=True, slots=True)
class _Rights:
    """The current role and numbers of an agent."""

    is_admin: bool = False
    inbox_ids: frozenset[int] = frozenset()


async def apply_team_announcement(announced: dict[str, Any]) -> None:
    """Apply a `TeamAnnounced`: sign the agent out, or let their tabs leave the rooms of numbers that they lost."""
    agent_id = announced["agent_id"]
    if announced.get("is_signed_out"):
        await _dismiss(rooms.tabs_of(agent_id), "changed", lambda owner: owner.agent_id == agent_id)
    elif announced.get("has_new_rights"):
        await leave_forbidden_rooms({agent_id})
        # A handler that was admitted before may still join a room.
        _recently[agent_id] = time.monotonic() + SWEEP_SECONDS


async def end_session(session_id: str, why: str = "logged_out") -> None:
    """End the session of a browser that was logged out, perhaps in another tab."""
    await _dismiss(rooms.session(session_id), why, lambda owner: owner.session_id == session_id)


async def leave_forbidden_rooms(agent_ids: Collection[int]) -> None:
    """Let the agents' tabs leave the rooms that they may no longer be in.

    These are the rooms of numbers that they may not see, and the admins' rooms if they are not admins.
    """
    socket_gate = gate.configured()
    joined = socket_gate.rooms_of_agents(agent_ids)
    if not joined:
        return
    conversations = {rooms.conversation_in(name) for _, names in joined.values() for name in names} - {0}
    rights, inboxes = await reading(_read_rights, set(agent_ids), conversations)
    for sid, (agent_id, names) in joined.items():
        lost = [name for name in names if not _may_hear(rights.get(agent_id, _Rights()), name, inboxes)]
        if lost:
            log.info("socket.rooms_left", agent_id=agent_id, rooms=len(lost))
            await socket_gate.leave_rooms(sid, lost)


async def run() -> None:
    """The lifespan task of `roms_app.py`."""
    await supervised("live.rights", _watch)


async def _watch() -> None:
    """End expired sessions, and regularly check the rights of every tab. Never returns."""
    swept_at = time.monotonic()
    while True:
        await asyncio.sleep(EXPIRY_SECONDS)
        owners = gate.configured().owners()
        now = now_ms()
        ended = {session_id for session_id, owner in owners.items() if owner.expires_at <= now}
        if time.monotonic() - swept_at >= SWEEP_SECONDS:
            swept_at = time.monotonic()
            ended |= await reading(sessions.list_ended, set(owners))
            await gate.configured().sweep()
            await leave_forbidden_rooms({owner.agent_id for owner in owners.values()})
        elif _recently:
            await leave_forbidden_rooms(set(_recently))
        for agent_id in [agent_id for agent_id, until in _recently.items() if until <= time.monotonic()]:
            del _recently[agent_id]
        for session_id in ended:
            await end_session(session_id, "ended")


async def _dismiss(room: str, why: str, is_meant: Callable[[SignedIn], bool]) -> None:
    push.sign_out(room, why)
    await gate.configured().dismiss(is_meant)


def _read_rights(
    session: Session, agent_ids: Collection[int], conversation_ids: Collection[int]
) -> tuple[dict[int, _Rights], dict[int, int]]:
    """Agent id → rights; conversation id → its inbox id."""
    agents = session.execute(select(Agent).where(AGENT.c.id.in_(agent_ids), AGENT.c.is_active)).scalars()
    rights = {
        id_of(agent): _Rights(agent.role is Role.ADMIN, frozenset(visible_inboxes(session, agent))) for agent in agents
    }
    found = select(CONVERSATION.c.id, CONVERSATION.c.inbox_id).where(CONVERSATION.c.id.in_(conversation_ids))
    return rights, dict(session.execute(found).tuples().all())


def _may_hear(rights: _Rights, room: str, inboxes: dict[int, int]) -> bool:
    if room in (rooms.ADMINS, rooms.SUPERVISORS):
        return rights.is_admin
    if inbox_id := rooms.inbox_in(room):
        return inbox_id in rights.inbox_ids
    if conversation_id := rooms.conversation_in(room):
        return inboxes.get(conversation_id, 0) in rights.inbox_ids
    return True
