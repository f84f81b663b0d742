"""`/queue`: who waits, who answers, who is next. For admins.

The page reloads everything when `live/push.py` announces a change (assets/roms/queue.js asks, one request at a time).
Only values that differ from the tab's are sent to it.
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
    #: The agent whose open conversations are shown (0: none), and these conversations.
    expanded_id: int = 0
    open_chats: list[QueueChat] = []
    #: When the page was read (epoch ms); 0: not yet. It changes with every reload.
    read_at: int = 0
    #: The error if an action or a reload failed.
    error: str = ""

    @rx.event
    @admin_only
    async def load(self, agent: Agent):
        """Join the rooms first, read second. Runs when the page is opened and when its socket reconnects."""
        await push.join(self, [rooms.SUPERVISORS])
        await self._read()

    @rx.event
    @admin_only
    async def arrive(self, agent: Agent):
        """Clear what an earlier visit left.

        Runs when the page is opened; unlike `load`, not after a lost connection.
        """
        self.error, self.expanded_id, self.open_chats = "", 0, []

    @rx.event
    @admin_only
    async def refresh(self, agent: Agent):
        """Reload, because something changed or time has passed."""
        await self._read()

    @rx.event
    @admin_only
    async def expand(self, agent: Agent, agent_id: int):
        """Show an agent's open conversations; called again for the same agent, hide them."""
        self.error = ""
        self.expanded_id = 0 if self.expanded_id == agent_id else agent_id
        self.open_chats = []
        await self._read()

    @rx.event
    @admin_only
    async def assign(self, agent: Agent, conversation_id: int, seen_assignee_id: int, to_agent_id: int):
        """Assign a conversation to an agent."""
        await self._do(by_hand.assign_to_agent, agent, conversation_id, to_agent_id, seen_assignee_id=seen_assignee_id)

    @rx.event
    @admin_only
    async def assign_team(self, agent: Agent, conversation_id: int, seen_assignee_id: int, team_id: int):
        """Put a conversation into the queue for a team."""
        await self._do(by_hand.assign_to_team, agent, conversation_id, team_id, seen_assignee_id=seen_assignee_id)

    @rx.event
    @admin_only
    async def return_to_queue(self, agent: Agent, conversation_id: int, seen_assignee_id: int):
        """Let the engine assign it to somebody else."""
        await self._do(by_hand.return_to_queue, agent, conversation_id, seen_assignee_id=seen_assignee_id)

    @rx.event
    @admin_only
    async def park(self, agent: Agent, conversation_id: int, seen_assignee_id: int):
        """Unassign a conversation until somebody takes it."""
        await self._do(by_hand.unassign, agent, conversation_id, seen_assignee_id=seen_assignee_id)

    @rx.event
    @admin_only
    async def dismiss(self, agent: Agent, conversation_id: int):
        """Mark an escalation as seen."""
        await self._do(by_hand.dismiss_escalation, agent, conversation_id)

    @rx.event
    @admin_only
    async def close_error(self, agent: Agent):
        """Hide the error."""
        self.error = ""

    async def _do(self, act: Any, *arguments: Any, **named: Any) -> None:
        """Run an action and reload, also when the action failed.

        `seen_assignee_id` is passed on: the page may be out of date, and must not undo a change that it did not show.
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
        # Any assignment, even of an equal value, would send it to the browser.
        if getattr(self, name) != value:
            setattr(self, name, value)


def _read(session: Session, expanded_id: int, now: int) -> tuple[QueueBoard, list[QueueChat]]:
    chats = board.open_of(session, expanded_id, now) if expanded_id else []
    return board.read_board(session, now), chats
