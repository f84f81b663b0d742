"""The content of a bubble besides its text, by kind. `assets/roms/kinds.js` builds the data."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from roms_app.components.client import store
from roms_app.components.glyphs import document_glyph, media_glyph
from roms_app.i18n import t
from roms_app.states.thread import ThreadState


class Player(BaseHTML):
    """`<roms-player>` of assets/roms/player.js."""

    #: Reflex makes a JavaScript name of it, which can't have a hyphen.
    tag = "romsplayer"

    src: rx.Var[str]

    def _render(self, props: dict[str, Any] | None = None) -> Any:
        return super()._render(props).set(name='"roms-player"')


def contents(item: Any) -> rx.Component:
    """The file, place, people or poll of a message; nothing for a text."""
    return rx.match(
        item.layout,
        ("image", _picture(item)),
        ("video", _film(item)),
        ("sticker", _picture(item)),
        ("audio", _sound(item)),
        ("document", _document(item)),
        ("location", _place(item.place)),
        ("contact", rx.el.div(rx.foreach(item.cards, _card), class_name="roms-people")),
        ("poll", _poll(item.poll)),
        rx.fragment(),
    )


def forwarded(item: Any) -> rx.Component:
    """The mark of a forwarded message: somebody else wrote it."""
    mark = rx.el.span(
        rx.icon("forward", size=14, aria_hidden="true"), t("Forwarded"), class_name="roms-label-line roms-forwarded"
    )
    return rx.cond(item.is_forwarded, mark)


def quote(item: Any) -> rx.Component:
    """The quoted message. A click scrolls to it."""
    words = rx.fragment(
        rx.cond(item.quoted_author != "", rx.el.span(item.quoted_author, dir="auto", class_name="roms-quoted-author")),
        rx.el.span(media_glyph(item.quoted_glyph), rx.el.span(item.quoted, dir="auto"), class_name="roms-quoted-text"),
    )
    jump = rx.el.button(
        words,
        type="button",
        title=t("Show the message that is answered"),
        on_click=store.run("romsBubbles.jumpTo", item.quoted_id),
        class_name="roms-quoted",
    )
    block = rx.cond(item.quoted_id != "", jump, rx.el.blockquote(words, class_name="roms-quoted"))
    return rx.cond(item.has_quote, block)


def reactions(item: Any) -> rx.Component:
    """Each emoji with its count. A click adds our reaction or removes it."""
    return rx.cond(
        item.reactions.length() > 0,
        rx.el.div(
            rx.foreach(item.reactions, lambda each: _reaction(item, each)),
            role="group",
            aria_label=t("Reactions"),
            class_name="roms-reactions",
        ),
    )


def _reaction(item: Any, reaction: Any) -> rx.Component:
    return rx.el.button(
        rx.el.span(reaction.emoji, aria_hidden="true"),
        rx.cond(reaction.count != "", rx.el.span(reaction.count, aria_hidden="true")),
        type="button",
        aria_label=reaction.label,
        aria_pressed=reaction.is_ours,
        disabled=~item.can_react,
        on_click=store.run("romsBubbles.react", item.number, reaction.emoji, reaction.is_ours),
        class_name="roms-reaction",
    )


def _picture(item: Any) -> rx.Component:
    file = item.file
    image = rx.el.img(
        src=file.thumbnail,
        alt=file.alt,
        loading="lazy",
        decoding="async",
        draggable=False,
        class_name="roms-picture-image",
    )
    large = rx.el.button(
        image,
        type="button",
        on_click=store.run("romsBubbles.openLarge", item.id),
        class_name="roms-picture-open",
    )
    there = rx.cond(item.layout == "sticker", image, large)
    return _box(file, rx.cond(file.state == "stored", there, _state(item)))


def _film(item: Any) -> rx.Component:
    file = item.file
    player = rx.el.video(
        src=file.url,
        poster=rx.cond(file.thumbnail != "", file.thumbnail, rx.Var(_js_expr="undefined")),
        controls=True,
        preload=rx.cond(file.thumbnail != "", "none", "metadata"),
        aria_label=file.alt,
        custom_attrs={"playsInline": True},
        class_name="roms-film",
    )
    large = rx.el.button(
        rx.icon("maximize-2", size=16, aria_hidden="true"),
        type="button",
        aria_label=t("Full size"),
        on_click=store.run("romsBubbles.openLarge", item.id),
        class_name="roms-film-open",
    )
    length = rx.cond(file.play_time != "", rx.el.span(file.play_time, class_name="roms-film-length"))
    return _box(file, rx.cond(file.state == "stored", rx.fragment(player, length, large), _state(item)))


def _box(file: Any, child: rx.Component) -> rx.Component:
    """Reserves the space of a picture before it is loaded."""
    return rx.el.div(child, class_name="roms-picture", style={"width": file.width, "aspect_ratio": file.ratio})


def _sound(item: Any) -> rx.Component:
    file = item.file
    player = Player.create(
        src=file.url,
        custom_attrs={
            "seconds": file.seconds,
            "label-play": t("Play {what}", what=file.alt),
            "label-pause": t("Pause"),
            "label-seek": t("Position"),
            "label-speed": t("Speed"),
        },
    )
    there = rx.el.div(
        rx.el.span(media_glyph(item.glyph, 18), class_name="roms-sound-glyph"), player, class_name="roms-sound"
    )
    return rx.cond(file.state == "stored", there, _line(item))


def _document(item: Any) -> rx.Component:
    file = item.file
    name = rx.el.span(
        rx.el.span(file.stem, class_name="roms-document-stem"),
        rx.el.span(file.ending),
        title=file.stem + file.ending,
        class_name="roms-document-name",
    )
    words = rx.el.span(name, rx.el.span(file.note, class_name="roms-document-note"), class_name="roms-document-words")
    link = rx.el.a(
        document_glyph(file.icon),
        words,
        rx.icon("download", size=18, aria_hidden="true"),
        href=file.download,
        download=file.stem + file.ending,
        # Reflex makes a router link of it, which would look for a page there.
        custom_attrs={"reloadDocument": True},
        class_name="roms-document",
    )
    waits = rx.el.div(document_glyph(file.icon), words, class_name="roms-document")
    unshown = rx.el.span(
        rx.icon("image-off", size=16, aria_hidden="true"), file.problem, class_name="roms-file-state roms-file-problem"
    )
    there = rx.fragment(link, rx.cond(file.problem != "", unshown))
    return rx.cond(file.state == "stored", there, rx.fragment(waits, _line(item)))


def _state(item: Any) -> rx.Component:
    """The state of a picture that is not available, in its place."""
    return rx.el.div(_state_words(item), class_name="roms-picture-state", custom_attrs={"data-state": item.file.state})


def _line(item: Any) -> rx.Component:
    return rx.el.div(_state_words(item), class_name="roms-file-state", custom_attrs={"data-state": item.file.state})


def _state_words(item: Any) -> rx.Component:
    """A text for a file: pending, or why it failed and what can be done."""
    file = item.file
    pending = rx.fragment(
        rx.icon("loader", size=18, aria_hidden="true", class_name="roms-turns"),
        rx.cond(item.is_ours, rx.el.span(t("Sending…")), rx.el.span(t("Downloading…"))),
    )
    problem = rx.fragment(
        rx.el.span(media_glyph(item.glyph, 18), file.problem, class_name="roms-file-problem"),
        rx.cond(
            file.can_ask,
            rx.button(
                rx.icon("rotate-cw", size=14, aria_hidden="true"),
                t("Download again"),
                size="1",
                variant="soft",
                color_scheme="gray",
                on_click=ThreadState.fetch_media(item.number),
            ),
        ),
    )
    return rx.cond(file.state == "pending", pending, problem)


def _place(place: Any) -> rx.Component:
    label = rx.cond(place.label != "", place.label, t("Location"))
    return rx.el.div(
        rx.icon("map-pin", size=22, aria_hidden="true", class_name="roms-place-glyph"),
        rx.el.div(
            rx.el.span(label, dir="auto", class_name="roms-place-label"),
            rx.el.span(place.position, class_name="roms-place-position"),
            rx.el.a(
                t("Open the map"),
                rx.icon("external-link", size=13, aria_hidden="true"),
                href=place.href,
                target="_blank",
                rel="noopener noreferrer",
            ),
            class_name="roms-place-words",
        ),
        class_name="roms-place",
    )


def _card(card: Any) -> rx.Component:
    return rx.el.div(
        rx.icon("contact-round", size=22, aria_hidden="true"),
        rx.el.div(
            rx.el.span(
                rx.cond(card.name != "", card.name, t("Contact card")), dir="auto", class_name="roms-person-name"
            ),
            rx.foreach(card.numbers, _card_number),
            class_name="roms-person-words",
        ),
        class_name="roms-person",
    )


def _card_number(number: Any) -> rx.Component:
    return rx.el.span(
        rx.el.span(number, class_name="roms-number"),
        rx.el.button(
            rx.icon("copy", size=14, aria_hidden="true"),
            type="button",
            aria_label=t("Copy {what}", what=number),
            on_click=store.run("romsBubbles.copy", number),
            class_name="roms-copy",
        ),
        class_name="roms-person-number",
    )


def _poll(poll: Any) -> rx.Component:
    return rx.el.div(
        rx.el.span(poll.question, dir="auto", class_name="roms-poll-question"),
        rx.el.ul(rx.foreach(poll.choices, lambda choice: rx.el.li(choice, dir="auto")), class_name="roms-poll-choices"),
        rx.el.span(t("The customer answers on the phone."), class_name="roms-poll-note"),
        class_name="roms-poll",
    )
