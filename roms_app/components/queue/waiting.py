"""Waiting conversations on `/queue`, and those that need attention."""

from typing import Any

import reflex as rx

from roms_app.components.queue.parts import age, chat_card, section
from roms_app.i18n import t
from roms_app.states.queue import QueueState


def urgent_strip() -> rx.Component:
    """Escalated and overdue conversations of all assignees; nothing when there are none."""
    strip = section(
        rx.el.ul(
            rx.foreach(QueueState.urgent, _urgent_card), aria_label=t("Needs a look"), class_name="roms-queue-list"
        ),
        title=t("Needs a look"),
        note=QueueState.urgent.length().to_string(),
        aria_label=t("Needs a look"),
        class_name="roms-queue-urgent",
    )
    return rx.cond(QueueState.urgent.length() > 0, strip)


def waiting_list() -> rx.Component:
    """In the order of the queue. Dropping an agent's conversation here returns it to the queue."""
    hidden = QueueState.waiting_total - QueueState.waiting.length()
    return section(
        rx.el.ul(rx.foreach(QueueState.waiting, chat_card), aria_label=t("Waiting"), class_name="roms-queue-list"),
        rx.cond(QueueState.waiting.length() == 0, _nobody_waits()),
        rx.cond(
            hidden > 0,
            rx.el.p(t("{count} more wait behind these.", count=hidden.to_string()), class_name="roms-queue-more"),
        ),
        title=t("Waiting"),
        note=QueueState.waiting_total.to_string(),
        aria_label=t("Who waits"),
        class_name="roms-queue-pane roms-queue-waiting",
        custom_attrs={"data-queue-back": True},
    )


def _urgent_card(chat: Any) -> rx.Component:
    seen = rx.el.button(
        t("Seen"),
        type="button",
        on_click=QueueState.dismiss(chat.id),
        class_name="roms-queue-give",
        title=t("It needs no look any more"),
    )
    return chat_card(chat, end=rx.cond(chat.is_escalated, seen))


def _nobody_waits() -> rx.Component:
    """One sentence, and the last assignment."""
    last = QueueState.last
    given = rx.el.p(
        t("Given last: {customer} to {agent},", customer=last.customer, agent=last.agent_name),
        " ",
        age(last.at),
        " ",
        t("ago"),
        class_name="roms-queue-muted",
    )
    return rx.el.div(
        rx.icon("party-popper", size=28, aria_hidden="true"),
        rx.el.p(t("Nobody waits.")),
        rx.cond(last.at > 0, given),
        class_name="roms-nothing",
    )
