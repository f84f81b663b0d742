"""The login form. Its handlers are public: the caller is not signed in yet."""

import asyncio
from typing import Any

import reflex as rx

from roms_app.domain.pages import page_to_return_to
from roms_app.errors import RomsError
from roms_app.i18n.catalog import is_known, translate
from roms_app.live.attempts import attempt
from roms_app.live.transactions import reading, writing
from roms_app.services import agents, sessions
from roms_app.states.browser import call
from roms_app.states.forms import LoginForm
from roms_app.states.guard import browser_of, current_agent, words_of
from roms_app.states.session import SessionState

#: Longer input can't be right, and hashing it would be slow.
_MAX_INPUT = 300


def exchange_ticket(ticket: str, page: str = "") -> rx.event.EventSpec:
    """Let the tab exchange the ticket for the session cookie.

    `page`: where the person was; "" for the page where an agent begins.
    """
    return call("enter", ticket, page)


def preferred_language(accept_language: str, default: str) -> str:
    """The first language of the header that ROMS supports, else `default`."""
    for entry in accept_language.split(","):
        language = entry.partition(";")[0].strip().lower().partition("-")[0]
        if is_known(language):
            return language
    return default


class LoginState(rx.State):
    """Email and password, and why they were refused."""

    error: str = ""
    #: Why the tab was redirected here, and from which page; "" if it was not. Anyone may write these vars: they only
    #: select a sentence and one of our pages.
    #: ended | logged_out | changed | own_password | refused | unanswered
    left_why: str = rx.SessionStorage("", name="roms-left-why")
    left_page: str = rx.SessionStorage("", name="roms-left-page")

    @rx.event
    async def load(self):
        """Greet in the browser's language. Redirects agents who are signed in, and the first person to the set-up."""
        session = await self.get_state(SessionState)
        session.language = preferred_language(self.router.headers.accept_language, session.language)
        if not await reading(agents.is_set_up):
            return rx.redirect("/setup", replace=True)
        if not await current_agent(self):
            return None
        return rx.redirect(page_to_return_to(self.left_page) or "/inbox", replace=True)

    @rx.event
    async def submit(self, form: dict[str, Any]):
        """Check the password and give the browser a ticket for its session cookie."""
        language = (await self.get_state(SessionState)).language
        try:
            browser, sent = browser_of(self), LoginForm.read(form)
            with attempt(sent.email, self.router.session.client_ip) as this:
                agent_id = await self._agent_with(sent.email, sent.password)
                if agent_id is None:
                    this.fail()
        except RomsError as error:
            self.error = words_of(error, language)
            return None
        if agent_id is None:
            self.error = translate(language, "Email or password is not right. Check both, or ask an admin to reset it.")
            return None
        self.error = ""
        ticket = await writing(sessions.issue_ticket, agent_id, browser)
        return exchange_ticket(ticket, page_to_return_to(self.left_page))

    async def _agent_with(self, email: str, password: str) -> int | None:
        found = await reading(sessions.credentials, email[:_MAX_INPUT])
        known = found[1] if found else None
        is_right = await asyncio.to_thread(sessions.verify_password, password[:_MAX_INPUT], known)
        return found[0] if found and is_right else None
