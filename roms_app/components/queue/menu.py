"""The menu to assign a conversation on `/queue`: one for all cards (assets/roms/queue.js)."""

from typing import Any

import reflex as rx

from roms_app.components.client import store
from roms_app.components.queue.parts import in_words
from roms_app.i18n import t
from roms_app.states.queue import QueueState


def queue_menu() -> rx.Component:
    """The browser decides its position, and where the focus goes afterwards."""
    menu = store.queue
    return rx.el.div(
        rx.el.p(t("Give {name} to…", name=menu.name), dir="auto", class_name="roms-queue-menu-title"),
        rx.el.input(
            id="roms-queue-filter",
            type="search",
            aria_label=t("Find an agent or a team"),
            placeholder=t("Find an agent or a team"),
            auto_complete="off",
            class_name="roms-queue-filter",
        ),
        rx.cond(
            menu.is_open,
            rx.el.div(
                rx.foreach(QueueState.teams, _team),
                rx.foreach(QueueState.agents, _agent),
                class_name="roms-queue-menu-list",
            ),
        ),
        rx.cond(
            (menu.assignee_id != 0) | menu.is_parked,
            _act("undo-2", t("Return to queue"), "return_to_queue"),
        ),
        rx.cond(~menu.is_parked, _act("circle-parking", t("Park"), "park")),
        id="roms-queue-menu",
        role="dialog",
        aria_label=t("Give to…"),
        custom_attrs={"popover": "auto"},
        class_name="roms-queue-menu",
    )


def _team(team: Any) -> rx.Component:
    return rx.el.button(
        rx.icon("users", size=16, aria_hidden="true"),
        rx.el.bdi(team.name),
        type="button",
        on_click=store.run("romsQueue.choose", "queueTeam", team.id),
        key="team " + team.id.to_string(),
        class_name="roms-menu-item",
        custom_attrs={"data-name": team.name},
    )


def _agent(agent: Any) -> rx.Component:
    load = t("{open} of {capacity}", open=agent.open_count.to_string(), capacity=agent.capacity.to_string())
    item = rx.el.button(
        rx.el.span(
            class_name="roms-dot",
            aria_hidden="true",
            custom_attrs={"data-availability": rx.cond(agent.is_present, agent.availability, "absent")},
        ),
        rx.el.bdi(agent.name),
        rx.el.span(rx.cond(agent.is_ready, load, in_words(agent.why_not)), class_name="roms-menu-note"),
        type="button",
        on_click=store.run("romsQueue.choose", "queueAgent", agent.id),
        key="agent " + agent.id.to_string(),
        class_name="roms-menu-item",
        custom_attrs={"data-name": agent.name},
    )
    return rx.cond(store.queue.assignee_id != agent.id, item)


def _act(icon: str, label: Any, name: str) -> rx.Component:
    return rx.el.button(
        rx.icon(icon, size=16, aria_hidden="true"),
        label,
        type="button",
        on_click=store.run("romsQueue.act", name),
        class_name="roms-menu-item",
    )
