"""The composer: text, files, voice notes, and the quote of a message.

The text box is the browser's own, so typing causes no render (assets/roms/composer.js; files are in upload.js, voice
notes in recorder.js).
"""

from typing import Any, Final

import reflex as rx

from roms_app.components.client import store
from roms_app.components.glyphs import media_glyph
from roms_app.components.inbox.composer_buttons import send_button, tool_button
from roms_app.components.inbox.recorder import recorder
from roms_app.components.number_notices import number_notice_of
from roms_app.i18n import t
from roms_app.states.composer import ComposerState
from roms_app.states.session import SessionState

_EMOJI: Final = (  # noqa: SIM905  a list of this length would take a line each
    "😀 😁 😂 😊 😉 😍 🥰 😘 🤗 🤔 😅 😇 🙂 😎 🤩 😢 😭 😔 😟 😱 😡 😴 🤒 😷 "
    "👍 👎 👌 ✌️ 🤝 🙏 👏 💪 👋 🙌 👉 ✍️ ❤️ 💚 💛 💔 ✨ 🔥 🎉 🎁 ⭐ ✅ ❌ ⚠️ "
    "❓ ❗ 📦 🚚 🛵 🛒 💰 💳 🧾 📍 🏠 🏪 📞 📱 📷 📎 📅 ⏰ ⏳ ☀️ 🌧️ ☕ 🍜 🎂"
).split()


def composer() -> rx.Component:
    """Enter sends, Shift+Enter starts a new line. The composer is cleared once the server has saved the message.

    Agents who may only read see a text in its place. The composer is then hidden, not removed, so that a draft is kept
    until they may reply again.
    """
    view = store.composer
    return rx.el.div(
        _drop_zone(),
        number_notice_of(store.thread.inbox_id),
        rx.el.div(
            rx.cond(view.error != "", rx.el.p(view.error, class_name="roms-composer-error")),
            role="alert",
        ),
        rx.cond(view.has_quote, _quote()),
        rx.cond(store.files.length() > 0, _tray()),
        rx.cond(view.is_emoji_open, _emoji()),
        rx.cond(SessionState.may_reply, rx.fragment(), _read_only()),
        _line(),
        rx.cond((store.recorder.state != "") & (store.recorder.state != "idle"), recorder()),
        id="roms-composer-area",
        class_name="roms-composer",
        custom_attrs={
            "data-max-mb": ComposerState.max_mb,
            "data-empty": view.is_empty & (store.files.length() == 0),
            "data-recorder": store.recorder.state,
            "data-may-reply": SessionState.may_reply,
        },
    )


def _read_only() -> rx.Component:
    admins = rx.cond(SessionState.is_admin, t("You can change it in Settings → Team."), t("Ask an admin of your team."))
    return rx.el.p(
        rx.icon("eye", size=16, aria_hidden="true"),
        rx.el.span(t("You may read conversations, but not answer them."), " ", admins),
        role="note",
        class_name="roms-composer-read-only",
    )


def _line() -> rx.Component:
    """Hidden, not removed, during a recording, because the box holds the draft."""
    return rx.el.div(
        _attach_menu(),
        tool_button(
            "smile", t("Emoji"), on_click=store.run("romsEmoji.toggle"), aria_expanded=store.composer.is_emoji_open
        ),
        rx.el.textarea(
            id="roms-composer",
            aria_label=t("Message"),
            placeholder=rx.cond(store.composer.is_caption, t("Add a caption"), t("Write a message")),
            title=t("Enter sends, Shift+Enter breaks the line"),
            rows=1,
            dir="auto",
            auto_complete="off",
            custom_attrs={"enterKeyHint": "send"},
            class_name="roms-composer-box",
        ),
        tool_button("mic", t("Record voice note"), id="roms-record", class_name="roms-composer-button roms-only-empty"),
        send_button(store.run("romsComposer.submit"), is_busy=store.composer.is_sending, class_name="roms-only-full"),
        class_name="roms-composer-line",
    )


# ---- files ----


def _attach_menu() -> rx.Component:
    choices = (
        ("media", "image", t("Photo or video"), "image/*,video/*"),
        ("document", "file-text", t("Document"), ""),
    )
    return rx.fragment(
        rx.menu.root(
            rx.menu.trigger(tool_button("paperclip", t("Attach"))),
            rx.menu.content(
                *[_attach_choice(name, icon, label) for name, icon, label, _ in choices], side="top", align="start"
            ),
        ),
        *[_file_input(name, label, accept) for name, _, label, accept in choices],
    )


