"""Going away and the end of a shift: dialogs about the agent's open conversations."""

from typing import Any

import reflex as rx

from roms_app.components.client import store
from roms_app.components.client.store import run
from roms_app.components.forms import error_notice
from roms_app.components.inbox.handover import buttons, note_field
from roms_app.i18n import t, tn
from roms_app.states.session import SessionState
from roms_app.states.shift import ShiftState

#: The availability menu of the list, else that of the rail.
_TO_MENU = run("roms.focus", ".roms-availability", ".roms-profile")


def away_dialog() -> rx.Component:
    """Asks an agent who has gone away with open conversations. If it is closed without an answer, they keep them."""
    count = SessionState.leaving_count
    keep = rx.alert_dialog.cancel(rx.button(t("Keep them"), size="3", variant="soft"))
    return_and_go_away = rx.button(t("Return them to the queue"), size="3", on_click=SessionState.return_and_go_away)
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title(t("You are away")),
            rx.alert_dialog.description(
                _open(count, count == 1),
                " ",
                t("Returned ones are given to colleagues at once; kept ones wait for you."),
                size="2",
            ),
            rx.el.div(keep, return_and_go_away, class_name="roms-dialog-buttons"),
            max_width="480px",
            # The menu that opened the dialog is gone.
            on_close_auto_focus=_TO_MENU,
        ),
        open=count > 0,
        on_open_change=lambda _is_open: SessionState.keep_open_conversations(),
    )


def _open(count: Any, is_one: Any) -> Any:
    many = tn("You have {count} open conversation.", "You have {count} open conversations.", count)
    return rx.cond(is_one, t("You have one open conversation."), many)


def shift_notice() -> rx.Component:
    """Above the page until the agent has decided. It does not interrupt a reply."""
    line = rx.box(
        rx.icon("clock", size=16, aria_hidden="true"),
        rx.el.p(
            t("Your shift ended at {time}.", time=ShiftState.ended_at),
            " ",
            _open(_count(), _count() == "1"),
        ),
        _hand_over(),
        rx.button(t("Keep them"), size="2", variant="ghost", color_scheme="gray", on_click=ShiftState.keep),
        class_name="roms-shift",
    )
    return rx.box(rx.cond((ShiftState.ended_at != "") & (_count() != "0"), line), role="status")


def _count() -> rx.Var[str]:
    """The current number of open conversations: from the tab's live counts, if they have arrived."""
    return rx.cond(store.counts.mine != "", store.counts.mine, ShiftState.open_count.to_string())  # pyright: ignore[reportReturnType]


def _hand_over() -> rx.Component:
    form = rx.form(
        note_field("shift", t("Where do things stand? Who gets them reads this in each thread."), required=True),
        error_notice(ShiftState.error),
        buttons(rx.button(t("Hand over"), type="submit", size="3")),
        on_submit=ShiftState.hand_over,
        reset_on_submit=False,
    )
    return rx.dialog.root(
        rx.dialog.trigger(rx.button(t("Hand over"), size="2", variant="soft")),
        rx.dialog.content(
            rx.dialog.title(
                rx.cond(
                    _count() == "1",
                    t("Hand over one open conversation"),
                    tn("Hand over {count} open conversation", "Hand over {count} open conversations", _count()),
                )
            ),
            rx.dialog.description(
                t("They return to the queue and are given to colleagues who are on shift."),
                size="2",
                margin_bottom="12px",
            ),
            form,
            max_width="480px",
        ),
        open=ShiftState.is_dialog_open,
        on_open_change=ShiftState.set_dialog,
    )
