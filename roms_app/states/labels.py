"""The labels of the open conversation: which there are, and putting them to it."""

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
    """A label that can be put to a conversation."""

    id: int
    name: str


class LabelsState(rx.State):
    """What the menu of labels shows; which of them are on the conversation comes with its row."""

    choices: list[LabelChoice] = []
    error: str = ""

    @rx.event
    @signed_in
    async def list_labels(self, agent: Agent, is_open: bool):
        """The menu opens."""
        self.error = ""
        if is_open:
            self.choices = await reading(_choices)

    @rx.event
    @signed_in
    async def set_label(self, agent: Agent, conversation_id: int, label_id: int, is_on: bool):
        """Put a label to the conversation, or take it away."""
        self.error = ""
        await writing(labels.toggle, agent, conversation_id, label_id, is_on=is_on)

    @rx.event
    @signed_in
    async def add_label(self, agent: Agent, conversation_id: int, form: dict[str, Any]):
        """Put a label to the conversation by its name; a name that nobody used yet makes a new one."""
        self.error = ""
        await writing(labels.add, agent, conversation_id, NewLabelForm.read(form).name)
        self.choices = await reading(_choices)


def _choices(session: Session) -> list[LabelChoice]:
    return [LabelChoice(label.id, label.name) for label in labels.list_labels(session)]
