"""/inbox and /inbox/{conversation}: the same page; the address says which thread is open."""

import reflex as rx

from roms_app.components.client import store
from roms_app.components.client.bridge import inbox_bridge
from roms_app.components.inbox.contact_panel import contact_panel
from roms_app.components.inbox.conversation_list import conversation_list
from roms_app.components.inbox.thread import thread
from roms_app.components.shell import shell
from roms_app.i18n import t
from roms_app.states.inbox import InboxState
from roms_app.states.receipts import ReceiptsState
from roms_app.states.session import SessionState


def inbox() -> rx.Component:
    """Four regions: nav rail, list, thread, customer."""
    return shell(
        inbox_bridge(),
        # The list has one that is seen; where a phone shows a thread instead, this one is there for screen readers.
        rx.el.h1(t("Inbox"), class_name="roms-page-title"),
        rx.el.div(conversation_list(), thread(), contact_panel(), class_name="roms-inbox"),
        section="inbox",
        title=t("Inbox"),
    )


def add_to(app: rx.App) -> None:
    """Register the page under both addresses, and what it needs in every page's head."""
    app.head_components.extend(
        [
            rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
            rx.el.link(rel="stylesheet", href=store.versioned("roms/inbox.css")),
            rx.el.link(rel="stylesheet", href=store.versioned("roms/thread.css")),
            rx.el.link(rel="stylesheet", href=store.versioned("roms/composer.css")),
            *store.scripts(),
        ]
    )
    on_load = [SessionState.load, InboxState.load, ReceiptsState.load]
    for route in ("/inbox", "/inbox/[cid]"):
        app.add_page(inbox, route=route, title="Inbox · ROMS", on_load=on_load)
