"""The words for statuses, as the product and people use them. Kept in one place, so that every page uses the same."""

from typing import Any

import reflex as rx

from roms_app.domain import worker_words
from roms_app.i18n import marked, t


def truth(is_so: Any) -> Any:
    """The text of a boolean: "true" or "false".

    Attributes need words, and Reflex's own conversion turns false into "".
    """
    return rx.cond(is_so, "true", "false")


def availability_word(availability: Any) -> Any:
    """The word for available | busy | away. Takes a Var or a text."""
    return rx.match(availability, ("available", t("Available")), ("busy", t("Busy")), t("Away")).to(str)


def priority_word(priority: int) -> Any:
    """The word for a `Priority`."""
    return {-1: t("Low"), 0: t("Normal"), 1: t("High")}.get(priority, t("Urgent"))


def role_word(role: Any) -> Any:
    """The word for admin | agent."""
    return rx.cond(role == "admin", t("Admin"), t("Agent"))


def status_word(status: Any) -> Any:
    """The word for a number's `SessionStatus`."""
    return rx.match(
        status,
        ("not_paired", t("Not paired")),
        ("waiting_for_scan", t("Waiting for scan")),
        ("scanned", t("Scanned")),
        ("confirm_on_phone", t("Confirm on the phone")),
        ("syncing", t("Syncing")),
        ("live", t("Live")),
        ("reconnecting", t("Reconnecting")),
        ("logged_out", t("Logged out")),
        ("incompatible", t("Incompatible")),
        t("Paused"),
    ).to(str)


def reason_word(reason: Any) -> Any:
    """Why a number's status changed, in a few words."""
    return _match(reason, worker_words.NUMBER, worker_words.UNKNOWN_NUMBER_REASON)


def failure_word(reason: Any) -> Any:
    """Why a message of ours was not sent (`failure_reason`), and what to do."""
    return _match(reason, worker_words.SEND, worker_words.UNKNOWN_SEND_FAILURE)


def _match(reason: Any, words: dict[str, str], unknown: str) -> Any:
    cases = [(str(code), marked(text)) for code, text in words.items() if text != unknown]
    return rx.match(reason, *cases, marked(unknown)).to(str)
