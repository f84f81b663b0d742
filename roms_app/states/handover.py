"""Assigning the open conversation by hand: its dialogs and menus.

Handlers get the conversation id from the browser, and every service checks it against the agent again. The result
returns through `live/push.py`, like everybody else's changes.
"""

from typing import Any, Literal, get_args

import reflex as rx

from roms_app.errors import not_understood
from roms_app.live.transactions import reading, writing
from roms_app.models import Agent
from roms_app.models.base import now_ms
from roms_app.services import by_hand, candidates
from roms_app.services.access import id_of
from roms_app.states.forms import HandoverForm, NoteForm
from roms_app.states.guard import signed_in
from roms_app.views.handover import Candidates

Dialog = Literal["", "hand_over", "return", "unassign"]


class HandoverState(rx.State):
    """The open dialog and the candidates that it offers."""

    #: hand_over | return | unassign; "" when none is open
    dialog: str = ""
    #: Read when the dialog opens.
    candidates: Candidates = Candidates()
    #: The assignee when the dialog was opened; 0: unassigned.
    _seen_assignee_id: int = 0
    #: The error; shown in the open dialog, else in the thread of `conversation_id`.
    error: str = ""
    #: The conversation of the last action.
    conversation_id: int = 0

    @rx.event
    @signed_in
    async def set_dialog(self, agent: Agent, conversation_id: int, dialog: str):
        """Open a dialog for a conversation; "" closes it."""
        if dialog not in get_args(Dialog):
            raise not_understood()
        self._begin(conversation_id)
        if dialog:
            self._seen_assignee_id = await reading(by_hand.assignee_of, agent, conversation_id)
        if dialog == "hand_over":
            self.candidates = await reading(candidates.list_candidates, agent, conversation_id, now_ms())
        self.dialog = dialog

    @rx.event
    @signed_in
    async def hand_over(self, agent: Agent, conversation_id: int, form: dict[str, Any]):
        """Assign the conversation to the chosen agent or team, with a note."""
        self._begin(conversation_id)
        sent, seen = HandoverForm.read(form), self._seen_assignee_id
        kind, target_id = sent.target
        if kind == "agent":
            await writing(by_hand.assign_to_agent, agent, conversation_id, target_id, sent.note, seen_assignee_id=seen)
        else:
            await writing(by_hand.assign_to_team, agent, conversation_id, target_id, sent.note, seen_assignee_id=seen)
        self.dialog = ""

    @rx.event
    @signed_in
    async def take_over(self, agent: Agent, conversation_id: int, seen_assignee_id: int):
        """Assign a colleague's conversation to the agent, if the assignee is still the one that the page showed."""
        self._begin(conversation_id)
        seen = seen_assignee_id
        await writing(by_hand.assign_to_agent, agent, conversation_id, id_of(agent), seen_assignee_id=seen)

    @rx.event
    @signed_in
    async def return_to_queue(self, agent: Agent, conversation_id: int, form: dict[str, Any]):
        """Let the engine assign it to somebody else."""
        self._begin(conversation_id)
        note = NoteForm.read(form).note
        await writing(by_hand.return_to_queue, agent, conversation_id, note, seen_assignee_id=self._seen_assignee_id)
        self.dialog = ""

    @rx.event
    @signed_in
    async def unassign(self, agent: Agent, conversation_id: int):
        """Unassign it until somebody takes it."""
        self._begin(conversation_id)
        await writing(by_hand.unassign, agent, conversation_id, seen_assignee_id=self._seen_assignee_id)
        self.dialog = ""

    @rx.event
    @signed_in
    async def set_priority(self, agent: Agent, conversation_id: int, priority: int):
        """Set the priority: higher ones are assigned first."""
        self._begin(conversation_id)
        await writing(by_hand.set_priority, agent, conversation_id, priority)

    def _begin(self, conversation_id: int) -> None:
        self.error, self.conversation_id = "", conversation_id
