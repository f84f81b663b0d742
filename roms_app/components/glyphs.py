"""Icons of the inbox that also have a text: delivery ticks, kinds of media, avatars."""

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
#: Icons of documents, by the name that `assets/roms/kinds.js` gives their type.
_DOCUMENTS = {
    "text": "file-text",
    "sheet": "file-spreadsheet",
    "archive": "file-archive",
    "image": "file-image",
    "audio": "file-music",
    "video": "square-play",
}


def tick(status: Any) -> rx.Component:
    """The delivery status of a message of ours. Each status has its own shape, word and colour."""
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
    """The icon for a kind of media. The text next to it names the kind."""
    return rx.match(kind, *_icons(_MEDIA, size), rx.fragment())


def document_glyph(icon: Any, size: int = 24) -> rx.Component:
    """The icon for a kind of document. The document's name is next to it."""
    return rx.match(icon, *_icons(_DOCUMENTS, size), rx.icon("file", size=size, aria_hidden="true"))


def _icons(names: dict[str, str], size: int) -> list[tuple[str, rx.Component]]:
    return [
        (kind, rx.icon(icon, size=size, aria_hidden="true", class_name="roms-glyph")) for kind, icon in names.items()
    ]


def avatar(initials: Any, hue: Any, picture: Any, *, is_large: bool = False) -> rx.Component:
    """A decoration: the name is next to it. The initials are behind the picture, and visible while there is none."""
    size = "roms-avatar roms-avatar-large " if is_large else "roms-avatar "
    image = rx.el.img(src=picture, alt="", loading="lazy", key=picture)
    return rx.el.span(initials, rx.cond(picture != "", image), aria_hidden="true", class_name=size + hue.to(str))
