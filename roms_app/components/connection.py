"""The line above a page that has lost its connection."""

import reflex as rx

from roms_app.components.client import store
from roms_app.i18n import t


def connection_line() -> rx.Component:
    """Always rendered, so that screen readers notice when it gets text."""
    words = rx.box(
        rx.icon("refresh-cw", size=14, aria_hidden="true"),
        t("Reconnecting. What this page shows may be old; it goes on by itself."),
        class_name="roms-connection-words",
    )
    return rx.box(rx.cond(store.live.state == "reconnecting", words), role="status", class_name="roms-connection")
