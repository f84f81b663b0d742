"""Notices for everybody who answers a number that does not work: which one, why, and what to do."""

from typing import Any

import reflex as rx

from roms_app.components.client import store
from roms_app.components.words import reason_word, status_word
from roms_app.i18n import t, tn
from roms_app.states.session import SessionState


def number_notices() -> rx.Component:
    """One line for each number. Always rendered, so that screen readers notice when it gets text."""
    return rx.box(rx.foreach(store.numbers, lambda number: _notice(number)), role="status")


def number_notice_of(inbox_id: Any) -> rx.Component:
    """The line of one number, above the composer of its conversations."""
    lines = rx.foreach(store.numbers, lambda number: rx.cond(number.inbox_id == inbox_id, _notice(number)))
    return rx.box(lines, role="status")


def number_mark() -> rx.Component:
    """On the rail of every page: the number of inboxes that don't work."""
    count = store.numbers.length()
    words = tn("{count} number does not work", "{count} numbers do not work", count)
    return rx.cond(
        count > 0,
        rx.el.span(
            "!", rx.el.span(words, class_name="roms-unseen"), title=words, class_name="roms-rail-badge roms-rail-mark"
        ),
    )


def _notice(number: Any) -> rx.Component:
    state = rx.cond(number.state == "sending_paused", t("Sending paused"), status_word(number.state))
    since = rx.cond(number.since != "", " · " + t("since {since}", since=number.since), "")
    return rx.el.div(
        rx.icon("unplug", size=16, aria_hidden="true"),
        rx.el.p(
            rx.el.strong(rx.el.bdi(number.name), ": ", state),
            since,
            # Where the list is beside the composer, one of the two notices is enough.
            rx.el.span(
                _why(number), " ", _effect(number), " ", _next_step(number), class_name="roms-number-notice-more"
            ),
        ),
        key=number.inbox_id.to_string(),
        class_name="roms-number-notice",
    )


def _why(number: Any) -> Any:
    """A sentence, or nothing if the status explains itself. Only admins see the worker's own words, on the card."""
    return rx.match(
        number.state,
        ("sending_paused", t("WhatsApp showed signs of a ban.")),
        ("incompatible", t("WhatsApp Web has changed.")),
        (
            "logged_out",
            rx.match(
                number.reason,
                ("requested", t("An admin logged it out in ROMS.")),
                ("unlinked", t("The link with the phone is gone.")),
                t("It was logged out on the phone."),
            ),
        ),
        (
            "reconnecting",
            rx.match(
                number.reason,
                ("tos_block", t("WhatsApp restricts this number.")),
                ("smb_tos_block", t("WhatsApp restricts this number.")),
                ("proxyblock", t("Something blocks the way to WhatsApp.")),
                ("offline", t("ROMS has no internet.")),
                ("", ""),
                t("Reason: {reason}.", reason=reason_word(number.reason)),
            ),
        ),
        ("syncing", t("ROMS reads its chats.")),
        t("It is not paired with a phone."),
    )


def _effect(number: Any) -> Any:
    """The effect on agents and customers."""
    return rx.cond(
        number.state == "sending_paused",
        t("Replies wait; none is lost."),
        t("New messages don't arrive here, and replies wait; none is lost."),
    )


def _next_step(number: Any) -> rx.Component:
    card = rx.link(t("Open its card in Settings"), href="/settings/whatsapp#number-" + number.inbox_id.to_string())
    # These need no action.
    heals = rx.cond(number.state == "syncing", t("This takes a moment."), t("Ask an admin of your team."))
    return rx.cond(SessionState.is_admin, card, heals)
