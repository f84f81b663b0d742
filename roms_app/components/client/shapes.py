"""The data shapes that assets/roms builds for messages and their actions. `store.py` has the Vars."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TextPart:
    """A piece of a message; `href` is "" or an http(s) address."""

    text: str
    href: str


@dataclass(frozen=True)
class FileView:
    """The file of a message; `state` "" when it has none."""

    #: pending | stored | failed | lost
    state: str
    url: str
    thumbnail: str
    download: str
    #: The name without its extension ("Invoice"), and the extension (".pdf").
    stem: str
    ending: str
    #: "PDF · 1.2 MB"
    note: str
    seconds: float
    #: "0:07"
    play_time: str
    #: The space for a picture, as CSS: "240px" and "4 / 3".
    width: str
    ratio: str
    alt: str
    problem: str
    icon: str
    can_ask: bool


@dataclass(frozen=True)
class PlaceView:
    """A location; `href` is a map."""

    label: str
    position: str
    href: str


@dataclass(frozen=True)
class CardView:
    """One person of a contact card."""

    name: str
    numbers: list[str]


@dataclass(frozen=True)
class PollView:
    """A question and what can be chosen."""

    question: str
    choices: list[str]


@dataclass(frozen=True)
class ReactionItem:
    """An emoji under a message; `count` is "" for one."""

    emoji: str
    count: str
    is_ours: bool
    label: str


@dataclass(frozen=True)
class MessageItem:
    """One bubble or system line, with the heading of its day if it begins one."""

    id: str
    number: int
    is_system: bool
    is_ours: bool
    is_run_start: bool
    is_run_end: bool
    is_last_to_act: bool
    is_muted: bool
    is_shortened: bool
    day: str
    author: str
    #: The layout of the bubble: image | video | audio | document | sticker | location | contact | poll; "" for text.
    layout: str
    label: str
    glyph: str
    parts: list[TextPart]
    is_forwarded: bool
    has_quote: bool
    quoted: str
    #: The id of the quoted line ("m12"); "" while it is not in the database.
    quoted_id: str
    quoted_glyph: str
    quoted_author: str
    file: FileView
    place: PlaceView
    cards: list[CardView]
    poll: PollView
    reactions: list[ReactionItem]
    can_react: bool
    can_act: bool
    #: Why a queued reply is waiting: "waits 3 s: pacing".
    wait: str
    time: str
    exact: str
    edited: str
    tick: str
    reason: str
    #: For a system line: a person's note to the new assignee.
    note: str


@dataclass(frozen=True)
class MenuView:
    """The menu of one bubble; `id` "" while it is closed. `mine`: the emoji that we have put to it."""

    id: str
    number: int
    can_answer: bool
    can_copy: bool
    can_cancel: bool
    can_retry: bool
    #: The address from which its file is downloaded.
    url: str
    mine: str
    #: Whether all emoji are shown, not only the first few.
    has_more: bool


@dataclass(frozen=True)
class LightboxView:
    """A picture or film at full size; `url` "" while there is none."""

    id: str
    layout: str
    url: str
    alt: str
    download: str
    #: "2 of 7"
    place: str
    zoom: int
    has_previous: bool
    has_next: bool
