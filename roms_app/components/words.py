"""The words for states, as product and people name them; one place, so that every page says the same."""

from typing import Any

import reflex as rx

from roms_app.i18n import t


def availability_word(availability: Any) -> Any:
    """available | busy | away, as a word. Takes a Var or a text."""
    return rx.match(availability, ("available", t("Available")), ("busy", t("Busy")), t("Away")).to(str)


def role_word(role: Any) -> Any:
    """admin | agent, as a word."""
    return rx.cond(role == "admin", t("Admin"), t("Agent"))


def status_word(status: Any) -> Any:
    """A number's `SessionStatus`, as a word."""
    return rx.match(
        status,
        ("not_paired", t("Not paired")),
        ("waiting_for_scan", t("Waiting for scan")),
        ("confirm_on_phone", t("Confirm on the phone")),
        ("syncing", t("Syncing")),
        ("live", t("Live")),
        ("reconnecting", t("Reconnecting")),
        ("logged_out", t("Logged out")),
        ("incompatible", t("Incompatible")),
        t("Paused"),
    ).to(str)
