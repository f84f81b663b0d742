"""The routing rules of a number, and a dry run on the last week."""

from typing import Any

import reflex as rx

from roms_app.components.forms import confirm_dialog, error_notice, form_dialog, select_field, text_field
from roms_app.i18n import t, tn
from roms_app.states.assignment import AssignmentState
from roms_app.states.forms import RuleForm
from roms_app.states.rules import RulesState


def rules(duty: Any) -> rx.Component:
    """The rules below a number's panel. `duty`: a `NumberAssignment`."""
    lead = t("The first rule that fits what a customer writes chooses the team. If none fits, everybody may get it.")
    lines = rx.el.ol(rx.foreach(duty.rules, _rule), aria_label=t("Routing rules"), class_name="roms-rules")
    return rx.el.div(
        rx.flex(
            rx.heading(t("Routing rules"), as_="h4", size="3"),
            rx.spacer(),
            _try(duty),
            rx.cond(AssignmentState.teams.length() > 0, _add(duty)),
            gap="12px",
            align="center",
            wrap="wrap",
            min_height="44px",
        ),
        rx.text(
            rx.cond(
                (AssignmentState.teams.length() == 0) & (duty.rules.length() == 0),
                t("Add a team above first; then rules can send conversations to it."),
                lead,
            ),
            size="2",
            color_scheme="gray",
        ),
        rx.cond(duty.rules.length() > 0, lines),
        class_name="roms-rules-part",
    )


def _rule(rule: Any) -> rx.Component:
    id = rule.id.to_string()
    unanswered = rx.el.p(
        rx.icon("triangle-alert", size=14, aria_hidden="true"),
        t("Nobody of {team} answers this number: what goes there waits.", team=rule.team),
        class_name="roms-warning",
    )
    number = rule.number.to_string()
    return rx.el.li(
        rx.el.span(number, class_name="roms-rule-number"),
        rx.el.div(
            rx.el.p(
                _when(rule),
                rx.icon("arrow-right", size=14, aria_label=t("goes to")),
                rx.el.bdi(rule.team, class_name="roms-rule-team"),
            ),
            rx.cond(rule.is_unanswered & rule.is_active, unanswered),
            class_name="roms-rule-what",
        ),
        rx.el.div(
            rx.switch(
                checked=rule.is_active,
                on_change=lambda is_on: RulesState.set_rule_active(rule.id, is_on),
                aria_label=t("Rule {number} is on", number=number),
            ),
            _move(rule, "arrow-up", t("Move rule {number} up", number=number), is_up=True),
            _move(rule, "arrow-down", t("Move rule {number} down", number=number), is_up=False),
            _change(rule, id, number),
            _delete(rule, id, number),
            class_name="roms-rule-acts",
        ),
        class_name=rx.cond(rule.is_active, "roms-rule", "roms-rule roms-rule-off"),
        key=id,
    )


def _when(rule: Any) -> rx.Component:
    return rx.match(
        rule.kind,
        ("keyword", _words(t("the customer writes"), rule)),
        ("word_start", _words(t("the customer writes a word that begins with"), rule)),
        ("word_part", _words(t("what the customer writes contains"), rule)),
        ("label", rx.el.span(t("it is labelled"), " ", rx.el.bdi(rule.label, class_name="roms-rule-words"))),
        rx.el.span(t("the customer writes for the first time")),
    )


def _words(lead: Any, rule: Any) -> rx.Component:
    return rx.el.span(lead, " ", rx.el.bdi(rule.keywords, class_name="roms-rule-words"))


def _move(rule: Any, icon: str, label: Any, *, is_up: bool) -> rx.Component:
    return _act(
        icon, label, disabled=rule.number == 1 if is_up else rule.is_last, on_click=RulesState.move_rule(rule.id, is_up)
    )


def _act(icon: str, label: Any, **props: Any) -> rx.Component:
    return rx.icon_button(
        rx.icon(icon, size=16, aria_hidden="true"),
        aria_label=label,
        title=label,
        variant="ghost",
        color_scheme="gray",
        size="2",
        **props,
    )


def _fields(prefix: str, rule: Any = None) -> list[rx.Component]:
    """The fields of a rule. The style sheet hides those that its kind does not use."""
    kinds = [
        rx.el.option(t("The customer writes certain words"), value="keyword"),
        rx.el.option(t("A word of the customer begins with"), value="word_start"),
        rx.el.option(t("What the customer writes contains"), value="word_part"),
        rx.el.option(t("The conversation has a label"), value="label"),
        rx.el.option(t("The customer writes for the first time"), value="first_contact"),
    ]
    teams = rx.foreach(
        AssignmentState.teams,
        lambda team: rx.el.option(team.card.name, value=team.card.id.to_string(), key=team.card.id),
    )
    labels = rx.foreach(
        AssignmentState.labels, lambda label: rx.el.option(label.name, value=label.id.to_string(), key=label.id)
    )
    chosen: dict[str, dict[str, Any]] = {"kind": {}, "keywords": {}, "label_id": {}, "team_id": {}}
    if rule is not None:
        chosen["kind"] = {"default_value": rule.kind}
        chosen["keywords"] = {"default_value": rule.keywords}
        chosen["label_id"] = {"default_value": rule.label_id.to_string()}
        chosen["team_id"] = {"default_value": rule.team_id.to_string()}
    no_label = rx.el.p(t("There is no label yet. Add one above."), class_name="roms-hint")
    return [
        select_field(t("When"), "kind", kinds, prefix=prefix, **chosen["kind"]),
        rx.el.div(
            text_field(
                t("Words"),
                "keywords",
                prefix=prefix,
                form=RuleForm,
                auto_complete="off",
                hint=_keyword_hint(),
                **chosen["keywords"],
            ),
            class_name="roms-for-keyword",
        ),
        rx.el.div(
            select_field(t("Label"), "label_id", [labels], prefix=prefix, **chosen["label_id"]),
            rx.cond(AssignmentState.labels.length() == 0, no_label),
            class_name="roms-for-label",
        ),
        select_field(t("It goes to"), "team_id", [teams], prefix=prefix, **chosen["team_id"]),
    ]


