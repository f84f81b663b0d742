"""The editor of weekly hours: the days, their times, and a second span for a break."""

from typing import Any

import reflex as rx

from roms_app.i18n import t


def hours_editor(days: Any, text: Any, *, legend: Any, limited: Any, hint: Any) -> rx.Component:
    """Fields of a form that `states/hours_form.read_hours` reads.

    `days`: list of `DayHours`; `text`: the hours in the format of `domain.hours`, "" for always.
    """
    return rx.el.fieldset(
        rx.el.legend(legend, class_name="roms-label"),
        rx.el.label(
            rx.el.input(type="checkbox", name="hours-limited", default_checked=text != ""),
            rx.el.span(limited),
            class_name="roms-box",
        ),
        rx.el.div(
            rx.foreach(days, _day),
            rx.el.p(hint, class_name="roms-hint"),
            class_name="roms-hours-days",
        ),
        class_name="roms-hours",
    )


def hours_summary(days: Any, text: Any) -> rx.Component:
    """The open days, each with its times; "Always" without hours."""
    day = rx.foreach(days, lambda one: rx.cond(one.is_open, rx.el.li(rx.el.span(day_word(one.day)), _times(one))))
    return rx.cond(text != "", rx.el.ul(day, class_name="roms-hours-summary"), t("Always"))


def day_word(day: Any) -> Any:
    """mon … sun, as a word."""
    return rx.match(
        day,
        ("mon", t("Mon")),
        ("tue", t("Tue")),
        ("wed", t("Wed")),
        ("thu", t("Thu")),
        ("fri", t("Fri")),
        ("sat", t("Sat")),
        t("Sun"),
    ).to(str)


def _times(day: Any) -> rx.Component:
    second = rx.cond(day.since2 != "", ", " + day.since2.to(str) + "-" + day.until2.to(str), "")
    return rx.el.span(day.since + "-" + day.until, second)


def _day(day: Any) -> rx.Component:
    name = "hours-" + day.day.to(str)
    word = day_word(day.day)
    return rx.el.div(
        rx.el.label(
            rx.el.input(type="checkbox", name=name, default_checked=day.is_open),
            rx.el.span(word),
            class_name="roms-box",
        ),
        rx.el.div(
            _time(name + "-since1", day.since, t("{day}: from", day=word)),
            rx.el.span("-", aria_hidden="true"),
            _time(name + "-until1", day.until, t("{day}: until", day=word)),
            class_name="roms-hours-span",
        ),
        rx.el.div(
            rx.el.span(t("and"), class_name="roms-hint"),
            _time(name + "-since2", day.since2, t("{day}: second span from", day=word)),
            rx.el.span("-", aria_hidden="true"),
            _time(name + "-until2", day.until2, t("{day}: second span until", day=word)),
            class_name="roms-hours-span",
        ),
        class_name="roms-hours-day",
        key=day.day,
    )


def _time(name: Any, value: Any, label: Any) -> rx.Component:
    # Not the browser's own time field: it uses the browser's language, AM and PM, instead of the agent's.
    return rx.el.input(
        name=name,
        default_value=value,
        aria_label=label,
        placeholder="00:00",
        input_mode="numeric",
        max_length=5,
        auto_complete="off",
        class_name="roms-time",
    )
