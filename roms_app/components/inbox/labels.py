"""Labels: chips in the list, and in the contact panel with a menu to add and remove them."""

from typing import Any

import reflex as rx

from roms_app.components.client import store
from roms_app.components.forms import error_notice
from roms_app.domain import fields
from roms_app.i18n import t
from roms_app.states.labels import LabelChoice, LabelsState
from roms_app.states.session import SessionState


def label_mark(item: Any) -> rx.Component:
    """A row's first label, and the number of further ones."""
    return rx.el.span(
        rx.el.bdi(item.label, class_name="roms-tag-name"),
        rx.cond(item.more_labels != "", rx.el.span(item.more_labels)),
        title=item.all_labels,
        class_name="roms-tag-chip",
    )


def labels() -> rx.Component:
    """The open conversation's labels."""
    view = store.thread
    chips = rx.el.ul(
        rx.foreach(view.labels, lambda name: rx.el.li(rx.el.bdi(name, class_name="roms-tag-name"), title=name)),
        aria_label=t("Labels"),
        class_name="roms-tags",
    )
    return rx.el.div(
        rx.el.div(rx.el.h3(t("Labels")), rx.cond(SessionState.may_decide, _menu()), class_name="roms-tags-head"),
        rx.cond(view.labels.length() > 0, chips, rx.el.p(t("No label yet."), class_name="roms-muted")),
        class_name="roms-contact-labels",
    )


def _menu() -> rx.Component:
    trigger = rx.button(
        rx.icon("tag", size=14, aria_hidden="true"), t("Change labels"), size="1", variant="ghost", color_scheme="gray"
    )
    add = rx.form(
        rx.input(
            name="name", placeholder=t("New label"), aria_label=t("New label"), auto_complete="off", size="2", flex="1",
            max_length=fields.LABEL_NAME_MAX,
        ),
        rx.button(t("Add"), type="submit", size="2", variant="soft"),
        on_submit=lambda form: LabelsState.add_label(store.thread.id, form),
        reset_on_submit=True,
        class_name="roms-tag-form",
    )  # fmt: skip
    return rx.popover.root(
        rx.popover.trigger(trigger),
        rx.popover.content(
            rx.cond(
                LabelsState.choices.length() > 0,
                rx.el.div(
                    rx.foreach(LabelsState.choices, _choice),
                    role="group",
                    aria_label=t("Labels"),
                    class_name="roms-tag-choices",
                ),
            ),
            error_notice(LabelsState.error),
            add,
            size="1",
            width="260px",
            align="end",
            aria_label=t("Labels"),
        ),
        on_open_change=LabelsState.list_labels,
    )


def _choice(choice: rx.Var[LabelChoice]) -> rx.Component:
    is_on = store.thread.labels.contains(choice.name)
    return rx.el.button(
        rx.el.span(
            rx.cond(is_on, rx.icon("check", size=14, aria_hidden="true"), rx.fragment()), class_name="roms-menu-check"
        ),
        rx.el.bdi(choice.name, class_name="roms-tag-name"),
        type="button",
        role="checkbox",
        aria_checked=is_on,
        on_click=LabelsState.set_label(store.thread.id, choice.id, ~is_on),
        key=choice.id,
        class_name="roms-tag-choice",
    )
