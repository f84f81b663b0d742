"""Marks for rows and the thread's header: priority, response time, and the reason for the assignee.

`assets/roms/duty.js` builds the data; `item` is a `ListItem` or a `ThreadView`.
"""

from typing import Any, Final

import reflex as rx

from roms_app.i18n import t

_ICONS: Final = {"urgent": "chevrons-up", "high": "chevron-up", "low": "chevron-down"}


def why(because: Any) -> dict[str, Any]:
    """Attributes that show on hover and focus why the conversation has its assignee (assets/roms/tip.js)."""
    return {"data-tip": because}


def tip() -> rx.Component:
    """The tooltip element, once per page."""
    return rx.el.div(
        id="roms-tip", role="tooltip", dir="auto", custom_attrs={"popover": "manual"}, class_name="roms-tip"
    )


def priority_mark(item: Any) -> rx.Component:
    """Each priority has its own shape, word and colour. The normal one has no mark."""
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
    """The mark of an escalated conversation."""
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
    """The time left for the answer, in the last two minutes. It only counts down and does not blink or move.

    `is_long`: as a phrase, where the page is wide enough.
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
