"""Where replies are written. The text box is the browser's own: typing costs no event (assets/roms/controls.js)."""

import reflex as rx

from roms_app.components import shown
from roms_app.i18n import t


def composer() -> rx.Component:
    """Enter sends, Shift+Enter breaks the line; the text leaves the box when the server has it."""
    return rx.el.div(
        rx.el.div(
            rx.cond(shown.composer.error != "", rx.el.p(shown.composer.error, class_name="roms-composer-error")),
            role="alert",
        ),
        rx.el.div(
            rx.el.textarea(
                id="roms-composer",
                aria_label=t("Message"),
                placeholder=t("Write a message"),
                title=t("Enter sends, Shift+Enter breaks the line"),
                rows=1,
                dir="auto",
                auto_complete="off",
                custom_attrs={"enterKeyHint": "send"},
                class_name="roms-composer-box",
            ),
            rx.icon_button(
                rx.icon("send-horizontal", size=18, aria_hidden="true"),
                aria_label=t("Send"),
                size="3",
                disabled=shown.composer.is_sending,
                on_click=shown.run("romsControls.submit"),
            ),
            class_name="roms-composer-line",
        ),
        class_name="roms-composer",
    )
