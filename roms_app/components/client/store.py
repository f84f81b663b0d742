"""The data that assets/roms shows, as Vars: components read the browser's own lists, not the state classes.

assets/roms/view.js and page.js build the shapes below. React subscribes with `useSyncExternalStore`, so a patch
repaints only what it changed, and nothing passes through Reflex's state.
"""

import hashlib
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Final

import reflex as rx
from reflex_base.utils.imports import ImportVar
from reflex_base.vars import VarData

from roms_app.components.client.shapes import LightboxView, MenuView, MessageItem

ASSETS: Final = Path(__file__).parents[3] / "assets"
#: In the order of their dependencies.
SCRIPTS: Final = (
    "early",
    "dom",
    "words",
    "format",
    "merge",
    "kinds",
    "duty",
    "view",
    "store",
    "live",
    "bubbles",
    "player",
    "upload",
    "recorder",
    "emoji",
    "composer",
    "page",
    "orders",
    "controls",
    "tip",
    "queue",
)


@dataclass(frozen=True)
class ListItem:
    """One line of the list."""

    id: int
    name: str
    initials: str
    hue: str
    #: The address of the contact's picture; "" when there is none.
    picture: str
    is_group: bool
    preview: str
    glyph: str
    tick: str
    time: str
    exact: str
    unread: str
    unread_label: str
    waiting: str
    waiting_label: str
    waits_long: bool
    #: Its first label, "+2" for the number of further ones, and all of them in one text; "" when there are none.
    label: str
    more_labels: str
    all_labels: str
    assignee: str
    assignee_name: str
    #: Whether `assignee` is the team in whose queue it waits.
    is_team: bool
    #: The screen reader's text next to the name.
    description: str
    #: low | high | urgent; "" is normal
    priority: str
    priority_label: str
    team: str
    is_escalated: bool
    #: The reason for its assignee.
    because: str
    #: "1:40" in the last two minutes of the response timer, and "answer within 1:40".
    due: str
    due_label: str


@dataclass(frozen=True)
class ThreadView:
    """Header and contact panel; `id` 0 while no conversation is open."""

    id: int
    name: str
    own_name: str
    initials: str
    hue: str
    phone: str
    status: str
    inbox_id: int
    inbox_name: str
    assignee: str
    #: 0: unassigned.
    assignee_id: int
    is_mine: bool
    is_assigned: bool
    first_seen: str
    picture: str
    is_group: bool
    aliases: list[str]
    #: A merge that can be undone, and its text; 0 and "" when there is none.
    merge_id: int
    merged: str
    #: A conversation that was separated from this one, and its customer; 0 and "" when there is none.
    parted_id: int
    parted: str
    #: The newest message that can have been read; 0: none yet.
    seen_id: int
    #: on_reply | by_hand; "" until the thread is loaded
    read_receipts: str
    labels: list[str]
    #: As in `ListItem`.
    priority: str
    priority_label: str
    team: str
    is_escalated: bool
    because: str
    due: str
    due_label: str


@dataclass(frozen=True)
class ListView:
    """Which list, and how far it is read."""

    tab: str
    status: str
    is_loaded: bool
    is_slow: bool
    has_more: bool
    #: The row that the Tab key focuses.
    stop_id: int


@dataclass(frozen=True)
class LogView:
    """How far the thread is read, and whether its end is out of sight."""

    is_loaded: bool
    is_slow: bool
    #: The conversation does not exist, or the agent may not see it.
    is_missing: bool
    has_more: bool
    is_behind: bool
    unseen: int


@dataclass(frozen=True)
class CountsView:
    """Open conversations, as texts; "" until known."""

    mine: str
    unassigned: str
    all: str
    #: "" when there is none.
    escalated: str


@dataclass(frozen=True)
class QueueMenu:
    """The menu of a conversation on `/queue`: whose, and who has it (0: nobody)."""

    chat_id: int
    assignee_id: int
    name: str
    is_parked: bool
    is_open: bool


@dataclass(frozen=True)
class NumberItem:
    """A number that does not work, as `views.inbox.NumberNotice` says; `since`: "14:02", "" when it is not known."""

    inbox_id: int
    name: str
    state: str
    reason: str
    since: str


