"""Settings → Assignment: the default capacity, teams and labels. Numbers are in `assignment_numbers.py`."""

from typing import Any

import reflex as rx

from roms_app.components.forms import confirm_dialog, error_notice, form_dialog, text_field
from roms_app.i18n import t, tn
from roms_app.states.assignment import AssignmentState
from roms_app.states.forms import PERSON_BOX, CapacityForm, LabelForm, NewLabelForm, NewTeamForm, TeamForm
from roms_app.states.rules import RulesState


def page_error() -> rx.Component:
    """The error of an action outside a dialog."""
    return rx.fragment(
        rx.cond(AssignmentState.dialog == "", error_notice(AssignmentState.error)),
        rx.cond(RulesState.dialog == "", error_notice(RulesState.error)),
    )


def capacity_section() -> rx.Component:
    """The default capacity."""
    change = form_dialog(
        trigger=rx.button(t("Change"), variant="soft", size="2", aria_label=t("Change the default capacity")),
        title=t("Open conversations per agent"),
        fields=[
            text_field(
                t("At most"),
                "capacity",
                prefix="default",
                form=CapacityForm,
                type="number",
                default_value=AssignmentState.default_capacity.to_string(),
                hint=t("Who has so many is given no more until one is resolved. People may still take more by hand."),
            )
        ],
        submit=t("Save"),
        on_submit=AssignmentState.set_default_capacity,
        state=AssignmentState,
        name="capacity",
    )
    words = t(
        "Each agent is given at most {count} open conversations at a time.", count=AssignmentState.default_capacity
    )
    return section(
        t("Everybody"),
        None,
        rx.flex(
            rx.box(
                rx.text(words, size="3"),
                rx.text(t("Settings → Team sets another number for one agent."), size="2", color_scheme="gray"),
            ),
            rx.spacer(),
            change,
            class_name="roms-card roms-line",
        ),
    )


def teams_section() -> rx.Component:
    """The teams, or a sentence if there are none."""
    add = form_dialog(
        trigger=rx.button(rx.icon("plus", size=16), t("Add team"), size="2", variant="soft"),
        title=t("Add team"),
        fields=[
            text_field(t("Name"), "name", prefix="team", form=NewTeamForm, auto_complete="off"),
            people_boxes(t("Members"), None),
        ],
        submit=t("Add"),
        on_submit=AssignmentState.create_team,
        state=AssignmentState,
        name="add team",
    )
    lines = rx.el.ul(rx.foreach(AssignmentState.teams, _team), aria_label=t("Teams"), class_name="roms-team")
    none = t("No team yet. With teams, routing rules can send questions to those who know the answers.")
    return section(t("Teams"), add, rx.cond(AssignmentState.teams.length() > 0, lines, empty("users", none)))


def labels_section() -> rx.Component:
    """The labels, or a sentence if there are none."""
    add = form_dialog(
        trigger=rx.button(rx.icon("plus", size=16), t("Add label"), size="2", variant="soft"),
        title=t("Add label"),
        fields=[text_field(t("Name"), "name", prefix="label", form=NewLabelForm, auto_complete="off")],
        submit=t("Add"),
        on_submit=AssignmentState.create_label,
        state=AssignmentState,
        name="add label",
    )
    lines = rx.el.ul(rx.foreach(AssignmentState.labels, _label), aria_label=t("Labels"), class_name="roms-team")
    none = t("No label yet. Agents put labels to conversations; rules can route by them.")
    return section(t("Labels"), add, rx.cond(AssignmentState.labels.length() > 0, lines, empty("tag", none)))


def section(title: Any, action: rx.Component | None, *children: rx.Component) -> rx.Component:
    """A heading with its one action, and the content below it."""
    head = [rx.heading(title, as_="h2", size="4"), rx.spacer(), *([] if action is None else [action])]
    return rx.el.section(rx.flex(*head, align="center", min_height="44px"), *children, class_name="roms-section")


def empty(icon: str, sentence: Any) -> rx.Component:
    """Shown where there is nothing yet."""
    return rx.box(rx.icon(icon, size=24, aria_hidden="true"), rx.text(sentence, size="2"), class_name="roms-empty")


