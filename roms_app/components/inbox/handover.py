"""Assigning the open conversation by hand: the dialogs, and the entries of the thread's menu."""

from typing import Any

import reflex as rx

from roms_app.components.client import store
from roms_app.components.client.store import run
from roms_app.components.forms import error_notice
from roms_app.components.words import availability_word, priority_word, truth
from roms_app.i18n import t
from roms_app.models import Priority
from roms_app.states.forms import NoteForm, limits
from roms_app.states.handover import HandoverState
from roms_app.states.session import SessionState
from roms_app.views.handover import Candidate, CandidateTeam

#: Where the focus goes when a dialog of the menu closes: the menu entry that opened it is gone.
_TO_MENU = run("roms.focus", "#roms-thread-more")


def hand_over() -> rx.Component:
    """The button and its dialog: the new assignee, and a note for them."""
    trigger = rx.button(
        rx.icon("user-round-plus", size=16, aria_hidden="true"),
        rx.el.span(t("Hand over"), class_name="roms-action-word"),
        aria_label=t("Hand over"),
        size="2",
        variant="outline",
        color_scheme="gray",
    )
    form = rx.form(
        _choices(),
        note_field("handover", t("They read it in the thread; the customer does not.")),
        error_notice(HandoverState.error),
        buttons(rx.button(t("Hand over"), type="submit", size="3")),
        on_submit=lambda data: HandoverState.hand_over(store.thread.id, data),
        reset_on_submit=False,
    )
    return rx.dialog.root(
        rx.dialog.trigger(trigger),
        rx.dialog.content(
            rx.dialog.title(t("Hand over")),
            form,
            max_width="480px",
            aria_describedby=rx.Var("undefined"),
            class_name="roms-handover",
        ),
        open=HandoverState.dialog == "hand_over",
        on_open_change=lambda is_open: HandoverState.set_dialog(store.thread.id, rx.cond(is_open, "hand_over", "")),
    )


def menu_lines() -> rx.Component:
    """Entries of the thread's menu about assignment and priority."""
    view = store.thread
    is_open = view.status == "open"
    return rx.fragment(
        rx.cond(
            SessionState.may_reply & view.is_assigned & ~view.is_mine & is_open,
            _line("hand", t("Take over myself"), HandoverState.take_over(view.id, view.assignee_id)),
        ),
        rx.cond(
            is_open, _line("undo-2", t("Return to queue"), HandoverState.set_dialog(view.id, "return"), has_dialog=True)
        ),
        rx.cond(
            view.is_assigned & is_open,
            _line("user-round-x", t("Unassign"), HandoverState.set_dialog(view.id, "unassign"), has_dialog=True),
        ),
        rx.menu.separator(),
        rx.el.div(t("Priority"), aria_hidden="true", class_name="roms-menu-heading"),
        *[_priority(priority) for priority in sorted(Priority, reverse=True)],
        rx.menu.separator(),
    )


def menu_dialogs() -> rx.Component:
    """The dialogs that the menu's entries open."""
    return rx.fragment(_return(), _unassign())


def refusal() -> Any:
    """The error of an action on the open conversation that had no dialog; "" if it belongs to another conversation."""
    is_here = (HandoverState.dialog == "") & (HandoverState.conversation_id == store.thread.id)
    return rx.cond(is_here, HandoverState.error, "")


def note_field(prefix: str, hint: Any, **props: Any) -> rx.Component:
    """A note for the new assignee."""
    return rx.box(
        rx.el.label(t("Note"), html_for=f"{prefix}-note", class_name="roms-label"),
        rx.el.textarea(
            id=f"{prefix}-note",
            name="note",
            rows=3,
            **limits(NoteForm, "note"),
            dir="auto",
            class_name="roms-textarea",
            custom_attrs={"aria-describedby": f"{prefix}-note-hint"},
            **props,
        ),
        rx.el.p(hint, id=f"{prefix}-note-hint", class_name="roms-hint"),
        class_name="roms-field",
    )


def buttons(*acts: rx.Component, cancel: Any = rx.dialog.close) -> rx.Component:
    """The buttons of a dialog: cancel, and the actions."""
    leave = cancel(rx.button(t("Cancel"), type="button", size="3", variant="soft", color_scheme="gray"))
    return rx.el.div(leave, *acts, class_name="roms-dialog-buttons")