@dataclass(frozen=True)
class LiveView:
    """connecting | live | number | behind | reconnecting, and its words. `number`: one that does not work."""

    state: str
    text: str


@dataclass(frozen=True)
class ComposerView:
    """Whether a reply is under way, why the last one was not taken, and what goes with the text."""

    is_sending: bool
    error: str
    #: Whether the text box is empty.
    is_empty: bool
    #: Whether the text will be the caption of a file.
    is_caption: bool
    is_emoji_open: bool
    has_quote: bool
    quote: str
    quote_author: str
    #: `MessageKind` of the quoted message.
    quote_kind: str


@dataclass(frozen=True)
class FileItem:
    """One file of the tray."""

    id: str
    name: str
    #: image | video | audio | document
    kind: str
    #: Its size, or the progress of its upload.
    note: str
    #: The address of a picture in the browser's own memory; "" for others.
    preview: str
    #: waiting | uploading | ready | refused
    state: str
    #: Percent.
    progress: int
    error: str
    can_retry: bool
    #: Whether it has its own field for a caption.
    has_caption: bool
    caption: str


@dataclass(frozen=True)
class GivenView:
    """What the server gave this tab alone and keeps in no state."""

    #: A new password; "" when none is shown.
    new_password: str
    #: By the number's id as text: ``qr``, an SVG as a data URL, and ``code``; each only while it exists.
    pairings: dict[str, dict[str, str]]


@dataclass(frozen=True)
class RecorderView:
    """The voice note of the open conversation."""

    #: idle | asking | recording | ready | sending
    state: str
    #: "0:07"
    time: str
    #: The recording's address in the browser, for playback.
    url: str


def _nothing(shape: Any) -> str:
    """The initial value, also used when the build renders the page. Lists are empty."""
    if not is_dataclass(shape):
        return "[]"
    return "{" + ", ".join(f"{one.name}: []" for one in fields(shape) if str(one.type).startswith("list")) + "}"


def _shown(name: str, shape: Any) -> rx.Var[Any]:
    before = _nothing(shape)
    # The third argument is for the build's own rendering, where there is no browser.
    hook = (
        f"const roms_{name} = useSyncExternalStore("
        "globalThis.roms?.subscribe ?? (() => () => {}), "
        f'() => globalThis.roms?.read("{name}") ?? ((globalThis.romsNothing ??= {{}}).{name} ??= {before}), '
        f"() => ((globalThis.romsNothing ??= {{}}).{name} ??= {before}))"
    )
    imports = {"react": [ImportVar(tag="useSyncExternalStore")]}
    return rx.Var(_js_expr=f"roms_{name}", _var_type=shape, _var_data=VarData(hooks={hook: None}, imports=imports)).to(
        shape
    )


rows = _shown("rows", list[ListItem])
messages = _shown("messages", list[MessageItem])
numbers = _shown("numbers", list[NumberItem])
thread = _shown("thread", ThreadView)
listing = _shown("list", ListView)
menu = _shown("menu", MenuView)
lightbox = _shown("lightbox", LightboxView)
log = _shown("log", LogView)
counts = _shown("counts", CountsView)
queue = _shown("queue", QueueMenu)
live = _shown("live", LiveView)
composer = _shown("composer", ComposerView)
files = _shown("files", list[FileItem])
recorder = _shown("recorder", RecorderView)
given = _shown("given", GivenView)


def run(function: str, *arguments: Any) -> rx.event.EventSpec:
    """Call a function of assets/roms from an event of a component. Arguments may be Vars."""
    values = ", ".join(str(rx.Var.create(argument)) for argument in arguments)
    return rx.run_script(rx.Var(_js_expr=f"{function}({values})"))


def scripts() -> list[rx.Component]:
    """The script tags of assets/roms for the page's head: loaded before React, and reloaded whenever a file changes."""
    return [rx.el.script(src=versioned(f"roms/{name}.js")) for name in SCRIPTS]


def versioned(path: str) -> str:
    """An asset's address that changes with its content, so that browsers do not use an old copy."""
    digest = hashlib.sha256((ASSETS / path).read_bytes()).hexdigest()[:12]
    return f"/{path}?v={digest}"
