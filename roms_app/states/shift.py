"""The end of the agent's shift, and the open conversations that they still have."""

from typing import Any

import reflex as rx

from roms_app.domain import time
from roms_app.live.transactions import reading, writing
from roms_app.models import Agent
from roms_app.models.base import now_ms
from roms_app.services import leaving
from roms_app.states.forms import NoteForm
from roms_app.states.guard import signed_in


class ShiftState(rx.State):
    """Whether to ask for a handover: the shift has ended and the agent has not decided yet."""

    #: When it ended, in the agent's timezone and language ("17:00"); "" when there is no question.
    ended_at: str = ""
    open_count: int = 0
    is_dialog_open: bool = False
    #: Shown in the dialog.
    error: str = ""

    @rx.event
    @signed_in
    async def check(self, agent: Agent):
        """Check for an ended shift: when a page opens, and whenever something of the agent changed."""
        ended = await reading(leaving.ended_shift, agent, now_ms())
        if ended is None:
            self.ended_at, self.open_count, self.is_dialog_open = "", 0, False
            return
        self.ended_at = time.clock(ended.ended_at, agent.timezone, agent.language)
        self.open_count = ended.open_count

    @rx.event
    @signed_in
    async def set_dialog(self, agent: Agent, is_open: bool):
        """Open or close the dialog."""
        self.error, self.is_dialog_open = "", is_open

    @rx.event
    @signed_in
    async def hand_over(self, agent: Agent, form: dict[str, Any]):
        """Return the open conversations to the queue, with a note for colleagues."""
        self.error = ""
        await writing(leaving.close_shift, agent, returns=True, note=NoteForm.read(form).note)
        return ShiftState.check

    @rx.event
    @signed_in
    async def keep(self, agent: Agent):
        """Keep the open conversations."""
        self.error = ""
        await writing(leaving.close_shift, agent, returns=False, note="")
        return ShiftState.check
