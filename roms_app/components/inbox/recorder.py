"""Voice notes in the composer: recording and playback (assets/roms/recorder.js)."""

from typing import Final

import reflex as rx

from roms_app.components.client import store
from roms_app.components.inbox.composer_buttons import send_button, tool_button
from roms_app.i18n import t

_LEVEL_BARS: Final = 28


def recorder() -> rx.Component:
    """Replaces the text box, first during recording and then for playback."""
    view = store.recorder
    is_sending = view.state == "sending"
    return rx.el.div(
        tool_button("trash-2", t("Throw away"), on_click=store.run("romsRecorder.cancel"), disabled=is_sending),
        rx.cond(
            (view.state == "ready") | is_sending,
            _take(),
            _meter(),
        ),
        rx.cond(
            view.state == "recording",
            tool_button("square", t("Stop"), id="roms-record-stop", on_click=store.run("romsRecorder.stop")),
        ),
        send_button(
            store.run("romsRecorder.send"),
            is_busy=is_sending,
            id="roms-record-send",
            disabled=view.state == "asking",
        ),
        role="group",
        aria_label=t("Voice note"),
        class_name="roms-recorder",
    )


def _take() -> rx.Component:
    """Browsers do not know the length of a new recording, so it is shown next to the player."""
    return rx.el.div(
        rx.el.audio(src=store.recorder.url, controls=True, class_name="roms-recorder-player"),
        rx.el.span(store.recorder.time, class_name="roms-recorder-time"),
        role="group",
        aria_label=t("Your recording"),
        class_name="roms-recorder-take",
    )


def _meter() -> rx.Component:
    return rx.el.div(
        rx.el.span(class_name="roms-recorder-dot"),
        rx.el.span(
            rx.cond(store.recorder.state == "asking", t("Waiting for the microphone…"), store.recorder.time),
            role="timer",
            aria_label=t("Recording"),
            class_name="roms-recorder-time",
        ),
        rx.el.div(
            *[rx.el.span() for _ in range(_LEVEL_BARS)],
            id="roms-level",
            aria_hidden="true",
            class_name="roms-level",
        ),
        class_name="roms-recorder-meter",
    )
