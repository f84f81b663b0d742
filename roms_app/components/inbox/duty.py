"""Signs of a conversation's duty, for rows and the thread's head: how urgent, until when, why it is whose it is.

`assets/roms/duty.js` makes what these functions show; `item` is a `ListItem` or a `ThreadView`.
"""

from typing import Any, Final

import reflex as rx

from roms_app.i18n import t

_ICONS: Final = {"urgent": "chevrons-up", "high": "chevron-up", "low": "chevron-down"}


def why(because: Any) -> dict[str, Any]:
    """Attributes of what tells, on hover and focus, why the conversation is whose it is (assets/roms/tip.js)."""
    return {"data-tip": because}


def tip() -> rx.Component:
    """The tooltip itself, once a page."""
    return rx.el.div(
        id="roms-tip", role="tooltip", dir="auto", custom_attrs={"popover": "manual"}, class_name="roms-tip"
    )


def priority_mark(item: Any) -> rx.Component:
    """Each priority has its shape, its word and its colour; the normal one has none."""
    icons = [(name, rx.icon(icon, size=16, aria_hidden="true")) for name, icon in _ICONS.items()]
    mark = rx.el.span(
        rx.match(item.priority, *icons, rx.fragment()),
        role="img",
        aria_label=item.priority_label,
        title=item.priority_label,
        class_name="roms-priority",
        custom_attrs={"data-priority": item.priority},
    )
    return rx.cond(item.priority != "", mark)


def escalated_mark(item: Any) -> rx.Component:
    """The response timer has told the admins."""
    word = t("An admin is asked to look")
    mark = rx.el.span(
        rx.icon("megaphone", size=14, aria_hidden="true"),
        role="img",
        aria_label=word,
        title=word,
        class_name="roms-escalated",
    )
    return rx.cond(item.is_escalated, mark)


def due_chip(item: Any, *, is_long: bool = False) -> rx.Component:
    """How long is left for the answer, in the last two minutes. Calm: it counts down and does nothing else.

    `is_long`: in words, where the page is wide enough for them.
    """
    chip = rx.el.span(
        rx.icon("timer", size=12, aria_hidden="true"),
        rx.el.span(item.due_label, class_name="roms-due-long") if is_long else rx.fragment(),
        rx.el.span(item.due, class_name="roms-due-short" if is_long else ""),
        role="timer",
        aria_label=item.due_label,
        title=item.due_label,
        class_name="roms-due",
    )
    return rx.cond(item.due != "", chip)
