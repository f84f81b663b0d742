"""The thread: its header, its messages, and the way down to the newest."""

from typing import Any

import reflex as rx

from roms_app.components import shown
from roms_app.components.composer import composer
from roms_app.components.forms import error_notice
from roms_app.components.glyphs import avatar, media_glyph, tick
from roms_app.components.words import availability_word
from roms_app.i18n import t
from roms_app.states.session import SessionState
from roms_app.states.thread import Colleague, ThreadState


def thread() -> rx.Component:
    """The third region of the page. Always there, so that the log keeps its place; empty until a chat is chosen."""
    return rx.el.section(
        rx.cond(shown.thread.id == 0, _nothing_chosen(), _header()),
        _log(),
        _jump(),
        error_notice(ThreadState.error),
        composer(),
        aria_label=t("Conversation"),
        class_name=rx.cond(shown.thread.id == 0, "roms-thread roms-thread-none", "roms-thread"),
    )


def _nothing_chosen() -> rx.Component:
    return rx.el.div(
        rx.icon("message-square-text", size=28, aria_hidden="true"),
        rx.el.p(t("Choose a chat on the left to read and answer it.")),
        class_name="roms-nothing roms-nothing-thread",
    )


def _header() -> rx.Component:
    view = shown.thread
    return rx.el.header(
        _icon_button("arrow-left", t("Back to the list"), "romsControls.close", class_name="roms-only-phone"),
        avatar(view.initials, view.hue),
        rx.el.div(
            rx.el.h2(view.name, dir="auto", class_name="roms-thread-name"),
            rx.el.p(_under_name(), class_name="roms-thread-under"),
            class_name="roms-thread-who",
        ),
        rx.el.div(
            rx.cond(~view.is_assigned, _action(t("Take"), "user-check", ThreadState.take(view.id))),
            _hand_over(),
            rx.cond(
                view.status == "resolved",
                _action(t("Reopen"), "rotate-ccw", ThreadState.reopen(view.id)),
                _action(t("Resolve"), "check", ThreadState.resolve(view.id), is_main=True),
            ),
            _icon_button(
                "panel-right",
                t("Customer"),
                "romsControls.toggleContact",
                id="roms-contact-open",
                class_name="roms-only-narrow",
            ),
            class_name="roms-thread-actions",
        ),
        class_name="roms-thread-head",
    )


def _under_name() -> rx.Component:
    view = shown.thread
    return rx.fragment(
        rx.cond(
            view.phone != "",
            rx.el.span(view.phone, class_name="roms-number"),
            rx.el.span(t("number hidden by WhatsApp")),
        ),
        rx.cond(view.is_assigned, rx.el.span(view.assignee, dir="auto"), rx.el.span(t("Unassigned"))),
    )


def _action(label: Any, icon: str, event: Any, *, is_main: bool = False) -> rx.Component:
    return rx.button(
        rx.icon(icon, size=16, aria_hidden="true"),
        rx.el.span(label, class_name="roms-action-word"),
        aria_label=label,
        size="2",
        variant="soft" if is_main else "outline",
        color_scheme="jade" if is_main else "gray",
        on_click=event,
    )


def _icon_button(icon: str, label: Any, function: str, **props: Any) -> rx.Component:
    return rx.icon_button(
        rx.icon(icon, size=18, aria_hidden="true"),
        aria_label=label,
        size="2",
        variant="ghost",
        color_scheme="gray",
        on_click=shown.run(function),
        **props,
    )


def _hand_over() -> rx.Component:
    """A menu of colleagues with their availability; who took over is told in the thread."""
    view = shown.thread
    trigger = rx.button(
        rx.icon("user-round-plus", size=16, aria_hidden="true"),
        rx.el.span(t("Hand over"), class_name="roms-action-word"),
        aria_label=t("Hand over"),
        size="2",
        variant="outline",
        color_scheme="gray",
    )
    to_myself = rx.menu.item(t("Take over myself"), on_select=ThreadState.hand_over(view.id, SessionState.agent_id))
    return rx.menu.root(
        rx.menu.trigger(trigger),
        rx.menu.content(
            rx.cond(view.is_assigned & ~view.is_mine, rx.fragment(to_myself, rx.menu.separator())),
            rx.foreach(ThreadState.colleagues, _colleague),
            rx.cond(
                ThreadState.colleagues.length() == 0,
                rx.menu.item(t("Nobody else is on the team yet"), disabled=True),
            ),
            align="end",
            class_name="roms-menu",
        ),
        on_open_change=ThreadState.list_colleagues,
    )


