"""Settings → Assignment: how conversations of each number are assigned."""

from typing import Any

import reflex as rx

from roms_app.components.choices import zone_options
from roms_app.components.forms import form_dialog, select_field, text_field
from roms_app.components.settings.assignment import empty, names_line, people_boxes, section
from roms_app.components.settings.hours_editor import hours_editor, hours_summary
from roms_app.components.settings.rules import rules
from roms_app.i18n import t, tn
from roms_app.states.assignment import AssignmentState
from roms_app.states.forms import NumberForm


def numbers_section() -> rx.Component:
    """A panel for each number."""
    panels = rx.el.div(rx.foreach(AssignmentState.numbers, _panel), class_name="roms-cards")
    none = t("No number yet. Add one in Settings → WhatsApp; here you set who answers it.")
    return section(t("Numbers"), None, rx.cond(AssignmentState.numbers.length() > 0, panels, empty("smartphone", none)))


def _panel(number: Any) -> rx.Component:
    duty = number.duty
    return rx.el.article(
        rx.flex(
            rx.heading(rx.el.bdi(duty.name), as_="h3", size="4", class_name="roms-clip"),
            rx.spacer(),
            _change(number),
            gap="12px",
            align="center",
        ),
        rx.el.dl(
            _fact(t("Who is next"), _order(duty)),
            _fact(
                t("Returning customers"),
                rx.cond(duty.is_sticky, t("to who answered them last, if they can"), t("to whoever is next")),
            ),
            _fact(t("Response timer"), _timer(duty)),
            _fact(t("Business hours"), hours_summary(number.days, duty.business_hours)),
            _fact(
                t("Answered by"),
                rx.el.div(
                    names_line(number.member_names, duty.members.length(), t("Nobody: its conversations wait.")),
                    _answering(number),
                    class_name="roms-answering",
                ),
            ),
            class_name="roms-duty",
        ),
        rules(duty),
        aria_label=duty.name,
        class_name="roms-card",
        key=duty.inbox_id.to_string(),
    )


def _fact(label: Any, value: Any) -> rx.Component:
    return rx.el.div(rx.el.dt(label), rx.el.dd(value))


def _order(duty: Any) -> Any:
    return rx.cond(
        duty.order == "balanced",
        t("Balanced: who has the fewest open for their capacity"),
        t("Round robin: who had a turn longest ago"),
    )


def _timer(duty: Any) -> rx.Component:
    after = tn(
        "after {count} minute without an answer", "after {count} minutes without an answer", duty.response_minutes
    )
    rounds = tn(
        "the admins are told after {count} round", "the admins are told after {count} rounds", duty.escalate_after
    )
    return rx.cond(
        duty.response_minutes > 0,
        rx.el.span(t("back to the queue"), " ", after, "; ", rounds),
        rx.el.span(t("off")),
    )


def _change(number: Any) -> rx.Component:
    duty, id = number.duty, number.duty.inbox_id.to_string()
    order = [
        rx.el.option(t("Round robin"), value="round_robin"),
        rx.el.option(t("Balanced"), value="balanced"),
    ]
    return form_dialog(
        trigger=rx.button(t("Change"), variant="soft", size="2", aria_label=t("Change {name}", name=duty.name)),
        title=t("How {name} gives out conversations", name=duty.name),
        fields=[
            rx.el.input(type="hidden", name="inbox_id", value=id),
            rx.box(
                select_field(t("Who is next"), "order", order, prefix="duty", default_value=duty.order),
                rx.el.p(
                    t("Round robin if chats are alike: all get the same number. Balanced if some take much longer."),
                    class_name="roms-hint",
                ),
            ),
            rx.el.label(
                rx.el.input(type="checkbox", name="is_sticky", default_checked=duty.is_sticky),
                rx.el.span(t("A returning customer goes to who answered them last, if that agent can")),
                class_name="roms-box",
            ),
            rx.el.div(
                text_field(
                    t("Response timer, minutes"),
                    "response_minutes",
                    prefix="duty",
                    form=NumberForm,
                    type="number",
                    default_value=rx.cond(duty.response_minutes > 0, duty.response_minutes.to_string(), ""),
                    hint=t("Without a first answer it goes to somebody else. Empty: off."),
                ),
                text_field(
                    t("Tell the admins after rounds"),
                    "escalate_after",
                    prefix="duty",
                    form=NumberForm,
                    type="number",
                    default_value=duty.escalate_after.to_string(),
                ),
                class_name="roms-pair",
            ),
            hours_editor(
                number.days,
                duty.business_hours,
                legend=t("Business hours"),
                limited=t("The response timer counts only at these hours"),
                hint=t("A span may go over midnight: 22:00 until 06:00 belongs to the day on which it begins."),
            ),
            select_field(
                t("Time zone"), "timezone", zone_options(duty.timezone), prefix="duty", default_value=duty.timezone
            ),
        ],
        submit=t("Save"),
        on_submit=AssignmentState.save_number,
        state=AssignmentState,
        name="number " + id,
        max_width="620px",
    )


def _answering(number: Any) -> rx.Component:
    duty, id = number.duty, number.duty.inbox_id.to_string()
    return form_dialog(
        trigger=rx.button(
            t("Choose"), variant="ghost", size="2", aria_label=t("Choose who answers {name}", name=duty.name)
        ),
        title=t("Who answers {name}", name=duty.name),
        fields=[
            rx.el.input(type="hidden", name="inbox_id", value=id),
            people_boxes(t("Agents"), number.member_ids),
            rx.el.p(
                t("What agents have open whom you take away here goes back to the queue. Admins see every number."),
                class_name="roms-hint",
            ),
        ],
        submit=t("Save"),
        on_submit=AssignmentState.save_answering,
        state=AssignmentState,
        name="answering " + id,
    )
