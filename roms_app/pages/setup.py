"""`/setup`: the first admin."""

import reflex as rx

from roms_app.components.auth_frame import auth_page
from roms_app.components.choices import language_options, zone_options
from roms_app.components.forms import error_notice, password_hint, select_field, submit_button, text_field
from roms_app.i18n import t
from roms_app.states.forms import SetupForm
from roms_app.states.session import SessionState
from roms_app.states.setup import SetupState


def page() -> rx.Component:
    """Name, email, password; language and zone have their defaults."""
    # Both are known once the server has greeted; a new key makes the choice take them.
    language, zone = SessionState.language, SessionState.timezone
    token = text_field(
        t("Set-up token"),
        "token",
        prefix="setup",
        required=True,
        auto_complete="off",
        hint=t("It stands in the output of the start, on the machine that runs ROMS."),
    )
    form = rx.form(
        rx.flex(
            rx.cond(SetupState.needs_token, token),
            text_field(t("Name"), "name", prefix="setup", form=SetupForm, auto_complete="name"),
            text_field(t("Email"), "email", prefix="setup", form=SetupForm, type="email", auto_complete="username"),
            text_field(
                t("Password"),
                "password",
                prefix="setup",
                form=SetupForm,
                type="password",
                auto_complete="new-password",
                hint=password_hint(),
            ),
            rx.flex(
                select_field(
                    t("Language"), "language", language_options(), prefix="setup", default_value=language, key=language
                ),
                select_field(
                    t("Time zone"), "timezone", zone_options(zone), prefix="setup", default_value=zone, key=zone
                ),
                gap="16px",
                wrap="wrap",
            ),
            error_notice(SetupState.error),
            submit_button(t("Create admin"), width="100%"),
            direction="column",
            gap="16px",
            margin_top="24px",
        ),
        on_submit=SetupState.submit,
    )
    return auth_page(form, title=t("Set up ROMS"), lead=t("You become the first admin. Next, you pair a number."))


def add_to(app: rx.App) -> None:
    """Register the page."""
    app.add_page(page, route="/setup", title="Set up · ROMS", on_load=SetupState.load)
