"""The header of a thread: the customer, the assignee, and the actions."""

from typing import Any

import reflex as rx

from roms_app.components.client import store
from roms_app.components.glyphs import avatar
from roms_app.components.inbox import handover
from roms_app.components.inbox.duty import due_chip, escalated_mark, priority_mark, why
from roms_app.i18n import t
from roms_app.states.session import SessionState
from roms_app.states.thread import ThreadState


def thread_header() -> rx.Component:
    """The header of the open conversation."""
    view = store.thread
    return rx.el.header(
        _icon_button("arrow-left", t("Back to the list"), "romsControls.close", class_name="roms-only-phone"),
        avatar(view.initials, view.hue, view.picture),
        rx.el.div(
            rx.el.h2(view.name, dir="auto", class_name="roms-thread-name"),
            rx.el.div(
                priority_mark(view),
                escalated_mark(view),
                due_chip(view, is_long=True),
                _under_name(),
                class_name="roms-thread-under",
            ),
            class_name="roms-thread-who",
        ),
        # There are no actions until the status is known.
        rx.cond(view.status != "", _actions()),
        handover.menu_dialogs(),
        class_name="roms-thread-head",
    )


def _actions() -> rx.Component:
    view = store.thread
    return rx.el.div(
        rx.cond(
            SessionState.may_reply & ~view.is_assigned,
            _action(t("Take"), "user-check", ThreadState.take(view.id)),
        ),
        rx.cond(SessionState.may_decide & (view.status == "open"), handover.hand_over()),
        rx.cond(SessionState.may_reply, _resolve()),
        rx.cond(SessionState.may_decide, _more()),
        _icon_button(
            "panel-right",
            t("Customer"),
            "romsControls.toggleContact",
            id="roms-contact-open",
            class_name="roms-only-narrow",
        ),
        class_name="roms-thread-actions",
    )


def _resolve() -> rx.Component:
    view = store.thread
    return rx.cond(
        view.status == "resolved",
        _action(t("Reopen"), "rotate-ccw", ThreadState.reopen(view.id)),
        _action(t("Resolve"), "check", ThreadState.resolve(view.id, view.seen_id), is_main=True),
    )


def _under_name() -> rx.Component:
    view = store.thread
    return rx.fragment(
        rx.cond(
            view.is_group,
            rx.el.span(t("Group")),
            rx.cond(
                view.phone != "",
                rx.el.span(view.phone, class_name="roms-number"),
                rx.el.span(t("number hidden by WhatsApp")),
            ),
        ),
        _holder(),
    )


def _holder() -> rx.Component:
    """The assignee, or the team in whose queue it waits. The tooltip says why."""
    view = store.thread
    name = rx.cond(
        view.is_assigned,
        rx.el.bdi(view.assignee),
        rx.fragment(t("Unassigned"), rx.cond(view.team != "", rx.fragment(" · ", rx.el.bdi(view.team)))),
    )
    return rx.el.button(name, type="button", custom_attrs=why(view.because), class_name="roms-holder")


def _action(label: Any, icon: str, event: Any, *, is_main: bool = False) -> rx.Component:
    return rx.button(
        rx.icon(icon, size=16, aria_hidden="true"),
        rx.el.span(label, class_name="roms-action-word"),
        aria_label=label,
        size="2",
        variant="soft" if is_main else "outline",
        color_scheme="jade" if is_main else "gray",
        on_click=event,
    )


def _icon_button(icon: str, label: Any, function: str, **props: Any) -> rx.Component:
    return rx.icon_button(
        rx.icon(icon, size=18, aria_hidden="true"),
        aria_label=label,
        size="2",
        variant="ghost",
        color_scheme="gray",
        on_click=store.run(function),
        **props,
    )


def _more() -> rx.Component:
    """Rare actions. Also for an admin who may not reply."""
    trigger = rx.icon_button(
        rx.icon("ellipsis-vertical", size=18, aria_hidden="true"),
        id="roms-thread-more",
        aria_label=t("More"),
        size="2",
        variant="ghost",
        color_scheme="gray",
    )
    return rx.menu.root(
        rx.menu.trigger(trigger),
        rx.menu.content(
            handover.menu_lines(),
            rx.cond(
                SessionState.may_reply,
                rx.menu.item(
                    rx.icon("check-check", size=16, aria_hidden="true"),
                    t("Send read receipt"),
                    on_select=ThreadState.send_receipt(store.thread.id),
                ),
            ),
            align="end",
        ),
    )
