"""The live badge: the measured delay of the screen."""

import reflex as rx

from roms_app.components.client import store


def live_badge() -> rx.Component:
    """ "Live · 23 ms", "4 s behind" or "Reconnecting". Its name is Live; screen readers don't read every change."""
    return rx.el.span(
        rx.el.span(class_name="roms-live-dot", aria_hidden="true"),
        rx.el.span(store.live.text, class_name="roms-live-text"),
        role="status",
        aria_label="Live",
        aria_live="off",
        class_name="roms-live",
        custom_attrs={"data-state": store.live.state},
    )
