"""`/queue`: the supervisor's page. For admins."""

import reflex as rx

from roms_app.components.client import store
from roms_app.components.client.bridge import queue_bridge
from roms_app.components.live_badge import live_badge
from roms_app.components.queue.agents import agent_list, next_chats, team_list
from roms_app.components.queue.menu import queue_menu
from roms_app.components.queue.waiting import urgent_strip, waiting_list
from roms_app.components.shell import shell
from roms_app.i18n import t
from roms_app.states.queue import QueueState
from roms_app.states.session import SessionState


def page() -> rx.Component:
    """Who waits on the left, who answers on the right."""
    board = rx.fragment(
        urgent_strip(),
        rx.el.div(
            waiting_list(),
            rx.el.div(next_chats(), team_list(), agent_list(), class_name="roms-queue-pane"),
            class_name="roms-queue-panes",
        ),
    )
    return shell(
        queue_bridge(),
        rx.el.div(
            rx.el.header(rx.el.h1(t("Queue")), live_badge(), class_name="roms-queue-top"),
            _error(),
            rx.cond(QueueState.read_at > 0, board, _skeleton()),
            queue_menu(),
            id="roms-queue",
            class_name="roms-queue",
            on_mount=QueueState.arrive,
        ),
        section="queue",
        title=t("Queue"),
    )


def _error() -> rx.Component:
    """What could not be done, until it is read. Always there, so that screen readers notice when it fills."""
    close = rx.el.button(
        rx.icon("x", size=16, aria_hidden="true"),
        type="button",
        aria_label=t("Close"),
        on_click=QueueState.close_error,
        class_name="roms-queue-expand",
    )
    words = rx.box(
        rx.icon("circle-alert", size=16, aria_hidden="true"),
        rx.text(QueueState.error, size="2"),
        close,
        class_name="roms-error",
    )
    return rx.box(rx.cond(QueueState.error != "", words), role="alert")


def _skeleton() -> rx.Component:
    bone = rx.skeleton(height="84px")
    return rx.box(
        rx.box(bone, bone, bone), rx.box(bone, bone), class_name="roms-queue-panes roms-late", aria_hidden="true"
    )


def add_to(app: rx.App) -> None:
    """Register the page and its style sheet."""
    app.head_components.append(rx.el.link(rel="stylesheet", href=store.versioned("roms/queue.css")))
    app.add_page(page, route="/queue", title="Queue · ROMS", on_load=[SessionState.load, QueueState.load])
