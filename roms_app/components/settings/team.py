"""Settings → Team: the members, and the admin's actions for each."""

from typing import Any

import reflex as rx

from roms_app.components.client.store import given, run
from roms_app.components.forms import (
    confirm_dialog,
    error_notice,
    form_dialog,
    select_field,
    submit_button,
    text_field,
)
from roms_app.components.settings.hours_editor import hours_editor
from roms_app.components.words import availability_word, role_word
from roms_app.i18n import t, tn
from roms_app.states.forms import DutyForm, MemberForm
from roms_app.states.session import SessionState
from roms_app.states.team import TeamState


def team_list() -> rx.Component:
    """The members, one in each line. On a narrow page a line becomes a small card."""
    lines = rx.el.ul(rx.foreach(TeamState.team, _member), aria_label=t("Team"), class_name="roms-team")
    skeleton = rx.box(rx.skeleton(height="64px"), class_name="roms-late", aria_hidden="true")
    return rx.cond(TeamState.is_loaded, lines, skeleton)


def add_member() -> rx.Component:
    """The dialog for a new member. It shows a generated password once."""
    roles = [rx.el.option(t("Agent"), value="agent"), rx.el.option(t("Admin"), value="admin")]
    return rx.box(
        form_dialog(
            trigger=rx.button(rx.icon("user-plus", size=16), t("Add agent"), size="3"),
            title=t("Add agent"),
            fields=[
                text_field(t("Name"), "name", prefix="agent", form=MemberForm, auto_complete="off"),
                text_field(t("Email"), "email", prefix="agent", form=MemberForm, type="email", auto_complete="off"),
                text_field(
                    t("Password"),
                    "password",
                    prefix="agent",
                    type="password",
                    auto_complete="new-password",
                    hint=t("Leave empty to get a generated one. At least 10 characters."),
                ),
                select_field(t("Role"), "role", roles, prefix="agent"),
            ],
            submit=t("Add"),
            on_submit=TeamState.create,
            state=TeamState,
            name="add",
        ),
        margin_y="20px",
    )


def new_password_dialog() -> rx.Component:
    """Shows a generated password, once."""
    copy = rx.button(
        rx.icon("copy", size=16),
        t("Copy"),
        variant="soft",
        size="3",
        on_click=run("romsBubbles.copy", given.new_password),
    )
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(t("Password of {name}", name=TeamState.new_password_name)),
            rx.dialog.description(t("Give it to them now: it is shown only this once."), size="2"),
            rx.flex(
                rx.code(given.new_password, size="5", aria_label=t("New password"), class_name="roms-code"),
                copy,
                gap="16px",
                align="center",
                wrap="wrap",
                margin_y="20px",
            ),
            rx.flex(rx.dialog.close(rx.button(t("Done"), size="3")), justify="end"),
            max_width="440px",
        ),
        open=TeamState.new_password_name != "",
        on_open_change=TeamState.set_dialog("password"),
    )


def page_error() -> rx.Component:
    """The error of an action outside a dialog."""
    return rx.cond(TeamState.dialog == "", error_notice(TeamState.error))


def _member(member: Any) -> rx.Component:
    is_me = member.id == SessionState.agent_id
    return rx.el.li(
        rx.box(
            rx.text(rx.el.bdi(member.name), rx.cond(is_me, t(" (you)"), ""), weight="medium", size="3", as_="div"),
            rx.text(member.email, size="2", color_scheme="gray", as_="div", class_name="roms-email"),
            _duty_line(member),
            class_name="roms-member-name",
        ),
        rx.box(_presence(member), class_name="roms-member-presence"),
        rx.box(_role(member, is_me), class_name="roms-member-role"),
        rx.flex(
            rx.cond(member.is_active, _actions(member, is_me), _reactivate(member)), class_name="roms-member-actions"
        ),
        aria_label=member.name,
        class_name=rx.cond(member.is_active, "roms-member", "roms-member roms-member-inactive"),
        key=member.id.to_string(),
    )


def _presence(member: Any) -> rx.Component:
    present = rx.el.span(
        class_name="roms-dot",
        custom_attrs={"data-availability": rx.cond(member.is_present, member.availability, "absent")},
    )
    words = rx.cond(
        member.is_active,
        availability_word(member.availability) + rx.cond(member.is_present, "", ", " + t("offline")),
        t("Deactivated"),
    )
    chats = rx.cond(member.open_count > 0, " · " + tn("{count} open chat", "{count} open chats", member.open_count), "")
    return rx.flex(present, rx.text(words, chats, size="2", color_scheme="gray"), gap="8px", align="center")


def _role(member: Any, is_me: Any) -> rx.Component:
    choice = rx.el.select(
        rx.el.option(t("Agent"), value="agent"),
        rx.el.option(t("Admin"), value="admin"),
        value=member.role,
        on_change=lambda role: TeamState.set_role(member.id, role),
        aria_label=t("Role of {name}", name=member.name),
        class_name="roms-select roms-select-small",
    )
    return rx.cond(member.is_active & ~is_me, choice, rx.text(role_word(member.role), size="2", color_scheme="gray"))


