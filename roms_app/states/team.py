"""Settings → Team: who answers, as what, and whether they are there. For admins."""

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
    """The team. `refresh` is what an announcement of a change in the team calls."""

    team: list[AgentRow] = []
    is_loaded: bool = False
    error: str = ""
    #: Which dialog is open: "add", "reset 3", "deactivate 3"; "" for none.
    dialog: str = ""
    #: Whose new password the tab shows; "": nobody's.
    new_password_name: str = ""
    #: Of whom the dialog "duty" asks; `duty_days` is their shift for its form.
    duty: AgentRow | None = None
    duty_days: list[DayHours] = []

    @rx.event
    @admin_only
    async def load(self, agent: Agent):
        """Fill the page. A dialog keeps what it says: this comes after every lost connection, too."""
        if not self.dialog:
            self.error = ""
        await self._read()

    @rx.event
    @admin_only
    async def arrive(self, agent: Agent):
        """The page was opened: nothing of an earlier visit is shown. Unlike `load`, not after a lost connection."""
        self.error, self.dialog, self.new_password_name = "", "", ""
        return give("new_password", "")

    @rx.event
    @admin_only
    async def refresh(self, agent: Agent):
        """The team changed: show it."""
        if self.router.url.path.rstrip("/") == "/settings/team":
            await self._read()

    @rx.event
    @admin_only
    async def set_dialog(self, agent: Agent, name: str, is_open: bool):
        """Open or close a dialog; a shown password is gone then."""
        self.dialog, self.error = (name if is_open else ""), ""
        self.new_password_name = ""
        return give("new_password", "")

    @rx.event
    @admin_only
    async def create(self, agent: Agent, form: dict[str, Any]):
        """Add a member. An empty password is replaced by a generated one, which is then shown once."""
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
        """Make somebody an admin, or an agent."""
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
        """Sign somebody out for good; their open conversations go to the others."""
        await writing(agents.deactivate, agent_id)
        self.dialog, self.error = "", ""
        await self._read()

    @rx.event
    @admin_only
    async def reactivate(self, agent: Agent, agent_id: int):
        """Let somebody sign in again."""
        await writing(agents.reactivate, agent_id)
        self.error = ""
        await self._read()

    @rx.event
    @admin_only
    async def open_duty(self, agent: Agent, agent_id: int):
        """Ask how many conversations somebody is given, and when."""
        await self._read()
        self.duty = next((row for row in self.team if row.id == agent_id), None)
        self.duty_days = show_hours(self.duty.shift_hours if self.duty else "")
        self.dialog, self.error = ("duty" if self.duty else ""), ""

    @rx.event
    @admin_only
    async def save_duty(self, agent: Agent, form: dict[str, Any]):
        """A member's capacity, shift, and whether they may reply."""
        await writing(assignment_settings.set_duty, agent, **DutyForm.read(form).model_dump())
        self.dialog, self.error = "", ""
        await self._read()

    def _show_once(self, password: str, name: str) -> rx.event.EventSpec:
        """It goes to the tab of the admin who made it and is kept nowhere: a state lives for hours."""
        self.new_password_name = name
        return give("new_password", password)

    async def _read(self) -> None:
        self.team = await reading(agents.list_team, now_ms())
        self.is_loaded = True
