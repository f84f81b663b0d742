"""Agents and teams on `/queue`, and whose turn it is. Conversations can be dropped on agents and teams."""

from typing import Any

import reflex as rx

from roms_app.components.queue.parts import age, chat_card, chip, in_words, section
from roms_app.components.words import availability_word, truth
from roms_app.i18n import t, tn
from roms_app.states.queue import QueueState


def next_chats() -> rx.Component:
    """For each number, the next agent and the skipped ones."""
    return section(
        rx.el.ul(rx.foreach(QueueState.next, _next_chat), class_name="roms-queue-next"),
        title=t("Next"),
        note=t("to whom a new chat goes"),
        aria_label=t("Next"),
        class_name="roms-queue-block",
    )


def team_list() -> rx.Component:
    """Teams, onto which conversations can be dropped; nothing without teams."""
    teams = section(
        rx.el.ul(rx.foreach(QueueState.teams, _team), aria_label=t("Teams"), class_name="roms-queue-teams"),
        title=t("Teams"),
        class_name="roms-queue-block",
    )
    return rx.cond(QueueState.teams.length() > 0, teams)


def agent_list() -> rx.Component:
    """All active agents. Those with escalated conversations and those who are ready come first."""
    return section(
        rx.el.ul(rx.foreach(QueueState.agents, _agent), aria_label=t("Agents"), class_name="roms-queue-list"),
        title=t("Agents"),
        note=t(
            "{ready} of {all} ready",
            ready=QueueState.ready_count.to_string(),
            all=QueueState.agents.length().to_string(),
        ),
        aria_label=t("Who answers"),
        class_name="roms-queue-block",
    )


def _next_chat(one: Any) -> rx.Component:
    order = rx.cond(one.order == "balanced", t("Balanced"), t("Round robin"))
    skipped = rx.el.p(t("Passed over: {names}", names=in_words(one.skipped)), class_name="roms-queue-muted")
    return rx.el.li(
        rx.el.p(
            rx.el.bdi(one.inbox_name, class_name="roms-queue-inbox"),
            chip(order),
        ),
        rx.cond(
            one.agent_id > 0,
            rx.fragment(
                rx.el.p(
                    rx.icon("arrow-right", size=14, aria_hidden="true"),
                    rx.el.strong(rx.el.bdi(one.agent_name)),
                    in_words(one.why),
                ),
                rx.cond(one.skipped.length() > 0, skipped),
            ),
            rx.el.p(in_words(one.why), class_name="roms-queue-warns"),
        ),
        key=one.inbox_id.to_string(),
    )


def _team(team: Any) -> rx.Component:
    return rx.el.li(
        rx.icon("users", size=14, aria_hidden="true"),
        rx.el.bdi(team.name),
        rx.el.span(
            tn("{count} agent", "{count} agents", team.member_count),
            rx.cond(
                team.waiting_count > 0, rx.fragment(" · ", t("{count} waiting", count=team.waiting_count.to_string()))
            ),
            class_name="roms-queue-note",
        ),
        key=team.id.to_string(),
        class_name="roms-queue-team",
        custom_attrs={"data-queue-team": team.id},
    )


def _agent(agent: Any) -> rx.Component:
    is_expanded = QueueState.expanded_id == agent.id
    return rx.el.li(
        rx.el.div(
            rx.el.span(
                class_name="roms-dot",
                aria_hidden="true",
                custom_attrs={"data-availability": rx.cond(agent.is_present, agent.availability, "absent")},
            ),
            rx.el.bdi(agent.name, class_name="roms-queue-name"),
            rx.cond(agent.escalated_count > 0, chip(t("Escalated"), "escalated")),
            _load(agent),
            rx.el.button(
                rx.icon("chevron-down", size=16, aria_hidden="true"),
                type="button",
                aria_label=t("Open conversations of {name}", name=agent.name),
                aria_expanded=is_expanded,
                disabled=agent.open_count == 0,
                on_click=QueueState.expand(agent.id),
                class_name="roms-queue-expand",
            ),
            class_name="roms-queue-line",
        ),
        rx.el.div(
            rx.el.span(_state(agent)),
            rx.foreach(agent.teams, lambda team: chip(team, "team")),
            rx.el.span(_times(agent), class_name="roms-queue-times"),
            class_name="roms-queue-line roms-queue-muted",
        ),
        rx.cond(
            is_expanded,
            rx.el.ul(
                rx.foreach(QueueState.open_chats, chat_card),
                aria_label=t("Open conversations of {name}", name=agent.name),
                class_name="roms-queue-own",
            ),
        ),
        aria_label=agent.name,
        key=agent.id.to_string(),
        class_name="roms-queue-agent",
        custom_attrs={"data-queue-agent": agent.id, "data-ready": rx.cond(agent.is_ready, "true", "false")},
    )


def _load(agent: Any) -> rx.Component:
    """The load as a bar, with its numbers."""
    return rx.el.span(
        rx.el.span(
            rx.el.span(style={"--load": f"calc({agent.open_count} / max(1, {agent.capacity}))"}),
            aria_hidden="true",
            class_name="roms-queue-bar",
            custom_attrs={"data-full": truth(agent.open_count >= agent.capacity)},
        ),
        t("{open} of {capacity}", open=agent.open_count.to_string(), capacity=agent.capacity.to_string()),
        title=t("Open conversations, and how many they may have"),
        class_name="roms-queue-load",
    )


def _state(agent: Any) -> rx.Component:
    """Availability and presence, and other reasons why they can't be assigned a conversation."""
    is_willing = (agent.availability == "available") & agent.is_present
    return rx.fragment(
        availability_word(agent.availability),
        rx.cond(agent.is_present, "", rx.fragment(", ", t("offline"))),
        rx.cond(is_willing & ~agent.is_ready, rx.fragment(" · ", in_words(agent.why_not))),
    )


def _times(agent: Any) -> rx.Component:
    unanswered = rx.fragment(t("unanswered"), " ", age(agent.oldest_wait, warns=True))
    turn = rx.fragment(t("last turn"), " ", age(agent.last_turn_at), " ", t("ago"))
    return rx.fragment(
        rx.cond(agent.oldest_wait > 0, rx.fragment(unanswered, " · ")),
        rx.cond(agent.last_turn_at > 0, turn, t("no turn yet")),
    )
