"""The labels of the open conversation: listing, adding and removing them."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from sqlmodel import Session

from roms_app.live.transactions import reading, writing
from roms_app.models import Agent
from roms_app.services import labels
from roms_app.states.forms import NewLabelForm
from roms_app.states.guard import signed_in


@dataclass(frozen=True, slots=True)
class LabelChoice:
    """A label that can be added to a conversation."""

    id: int
    name: str


class LabelsState(rx.State):
    """The labels in the menu. The conversation's row tells which of them it has."""

    choices: list[LabelChoice] = []
    error: str = ""

    @rx.event
    @signed_in
    async def list_labels(self, agent: Agent, is_open: bool):
        """Load the labels when the menu opens."""
        self.error = ""
        if is_open:
            self.choices = await reading(_choices)

    @rx.event
    @signed_in
    async def set_label(self, agent: Agent, conversation_id: int, label_id: int, is_on: bool):
        """Add a label to the conversation, or remove it."""
        self.error = ""
        await writing(labels.toggle, agent, conversation_id, label_id, is_on=is_on)

    @rx.event
    @signed_in
    async def add_label(self, agent: Agent, conversation_id: int, form: dict[str, Any]):
        """Add a label to the conversation by name; a new name creates a label."""
        self.error = ""
        await writing(labels.add, agent, conversation_id, NewLabelForm.read(form).name)
        self.choices = await reading(_choices)


def _choices(session: Session) -> list[LabelChoice]:
    return [LabelChoice(label.id, label.name) for label in labels.list_labels(session)]