def _choices() -> rx.Component:
    candidates = HandoverState.candidates
    nobody = rx.el.p(t("Nobody else answers this number and may reply."), class_name="roms-hint")
    agents = _choice_list(t("Agents"), rx.foreach(candidates.agents, _candidate))
    teams = _choice_list(t("Teams"), rx.foreach(candidates.teams, _team))
    return rx.el.div(
        rx.cond(candidates.agents.length() > 0, agents, nobody),
        rx.cond(candidates.teams.length() > 0, teams),
        class_name="roms-choices",
    )


def _choice_list(legend: Any, choices: Any) -> rx.Component:
    return rx.el.fieldset(rx.el.legend(legend, class_name="roms-label"), choices, class_name="roms-choice-list")


def _candidate(candidate: rx.Var[Candidate]) -> rx.Component:
    state = rx.cond(candidate.is_present, candidate.availability, "absent")
    word = rx.cond(candidate.is_present, availability_word(candidate.availability), t("Offline"))
    return _choice(
        rx.Var.create("agent-") + candidate.id.to_string(),
        candidate.name,
        rx.el.span(class_name="roms-dot", aria_hidden="true", custom_attrs={"data-availability": state}),
        rx.el.span(word),
        rx.cond(~candidate.is_on_shift, rx.el.span(t("off shift"), class_name="roms-choice-mark")),
        rx.el.span(
            t("{count} of {capacity}", count=_number(candidate.open_count), capacity=_number(candidate.capacity)),
            title=t("open conversations, and how many they are given at most"),
        ),
    )


def _team(team: rx.Var[CandidateTeam]) -> rx.Component:
    return _choice(
        rx.Var.create("team-") + team.id.to_string(),
        team.name,
        rx.icon("users", size=14, aria_hidden="true"),
        rx.el.span(
            t("{count} of {members} available", count=_number(team.available_count), members=_number(team.member_count))
        ),
    )


def _number(value: Any) -> Any:
    """As text, because Reflex would show a 0 in a sentence as nothing."""
    return value.to_string()


def _choice(value: Any, name: Any, sign: rx.Component, *notes: Any) -> rx.Component:
    return rx.el.label(
        rx.el.input(type="radio", name="to", value=value),
        sign,
        rx.el.span(name, dir="auto", class_name="roms-choice-name"),
        rx.el.span(*notes, class_name="roms-choice-notes"),
        key=value,
        class_name="roms-choice",
    )


def _line(icon: str, label: Any, event: Any, *, has_dialog: bool = False) -> rx.Component:
    extra = {"aria-haspopup": "dialog"} if has_dialog else {}
    return rx.menu.item(rx.icon(icon, size=16, aria_hidden="true"), label, on_select=event, custom_attrs=extra)


def _priority(priority: Priority) -> rx.Component:
    name = "" if priority is Priority.NORMAL else priority.name.lower()
    is_chosen = store.thread.priority == name
    return rx.menu.item(
        rx.el.span(rx.cond(is_chosen, rx.icon("check", size=16, aria_hidden="true")), class_name="roms-menu-check"),
        priority_word(int(priority)),
        aria_label=t("Priority: {priority}", priority=priority_word(int(priority))),
        on_select=HandoverState.set_priority(store.thread.id, int(priority)),
        custom_attrs={"role": "menuitemradio", "aria-checked": truth(is_chosen)},
    )


def _return() -> rx.Component:
    form = rx.form(
        note_field("return", t("Who gets it reads this in the thread.")),
        error_notice(HandoverState.error),
        buttons(rx.button(t("Return to queue"), type="submit", size="3")),
        on_submit=lambda data: HandoverState.return_to_queue(store.thread.id, data),
        reset_on_submit=False,
    )
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(t("Return to queue")),
            rx.dialog.description(
                t("ROMS gives it to the next agent whose turn it is; not to who has it now."),
                size="2",
                margin_bottom="12px",
            ),
            form,
            max_width="440px",
            on_close_auto_focus=_TO_MENU,
        ),
        open=HandoverState.dialog == "return",
        on_open_change=_closed,
    )


def _unassign() -> rx.Component:
    act = rx.button(t("Unassign"), size="3", on_click=HandoverState.unassign(store.thread.id))
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title(t("Unassign this conversation?")),
            rx.alert_dialog.description(
                t("It stays unassigned until somebody takes it: ROMS gives it to nobody by itself."), size="2"
            ),
            error_notice(HandoverState.error),
            buttons(act, cancel=rx.alert_dialog.cancel),
            max_width="440px",
            on_close_auto_focus=_TO_MENU,
        ),
        open=HandoverState.dialog == "unassign",
        on_open_change=_closed,
    )


def _closed(_is_open: Any) -> Any:
    """The menu opens these dialogs, so the only event is that they close."""
    return HandoverState.set_dialog(store.thread.id, "")
