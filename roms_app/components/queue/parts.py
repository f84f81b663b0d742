"""Shared parts of `/queue`: sentences of the server, ages that tick, chips, cards of conversations."""

from typing import Any

import reflex as rx

from roms_app.components.glyphs import media_glyph
from roms_app.i18n import in_language, t, tn

#: Milliseconds after which an age is marked as long.
_LONG_MS = 15 * 60_000


def in_words(words: Any) -> Any:
    """A `Words` of the server, in the agent's language."""
    return in_language(words)


def age(since: Any, *, warns: bool = False) -> rx.Component:
    """The time that has passed; assets/roms/queue.js updates it each second."""
    marks: dict[str, Any] = {"data-since": since, **({"data-long": _LONG_MS} if warns else {})}
    return rx.el.time(class_name="roms-queue-age", custom_attrs=marks)


def chip(text: Any, kind: str = "", **props: Any) -> rx.Component:
    """A word in a frame."""
    return rx.el.span(text, class_name="roms-queue-chip", custom_attrs={"data-kind": kind}, **props)


def priority_chip(chat: Any) -> rx.Component:
    """The chip of a priority; the normal one has none."""
    return rx.match(
        chat.priority,
        (2, chip(t("Urgent"), "urgent")),
        (1, chip(t("High"), "high")),
        (-1, chip(t("Low"), "low")),
        rx.fragment(),
    )


def chat_card(chat: Any, *, end: rx.Component | None = None) -> rx.Component:
    """One conversation: customer, time, last message, the reason for its place, and the menu to assign it."""
    name = rx.cond(chat.name != "", chat.name, rx.cond(chat.phone != "", chat.phone, t("Number hidden")))
    return rx.el.li(
        rx.el.div(
            rx.link(rx.el.bdi(name), href="/inbox/" + chat.id.to_string(), class_name="roms-queue-name"),
            priority_chip(chat),
            _flags(chat),
            rx.cond(chat.is_waiting, age(chat.since, warns=True), age(chat.since)),
            class_name="roms-queue-line",
        ),
        rx.el.div(
            media_glyph(chat.preview_kind),
            rx.el.span(chat.preview, dir="auto", class_name="roms-queue-preview"),
            rx.el.span(
                chip(chat.inbox_name),
                rx.cond(chat.team != "", chip(chat.team, "team")),
                rx.foreach(chat.labels, lambda label: chip(label, "label")),
                class_name="roms-queue-chips",
            ),
            class_name="roms-queue-line roms-queue-muted",
        ),
        rx.el.div(
            rx.el.span(_why(chat), class_name="roms-queue-why", custom_attrs={"data-tip": in_words(chat.why)}),
            rx.el.span(end or rx.fragment(), _give_button(), class_name="roms-queue-acts"),
            class_name="roms-queue-line",
        ),
        aria_label=name,
        draggable=True,
        key=chat.id.to_string(),
        class_name="roms-queue-card",
        custom_attrs={
            "data-queue-chat": chat.id,
            "data-assignee": chat.assignee_id,
            "data-parked": rx.cond(chat.is_by_hand & (chat.assignee_id == 0), "true", "false"),
        },
    )


def _why(chat: Any) -> Any:
    words = in_words(chat.why)
    return rx.cond(chat.assignee_id == 0, words, rx.fragment(rx.el.bdi(chat.assignee_name), " · ", words))


def _flags(chat: Any) -> rx.Component:
    times = tn("Returned {count} time", "Returned {count} times", chat.rounds)
    returned = rx.cond(chat.rounds == 1, t("Returned once"), times)
    return rx.fragment(
        rx.cond(chat.is_escalated, chip(t("Escalated"), "escalated")),
        rx.cond(chat.is_overdue, chip(t("Overdue"), "overdue", title=t("Given by hand: no timer watches it."))),
        rx.cond(chat.rounds > 0, chip(returned, "rounds", title=t("Nobody answered within the response time."))),
        rx.cond(chat.is_by_hand & (chat.assignee_id == 0), chip(t("Parked"), "parked")),
    )


def _give_button() -> rx.Component:
    return rx.el.button(
        t("Give to…"),
        type="button",
        aria_haspopup="dialog",
        class_name="roms-queue-give",
        custom_attrs={"data-queue-give": True},
    )


def section(*children: rx.Component, title: Any, note: Any = "", **props: Any) -> rx.Component:
    """A panel with its heading."""
    return rx.el.section(
        rx.el.header(rx.el.h2(title), rx.el.span(note, class_name="roms-queue-note"), class_name="roms-queue-head"),
        *children,
        **props,
    )
