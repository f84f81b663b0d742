"""The frame of every page behind the login: nav rail, profile menu, connection state."""

from typing import Any, Literal

import reflex as rx

from roms_app.components.client import store
from roms_app.components.client.bridge import document_words, reread_on, shell_bridge
from roms_app.components.connection import connection_line
from roms_app.components.font import inter
from roms_app.components.inbox.duty import tip
from roms_app.components.inbox.leaving import away_dialog, shift_notice
from roms_app.components.number_notices import number_mark
from roms_app.components.words import availability_word, truth
from roms_app.i18n import t
from roms_app.models import Availability
from roms_app.states.session import SessionState

Section = Literal["inbox", "queue", "whatsapp", "team", "assignment", "profile"]


def shell(*children: rx.Component, section: Section, title: Any) -> rx.Component:
    """A page with its nav rail. A line at the top reports a lost connection."""
    return rx.box(
        inter(),
        document_words(title),
        shell_bridge(),
        reread_on("me", SessionState.load),
        rx.el.a(t("Skip to content"), href="#content", class_name="roms-skip"),
        _rail(section),
        rx.box(
            connection_line(),
            shift_notice(),
            rx.el.main(*children, id="content", tab_index=-1, class_name="roms-main"),
            class_name="roms-page",
        ),
        away_dialog(),
        tip(),
        class_name=f"roms-shell roms-section-{section}",
    )


def settings_page(
    *children: rx.Component, section: Section, title: Any, lead: Any, on_arrival: Any = None
) -> rx.Component:
    """A settings page: its title, one sentence, and its panels in a readable column.

    `on_arrival` runs once when the page is opened. ``on_load`` can't be used for this: it also runs after every lost
    connection, and after the first clicks on a page that a slow server is still filling.
    """
    first = {} if on_arrival is None else {"on_mount": on_arrival}
    return shell(
        rx.box(
            rx.heading(title, as_="h1", size="6"),
            rx.text(lead, color_scheme="gray", size="2", margin_top="4px"),
            *children,
            class_name="roms-settings",
            **first,
        ),
        section=section,
        title=title,
    )


def _rail(section: Section) -> rx.Component:
    return rx.el.nav(
        _link("inbox", t("Inbox"), "/inbox", section == "inbox", number_mark()),
        rx.cond(
            SessionState.is_admin,
            rx.fragment(
                _link("list-ordered", t("Queue"), "/queue", section == "queue", _escalated_badge()),
                _link("smartphone", t("WhatsApp"), "/settings/whatsapp", section == "whatsapp"),
                _link("users", t("Team"), "/settings/team", section == "team"),
                _link("shuffle", t("Assignment"), "/settings/assignment", section == "assignment"),
            ),
        ),
        rx.box(class_name="roms-rail-gap"),
        _profile_menu(),
        aria_label=t("Main"),
        class_name="roms-rail",
    )


def _escalated_badge() -> rx.Component:
    """The number of escalated conversations; nothing when there are none."""
    count = store.counts.escalated
    return rx.el.span(count, class_name="roms-rail-badge", title=t("{count} escalated", count=count))


def _link(icon: str, label: Any, href: str, is_current: bool, *marks: rx.Component) -> rx.Component:
    current = {"aria-current": "page"} if is_current else {}
    return rx.link(
        rx.icon(icon, size=20, aria_hidden="true"),
        rx.el.span(label, class_name="roms-rail-label"),
        *marks,
        href=href,
        underline="none",
        class_name="roms-rail-link",
        custom_attrs=current,
    )


def _profile_menu() -> rx.Component:
    initial = rx.cond(SessionState.name != "", SessionState.name[0], "·")
    dot = rx.el.span(class_name="roms-dot", custom_attrs={"data-availability": SessionState.availability})
    trigger = rx.el.button(
        rx.el.span(initial, dot, class_name="roms-initial", aria_hidden="true"),
        rx.el.span(availability_word(SessionState.availability), class_name="roms-rail-label"),
        type="button",
        aria_label=t("Profile, {state}", state=availability_word(SessionState.availability)),
        class_name="roms-rail-link roms-profile",
    )
    return rx.menu.root(
        rx.menu.trigger(trigger),
        rx.menu.content(
            rx.box(
                rx.text(rx.el.bdi(SessionState.name), weight="medium", size="2"),
                rx.text(SessionState.email, size="1", color_scheme="gray"),
                padding="6px 12px",
            ),
            rx.menu.separator(),
            *[_availability_item(availability) for availability in Availability],
            rx.menu.separator(),
            rx.menu.item(t("Profile and language"), on_select=rx.redirect("/settings/profile")),
            rx.menu.item(rx.color_mode_cond(t("Dark mode"), t("Light mode")), on_select=rx.toggle_color_mode),
            rx.menu.separator(),
            rx.menu.item(t("Log out"), on_select=store.run("romsLive.logOut")),
            side="right",
            align="end",
        ),
    )


def _availability_item(availability: Availability) -> rx.Component:
    is_chosen = SessionState.availability == availability.value
    return rx.menu.item(
        rx.el.span(class_name="roms-dot", custom_attrs={"data-availability": availability.value}),
        availability_word(availability.value),
        rx.spacer(),
        rx.cond(is_chosen, rx.icon("check", size=14, aria_hidden="true")),
        on_select=SessionState.set_availability(availability.value),
        custom_attrs={"role": "menuitemradio", "aria-checked": truth(is_chosen)},
    )
