"""The routing rules of a number on Settings → Assignment, with a dry run on past conversations. For admins.

`AssignmentState` shows the rules themselves and receives each change.
"""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from roms_app.domain.time import moment
from roms_app.live.transactions import reading, writing
from roms_app.models import Agent
from roms_app.models.base import now_ms
from roms_app.services import dry_run, inboxes, routing
from roms_app.states.assignment import AssignmentState
from roms_app.states.forms import ChangedRuleForm, NewRuleForm
from roms_app.states.guard import admin_only
from roms_app.views.assignment import DryRun


@dataclass(frozen=True, slots=True)
class TriedRow:
    """A row of the dry run's table: a past conversation."""

    conversation_id: int
    name: str
    text: str
    #: "21 Nov, 14:02 WIB"
    at: str
    rule_number: int
    team: str
    word: str


class RulesState(rx.State):
    """The open dialog and the results of the dry run."""

    error: str = ""
    #: The open dialog: "rule 3" (of rule 3), "add rule 2" (to number 2), "delete rule 3", "try 2"; "" for none.
    dialog: str = ""
    tried: DryRun = DryRun()
    tried_rows: list[TriedRow] = []

    @rx.event
    @admin_only
    async def arrive(self, agent: Agent):
        """Clear what an earlier visit left.

        Runs when the page is opened; unlike `load`, not after a lost connection.
        """
        self.error, self.dialog = "", ""
        self.tried, self.tried_rows = DryRun(), []

    @rx.event
    @admin_only
    async def set_dialog(self, agent: Agent, name: str, is_open: bool):
        """Open or close a dialog."""
        self.dialog, self.error = (name if is_open else ""), ""

    @rx.event
    @admin_only
    async def add_rule(self, agent: Agent, form: dict[str, Any]):
        """Add a rule below all others of the number."""
        await writing(routing.create_rule, agent, **NewRuleForm.read(form).model_dump())
        return self._done()

    @rx.event
    @admin_only
    async def save_rule(self, agent: Agent, form: dict[str, Any]):
        """Save what a rule matches, and its team."""
        await writing(routing.change_rule, agent, **ChangedRuleForm.read(form).model_dump())
        return self._done()

    @rx.event
    @admin_only
    async def move_rule(self, agent: Agent, rule_id: int, is_up: bool):
        """Move a rule one place up or down."""
        await writing(routing.move_rule, agent, rule_id, is_up=is_up)
        return self._done()

    @rx.event
    @admin_only
    async def set_rule_active(self, agent: Agent, rule_id: int, is_active: bool):
        """Switch a rule on or off."""
        await writing(routing.set_active, agent, rule_id, is_active)
        return self._done()

    @rx.event
    @admin_only
    async def delete_rule(self, agent: Agent, rule_id: int):
        """Delete a rule. Conversations that it routed stay with their team."""
        await writing(routing.delete_rule, agent, rule_id)
        return self._done()

    @rx.event
    @admin_only
    async def try_rules(self, agent: Agent, inbox_id: int):
        """Show what the rules would have done with the conversations of the last week."""
        await reading(inboxes.access_inbox, inbox_id)
        now = now_ms()
        self.tried = await reading(dry_run.dry_run, inbox_id, now)
        self.tried_rows = [
            TriedRow(
                line.conversation_id,
                line.name,
                line.text,
                moment(line.at, now, timezone=agent.timezone, language=agent.language),
                line.rule_number,
                line.team,
                line.word,
            )
            for line in self.tried.lines
        ]
        self.dialog, self.error = f"try {inbox_id}", ""

    def _done(self) -> Any:
        self.dialog, self.error = "", ""
        return AssignmentState.refresh
