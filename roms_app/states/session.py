"""Who this tab belongs to, and what the shell around every page shows of them."""

from typing import Final

import reflex as rx

from roms_app.config import get_settings
from roms_app.errors import InvalidInput
from roms_app.live import push, rooms
from roms_app.live.transactions import writing
from roms_app.models import Agent, Availability, Role
from roms_app.services import agents
from roms_app.services.access import id_of
from roms_app.states.guard import signed_in

#: Kept in `html` for CSS, fonts and screen readers.
_SET_LANGUAGE: Final = "document.documentElement.lang = {language!r}"


class SessionState(rx.State):
    """The signed-in agent. `load` is the first `on_load` of every page behind the login."""

    agent_id: int = 0
    name: str = ""
    email: str = ""
    #: admin | agent
    role: str = ""
    #: available | busy | away
    availability: str = ""
    language: str = get_settings().default_language
    timezone: str = get_settings().default_timezone

    @rx.var
    def is_admin(self) -> bool:
        """Whether to show what only admins may do; the server checks again."""
        return self.role == Role.ADMIN

    @rx.event
    @signed_in
    async def load(self, agent: Agent):
        """Show who is signed in, and let this tab hear what concerns them."""
        is_admin = agent.role is Role.ADMIN
        await push.join(self, [rooms.EVERYONE, rooms.tabs_of(id_of(agent)), *([rooms.ADMINS] if is_admin else [])])
        self._show(agent)
        return rx.call_script(_SET_LANGUAGE.format(language=agent.language))

    @rx.event
    @signed_in
    async def set_availability(self, agent: Agent, availability: str):
        """Available, busy or away: what the agent wants, whether or not a tab is open."""
        try:
            wanted = Availability(availability)
        except ValueError as error:
            raise InvalidInput("There is no such availability.", "Choose one of the list.") from error
        await writing(agents.set_availability, id_of(agent), wanted)
        self.availability = wanted.value

    def _show(self, agent: Agent) -> None:
        shown = agents.me(agent)
        self.agent_id, self.name, self.email, self.role = shown.id, shown.name, shown.email, shown.role
        self.availability, self.language, self.timezone = shown.availability, shown.language, shown.timezone