def people_boxes(legend: Any, chosen_ids: Any) -> rx.Component:
    """A checkbox for each active agent, which forms read as `agent_ids`. `chosen_ids` None: none is checked."""

    def box(person: Any) -> rx.Component:
        is_chosen = False if chosen_ids is None else chosen_ids.contains(person.id)
        return rx.el.label(
            rx.el.input(type="checkbox", name=PERSON_BOX + person.id.to_string(), default_checked=is_chosen),
            rx.el.bdi(person.name, title=person.name),
            class_name="roms-box",
            key=person.id.to_string(),
        )

    return rx.el.fieldset(
        rx.el.legend(legend, class_name="roms-label"),
        rx.el.div(rx.foreach(AssignmentState.people, box), class_name="roms-people"),
        class_name="roms-boxes",
    )


def names_line(names: Any, count: Any, none: Any) -> rx.Component:
    """The number of people, and as many names as fit."""
    return rx.cond(
        count > 0,
        rx.el.span(rx.el.strong(count), " · ", rx.el.bdi(names), title=names, class_name="roms-names"),
        rx.el.span(none, class_name="roms-muted-words"),
    )


def _team(team: Any) -> rx.Component:
    card, id = team.card, team.card.id.to_string()
    change = form_dialog(
        trigger=rx.button(
            t("Change"), variant="ghost", color_scheme="gray", size="2", aria_label=t("Change {name}", name=card.name)
        ),
        title=t("Change {name}", name=card.name),
        fields=[
            rx.el.input(type="hidden", name="team_id", value=id),
            text_field(t("Name"), "name", prefix="team-change", form=TeamForm, default_value=card.name),
            people_boxes(t("Members"), team.member_ids),
        ],
        submit=t("Save"),
        on_submit=AssignmentState.save_team,
        state=AssignmentState,
        name="team " + id,
    )
    rules = tn(
        "{count} routing rule leads here and is deleted with it.",
        "{count} routing rules lead here and are deleted with it.",
        card.rule_count,
    )
    delete = confirm_dialog(
        trigger=rx.button(
            t("Delete"), variant="ghost", color_scheme="gray", size="2", aria_label=t("Delete {name}", name=card.name)
        ),
        title=t("Delete {name}?", name=card.name),
        text=rx.fragment(
            t("Conversations of this team are for everybody again."), " ", rx.cond(card.rule_count > 0, rules, "")
        ),
        confirm=t("Delete team"),
        on_confirm=AssignmentState.delete_team(card.id),
        state=AssignmentState,
        name="delete team " + id,
    )
    chats = tn("{count} open chat", "{count} open chats", card.open_count)
    return rx.el.li(
        rx.box(
            rx.text(rx.el.bdi(card.name), weight="medium", size="3", as_="div", class_name="roms-clip"),
            names_line(team.member_names, card.members.length(), t("Nobody yet: what goes to this team waits.")),
            class_name="roms-member-name",
        ),
        rx.text(rx.cond(card.open_count > 0, chats, ""), size="2", color_scheme="gray"),
        rx.flex(change, delete, class_name="roms-member-actions"),
        aria_label=card.name,
        class_name="roms-member roms-item",
        key=id,
    )


def _label(label: Any) -> rx.Component:
    id = label.id.to_string()
    rename = form_dialog(
        trigger=rx.button(
            t("Rename"), variant="ghost", color_scheme="gray", size="2", aria_label=t("Rename {name}", name=label.name)
        ),
        title=t("Rename"),
        fields=[
            rx.el.input(type="hidden", name="label_id", value=id),
            text_field(t("Name"), "name", prefix="label-name", form=LabelForm, default_value=label.name),
        ],
        submit=t("Save"),
        on_submit=AssignmentState.rename_label,
        state=AssignmentState,
        name="label " + id,
    )
    delete = confirm_dialog(
        trigger=rx.button(
            t("Delete"), variant="ghost", color_scheme="gray", size="2", aria_label=t("Delete {name}", name=label.name)
        ),
        title=t("Delete {name}?", name=label.name),
        text=t("It is taken from all conversations, and rules that look for it are deleted."),
        confirm=t("Delete label"),
        on_confirm=AssignmentState.delete_label(label.id),
        state=AssignmentState,
        name="delete label " + id,
    )
    count = tn("{count} conversation", "{count} conversations", label.count)
    return rx.el.li(
        rx.text(rx.el.bdi(label.name), weight="medium", size="3", as_="div", class_name="roms-clip"),
        rx.text(rx.cond(label.count > 0, count, t("not used yet")), size="2", color_scheme="gray"),
        rx.flex(rename, delete, class_name="roms-member-actions"),
        aria_label=label.name,
        class_name="roms-member roms-item",
        key=id,
    )
