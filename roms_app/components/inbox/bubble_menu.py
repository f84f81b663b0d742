"""The menu of a message, and a picture at full size: one of each for all bubbles (assets/roms/bubbles.js)."""

from typing import Any, Final

import reflex as rx

from roms_app.components.client import store
from roms_app.i18n import t

QUICK: Final = ("👍", "❤️", "😂", "😮", "😢", "🙏")
MORE: Final = (
    "👌", "👏", "🙌", "🤝", "💪", "✅", "❌", "❓", "❗", "💯", "🔥", "🎉", "⭐", "🌹", "🎁", "💰",
    "📦", "🚚", "📷", "☎️", "⏰", "📌", "😀", "😊", "😍", "🤗", "🤔", "😅", "😭", "😡", "😴", "🤒",
)  # fmt: skip

#: Without `reloadDocument`, Reflex's router would look for a page at this address.
_DOWNLOAD: Final = {"download": "", "reloadDocument": True}


def more_button(item: Any) -> rx.Component:
    """The menu button next to the bubble, visible on hover and focus. Up and Down move to other bubbles' buttons."""
    button = rx.el.button(
        rx.icon("ellipsis-vertical", size=16, aria_hidden="true"),
        type="button",
        aria_label=t("Actions for the message of {time}", time=item.time),
        aria_haspopup="menu",
        tab_index=rx.cond(item.is_last_to_act, 0, -1),
        on_click=store.run("romsBubbles.openMenu", item.id),
        class_name="roms-more",
    )
    return rx.cond(item.can_act, button)


def bubble_menu() -> rx.Component:
    """The browser decides its position, its content, and where the focus goes afterwards."""
    menu = store.menu
    return rx.el.div(
        rx.cond(menu.can_answer, _emojis()),
        rx.cond(menu.can_answer, _item("reply", t("Reply"), _act("reply"))),
        rx.cond(menu.can_copy, _item("copy", t("Copy text"), _act("copy"))),
        rx.cond(menu.url != "", _download(menu.url)),
        rx.cond(menu.can_cancel, _item("ban", t("Cancel sending"), _act("cancel"))),
        rx.cond(menu.can_retry, _item("rotate-cw", t("Retry"), _act("retry"))),
        id="roms-bubble-menu",
        role="menu",
        aria_label=t("Message actions"),
        custom_attrs={"popover": "auto"},
        class_name="roms-bubble-menu",
    )


def _act(name: str) -> rx.event.EventSpec:
    return store.run("romsBubbles.act", name)


def _item(icon: str, label: Any, event: Any) -> rx.Component:
    return rx.el.button(
        rx.icon(icon, size=16, aria_hidden="true"),
        label,
        type="button",
        role="menuitem",
        on_click=event,
        class_name="roms-menu-item",
    )


def _download(url: Any) -> rx.Component:
    return rx.el.a(
        rx.icon("download", size=16, aria_hidden="true"),
        t("Download"),
        href=url,
        role="menuitem",
        custom_attrs=_DOWNLOAD,
        class_name="roms-menu-item",
    )


def _emojis() -> rx.Component:
    menu = store.menu
    more = rx.el.button(
        rx.icon("plus", size=18, aria_hidden="true"),
        type="button",
        role="menuitem",
        aria_label=t("More emoji"),
        on_click=store.run("romsBubbles.moreEmoji"),
        class_name="roms-emoji",
    )
    all_of_them = rx.el.div(*map(_emoji, MORE), class_name="roms-emojis", custom_attrs={"data-more-emoji": True})
    return rx.el.div(
        rx.el.div(*map(_emoji, QUICK), rx.cond(menu.has_more, rx.fragment(), more), class_name="roms-emojis"),
        rx.cond(menu.has_more, all_of_them),
        role="group",
        aria_label=t("React"),
        class_name="roms-menu-emojis",
    )


def _emoji(emoji: str) -> rx.Component:
    is_ours = store.menu.mine == emoji
    return rx.el.button(
        emoji,
        type="button",
        role="menuitemcheckbox",
        aria_label=t("React with {emoji}", emoji=emoji),
        aria_checked=is_ours,
        on_click=store.run("romsBubbles.react", store.menu.number, emoji, is_ours),
        class_name="roms-emoji",
    )


def lightbox() -> rx.Component:
    """The browser's own modal dialog: Esc closes it, the focus stays inside and returns afterwards."""
    view = store.lightbox
    zoomed = {"data-zoom": view.zoom}
    image = rx.el.img(
        src=view.url, alt=view.alt, on_click=store.run("romsBubbles.zoom"), key=view.id, custom_attrs=zoomed
    )
    film = rx.el.video(src=view.url, controls=True, auto_play=True, aria_label=view.alt, key=view.id)
    return rx.el.dialog(
        rx.el.div(
            rx.el.span(view.place, class_name="roms-lightbox-place"),
            rx.cond(view.layout == "image", _tool("zoom-in", t("Zoom"), "romsBubbles.zoom")),
            rx.el.a(
                rx.icon("download", size=20, aria_hidden="true"),
                href=view.download,
                aria_label=t("Download"),
                title=t("Download"),
                custom_attrs=_DOWNLOAD,
                class_name="roms-lightbox-tool",
            ),
            _tool("x", t("Close"), "romsBubbles.closeLarge"),
            class_name="roms-lightbox-bar",
        ),
        rx.el.div(
            rx.match(view.layout, ("image", image), ("video", film), rx.fragment()), class_name="roms-lightbox-stage"
        ),
        rx.el.p(view.alt, dir="auto", class_name="roms-lightbox-caption"),
        rx.cond(view.has_previous, _tool("chevron-left", t("Previous"), "romsBubbles.step", -1)),
        rx.cond(view.has_next, _tool("chevron-right", t("Next"), "romsBubbles.step", 1)),
        id="roms-lightbox",
        aria_label=t("Full size"),
        class_name="roms-lightbox",
    )


def _tool(icon: str, label: Any, function: str, *arguments: Any) -> rx.Component:
    return rx.el.button(
        rx.icon(icon, size=20, aria_hidden="true"),
        type="button",
        aria_label=label,
        title=label,
        on_click=store.run(function, *arguments),
        class_name=f"roms-lightbox-tool roms-lightbox-{icon}",
    )
