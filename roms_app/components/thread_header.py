"""Above the messages: who the customer is, who answers them, and what can be done with the conversation."""

from typing import Any

import reflex as rx

from roms_app.components import shown
from roms_app.components.glyphs import avatar
from roms_app.components.words import availability_word
from roms_app.i18n import t
from roms_app.states.session import SessionState
from roms_app.states.thread import Colleague, ThreadState


def thread_header() -> rx.Component:
    """Of the open conversation."""
    view = shown.thread
    return rx.el.header(
        _icon_button("arrow-left", t("Back to the list"), "romsControls.close", class_name="roms-only-phone"),
        avatar(view.initials, view.hue, view.picture),
        rx.el.div(
            rx.el.h2(view.name, dir="auto", class_name="roms-thread-name"),
            rx.el.p(_under_name(), class_name="roms-thread-under"),
            class_name="roms-thread-who",
        ),
        rx.el.div(
            rx.cond(~view.is_assigned, _action(t("Take"), "user-check", ThreadState.take(view.id))),
            _hand_over(),
            rx.cond(
                view.status == "resolved",
                _action(t("Reopen"), "rotate-ccw", ThreadState.reopen(view.id)),
                _action(t("Resolve"), "check", ThreadState.resolve(view.id), is_main=True),
            ),
            _more(),
            _icon_button(
                "panel-right",
                t("Customer"),
                "romsControls.toggleContact",
                id="roms-contact-open",
                class_name="roms-only-narrow",
            ),
            class_name="roms-thread-actions",
        ),
        class_name="roms-thread-head",
    )


def _under_name() -> rx.Component:
    view = shown.thread
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
        rx.cond(view.is_assigned, rx.el.span(view.assignee, dir="auto"), rx.el.span(t("Unassigned"))),
    )


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
        on_click=shown.run(function),
        **props,
    )


def _more() -> rx.Component:
    """What is seldom done with a conversation."""
    trigger = rx.icon_button(
        rx.icon("ellipsis-vertical", size=18, aria_hidden="true"),
        aria_label=t("More"),
        size="2",
        variant="ghost",
        color_scheme="gray",
    )
    return rx.menu.root(
        rx.menu.trigger(trigger),
        rx.menu.content(
            rx.menu.item(t("Send read receipt"), on_select=ThreadState.send_receipt(shown.thread.id)), align="end"
        ),
    )


def _hand_over() -> rx.Component:
    """A menu of colleagues with their availability; who took over is told in the thread."""
    view = shown.thread
    trigger = rx.button(
        rx.icon("user-round-plus", size=16, aria_hidden="true"),
        rx.el.span(t("Hand over"), class_name="roms-action-word"),
        aria_label=t("Hand over"),
        size="2",
        variant="outline",
        color_scheme="gray",
    )
    to_myself = rx.menu.item(t("Take over myself"), on_select=ThreadState.hand_over(view.id, SessionState.agent_id))
    return rx.menu.root(
        rx.menu.trigger(trigger),
        rx.menu.content(
            rx.cond(view.is_assigned & ~view.is_mine, rx.fragment(to_myself, rx.menu.separator())),
            rx.foreach(ThreadState.colleagues, _colleague),
            rx.cond(
                ThreadState.colleagues.length() == 0,
                rx.menu.item(t("Nobody else is on the team yet"), disabled=True),
            ),
            align="end",
            class_name="roms-menu",
        ),
        on_open_change=ThreadState.list_colleagues,
    )


def _colleague(colleague: rx.Var[Colleague]) -> rx.Component:
    state = rx.cond(colleague.is_present, colleague.availability, "away")
    word = rx.cond(colleague.is_present, availability_word(colleague.availability), t("Offline"))
    return rx.menu.item(
        rx.el.span(class_name="roms-dot", custom_attrs={"data-availability": state}),
        rx.el.span(colleague.name, class_name="roms-menu-name", dir="auto"),
        rx.el.span(word, " · ", colleague.open_count, class_name="roms-menu-note"),
        key=colleague.id,
        on_select=ThreadState.hand_over(shown.thread.id, colleague.id),
    )
