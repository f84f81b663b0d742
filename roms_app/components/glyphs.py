"""Small signs of the inbox that also have words: ticks, kinds of media, avatars."""

from typing import Any

import reflex as rx

from roms_app.i18n import t

_MEDIA = {
    "image": "image",
    "video": "video",
    "audio": "music",
    "voice": "mic",
    "document": "file-text",
    "sticker": "sticker",
    "location": "map-pin",
    "contact_card": "contact-round",
}


def tick(status: Any) -> rx.Component:
    """How far a message of ours has come: each step has its shape, its word and its colour."""
    return rx.match(
        status,
        ("queued", _sign("clock", t("Queued"), "queued")),
        ("sent", _sign("check", t("Sent"), "sent")),
        ("delivered", _sign("check-check", t("Delivered"), "delivered")),
        ("read", _sign("check-check", t("Read"), "read")),
        ("played", _sign("check-check", t("Played"), "read")),
        ("failed", _sign("circle-alert", t("Failed"), "failed")),
        rx.fragment(),
    )


def _sign(icon: str, word: Any, kind: str) -> rx.Component:
    return rx.el.span(
        rx.icon(icon, size=14, aria_hidden="true"),
        role="img",
        aria_label=word,
        title=word,
        class_name=f"roms-tick roms-tick-{kind}",
    )


def media_glyph(kind: Any, size: int = 14) -> rx.Component:
    """A kind of media; the word beside it says what it is."""
    cases = [
        (name, rx.icon(icon, size=size, aria_hidden="true", class_name="roms-glyph")) for name, icon in _MEDIA.items()
    ]
    return rx.match(kind, *cases, rx.fragment())


def avatar(initials: Any, hue: Any, *, is_large: bool = False) -> rx.Component:
    """Decoration: the name stands beside it."""
    size = "roms-avatar roms-avatar-large " if is_large else "roms-avatar "
    return rx.el.span(initials, aria_hidden="true", class_name=size + hue.to(str))
