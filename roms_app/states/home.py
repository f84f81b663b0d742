"""The address without a path."""

import reflex as rx

from roms_app.live.transactions import reading
from roms_app.models import Agent, Role
from roms_app.services import agents
from roms_app.states.guard import current_agent, signed_in
from roms_app.states.login import preferred_language
from roms_app.states.session import SessionState


class HomeState(rx.State):
    """Redirects people from the root address, and greets those who reached no page."""

    @rx.event
    async def enter(self):
        """Redirect to the inbox, to the login, or to the set-up while the team is empty.

        Public: it reveals no more than that.
        """
        if await current_agent(self):
            return rx.redirect("/inbox", replace=True)
        return rx.redirect("/login" if await reading(agents.is_set_up) else "/setup", replace=True)

    @rx.event
    @signed_in
    async def open_settings(self, agent: Agent):
        """Redirect to the first settings page that the agent may see."""
        page = "/settings/whatsapp" if agent.role is Role.ADMIN else "/settings/profile"
        return rx.redirect(page, replace=True)

    @rx.event
    async def greet(self):
        """Use the agent's language, else the browser's. Public: it reveals no more than that."""
        session, agent = await self.get_state(SessionState), await current_agent(self)
        accepted = preferred_language(self.router.headers.accept_language, session.language)
        session.language = agent.language if agent else accepted
