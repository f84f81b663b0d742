"""Buttons that the composer and its recorder share."""

from typing import Any

import reflex as rx

from roms_app.i18n import t


def tool_button(icon: str, label: Any, **props: Any) -> rx.Component:
    """A button with only an icon; `label` is its accessible name."""
    return rx.el.button(
        rx.icon(icon, size=20, aria_hidden="true"),
        type="button",
        aria_label=label,
        title=label,
        **{"class_name": "roms-composer-button", **props},
    )


def send_button(event: Any, *, is_busy: Any, **props: Any) -> rx.Component:
    """Its icon turns while something is being sent."""
    return rx.icon_button(
        rx.icon("send-horizontal", size=18, aria_hidden="true", class_name="roms-mirrored"),
        aria_label=t("Send"),
        size="3",
        loading=is_busy,
        on_click=event,
        **props,
    )