def _colleague(colleague: rx.Var[Colleague]) -> rx.Component:
    state = rx.cond(colleague.is_present, colleague.availability, "away")
    word = rx.cond(colleague.is_present, availability_word(colleague.availability), t("Offline"))
    return rx.menu.item(
        rx.el.span(class_name="roms-dot", custom_attrs={"data-availability": state}),
        rx.el.span(colleague.name, class_name="roms-menu-name", dir="auto"),
        rx.el.span(word, " · ", colleague.open_count, class_name="roms-menu-note"),
        key=colleague.id,
        on_select=ThreadState.hand_over(shown.thread.id, colleague.id),
    )


def _log() -> rx.Component:
    return rx.el.div(
        rx.cond(shown.log.has_more, rx.el.div(t("Older messages…"), class_name="roms-older")),
        rx.foreach(shown.messages, _message),
        rx.cond(
            (shown.thread.id != 0) & ~shown.log.is_loaded & shown.log.is_slow,
            _skeleton(),
        ),
        id="roms-messages",
        role="log",
        aria_label=t("Messages"),
        tab_index=0,
        class_name="roms-log",
    )


def _message(item: rx.Var[shown.MessageItem]) -> rx.Component:
    return rx.fragment(
        rx.cond(item.day != "", rx.el.div(rx.el.span(item.day), class_name="roms-day")),
        rx.cond(item.is_system, _system_line(item), _bubble(item)),
        key=item.id,
    )


def _system_line(item: Any) -> rx.Component:
    return rx.el.div(
        rx.foreach(item.parts, lambda part: rx.el.span(part.text, dir="auto")),
        " · ",
        rx.el.span(item.time),
        title=item.exact,
        class_name="roms-system",
    )


def _bubble(item: Any) -> rx.Component:
    side = rx.cond(item.is_ours, "roms-bubble-row roms-ours", "roms-bubble-row roms-theirs")
    start = rx.cond(item.is_run_start, " roms-run-start", "")
    end = rx.cond(item.is_run_end, " roms-run-end", "")
    return rx.el.div(
        rx.cond(item.author != "", rx.el.span(item.author, dir="auto", class_name="roms-author")),
        rx.el.div(
            rx.cond(item.quoted != "", rx.el.blockquote(item.quoted, dir="auto", class_name="roms-quoted")),
            rx.cond(
                item.label != "",
                rx.el.span(media_glyph(item.glyph, 16), item.label, class_name="roms-label-line"),
            ),
            _body(item),
            _foot(item),
            class_name="roms-bubble",
        ),
        rx.cond(item.tick == "failed", _failure(item)),
        class_name=side + start + end,
        custom_attrs={"data-message": item.id},
    )


def _body(item: Any) -> rx.Component:
    """The customer's words, as text and never as HTML."""
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
                on_click=shown.run("roms.expand", item.id),
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
        rx.el.span(rx.cond(item.reason != "", item.reason, t("WhatsApp did not take this message.")), dir="auto"),
        rx.button(t("Retry"), size="1", variant="soft", color_scheme="red", on_click=ThreadState.retry(item.number)),
        class_name="roms-failure",
    )


def _jump() -> rx.Component:
    """The way back to the newest, with how many came meanwhile."""
    return rx.cond(
        shown.log.is_behind,
        rx.el.button(
            rx.icon("chevron-down", size=18, aria_hidden="true"),
            rx.cond(shown.log.unseen > 0, rx.el.span(shown.log.unseen, class_name="roms-unread")),
            type="button",
            aria_label=t("Jump to the latest message"),
            class_name="roms-jump",
            on_click=shown.run("romsControls.toBottom"),
        ),
    )


def _skeleton() -> rx.Component:
    sides = ("theirs", "theirs", "ours", "theirs", "ours")
    return rx.el.div(
        *[rx.el.span(class_name=f"roms-bone roms-bone-bubble roms-bone-{side}") for side in sides],
        aria_hidden="true",
        class_name="roms-bones",
    )
