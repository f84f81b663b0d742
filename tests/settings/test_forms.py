"""Tests of forms: their limits, errors and the errors' texts."""

import re
from typing import Any

import pytest

from roms_app.components import forms as inputs
from roms_app.domain import fields
from roms_app.errors import InvalidInput
from roms_app.models import Role
from roms_app.states import forms
from roms_app.states.forms import (
    AnsweringForm,
    CapacityForm,
    DutyForm,
    Form,
    HandoverForm,
    MemberForm,
    NewRuleForm,
    NumberForm,
    TeamForm,
    limits,
)

HOURS = {"hours-limited": "on", "hours-mon": "on", "hours-mon-since1": "9", "hours-mon-until1": "17.30"}
NUMBER = {"inbox_id": "3", "order": "round_robin", "escalate_after": "2", "timezone": "Asia/Jakarta"}


def all_forms() -> list[type[Form]]:
    return [each for each in vars(forms).values() if isinstance(each, type) and issubclass(each, Form)]


def test_a_form_is_read_as_people_fill_it_in() -> None:
    sent = NumberForm.read({**NUMBER, **HOURS, "is_sticky": "on", "response_minutes": " 15 "})
    assert (sent.inbox_id, sent.order, sent.is_sticky, sent.response_minutes) == (3, "round_robin", True, 15)
    assert sent.business_hours == "09:00-17:30;;;;;;"
    assert NumberForm.read(NUMBER).response_minutes is None
    assert NumberForm.read(NUMBER).business_hours is None
    assert MemberForm.read({"name": " Budi ", "email": " BUDI@example.com", "role": "admin"}).model_dump() == {
        "name": "Budi", "email": "budi@example.com", "password": "", "role": Role.ADMIN,
    }  # fmt: skip


def test_ticked_boxes_are_the_ids_in_their_names() -> None:
    sent = {"inbox_id": "3", "person-7": "on", "person-12": "on", "person-9": "", "other-4": "on"}
    assert AnsweringForm.read(sent).agent_ids == (7, 12)


def test_a_rule_about_words_has_no_label() -> None:
    sent = {"inbox_id": "3", "kind": "keyword", "team_id": "2", "keywords": "ongkir", "label_id": ""}
    assert NewRuleForm.read(sent).label_id == 0
    assert NewRuleForm.read({**sent, "kind": "label", "label_id": "5"}).label_id == 5


@pytest.mark.parametrize(
    ("form", "sent", "words"),
    [
        (CapacityForm, {"capacity": "0"}, "This number is from 1 to 1000."),
        (CapacityForm, {"capacity": ""}, "This number is from 1 to 1000."),
        (CapacityForm, {"capacity": "a lot"}, "This is not a whole number."),
        (CapacityForm, {"capacity": "9" * 40}, "This is not a whole number."),
        (DutyForm, {"agent_id": "3", "capacity": "-1"}, "This is not a whole number."),
        (DutyForm, {"agent_id": "3", "hours-limited": "on"}, "No day is chosen."),
        (NumberForm, {**NUMBER, "timezone": "Jakarta"}, "There is no such time zone."),
        (NumberForm, {**NUMBER, "order": "by weather"}, "There is no such choice."),
        (NumberForm, {**NUMBER, **HOURS, "hours-mon-until1": ""}, "These hours can't be"),
        (TeamForm, {"team_id": "1", "name": "\u200b"}, "A team needs a name"),
        (TeamForm, {"team_id": "1"}, "A team needs a name"),
        (MemberForm, {"name": "Budi", "email": "budi", "role": "agent"}, "This is not an email address."),
        (MemberForm, {"name": "Budi", "email": "b@example.com", "role": "king"}, "There is no such role."),
    ],
)
def test_what_is_wrong_is_said(form: type[Form], sent: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(words)):
        form.read(sent)


@pytest.mark.parametrize("to", ["", "nobody-1", "agent-", "agent-x", "agent-" + "1" * 16])
def test_somebody_must_be_chosen(to: str) -> None:
    with pytest.raises(InvalidInput, match="Nobody is chosen yet"):
        HandoverForm.read({"to": to}).target  # noqa: B018


@pytest.mark.parametrize("value", [None, [], {}, ["on"], True, 2**70, "\x00", "1" * 16, " 3"])
def test_what_no_page_sends_is_refused_in_words(value: Any) -> None:
    """Nonsense in any field of any form raises InvalidInput and nothing else."""
    for form in all_forms():
        for name in form.model_fields:
            try:
                form.read({"inbox_id": "1", "team_id": "1", "label_id": "1", name: value})
            except InvalidInput as error:
                assert error.mend, (form, name)


def test_inputs_have_the_limits_of_their_fields() -> None:
    assert limits(TeamForm, "name") == {"max_length": fields.TEAM_NAME_MAX, "required": True}
    assert limits(DutyForm, "capacity") == {"min": 0, "max": fields.CAPACITY_MAX}
    assert limits(forms.PasswordForm, "new")["min_length"] == fields.PASSWORD_MIN
    shown = str(inputs.text_field("Name", "name", prefix="team", form=TeamForm))
    assert f"maxLength:{fields.TEAM_NAME_MAX}" in shown.replace('"', "").replace(" ", "")
