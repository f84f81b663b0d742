"""Fields, buttons and notices that every page shares, labelled for people and for screen readers alike."""

from typing import Any

import reflex as rx

from roms_app.i18n import t


def field(label: Any, control: rx.Component, *, control_id: str, hint: Any = None) -> rx.Component:
    """A labelled control. `control` must carry `control_id` as its id; the hint is read out with it."""
    parts = [
        rx.el.label(label, html_for=control_id, class_name="roms-label"),
        control,
    ]
    if hint is not None:
        parts.append(rx.el.p(hint, id=f"{control_id}-hint", class_name="roms-hint"))
    return rx.box(*parts, class_name="roms-field")


def text_field(label: Any, name: str, *, prefix: str, hint: Any = None, **props: Any) -> rx.Component:
    """A text input of a form; `prefix` keeps ids of several forms on a page apart."""
    control_id = f"{prefix}-{name}"
    described = {"aria_describedby": f"{control_id}-hint"} if hint is not None else {}
    control = rx.input(id=control_id, name=name, size="3", width="100%", **described, **props)
    return field(label, control, control_id=control_id, hint=hint)


def select_field(label: Any, name: str, options: Any, *, prefix: str, **props: Any) -> rx.Component:
    """A choice of a form, by the browser's own select: it works with keyboards and phones as people know it.

    `options` are ``<option>`` components.
    """
    control_id = f"{prefix}-{name}"
    control = rx.el.select(*options, id=control_id, name=name, class_name="roms-select", **props)
    return field(label, control, control_id=control_id)


def error_notice(error: Any) -> rx.Component:
    """What went wrong, in place. Always there, so that screen readers notice when it fills."""
    return rx.box(
        rx.cond(error != "", rx.box(rx.icon("circle-alert", size=16), rx.text(error, size="2"), class_name="roms-error")),
        role="alert",
    )


def submit_button(label: Any, *, is_busy: Any = False, **props: Any) -> rx.Component:
    """The one button of a form."""
    return rx.button(label, type="submit", size="3", loading=is_busy, **props)


def password_hint() -> rx.Var[str]:
    """What a password must be."""
    return t("At least 10 characters. Several words are easy to remember.")