def _actions(member: Any, is_me: Any) -> rx.Component:
    reset = confirm_dialog(
        trigger=rx.button(t("Reset password"), variant="ghost", color_scheme="gray", size="2"),
        title=t("Reset the password of {name}?", name=member.name),
        text=t("They are signed out everywhere and need the new password, which you see next."),
        confirm=t("Reset password"),
        on_confirm=TeamState.reset_password(member.id),
        state=TeamState,
        name="reset " + member.id.to_string(),
    )
    leave = confirm_dialog(
        trigger=rx.button(t("Deactivate"), variant="ghost", color_scheme="gray", size="2"),
        title=t("Deactivate {name}?", name=member.name),
        text=t("They are signed out, and their open conversations go to the others."),
        confirm=t("Deactivate"),
        on_confirm=TeamState.deactivate(member.id),
        state=TeamState,
        name="deactivate " + member.id.to_string(),
    )
    words = t("Capacity and shift of {name}", name=member.name)
    duty = rx.icon_button(
        rx.icon("sliders-horizontal", size=18, aria_hidden="true"),
        variant="ghost",
        color_scheme="gray",
        size="2",
        aria_label=words,
        title=words,
        on_click=TeamState.open_duty(member.id),
    )
    return rx.fragment(duty, rx.cond(is_me, rx.fragment(), rx.fragment(reset, leave)))


def _duty_line(member: Any) -> rx.Component:
    """Settings that differ from the defaults, and the teams."""
    return rx.el.div(
        rx.cond(
            member.looks_like != "",
            rx.badge(
                rx.icon("triangle-alert", size=12, aria_hidden="true"),
                rx.el.bdi(t("looks like {name}", name=member.looks_like)),
                color_scheme="amber",
            ),
        ),
        rx.cond(~member.may_reply, rx.badge(t("may not reply"), color_scheme="amber")),
        rx.cond(
            member.has_own_capacity, rx.badge(t("at most {count} open", count=member.capacity), color_scheme="gray")
        ),
        rx.cond(member.shift_hours != "", rx.badge(t("has a shift"), color_scheme="gray")),
        rx.foreach(member.teams, lambda name: rx.badge(rx.el.bdi(name), variant="outline", color_scheme="gray")),
        class_name="roms-duty-line",
    )


def duty_dialog() -> rx.Component:
    """A member's capacity and shift, and whether they may reply."""
    member = TeamState.duty
    fields = rx.flex(
        rx.el.input(type="hidden", name="agent_id", value=member.id.to_string()),
        text_field(
            t("Open conversations at most"),
            "capacity",
            prefix="duty",
            form=DutyForm,
            type="number",
            default_value=rx.cond(member.has_own_capacity, member.capacity.to_string(), ""),
            placeholder=rx.cond(member.has_own_capacity, "", member.capacity.to_string()),
            hint=t("Empty: as for everybody. 0: none is given to them; they may still take some."),
        ),
        _may_reply(member),
        hours_editor(
            TeamState.duty_days,
            member.shift_hours,
            legend=t("Shift"),
            limited=t("New conversations come only in these hours"),
            hint=t(
                "In the time zone of {name}: {zone}. At the end of a shift they are asked for a handover note.",
                name=member.name,
                zone=member.timezone,
            ),
        ),
        error_notice(TeamState.error),
        rx.flex(
            rx.dialog.close(rx.button(t("Cancel"), type="button", size="3", variant="soft", color_scheme="gray")),
            submit_button(t("Save")),
            gap="12px",
            justify="end",
        ),
        direction="column",
        gap="16px",
        margin_top="12px",
    )
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(t("Capacity and shift of {name}", name=member.name)),
            rx.form(fields, on_submit=TeamState.save_duty),
            max_width="620px",
            aria_describedby=rx.Var("undefined"),
        ),
        open=TeamState.dialog == "duty",
        on_open_change=TeamState.set_dialog("duty"),
    )


def _may_reply(member: Any) -> rx.Component:
    described = {"aria-describedby": "duty-may_reply-hint"}
    box = rx.el.input(type="checkbox", name="may_reply", default_checked=member.may_reply, custom_attrs=described)
    return rx.box(
        rx.el.label(box, rx.el.span(t("May reply to customers")), class_name="roms-box"),
        rx.el.p(
            t("Without it they only read, and their open conversations go back to the queue."),
            id="duty-may_reply-hint",
            class_name="roms-hint",
        ),
    )


def _reactivate(member: Any) -> rx.Component:
    return rx.button(t("Reactivate"), variant="soft", size="2", on_click=TeamState.reactivate(member.id))