def _keyword_hint() -> rx.Component:
    """How the chosen kind searches. The style sheet hides the hints of the other kinds."""
    return rx.fragment(
        t("Words or phrases with commas between: refund, uang kembali. Capitals don't matter."),
        " ",
        rx.el.span(t("Whole words only: kirim is not in dikirim."), class_name="roms-hint-keyword"),
        rx.el.span(t("With every ending: ongkir is in ongkirnya."), class_name="roms-hint-word_start"),
        rx.el.span(
            t("Also within other words: kirim is in dikirim, and resi is in presiden."),
            class_name="roms-hint-word_part",
        ),
    )


def _add(duty: Any) -> rx.Component:
    id = duty.inbox_id.to_string()
    return form_dialog(
        trigger=rx.button(
            rx.icon("plus", size=16),
            t("Add rule"),
            size="2",
            variant="soft",
            aria_label=t("Add a rule to {name}", name=duty.name),
        ),
        title=t("Add rule"),
        fields=[rx.el.input(type="hidden", name="inbox_id", value=id), *_fields("rule")],
        submit=t("Add"),
        on_submit=RulesState.add_rule,
        state=RulesState,
        name="add rule " + id,
    )


def _change(rule: Any, id: Any, number: Any) -> rx.Component:
    return form_dialog(
        trigger=_act("pencil", t("Change rule {number}", number=number)),
        title=t("Change rule {number}", number=number),
        fields=[rx.el.input(type="hidden", name="rule_id", value=id), *_fields("rule-change", rule)],
        submit=t("Save"),
        on_submit=RulesState.save_rule,
        state=RulesState,
        name="rule " + id,
    )


def _delete(rule: Any, id: Any, number: Any) -> rx.Component:
    return confirm_dialog(
        trigger=_act("trash-2", t("Delete rule {number}", number=number)),
        title=t("Delete rule {number}?", number=number),
        text=t("Conversations that it sent to {team} stay there.", team=rule.team),
        confirm=t("Delete rule"),
        on_confirm=RulesState.delete_rule(rule.id),
        state=RulesState,
        name="delete rule " + id,
    )


def _try(duty: Any) -> rx.Component:
    """A table of the last week's conversations, and the teams that today's rules would have chosen."""
    name = "try " + duty.inbox_id.to_string()
    trigger = rx.button(
        rx.icon("flask-conical", size=16, aria_hidden="true"),
        t("Try it on past messages"),
        size="2",
        variant="ghost",
    )
    return rx.cond(
        duty.rules.length() > 0,
        rx.dialog.root(
            rx.dialog.trigger(trigger, on_click=RulesState.try_rules(duty.inbox_id)),
            rx.dialog.content(
                rx.dialog.title(t("Where last week's conversations would go")),
                rx.dialog.description(
                    t("The rules as they are now, on what each customer wrote first in the last 7 days."), size="2"
                ),
                error_notice(RulesState.error),
                _tried(),
                rx.flex(rx.dialog.close(rx.button(t("Done"), size="3")), justify="end", margin_top="16px"),
                max_width="820px",
            ),
            open=RulesState.dialog == name,
            on_open_change=RulesState.set_dialog(name),
        ),
    )


def _tried() -> rx.Component:
    none = rx.text(t("Nobody wrote in the last 7 days, so there is nothing to try the rules on."), size="2", as_="p")
    counts = rx.el.ul(rx.foreach(RulesState.tried.counts, _count), class_name="roms-tried-counts")
    head = rx.el.tr(
        *[rx.el.th(word, scope="col") for word in (t("When"), t("Customer"), t("What they wrote"), t("Goes to"))]
    )
    table = rx.el.table(
        rx.el.thead(head), rx.el.tbody(rx.foreach(RulesState.tried_rows, _line)), class_name="roms-tried"
    )
    shown = rx.fragment(
        counts,
        rx.box(table, class_name="roms-tried-scroll", tab_index=0, role="region", aria_label=t("Tried conversations")),
    )
    return rx.cond(RulesState.tried_rows.length() > 0, shown, none)


def _count(one: Any) -> rx.Component:
    what = rx.cond(
        one.number > 0,
        rx.el.span(t("Rule {number}", number=one.number), " · ", rx.el.bdi(one.team)),
        rx.el.span(t("no rule: everybody")),
    )
    return rx.el.li(rx.el.strong(tn("{count} chat", "{count} chats", one.count)), what)


def _line(line: Any) -> rx.Component:
    word = rx.cond(line.word != "", rx.el.span("“" + line.word.to(str) + "”", class_name="roms-tried-word"))
    rule = rx.el.span(rx.el.bdi(line.team), " · ", t("rule {number}", number=line.rule_number), " ", word)
    return rx.el.tr(
        rx.el.td(line.at),
        rx.el.td(rx.el.bdi(rx.cond(line.name != "", line.name, t("number hidden by WhatsApp")))),
        rx.el.td(rx.el.bdi(line.text)),
        rx.el.td(rx.cond(line.rule_number > 0, rule, rx.el.span(t("everybody"), class_name="roms-muted-words"))),
        key=line.conversation_id,
    )
