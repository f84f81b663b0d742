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
    """Why a number's state changed, in a few words; the worker's own word where there are none."""
    return rx.match(
        reason,
        ("starting", t("the browser starts")),
        ("loading", t("WhatsApp Web loads")),
        ("offline", t("no internet")),
        ("deaf", t("WhatsApp Web stopped answering")),
        ("browser_lost", t("the browser ended")),
        ("worker_stopped", t("the worker was stopped")),
        ("recycled", t("the browser was renewed")),
        ("profile_in_use", t("the profile was in use")),
        ("profile_elsewhere", t("paired on another computer")),
        ("conflict", t("WhatsApp Web was open elsewhere")),
        ("qr_expired", t("nobody scanned")),
        ("phone_logout", t("on the phone")),
        ("requested", t("from here")),
        ("unlinked", t("the link was gone")),
        reason,
    ).to(str)
