"""The address without a path."""

import reflex as rx

from roms_app.live.transactions import reading
from roms_app.services import agents
from roms_app.states.guard import current_agent


class HomeState(rx.State):
    """Nothing to show: it sends people on."""

    @rx.event
    async def enter(self):
        """To the inbox, the login, or the set-up while nobody is there. Public: it says no more than that."""
        if await current_agent(self):
            return rx.redirect("/inbox", replace=True)
        return rx.redirect("/login" if await reading(agents.is_set_up) else "/setup", replace=True)
