"""Calls from handlers to assets/roms; live/orders.py has the rules."""

from typing import Any, Literal

import reflex as rx

from roms_app.live.orders import call as call


def toast(level: Literal["error", "success"], words: str) -> rx.event.EventSpec:
    """Show a sentence in the tab for some seconds."""
    return call("toast", level, words)


def give(name: Literal["new_password", "pairings"], value: Any) -> rx.event.EventSpec:
    """Show a value in this tab alone (`components.client.store.given`). The server keeps it in no state."""
    return call("give", name, value)
