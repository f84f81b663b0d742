"""The frame of the pages before the login: one narrow panel."""

from typing import Any

import reflex as rx

from roms_app.components.client.bridge import auth_bridge, document_words
from roms_app.components.connection import connection_line
from roms_app.components.font import inter


def auth_page(*children: rx.Component, title: Any, lead: Any = None) -> rx.Component:
    """A page before the login: the word ROMS, a title and a form."""
    return rx.el.main(
        inter(),
        document_words(title),
        auth_bridge(),
        rx.box(
            connection_line(),
            rx.text("ROMS", weight="bold", size="3", class_name="roms-wordmark"),
            rx.heading(title, as_="h1", size="6", margin_top="20px"),
            rx.text(lead, size="2", color_scheme="gray", margin_top="4px") if lead is not None else rx.fragment(),
            *children,
            class_name="roms-door-panel",
        ),
        class_name="roms-door",
    )
