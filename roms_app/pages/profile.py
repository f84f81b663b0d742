"""`/settings/profile`: the agent's own."""

import reflex as rx

from roms_app.components.choices import language_options, zone_options
from roms_app.components.forms import error_notice, password_hint, select_field, submit_button, text_field
from roms_app.components.shell import settings_page
from roms_app.i18n import t
from roms_app.states.forms import PasswordForm, PreferencesForm
from roms_app.states.profile import PasswordState, ProfileState
from roms_app.states.session import SessionState


def page() -> rx.Component:
    """Preferences, then the password."""
    return settings_page(
        _preferences(),
        rx.heading(t("Password"), as_="h2", size="4", margin_top="40px"),
        _password(),
        section="profile",
        on_arrival=[ProfileState.arrive, PasswordState.arrive],
        title=t("Profile"),
        lead=SessionState.email,
    )


def _preferences() -> rx.Component:
    me = SessionState
    saved = rx.text(rx.cond(ProfileState.is_saved, t("Saved."), ""), size="2", role="status")
    fields = rx.flex(
        text_field(t("Name"), "name", prefix="profile", form=PreferencesForm, default_value=me.name),
        select_field(t("Language"), "language", language_options(), prefix="profile", default_value=me.language),
        select_field(
            t("Time zone"), "timezone", zone_options(me.timezone), prefix="profile", default_value=me.timezone
        ),
        error_notice(ProfileState.error),
        rx.flex(submit_button(t("Save")), saved, gap="12px", align="center"),
        direction="column",
        gap="16px",
    )
    # Not before the agent is known: the defaults come from there, and would replace what somebody quick has chosen.
    return rx.cond(me.agent_id != 0, rx.form(fields, on_submit=ProfileState.save, class_name="roms-form"))


def _password() -> rx.Component:
    fields = rx.flex(
        text_field(
            t("Current password"),
            "current",
            prefix="password",
            type="password",
            required=True,
            auto_complete="current-password",
        ),
        text_field(
            t("New password"),
            "new",
            prefix="password",
            form=PasswordForm,
            type="password",
            auto_complete="new-password",
            hint=password_hint(),
        ),
        rx.text(t("You are signed out everywhere and log in again with the new one."), size="2", color_scheme="gray"),
        error_notice(PasswordState.error),
        rx.flex(submit_button(t("Change password"))),
        direction="column",
        gap="16px",
    )
    return rx.form(fields, on_submit=PasswordState.change_password, class_name="roms-form")


def add_to(app: rx.App) -> None:
    """Register the page."""
    app.add_page(page, route="/settings/profile", title="Profile · ROMS", on_load=SessionState.load)
