"""`/queue`: who waits, who answers, who is next. For admins.

The page reads everything again when `live/push.py` says that something changed (assets/roms/queue.js asks, one question
at a time). Only what differs from what the tab has is sent to it.
"""

from dataclasses import fields
from typing import Any

import reflex as rx
from sqlmodel import Session

from roms_app.live import push, rooms
from roms_app.live.transactions import reading, writing
from roms_app.models import Agent
from roms_app.models.base import now_ms
from roms_app.services import board, by_hand
from roms_app.states.guard import admin_only
from roms_app.views.queue import LastAssignment, NextChat, QueueAgent, QueueBoard, QueueChat, QueueTeam


class QueueState(rx.State):
    """The queue as this tab shows it."""

    # As `QueueBoard` has them.
    waiting: list[QueueChat] = []
    waiting_total: int = 0
    urgent: list[QueueChat] = []
    agents: list[QueueAgent] = []
    ready_count: int = 0
    teams: list[QueueTeam] = []
    next: list[NextChat] = []
    last: LastAssignment = LastAssignment()
    #: Whose open conversations are shown (0: nobody's), and these.
    expanded_id: int = 0
    open_chats: list[QueueChat] = []
    #: When the page was read (epoch ms); 0: not yet. It changes with every reading.
    read_at: int = 0
    #: What could not be done, or read.
    error: str = ""

    @rx.event
    @admin_only
    async def load(self, agent: Agent):
        """The page was opened, or its socket is back: hear of changes first, read second."""
        await push.join(self, [rooms.SUPERVISORS])
        await self._read()

    @rx.event
    @admin_only
    async def arrive(self, agent: Agent):
        """The page was opened: nothing of an earlier visit is shown. Unlike `load`, not after a lost connection."""
        self.error, self.expanded_id, self.open_chats = "", 0, []

    @rx.event
    @admin_only
    async def refresh(self, agent: Agent):
        """Something changed, or time has passed."""
        await self._read()

    @rx.event
    @admin_only
    async def expand(self, agent: Agent, agent_id: int):
        """Show an agent's open conversations; those of the same agent again hide them."""
        self.error = ""
        self.expanded_id = 0 if self.expanded_id == agent_id else agent_id
        self.open_chats = []
        await self._read()

    @rx.event
    @admin_only
    async def give(self, agent: Agent, conversation_id: int, seen_assignee_id: int, to_agent_id: int):
        """Give a conversation to an agent."""
        await self._do(by_hand.give_to_agent, agent, conversation_id, to_agent_id, seen_assignee_id=seen_assignee_id)

    @rx.event
    @admin_only
    async def give_team(self, agent: Agent, conversation_id: int, seen_assignee_id: int, team_id: int):
        """Put a conversation into the queue for a team."""
        await self._do(by_hand.give_to_team, agent, conversation_id, team_id, seen_assignee_id=seen_assignee_id)

    @rx.event
    @admin_only
    async def return_to_queue(self, agent: Agent, conversation_id: int, seen_assignee_id: int):
        """Let the rotation give it to somebody else."""
        await self._do(by_hand.return_to_queue, agent, conversation_id, seen_assignee_id=seen_assignee_id)

    @rx.event
    @admin_only
    async def park(self, agent: Agent, conversation_id: int, seen_assignee_id: int):
        """Nobody is given it until somebody takes it."""
        await self._do(by_hand.unassign, agent, conversation_id, seen_assignee_id=seen_assignee_id)

    @rx.event
    @admin_only
    async def dismiss(self, agent: Agent, conversation_id: int):
        """An escalation was seen."""
        await self._do(by_hand.dismiss_escalation, agent, conversation_id)

    @rx.event
    @admin_only
    async def close_error(self, agent: Agent):
        """The sentence was read."""
        self.error = ""

    async def _do(self, act: Any, *arguments: Any, **named: Any) -> None:
        """Do something, and show how it is now, also when it could not be done.

        `seen_assignee_id` goes along: the page may lag behind, and must not undo what it did not know of.
        """
        self.error = ""
        try:
            await writing(act, *arguments, **named)
        finally:
            await self._read()

    async def _read(self) -> None:
        shown, open_chats = await reading(_read, self.expanded_id, now_ms())
        for field in fields(shown):
            self._show(field.name, getattr(shown, field.name))
        self._show("open_chats", open_chats)
        self.read_at = push.now_ms()

    def _show(self, name: str, value: Any) -> None:
        # An assignment alone would send it to the browser.
        if getattr(self, name) != value:
            setattr(self, name, value)


def _read(session: Session, expanded_id: int, now: int) -> tuple[QueueBoard, list[QueueChat]]:
    chats = board.open_of(session, expanded_id, now) if expanded_id else []
    return board.read_board(session, now), chats
