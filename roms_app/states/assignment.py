"""Settings → Assignment: capacity, the numbers' assignment rules, teams and labels. For admins."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from sqlmodel import Session

from roms_app.live.transactions import reading, writing
from roms_app.models import Agent
from roms_app.services import assignment_settings, eligibility, labels, teams
from roms_app.states.forms import (
    AnsweringForm,
    CapacityForm,
    LabelForm,
    NewLabelForm,
    NewTeamForm,
    NumberForm,
    TeamForm,
)
from roms_app.states.guard import admin_only
from roms_app.states.hours_form import DayHours, show_hours
from roms_app.views.assignment import LabelCard, NumberAssignment, Person, TeamCard

PATH = "/settings/assignment"


@dataclass(frozen=True, slots=True)
class NumberPanel:
    """A number as this page shows it."""

    duty: NumberAssignment
    #: Its business hours, for the form.
    days: list[DayHours]
    member_ids: list[int]
    member_names: str


@dataclass(frozen=True, slots=True)
class TeamPanel:
    """A team as this page shows it."""

    card: TeamCard
    member_ids: list[int]
    member_names: str


class AssignmentState(rx.State):
    """The page. Announcements of changed agents, numbers and settings call `refresh`."""

    default_capacity: int = 0
    people: list[Person] = []
    teams: list[TeamPanel] = []
    labels: list[LabelCard] = []
    numbers: list[NumberPanel] = []
    is_loaded: bool = False
    error: str = ""
    #: The open dialog: "capacity", "add team", "members 3", "number 3", "label 3" …; "" for none.
    dialog: str = ""

    @rx.event
    @admin_only
    async def load(self, agent: Agent):
        """Fill the page. An open dialog keeps its content, because this also runs after every lost connection."""
        if not self.dialog:
            self.error = ""
        await self._read()

    @rx.event
    @admin_only
    async def arrive(self, agent: Agent):
        """Clear what an earlier visit left.

        Runs when the page is opened; unlike `load`, not after a lost connection.
        """
        self.error, self.dialog = "", ""

    @rx.event
    @admin_only
    async def refresh(self, agent: Agent):
        """Show a change, perhaps by another admin."""
        if self.router.url.path.rstrip("/") == PATH:
            await self._read()

    @rx.event
    @admin_only
    async def set_dialog(self, agent: Agent, name: str, is_open: bool):
        """Open or close a dialog."""
        self.dialog, self.error = (name if is_open else ""), ""

    @rx.event
    @admin_only
    async def set_default_capacity(self, agent: Agent, form: dict[str, Any]):
        """Set the default capacity of agents."""
        await writing(assignment_settings.set_default_capacity, agent, CapacityForm.read(form).capacity)
        await self._done()

    @rx.event
    @admin_only
    async def save_number(self, agent: Agent, form: dict[str, Any]):
        """Save how conversations of a number are assigned."""
        await writing(assignment_settings.set_assignment, agent, **NumberForm.read(form).model_dump())
        await self._done()

    @rx.event
    @admin_only
    async def save_answering(self, agent: Agent, form: dict[str, Any]):
        """Save the agents who answer a number."""
        sent = AnsweringForm.read(form)
        await writing(assignment_settings.set_members, agent, sent.inbox_id, sent.agent_ids)
        await self._done()

    @rx.event
    @admin_only
    async def create_team(self, agent: Agent, form: dict[str, Any]):
        """Add a team, with its members."""
        await writing(_create_team, agent, NewTeamForm.read(form))
        await self._done()

    @rx.event
    @admin_only
    async def save_team(self, agent: Agent, form: dict[str, Any]):
        """Save a team's name and members."""
        await writing(_save_team, agent, TeamForm.read(form))
        await self._done()

    @rx.event
    @admin_only
    async def delete_team(self, agent: Agent, team_id: int):
        """Delete a team and the rules that lead to it. Its conversations no longer have a team."""
        await writing(teams.delete, agent, team_id)
        await self._done()

    @rx.event
    @admin_only
    async def create_label(self, agent: Agent, form: dict[str, Any]):
        """Add a label."""
        await writing(labels.create, agent, NewLabelForm.read(form).name)
        await self._done()

    @rx.event
    @admin_only
    async def rename_label(self, agent: Agent, form: dict[str, Any]):
        """Rename a label."""
        sent = LabelForm.read(form)
        await writing(labels.rename, agent, sent.label_id, sent.name)
        await self._done()

    @rx.event
    @admin_only
    async def delete_label(self, agent: Agent, label_id: int):
        """Delete a label and the rules that use it. It disappears from all conversations."""
        await writing(labels.delete, agent, label_id)
        await self._done()

    async def _done(self) -> None:
        self.dialog, self.error = "", ""
        await self._read()

    async def _read(self) -> None:
        self.default_capacity = await reading(eligibility.default_capacity)
        self.people = await reading(assignment_settings.list_people)
        self.teams = [_team_panel(card) for card in await reading(teams.list_teams)]
        self.labels = await reading(labels.list_labels)
        self.numbers = [_number_panel(duty) for duty in await reading(assignment_settings.list_numbers)]
        self.is_loaded = True


def _create_team(session: Session, admin: Agent, sent: NewTeamForm) -> None:
    teams.set_members(session, admin, teams.create(session, admin, sent.name), sent.agent_ids)


def _save_team(session: Session, admin: Agent, sent: TeamForm) -> None:
    teams.rename(session, admin, sent.team_id, sent.name)
    teams.set_members(session, admin, sent.team_id, sent.agent_ids)


def _team_panel(card: TeamCard) -> TeamPanel:
    return TeamPanel(card, [person.id for person in card.members], _names(card.members))


def _number_panel(duty: NumberAssignment) -> NumberPanel:
    ids = [person.id for person in duty.members]
    return NumberPanel(duty, show_hours(duty.business_hours), ids, _names(duty.members))


def _names(people: list[Person]) -> str:
    return ", ".join(person.name for person in people)
