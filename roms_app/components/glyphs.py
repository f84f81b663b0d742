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
    "poll": "list-checks",
    "view_once": "eye-off",
    "call": "phone",
    "missed_call": "phone-missed",
    "revoked": "ban",
}
#: Of documents, by what `assets/roms/kinds.js` makes of their type.
_DOCUMENTS = {
    "text": "file-text",
    "sheet": "file-spreadsheet",
    "archive": "file-archive",
    "image": "file-image",
    "audio": "file-music",
    "video": "square-play",
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
        ("cancelled", _sign("ban", t("Cancelled"), "cancelled")),
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
    return rx.match(kind, *_icons(_MEDIA, size), rx.fragment())


def document_glyph(icon: Any, size: int = 24) -> rx.Component:
    """A kind of document; its name stands beside it."""
    return rx.match(icon, *_icons(_DOCUMENTS, size), rx.icon("file", size=size, aria_hidden="true"))


def _icons(names: dict[str, str], size: int) -> list[tuple[str, rx.Component]]:
    return [
        (kind, rx.icon(icon, size=size, aria_hidden="true", class_name="roms-glyph")) for kind, icon in names.items()
    ]


def avatar(initials: Any, hue: Any, picture: Any, *, is_large: bool = False) -> rx.Component:
    """Decoration: the name stands beside it. The initials lie below the picture, for as long as there is none."""
    size = "roms-avatar roms-avatar-large " if is_large else "roms-avatar "
    image = rx.el.img(src=picture, alt="", loading="lazy", key=picture)
    return rx.el.span(initials, rx.cond(picture != "", image), aria_hidden="true", class_name=size + hue.to(str))
