"""Every address that has no page."""

import reflex as rx

from roms_app.components.auth_frame import auth_page
from roms_app.i18n import t
from roms_app.states.home import HomeState


def page() -> rx.Component:
    """What happened, and a way back. `/` knows where that leads for whoever is there."""
    back = rx.el.a(t("Go to ROMS"), href="/", class_name="roms-button-link")
    return auth_page(
        rx.box(back, margin_top="24px"),
        title=t("Page not found"),
        lead=t("There is no page at this address. It may be misspelt, or the page was removed."),
    )


def add_to(app: rx.App) -> None:
    """Register the page in the place of Reflex's own."""
    app.add_page(page, route="404", title="Page not found · ROMS", description="", on_load=HomeState.greet)
