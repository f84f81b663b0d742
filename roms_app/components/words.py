"""The words for states, as product and people name them; one place, so that every page says the same."""

from typing import Any

import reflex as rx

from roms_app.i18n import t


def truth(is_so: Any) -> Any:
    """ "true" or "false": attributes want words, and Reflex's own conversion makes "" of false."""
    return rx.cond(is_so, "true", "false")


def availability_word(availability: Any) -> Any:
    """available | busy | away, as a word. Takes a Var or a text."""
    return rx.match(availability, ("available", t("Available")), ("busy", t("Busy")), t("Away")).to(str)


def priority_word(priority: int) -> Any:
    """A `Priority`, as a word."""
    return {-1: t("Low"), 0: t("Normal"), 1: t("High")}.get(priority, t("Urgent"))


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
    """Why a number's state changed, in a few words. The worker's own word only of one that is newer than this app."""
    return rx.match(
        reason,
        ("starting", t("the browser starts")),
        ("loading", t("WhatsApp Web loads")),
        ("offline", t("no internet")),
        ("deaf", t("WhatsApp Web stopped answering")),
        ("browser_lost", t("the browser ended")),
        ("worker_stopped", t("the worker was stopped")),
        ("worker_away", t("the worker is not running")),
        ("recycling", t("the browser was renewed")),
        ("profile_in_use", t("the profile was in use")),
        ("profile_elsewhere", t("paired on another computer")),
        ("conflict", t("WhatsApp Web was open elsewhere")),
        ("qr_expired", t("nobody scanned")),
        ("phone_logout", t("on the phone")),
        ("requested", t("from here")),
        ("unlinked", t("the link was gone")),
        ("history", t("chats and names are read")),
        ("scanned", t("the phone took the code")),
        ("passkey", t("the phone asks for something")),
        ("tos_block", t("WhatsApp restricts this number")),
        ("smb_tos_block", t("WhatsApp restricts this number")),
        ("proxyblock", t("something blocks the way to WhatsApp")),
        ("needs_update", t("WhatsApp wants a newer version")),
        rx.cond(reason.to(str).startswith("missing "), t("WhatsApp has changed"), reason),
    ).to(str)


def failure_word(reason: Any) -> Any:
    """Why a message of ours did not go out (`failure_reason`, wa_worker.page.refusals) and what to do."""
    return rx.match(
        reason,
        ("unknown_number", t("This number is not on WhatsApp.")),
        ("blocked", t("This customer has blocked you, or was blocked by you.")),
        ("not_allowed", t("This customer has not written yet; ROMS only answers, so that the number is not banned.")),
        ("too_fast", t("WhatsApp says that this number writes too fast. Wait a while, then press Retry.")),
        ("too_big", t("WhatsApp takes no file of this size. Send a smaller one.")),
        ("unsupported_media", t("WhatsApp does not take this kind of file. Send it as a document.")),
        ("upload_failed", t("The file did not reach WhatsApp. Press Retry.")),
        ("media_missing", t("The file is no longer in the store. Attach it again.")),
        ("media_store", t("The file could not be read from the store. Press Retry.")),
        ("message_missing", t("The message that this was about is no longer on WhatsApp.")),
        ("network", t("There was no way to WhatsApp. Press Retry.")),
        ("server_error", t("WhatsApp had an error of its own. Press Retry.")),
        ("timeout", t("WhatsApp did not answer in time. Press Retry.")),
        ("page_failed", t("WhatsApp Web could not send it. Press Retry.")),
        ("unsendable", t("ROMS can't send this message as it is stored. Write it anew.")),
        t("WhatsApp did not take this message."),
    ).to(str)