def _attach_choice(name: str, icon: str, label: Any) -> rx.Component:
    return rx.menu.item(
        rx.icon(icon, size=16, aria_hidden="true"),
        label,
        on_select=store.run("romsUpload.choose", name),
        class_name="roms-attach-choice",
    )


def _file_input(name: str, label: Any, accept: str) -> rx.Component:
    return rx.el.input(
        id=f"roms-attach-{name}",
        type="file",
        multiple=True,
        accept=accept,
        tab_index=-1,
        hidden=True,
        aria_label=label,
    )


def _drop_zone() -> rx.Component:
    """Covers the thread while files are dragged over the page."""
    return rx.el.div(
        rx.el.div(
            rx.icon("paperclip", size=28, aria_hidden="true"),
            rx.el.p(t("Drop the files here to attach them")),
            class_name="roms-drop-frame",
        ),
        class_name="roms-drop",
    )


def _tray() -> rx.Component:
    return rx.el.ul(
        rx.foreach(store.files, _file),
        aria_label=t("Files to send"),
        class_name="roms-tray",
        # Some screen readers ignore lists without bullets, unless they have this role.
        role="list",
    )


def _file(item: rx.Var[store.FileItem]) -> rx.Component:
    return rx.el.li(
        rx.cond(
            item.preview != "",
            rx.el.img(src=item.preview, alt="", class_name="roms-tray-picture"),
            rx.el.span(media_glyph(item.kind, 20), class_name="roms-tray-picture"),
        ),
        rx.el.div(
            rx.el.p(item.name, title=item.name, dir="auto", class_name="roms-tray-name"),
            rx.cond(item.state == "refused", _refusal(item), _progress(item)),
            rx.cond(item.has_caption & (item.state != "refused"), _caption(item)),
            class_name="roms-tray-facts",
        ),
        tool_button(
            "x",
            t("Remove {name}", name=item.name),
            on_click=store.run("romsUpload.remove", item.id),
        ),
        key=item.id,
        class_name="roms-tray-file",
        custom_attrs={"data-state": item.state},
    )


def _progress(item: Any) -> rx.Component:
    return rx.fragment(
        rx.el.p(item.note, class_name="roms-tray-note"),
        rx.cond(
            item.state == "uploading",
            rx.el.progress(value=item.progress, max=100, aria_label=item.name, class_name="roms-tray-progress"),
        ),
    )


def _refusal(item: Any) -> rx.Component:
    return rx.el.div(
        rx.el.span(item.error, role="alert", dir="auto"),
        rx.cond(
            item.can_retry,
            rx.el.button(
                t("Retry"),
                type="button",
                on_click=store.run("romsUpload.retry", item.id),
                class_name="roms-tray-retry",
            ),
        ),
        class_name="roms-tray-refusal",
    )


def _caption(item: Any) -> rx.Component:
    return rx.el.input(
        default_value=item.caption,
        placeholder=t("Add a caption"),
        aria_label=t("Caption of {name}", name=item.name),
        max_length=1024,
        dir="auto",
        auto_complete="off",
        custom_attrs={"data-caption": item.id, "enterKeyHint": "send"},
        class_name="roms-tray-caption",
    )


# ---- quote, emoji ----


def _quote() -> rx.Component:
    view = store.composer
    return rx.el.div(
        rx.el.div(
            rx.el.p(view.quote_author, dir="auto", class_name="roms-quote-author"),
            rx.el.p(
                media_glyph(view.quote_kind, 14),
                rx.el.span(view.quote, dir="auto"),
                class_name="roms-quote-text",
            ),
            class_name="roms-quote-words",
        ),
        tool_button("x", t("Don't quote"), on_click=store.run("romsComposer.unquote")),
        role="group",
        aria_label=t("Answer to this message"),
        class_name="roms-quote",
    )


def _emoji() -> rx.Component:
    """One tab stop; arrow keys move inside. Screen readers read the emoji's own name."""
    return rx.el.div(
        *[
            rx.el.button(emoji, type="button", tab_index=-1 if index else 0, class_name="roms-emoji-choice")
            for index, emoji in enumerate(_EMOJI)
        ],
        id="roms-emoji",
        role="group",
        aria_label=t("Emoji"),
        class_name="roms-emoji-grid",
    )
