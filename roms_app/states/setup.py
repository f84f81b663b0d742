"""Creates the first admin.

Open until the team has a member; from another machine only with the token printed at start.
"""

import secrets
from typing import Any

import reflex as rx

from roms_app.config import get_settings
from roms_app.domain import addresses
from roms_app.errors import NotAllowed, RomsError
from roms_app.i18n.catalog import SOURCE, is_known
from roms_app.live.attempts import attempt
from roms_app.live.transactions import reading, writing
from roms_app.services import agents, sessions
from roms_app.states.forms import SetupForm
from roms_app.states.guard import browser_of, words_of
from roms_app.states.login import exchange_ticket, preferred_language
from roms_app.states.session import SessionState


class SetupState(rx.State):
    """The form of `/setup`."""

    error: str = ""
    #: Whether the form asks for the token, because the person is on another machine.
    needs_token: bool = False

    @rx.event
    async def load(self):
        """Redirect if ROMS is set up already."""
        session = await self.get_state(SessionState)
        session.language = preferred_language(self.router.headers.accept_language, session.language)
        self.needs_token = not self._is_local()
        return rx.redirect("/login", replace=True) if await reading(agents.is_set_up) else None

    @rx.event
    async def submit(self, form: dict[str, Any]):
        """Create the admin, sign them in, and continue with pairing a number."""
        chosen = str(form.get("language", ""))
        language = chosen if is_known(chosen) else SOURCE
        try:
            browser = browser_of(self)
            self._check_token(str(form.get("token", "")))
            admin_id = await writing(agents.create_first_admin, **SetupForm.read(form).model_dump())
        except RomsError as error:
            self.error = words_of(error, language)
            return None
        self.error = ""
        return exchange_ticket(await writing(sessions.issue_ticket, admin_id, browser))

    def _check_token(self, given: str) -> None:
        """Raises NotAllowed for a person on another machine without the token."""
        if self._is_local():
            return
        expected = get_settings().setup_token
        with attempt("the set-up token", self.router.session.client_ip) as this:
            if not expected or not secrets.compare_digest(given.strip().encode(), expected.encode()):
                this.fail()
                raise NotAllowed(
                    "The set-up token is not right.",
                    "It stands in the output of the start, on the machine that runs ROMS.",
                )

    def _is_local(self) -> bool:
        """Whether the person is on this machine.

        Behind a public address this can't be known, so the answer is False.
        """
        session, headers = self.router.session, self.router.headers.raw_headers
        return get_settings().is_direct and addresses.is_from_this_machine(session.client_ip, headers)
