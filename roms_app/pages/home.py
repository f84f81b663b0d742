"""`/` and `/settings`: send people on."""

import reflex as rx

from roms_app.states.home import HomeState


def page() -> rx.Component:
    """Blank for the moment that it takes."""
    return rx.box()


def add_to(app: rx.App) -> None:
    """Register the page under both addresses."""
    app.add_page(page, route="/", title="ROMS", on_load=HomeState.enter)
    app.add_page(page, route="/settings", title="ROMS", on_load=HomeState.open_settings)
