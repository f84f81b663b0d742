"""Settings → Profile: the agent's own name, language, timezone and password."""

import asyncio
from typing import Any

import reflex as rx

from roms_app.domain.fields import PASSWORD_MAX
from roms_app.errors import InvalidInput
from roms_app.live import push, rooms
from roms_app.live.attempts import attempt
from roms_app.live.transactions import writing
from roms_app.models import Agent
from roms_app.services import agents, sessions
from roms_app.services.access import id_of
from roms_app.states.browser import call
from roms_app.states.forms import PasswordForm, PreferencesForm
from roms_app.states.guard import signed_in
from roms_app.states.session import SessionState


class ProfileState(rx.State):
    """Name, language and timezone."""

    error: str = ""
    is_saved: bool = False

    @rx.event
    @signed_in
    async def arrive(self, agent: Agent):
        """Clear old messages."""
        self.error, self.is_saved = "", False

    @rx.event
    @signed_in
    async def save(self, agent: Agent, form: dict[str, Any]):
        """Save name, language and timezone. The page uses the new language at once."""
        self.error, self.is_saved = "", False
        await writing(agents.set_preferences, id_of(agent), **PreferencesForm.read(form).model_dump())
        self.is_saved = True
        return SessionState.load


class PasswordState(rx.State):
    """The agent's own password."""

    error: str = ""

    @rx.event
    @signed_in
    async def arrive(self, agent: Agent):
        """Clear old messages."""
        self.error = ""

    @rx.event
    @signed_in
    async def change_password(self, agent: Agent, form: dict[str, Any]):
        """Change the password.

        Asks for the current one, because an unlocked screen is not enough. All sessions end, including this one.
        """
        self.error = ""
        sent = PasswordForm.read(form)
        with attempt(agent.email, self.router.session.client_ip) as this:
            known = agent.password_hash
            if not await asyncio.to_thread(sessions.verify_password, sent.current[:PASSWORD_MAX], known):
                this.fail()
                raise InvalidInput("The current password is not right.", "An admin can reset it for you.")
        # This tab gets its own reason; the other tabs learn that the password was changed.
        mine = [rooms.tabs_of(id_of(agent))]
        await push.leave(self, mine)
        try:
            await writing(agents.set_password, id_of(agent), sent.new)
        except BaseException:
            await push.join(self, mine)
            raise
        return call("signOut", "own_password")
