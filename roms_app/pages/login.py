"""`/login`."""

import reflex as rx

from roms_app.components.auth_frame import auth_page
from roms_app.components.forms import error_notice, submit_button, text_field
from roms_app.i18n import t
from roms_app.states.login import LoginState


def page() -> rx.Component:
    """Email and password."""
    form = rx.form(
        rx.flex(
            _why(),
            text_field(
                t("Email"),
                "email",
                prefix="login",
                type="email",
                auto_complete="username",
                required=True,
                auto_focus=True,
            ),
            text_field(
                t("Password"),
                "password",
                prefix="login",
                type="password",
                auto_complete="current-password",
                required=True,
            ),
            error_notice(LoginState.error),
            submit_button(t("Log in"), width="100%"),
            direction="column",
            gap="16px",
            margin_top="24px",
        ),
        on_submit=LoginState.submit,
    )
    return auth_page(form, title=t("Log in"))


def _why() -> rx.Component:
    """Why a person who was at work stands here, and what comes of it."""
    left, words = LoginState.left_why, t("Log in to open the page that you asked for.")
    why = rx.match(
        left,
        ("logged_out", t("You were logged out in another tab of this browser.")),
        ("changed", t("Your account or password was changed, so everybody who used it has to log in again.")),
        ("ended", t("Your session has ended.")),
        ("own_password", t("Your password was changed.")),
        ("refused", t("The login could not be completed.")),
        ("unanswered", t("The server did not answer while you logged in.")),
        "",
    )
    back = rx.match(
        left,
        ("", words),
        ("own_password", t("Log in with the new one.")),
        ("refused", t("Log in again.")),
        ("unanswered", t("Log in again.")),
        t("Log in, and you are back where you were."),
    )
    is_done = left == "own_password"
    notice = rx.callout.root(
        rx.callout.icon(rx.cond(is_done, rx.icon("check", size=16), rx.icon("log-out", size=16))),
        rx.callout.text(why, " ", back),
        color_scheme=rx.cond(is_done, "jade", "amber"),
        size="1",
        role="status",
    )
    return rx.cond((left != "") | (LoginState.left_page != ""), notice)


def add_to(app: rx.App) -> None:
    """Register the page."""
    app.add_page(page, route="/login", title="Log in · ROMS", on_load=LoginState.load)
