"""Who the customer is. Beside the thread on wide pages, a sheet over it on narrow ones."""

from typing import Any

import reflex as rx

from roms_app.components import shown
from roms_app.components.glyphs import avatar
from roms_app.i18n import t
from roms_app.states.thread import ThreadState


def contact_panel() -> rx.Component:
    """The fourth region of the page."""
    view = shown.thread
    return rx.cond(
        view.id != 0,
        rx.el.aside(
            rx.el.header(
                rx.el.h2(t("Customer"), class_name="roms-contact-title"),
                rx.icon_button(
                    rx.icon("x", size=18, aria_hidden="true"),
                    aria_label=t("Close"),
                    id="roms-contact-close",
                    size="2",
                    variant="ghost",
                    color_scheme="gray",
                    class_name="roms-only-narrow",
                    on_click=shown.run("romsControls.toggleContact", False),
                ),
                class_name="roms-contact-head",
            ),
            rx.el.div(avatar(view.initials, view.hue, is_large=True), _name(), class_name="roms-contact-who"),
            rx.el.dl(
                _fact(t("Number"), _number()),
                _fact(t("First seen"), view.first_seen),
                _fact(t("Assigned to"), rx.cond(view.is_assigned, view.assignee, t("Nobody yet"))),
                _fact(t("Inbox"), view.inbox_name),
                class_name="roms-facts",
            ),
            aria_label=t("Customer"),
            class_name="roms-contact",
        ),
    )


def _number() -> rx.Component:
    phone = shown.thread.phone
    return rx.cond(
        phone != "",
        rx.el.span(phone, class_name="roms-number"),
        rx.el.span(t("number hidden by WhatsApp"), class_name="roms-muted"),
    )


def _fact(label: Any, value: Any) -> rx.Component:
    return rx.el.div(rx.el.dt(label), rx.el.dd(value, dir="auto"))


def _name() -> rx.Component:
    view = shown.thread
    shown_name = rx.el.div(
        rx.el.span(view.name, dir="auto", class_name="roms-contact-name"),
        rx.icon_button(
            rx.icon("pencil", size=14, aria_hidden="true"),
            aria_label=t("Edit name"),
            size="1",
            variant="ghost",
            color_scheme="gray",
            on_click=ThreadState.set_renaming(True),
        ),
        class_name="roms-contact-name-line",
    )
    return rx.cond(ThreadState.is_renaming, _name_form(), shown_name)


def _name_form() -> rx.Component:
    view = shown.thread
    return rx.form(
        rx.input(
            name="name",
            default_value=view.own_name,
            aria_label=t("Name"),
            max_length=256,
            auto_focus=True,
            width="100%",
        ),
        rx.el.p(t("Leave it empty to show WhatsApp's name."), class_name="roms-hint"),
        rx.el.div(
            rx.button(t("Save"), type="submit", size="2"),
            rx.button(
                t("Cancel"),
                type="button",
                size="2",
                variant="soft",
                color_scheme="gray",
                on_click=ThreadState.set_renaming(False),
            ),
            class_name="roms-buttons",
        ),
        on_submit=lambda form: ThreadState.rename(view.id, form),
        reset_on_submit=False,
        width="100%",
    )
