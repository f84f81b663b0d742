"""The contact panel: beside the thread on wide pages, a sheet over it on narrow ones."""

from typing import Any

import reflex as rx

from roms_app.components.client import store
from roms_app.components.glyphs import avatar
from roms_app.components.inbox.labels import labels
from roms_app.i18n import t
from roms_app.states.forms import ContactForm, limits
from roms_app.states.session import SessionState
from roms_app.states.thread import ThreadState


def contact_panel() -> rx.Component:
    """The fourth region of the page."""
    view = store.thread
    return rx.cond(
        (view.id != 0) & ~store.log.is_missing,
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
                    on_click=store.run("romsControls.toggleContact", False),
                ),
                class_name="roms-contact-head",
            ),
            rx.el.div(
                avatar(view.initials, view.hue, view.picture, is_large=True), _name(), class_name="roms-contact-who"
            ),
            rx.el.dl(
                rx.cond(view.is_group, _fact(t("Kind"), t("Group")), _fact(t("Number"), _number())),
                rx.cond(view.aliases.length() > 0, _fact(t("Also known as"), _aliases())),
                _fact(t("First seen"), view.first_seen),
                _fact(t("Assigned to"), rx.cond(view.is_assigned, view.assignee, t("Nobody yet"))),
                _fact(t("Inbox"), view.inbox_name),
                rx.cond(view.read_receipts != "", _fact(t("Read receipts"), _receipts())),
                class_name="roms-facts",
            ),
            labels(),
            rx.cond(view.merge_id != 0, _merge()),
            rx.cond(view.parted_id != 0, _parted()),
            aria_label=t("Customer"),
            class_name="roms-contact",
        ),
    )


def _aliases() -> rx.Component:
    return rx.fragment(
        rx.foreach(store.thread.aliases, lambda alias: rx.el.span(alias, class_name="roms-number roms-alias"))
    )


def _receipts() -> rx.Component:
    return rx.cond(
        store.thread.read_receipts == "by_hand",
        t("Only when somebody sends one: More → Send read receipt"),
        t("With the first reply to what the customer wrote"),
    )


def _merge() -> rx.Component:
    """Two contacts were merged as one person. An agent who knows better can undo the merge."""
    view = store.thread
    undo = _asked_first(
        t("Undo"),
        t("Make two contacts of this one again?"),
        t(
            "The other contact returns to the list with the messages that came from it. "
            "What was written since stays here, and ROMS won't merge the two again by itself."
        ),
        t("Separate them"),
        ThreadState.undo_merge(view.merge_id),
    )
    return _merge_line(rx.el.p(view.merged, dir="auto"), undo)


def _parted() -> rx.Component:
    """Two contacts were separated. An agent who knows better can merge them again."""
    view = store.thread
    again = _asked_first(
        t("Merge again"),
        t("Make these two contacts one again?"),
        t("The messages of both are shown in this conversation. You can undo it here."),
        t("Merge them"),
        ThreadState.merge_again(view.id, view.parted_id),
    )
    return _merge_line(rx.el.p(t("Separated from"), " ", rx.el.bdi(view.parted)), again)


def _merge_line(words: rx.Component, action: rx.Component) -> rx.Component:
    return rx.el.div(rx.icon("git-merge", size=16, aria_hidden="true"), words, action, class_name="roms-merge")


def _asked_first(label: Any, title: Any, words: Any, confirm: Any, event: Any) -> rx.Component:
    return rx.alert_dialog.root(
        rx.alert_dialog.trigger(rx.button(label, size="1", variant="soft", color_scheme="gray")),
        rx.alert_dialog.content(
            rx.alert_dialog.title(title),
            rx.alert_dialog.description(words),
            rx.el.div(
                rx.alert_dialog.cancel(rx.button(t("Cancel"), variant="soft", color_scheme="gray")),
                rx.alert_dialog.action(rx.button(confirm), on_click=event),
                class_name="roms-dialog-buttons",
            ),
            max_width="420px",
        ),
    )


def _number() -> rx.Component:
    phone = store.thread.phone
    return rx.cond(
        phone != "",
        rx.el.span(phone, class_name="roms-number"),
        rx.el.span(t("number hidden by WhatsApp"), class_name="roms-muted"),
    )


def _fact(label: Any, value: Any) -> rx.Component:
    return rx.el.div(rx.el.dt(label), rx.el.dd(value, dir="auto"))


def _name() -> rx.Component:
    view = store.thread
    shown_name = rx.el.div(
        rx.el.span(view.name, dir="auto", class_name="roms-contact-name"),
        rx.cond(
            SessionState.may_decide,
            rx.icon_button(
                rx.icon("pencil", size=14, aria_hidden="true"),
                aria_label=t("Edit name"),
                id="roms-rename",
                size="1",
                variant="ghost",
                color_scheme="gray",
                on_click=ThreadState.set_renaming(True),
            ),
        ),
        class_name="roms-contact-name-line",
    )
    return rx.cond(ThreadState.is_renaming, _name_form(), shown_name)


def _name_form() -> rx.Component:
    view = store.thread
    return rx.form(
        rx.input(
            name="name",
            default_value=view.own_name,
            aria_label=t("Name"),
            **limits(ContactForm, "name"),
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
                # Escape in the form clicks this button (assets/roms/controls.js).
                custom_attrs={"data-roms-cancel": ""},
            ),
            class_name="roms-buttons",
        ),
        on_submit=lambda form: ThreadState.rename(view.id, form),
        reset_on_submit=False,
        width="100%",
    )
