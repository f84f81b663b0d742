"""Fields, buttons and notices that all pages share, labelled for people and for screen readers."""

from typing import Any

import reflex as rx

from roms_app.i18n import t
from roms_app.states.forms import Form, limits


def field(label: Any, control: rx.Component, *, control_id: str, hint: Any = None) -> rx.Component:
    """A labelled control. `control` must have `control_id` as its id; screen readers read the hint with it."""
    parts = [
        rx.el.label(label, html_for=control_id, class_name="roms-label"),
        control,
    ]
    if hint is not None:
        parts.append(rx.el.p(hint, id=f"{control_id}-hint", class_name="roms-hint"))
    return rx.box(*parts, class_name="roms-field")


def text_field(
    label: Any, name: str, *, prefix: str, form: type[Form] | None = None, hint: Any = None, **props: Any
) -> rx.Component:
    """A text input. `prefix` makes ids unique if a page has several forms. `form` has the field and its limits."""
    control_id = f"{prefix}-{name}"
    described = {"aria_describedby": f"{control_id}-hint"} if hint is not None else {}
    known = limits(form, name) if form else {}
    control = rx.input(id=control_id, name=name, size="3", width="100%", **described, **known, **props)
    return field(label, control, control_id=control_id, hint=hint)


def select_field(label: Any, name: str, options: Any, *, prefix: str, **props: Any) -> rx.Component:
    """A select of a form. It is the browser's own, so it works with keyboards and phones in the usual way.

    `options` are ``<option>`` components.
    """
    control_id = f"{prefix}-{name}"
    control = rx.el.select(*options, id=control_id, name=name, class_name="roms-select", **props)
    return field(label, control, control_id=control_id)


def error_notice(error: Any) -> rx.Component:
    """The error, next to what failed. Always rendered, so that screen readers notice when it gets text."""
    return rx.box(
        rx.cond(
            error != "", rx.box(rx.icon("circle-alert", size=16), rx.text(error, size="2"), class_name="roms-error")
        ),
        role="alert",
    )


def submit_button(label: Any, *, is_busy: Any = False, **props: Any) -> rx.Component:
    """The submit button of a form."""
    return rx.button(label, type="submit", size="3", loading=is_busy, **props)


def password_hint() -> rx.Var[str]:
    """The requirements of a password."""
    return t("At least 10 characters. Several words are easy to remember.")


def form_dialog(
    *,
    trigger: rx.Component,
    title: Any,
    fields: list[rx.Component],
    submit: Any,
    on_submit: Any,
    state: Any,
    name: Any,
    max_width: str = "440px",
) -> rx.Component:
    """A form in a dialog that stays open until the server accepts it. The focus returns to the trigger.

    `state` has ``dialog`` (the name of the open dialog), ``set_dialog(name, is_open)`` and ``error``.
    """
    form = rx.form(
        rx.flex(
            *fields,
            error_notice(state.error),
            _dialog_buttons(submit_button(submit)),
            direction="column",
            gap="16px",
            margin_top="12px",
        ),
        on_submit=on_submit,
    )
    return rx.dialog.root(
        rx.dialog.trigger(trigger),
        rx.dialog.content(rx.dialog.title(title), form, max_width=max_width, aria_describedby=rx.Var("undefined")),
        open=state.dialog == name,
        on_open_change=state.set_dialog(name),
    )


def confirm_dialog(
    *,
    trigger: rx.Component,
    title: Any,
    text: Any,
    confirm: Any,
    on_confirm: Any,
    state: Any,
    name: Any,
) -> rx.Component:
    """A confirmation before an action that can't be undone with one click. `state`: as for `form_dialog`."""
    button = rx.button(confirm, size="3", color_scheme="red", on_click=on_confirm)
    return rx.alert_dialog.root(
        rx.alert_dialog.trigger(trigger),
        rx.alert_dialog.content(
            rx.alert_dialog.title(title),
            rx.alert_dialog.description(text, size="2"),
            error_notice(state.error),
            _dialog_buttons(button, cancel=rx.alert_dialog.cancel),
            max_width="440px",
        ),
        open=state.dialog == name,
        on_open_change=state.set_dialog(name),
    )


def _dialog_buttons(*buttons: rx.Component, cancel: Any = rx.dialog.close) -> rx.Component:
    leave = cancel(rx.button(t("Cancel"), type="button", size="3", variant="soft", color_scheme="gray"))
    return rx.flex(leave, *buttons, gap="12px", justify="end", margin_top="16px")
