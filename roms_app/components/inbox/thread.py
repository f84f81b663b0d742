"""The thread: its messages and the button to the newest one. `bubbles.py` has the content of bubbles, by kind."""

from typing import Any

import reflex as rx

from roms_app.components.client import store
from roms_app.components.client.shapes import MessageItem
from roms_app.components.forms import error_notice
from roms_app.components.glyphs import media_glyph, tick
from roms_app.components.inbox import bubbles
from roms_app.components.inbox.bubble_menu import bubble_menu, lightbox, more_button
from roms_app.components.inbox.composer import composer
from roms_app.components.inbox.handover import refusal
from roms_app.components.inbox.thread_header import thread_header
from roms_app.components.words import failure_word
from roms_app.i18n import t
from roms_app.states.thread import ThreadState


def thread() -> rx.Component:
    """The third region of the page.

    Always rendered, so that the log keeps its place; empty until a conversation is chosen.
    """
    return rx.el.section(
        rx.cond(
            store.thread.id == 0, _nothing_chosen(), rx.cond(store.log.is_missing, _nothing_there(), thread_header())
        ),
        _log(),
        _jump(),
        error_notice(ThreadState.error),
        error_notice(refusal()),
        composer(),
        bubble_menu(),
        lightbox(),
        aria_label=t("Conversation"),
        class_name=rx.cond(
            (store.thread.id == 0) | store.log.is_missing, "roms-thread roms-thread-none", "roms-thread"
        ),
    )


def _nothing_chosen() -> rx.Component:
    return rx.el.div(
        rx.icon("message-square-text", size=28, aria_hidden="true"),
        rx.el.p(t("Choose a chat on the left to read and answer it.")),
        class_name="roms-nothing roms-nothing-thread",
    )


def _nothing_there() -> rx.Component:
    """The conversation can't be shown; the only action is to go back."""
    return rx.el.div(
        rx.icon("message-square-off", size=28, aria_hidden="true"),
        rx.el.p(t("This conversation doesn't exist, or you may not see it.")),
        rx.button(t("Back to the list"), variant="soft", color_scheme="gray", on_click=store.run("romsControls.close")),
        role="status",
        class_name="roms-nothing roms-nothing-thread",
    )


def _log() -> rx.Component:
    return rx.el.div(
        rx.cond(store.log.has_more, rx.el.div(t("Older messages…"), class_name="roms-older")),
        rx.foreach(store.messages, _message),
        rx.cond(
            (store.thread.id != 0) & ~store.log.is_loaded & store.log.is_slow,
            _skeleton(),
        ),
        id="roms-messages",
        role="log",
        aria_label=t("Messages"),
        tab_index=0,
        class_name="roms-log",
    )


def _message(item: rx.Var[MessageItem]) -> rx.Component:
    return rx.fragment(message_line(item=item), key=item.id)


@rx.memo
def message_line(item: rx.Var[MessageItem]) -> rx.Component:
    """Rendered again only when the item is another object: assets/roms/view.js keeps unchanged ones."""
    return rx.fragment(
        rx.cond(item.day != "", rx.el.div(rx.el.span(item.day), class_name="roms-day")),
        rx.cond(item.is_system, _system_line(item), _bubble(item)),
    )


def _system_line(item: Any) -> rx.Component:
    return rx.el.div(
        rx.foreach(item.parts, lambda part: rx.el.span(part.text, dir="auto")),
        " · ",
        rx.el.span(item.time, title=item.exact),
        rx.cond(item.note != "", rx.el.blockquote(item.note, dir="auto", class_name="roms-system-note")),
        class_name="roms-system",
    )


def _bubble(item: Any) -> rx.Component:
    side = rx.cond(item.is_ours, "roms-bubble-row roms-ours", "roms-bubble-row roms-theirs")
    start = rx.cond(item.is_run_start, " roms-run-start", "")
    end = rx.cond(item.is_run_end, " roms-run-end", "")
    return rx.el.div(
        rx.cond(item.author != "", rx.el.span(item.author, dir="auto", class_name="roms-author")),
        rx.el.div(
            rx.el.div(
                bubbles.forwarded(item),
                bubbles.quote(item),
                rx.cond(
                    item.label != "",
                    rx.el.span(media_glyph(item.glyph, 16), item.label, class_name="roms-label-line"),
                ),
                bubbles.contents(item),
                _body(item),
                _foot(item),
                class_name="roms-bubble",
                tab_index=-1,
            ),
            more_button(item),
            class_name="roms-bubble-beside",
        ),
        bubbles.reactions(item),
        rx.cond(item.wait != "", rx.el.span(item.wait, class_name="roms-wait")),
        rx.cond(item.tick == "failed", _failure(item)),
        class_name=side + start + end,
        custom_attrs={"data-message": item.id, "data-layout": item.layout},
    )


def _body(item: Any) -> rx.Component:
    """The message's text, as text and never as HTML."""
    return rx.fragment(
        rx.el.span(
            rx.foreach(item.parts, _part),
            dir="auto",
            class_name=rx.cond(item.is_muted, "roms-text roms-muted", "roms-text"),
        ),
        rx.cond(
            item.is_shortened,
            rx.el.button(
                t("Show all"),
                type="button",
                class_name="roms-show-all",
                on_click=store.run("roms.expand", item.id),
            ),
        ),
    )


def _part(part: Any) -> rx.Component:
    return rx.cond(
        part.href != "",
        rx.el.a(part.text, href=part.href, target="_blank", rel="noopener noreferrer nofollow"),
        part.text,
    )


def _foot(item: Any) -> rx.Component:
    """Floats into the last line of the text."""
    return rx.el.span(
        rx.cond(item.edited != "", rx.el.span(item.edited)),
        rx.el.time(item.time, title=item.exact),
        rx.cond(item.tick != "", tick(item.tick)),
        class_name="roms-foot",
    )


def _failure(item: Any) -> rx.Component:
    return rx.el.div(
        rx.el.span(failure_word(item.reason), dir="auto"),
        rx.button(t("Retry"), size="1", variant="soft", color_scheme="red", on_click=ThreadState.retry(item.number)),
        class_name="roms-failure",
    )


def _jump() -> rx.Component:
    """The button to the newest message, with the number of new ones."""
    return rx.cond(
        store.log.is_behind,
        rx.el.button(
            rx.icon("chevron-down", size=18, aria_hidden="true"),
            rx.cond(store.log.unseen > 0, rx.el.span(store.log.unseen, class_name="roms-unread")),
            type="button",
            aria_label=t("Jump to the latest message"),
            class_name="roms-jump",
            on_click=store.run("romsControls.toBottom"),
        ),
    )


def _skeleton() -> rx.Component:
    """Placeholders in the shape of a thread: text, a picture, text."""
    bones = ("theirs", "theirs roms-bone-picture", "ours", "theirs", "ours")
    return rx.el.div(
        *[rx.el.span(class_name=f"roms-bone roms-bone-bubble roms-bone-{bone}") for bone in bones],
        aria_hidden="true",
        class_name="roms-bones",
    )
