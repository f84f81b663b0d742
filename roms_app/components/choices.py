"""The options that several forms share: languages and time zones."""

from typing import Any, Final

import reflex as rx

from roms_app.i18n.catalog import languages

#: Timezones of our customers and their neighbours. An agent with another zone, set from the command line, keeps it.
ZONES: Final = {
    "Asia/Jakarta": "Jakarta (WIB)",
    "Asia/Makassar": "Makassar (WITA)",
    "Asia/Jayapura": "Jayapura (WIT)",
    "Asia/Singapore": "Singapore",
    "Asia/Kuala_Lumpur": "Kuala Lumpur",
    "Asia/Bangkok": "Bangkok",
    "Asia/Ho_Chi_Minh": "Ho Chi Minh City",
    "Asia/Manila": "Manila",
    "Asia/Hong_Kong": "Hong Kong",
    "Asia/Tokyo": "Tokyo",
    "Asia/Kolkata": "Kolkata",
    "Asia/Dubai": "Dubai",
    "Asia/Riyadh": "Riyadh",
    "Australia/Sydney": "Sydney",
    "Europe/London": "London",
    "Europe/Amsterdam": "Amsterdam",
    "America/New_York": "New York",
    "UTC": "UTC",
}


def language_options() -> list[rx.Component]:
    """The languages, each by its own name."""
    return [rx.el.option(name, value=language) for language, name in languages().items()]


def zone_options(current: Any = None) -> list[rx.Component]:
    """The zones to choose from, plus the agent's own if it is another."""
    options = [rx.el.option(name, value=zone) for zone, name in ZONES.items()]
    if current is None:
        return options
    is_listed = rx.Var.create(list(ZONES)).contains(current)
    return [*options, rx.cond(is_listed, rx.fragment(), rx.el.option(current, value=current))]
