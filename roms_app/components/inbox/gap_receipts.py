"""Above the list: receipts of recovered gaps, with the number of recovered messages."""

from typing import Any

import reflex as rx

from roms_app.components.client.bridge import reread_on
from roms_app.i18n import t, tn
from roms_app.states.receipts import ReceiptsState


def gap_receipts() -> rx.Component:
    """One line for each gap of the last day, until the agent closes them."""
    return rx.fragment(
        reread_on("inbox", ReceiptsState.load),
        rx.cond(
            ReceiptsState.receipts.length() > 0,
            rx.box(
                rx.icon("history", size=16, aria_hidden="true"),
                rx.box(rx.foreach(ReceiptsState.receipts, _receipt), class_name="roms-receipt-lines"),
                rx.icon_button(
                    rx.icon("x", size=16, aria_hidden="true"),
                    aria_label=t("Close"),
                    size="2",
                    variant="ghost",
                    color_scheme="gray",
                    on_click=ReceiptsState.close,
                ),
                role="status",
                class_name="roms-receipts",
            ),
        ),
    )


def _receipt(receipt: Any) -> rx.Component:
    words = tn(
        "Offline {times}; {count} message recovered",
        "Offline {times}; {count} messages recovered",
        receipt.recovered,
        times=receipt.times,
    )
    return rx.el.p(rx.el.span(receipt.inbox_name, dir="auto"), words, key=receipt.id.to_string())
