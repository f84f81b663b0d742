"""`/settings/team`. For admins."""

import reflex as rx

from roms_app.components.client.bridge import reread_on
from roms_app.components.settings.team import (
    add_member,
    duty_dialog,
    new_password_dialog,
    page_error,
    team_list,
)
from roms_app.components.shell import settings_page
from roms_app.i18n import t
from roms_app.states.session import SessionState
from roms_app.states.team import TeamState


def page() -> rx.Component:
    """The members, kept current by their announcements."""
    return settings_page(
        reread_on("team", TeamState.refresh),
        reread_on("settings", TeamState.refresh),
        add_member(),
        page_error(),
        team_list(),
        new_password_dialog(),
        duty_dialog(),
        section="team",
        on_arrival=TeamState.arrive,
        title=t("Team"),
        lead=t(
            "Who answers your customers. New conversations go in turn to those who are available and have ROMS open."
        ),
    )


def add_to(app: rx.App) -> None:
    """Register the page."""
    app.add_page(page, route="/settings/team", title="Team · ROMS", on_load=[SessionState.load, TeamState.load])
