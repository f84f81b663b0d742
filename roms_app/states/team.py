"""Settings → Team: members, roles and presence. For admins."""

from typing import Any

import reflex as rx

from roms_app.live.transactions import reading, writing
from roms_app.models import Agent
from roms_app.models.base import now_ms
from roms_app.services import agents, assignment_settings
from roms_app.states.browser import give
from roms_app.states.forms import DutyForm, MemberForm, role_of
from roms_app.states.guard import admin_only
from roms_app.states.hours_form import DayHours, show_hours
from roms_app.views.settings import AgentRow


class TeamState(rx.State):
    """The team. Announcements of changed agents call `refresh`."""

    team: list[AgentRow] = []
    is_loaded: bool = False
    error: str = ""
    #: The open dialog: "add", "reset 3", "deactivate 3"; "" for none.
    dialog: str = ""
    #: The member whose new password the tab shows; "": none.
    new_password_name: str = ""
    #: The member of the dialog "duty"; `duty_days` is their shift for its form.
    duty: AgentRow | None = None
    duty_days: list[DayHours] = []

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
        self.error, self.dialog, self.new_password_name = "", "", ""
        return give("new_password", "")

    @rx.event
    @admin_only
    async def refresh(self, agent: Agent):
        """Show a change of the team."""
        if self.router.url.path.rstrip("/") == "/settings/team":
            await self._read()

    @rx.event
    @admin_only
    async def set_dialog(self, agent: Agent, name: str, is_open: bool):
        """Open or close a dialog. This hides a password that was shown."""
        self.dialog, self.error = (name if is_open else ""), ""
        self.new_password_name = ""
        return give("new_password", "")

    @rx.event
    @admin_only
    async def create(self, agent: Agent, form: dict[str, Any]):
        """Add a member. Without a password one is generated and shown once."""
        sent = MemberForm.read(form)
        password = sent.password or agents.generate_password()
        values = {**sent.model_dump(), "password": password}
        await writing(agents.create_agent, **values, language=agent.language, timezone=agent.timezone)
        self.error = self.dialog = ""
        await self._read()
        return None if sent.password else self._show_once(password, sent.name)

    @rx.event
    @admin_only
    async def set_role(self, agent: Agent, agent_id: int, role: str):
        """Change a member's role to admin or agent."""
        await writing(agents.set_role, agent_id, role_of(role))
        self.error = ""
        await self._read()

    @rx.event
    @admin_only
    async def reset_password(self, agent: Agent, agent_id: int):
        """Make a new password, sign the agent out everywhere, and show it once."""
        password = agents.generate_password()
        await writing(agents.set_password, agent_id, password)
        self.error = self.dialog = ""
        await self._read()
        return self._show_once(password, next((row.name for row in self.team if row.id == agent_id), ""))

    @rx.event
    @admin_only
    async def deactivate(self, agent: Agent, agent_id: int):
        """Deactivate a member and sign them out. Their open conversations go to others."""
        await writing(agents.deactivate, agent_id)
        self.dialog, self.error = "", ""
        await self._read()

    @rx.event
    @admin_only
    async def reactivate(self, agent: Agent, agent_id: int):
        """Let a deactivated member sign in again."""
        await writing(agents.reactivate, agent_id)
        self.error = ""
        await self._read()

    @rx.event
    @admin_only
    async def open_duty(self, agent: Agent, agent_id: int):
        """Open the dialog for a member's capacity and shift."""
        await self._read()
        self.duty = next((row for row in self.team if row.id == agent_id), None)
        self.duty_days = show_hours(self.duty.shift_hours if self.duty else "")
        self.dialog, self.error = ("duty" if self.duty else ""), ""

    @rx.event
    @admin_only
    async def save_duty(self, agent: Agent, form: dict[str, Any]):
        """Save a member's capacity, shift, and whether they may reply."""
        await writing(assignment_settings.set_duty, agent, **DutyForm.read(form).model_dump())
        self.dialog, self.error = "", ""
        await self._read()

    def _show_once(self, password: str, name: str) -> rx.event.EventSpec:
        """Send the password to the tab of the admin who made it. No state keeps it, because a state lives for hours."""
        self.new_password_name = name
        return give("new_password", password)

    async def _read(self) -> None:
        self.team = await reading(agents.list_team, now_ms())
        self.is_loaded = True
