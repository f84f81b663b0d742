"""The signed-in agent of this tab, and what the shell around every page shows of them."""

import reflex as rx

from roms_app.config import get_settings
from roms_app.errors import InvalidInput
from roms_app.i18n import use_language
from roms_app.live import push, rooms
from roms_app.live.transactions import reading, writing
from roms_app.models import Agent, Availability, Role
from roms_app.services import agents, conversations, leaving, number_notices
from roms_app.services.access import id_of, visible_inboxes
from roms_app.states.browser import call
from roms_app.states.guard import signed_in
from roms_app.states.shift import ShiftState


class SessionState(rx.State):
    """The signed-in agent. `load` is the first `on_load` of every page behind the login."""

    agent_id: int = 0
    name: str = ""
    email: str = ""
    #: admin | agent
    role: str = ""
    may_reply: bool = True
    #: available | busy | away
    availability: str = ""
    language: str = get_settings().default_language
    timezone: str = get_settings().default_timezone
    #: The open conversations of an agent who goes away and is asked about them; 0: no question.
    leaving_count: int = 0

    @rx.var
    def is_admin(self) -> bool:
        """Whether to show what only admins may do. The server checks again."""
        return self.role == Role.ADMIN

    @rx.var
    def may_decide(self) -> bool:
        """The same condition as `services.access.require_may_decide`, which checks again."""
        return self.is_admin or self.may_reply

    @rx.event
    @signed_in
    async def load(self, agent: Agent):
        """Show the signed-in agent, and join the tab's rooms. Called again when something of the agent changed."""
        is_admin = agent.role is Role.ADMIN
        numbers = [rooms.number(inbox_id) for inbox_id in await reading(visible_inboxes, agent)]
        await push.join(self, [rooms.EVERYONE, *numbers, *([rooms.ADMINS] if is_admin else [])])
        self._show(agent)
        since = push.now_ms()
        notices = await reading(number_notices.list_notices, agent)
        said = [ShiftState.check, call("takeNumbers", notices, since)]
        # The rail's badge of escalated conversations, until the next announcement of counts.
        return [*said, call("takeCounts", await reading(conversations.count_open, agent))] if is_admin else said

    @rx.event
    @signed_in
    async def set_availability(self, agent: Agent, availability: str):
        """Set the availability: available, busy or away. It is independent of open tabs.

        An agent who goes away with open conversations is asked what to do with them.
        """
        try:
            wanted = Availability(availability)
        except ValueError as error:
            raise InvalidInput("There is no such availability.", "Choose one of the list.") from error
        # Set at once: an agent who leaves without answering the question is away all the same.
        await writing(agents.set_availability, id_of(agent), wanted)
        self.availability = wanted.value
        if wanted is Availability.AWAY and agent.availability is not wanted:
            self.leaving_count = await reading(leaving.count_open, id_of(agent))

    @rx.event
    @signed_in
    async def return_and_go_away(self, agent: Agent):
        """Return the open conversations to the queue, and set the agent to away."""
        await writing(leaving.return_and_go_away, agent)
        self.availability, self.leaving_count = Availability.AWAY.value, 0

    @rx.event
    @signed_in
    async def keep_open_conversations(self, agent: Agent):
        """Keep the open conversations, and close the question."""
        self.leaving_count = 0

    def _show(self, agent: Agent) -> None:
        shown = agents.me(agent)
        self.agent_id, self.name, self.email = shown.id, shown.name, shown.email
        self.role, self.may_reply = shown.role, shown.may_reply
        self.availability, self.language, self.timezone = shown.availability, shown.language, shown.timezone


use_language(SessionState.language)
