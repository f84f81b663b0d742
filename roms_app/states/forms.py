"""The forms of the pages: one model for each form, read from the browser's input.

`domain/fields.py` has the validation and its messages. Components take the limits of their inputs from here (`limits`).
"""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from roms_app.domain import fields
from roms_app.errors import InvalidInput, not_understood
from roms_app.models import Order, ReadReceipts, Role, RuleKind
from roms_app.services.routing import MAX_KEYWORDS
from roms_app.states.hours_form import read_hours


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a field's input in the browser: number of characters, or the smallest and largest number."""

    max_length: int | None = None
    min_length: int | None = None
    min: int | None = None
    max: int | None = None
    required: bool | None = None


def _id(value: Any) -> int:
    text = str(value)
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise not_understood()
    return int(text)


def _in_range(value: Any, least: int, most: int) -> int:
    return fields.in_range(fields.whole_number(str(value)) or 0, least, most)


def _in_range_if_any(value: Any, least: int, most: int) -> int | None:
    number = fields.whole_number(str(value))
    return None if number is None else fields.in_range(number, least, most)


#: The value of a number field that was left empty; validators read it (`Form.validate_default`).
EMPTY: Any = ""
#: An id from a hidden field or a choice.
Id = Annotated[int, BeforeValidator(_id)]
#: A checkbox.
Tick = Annotated[bool, BeforeValidator(lambda value: value == "on")]
#: Prefix of the checkboxes of agents; the id follows.
PERSON_BOX: Final = "person-"
PersonName = Annotated[
    str, AfterValidator(fields.person_name), Limits(max_length=fields.PERSON_NAME_MAX, required=True)
]
Email = Annotated[str, AfterValidator(fields.email_address), Limits(required=True)]
Password = Annotated[
    str,
    AfterValidator(fields.new_password),
    Limits(min_length=fields.PASSWORD_MIN, max_length=fields.PASSWORD_MAX, required=True),
]
Language = Annotated[str, AfterValidator(fields.language)]
TimeZone = Annotated[str, AfterValidator(fields.time_zone)]
Note = Annotated[str, AfterValidator(fields.note), Limits(max_length=fields.NOTE_MAX)]
TeamName = Annotated[str, AfterValidator(fields.team_name), Limits(max_length=fields.TEAM_NAME_MAX, required=True)]
LabelName = Annotated[str, AfterValidator(fields.label_name), Limits(max_length=fields.LABEL_NAME_MAX, required=True)]
NumberName = Annotated[
    str, AfterValidator(fields.number_name), Limits(max_length=fields.NUMBER_NAME_MAX, required=True)
]
Capacity = Annotated[
    int,
    BeforeValidator(partial(_in_range, least=1, most=fields.CAPACITY_MAX)),
    Limits(min=1, max=fields.CAPACITY_MAX, required=True),
]
OwnCapacity = Annotated[
    int | None,
    BeforeValidator(partial(_in_range_if_any, least=0, most=fields.CAPACITY_MAX)),
    Limits(min=0, max=fields.CAPACITY_MAX),
]
Minutes = Annotated[
    int | None,
    BeforeValidator(partial(_in_range_if_any, least=1, most=fields.MINUTES_MAX)),
    Limits(min=1, max=fields.MINUTES_MAX),
]
Rounds = Annotated[
    int,
    BeforeValidator(partial(_in_range, least=1, most=fields.ROUNDS_MAX)),
    Limits(min=1, max=fields.ROUNDS_MAX),
]


def role_of(text: str) -> Role:
    """The role with this name. Raises InvalidInput."""
    try:
        return Role(text)
    except ValueError as error:
        raise InvalidInput("There is no such role.", "Choose one of the list.") from error


class Form(BaseModel):
    """The base of all forms. A field that the browser left out is empty."""

    model_config = ConfigDict(frozen=True, validate_default=True)

    @classmethod
    def read(cls, sent: dict[str, Any]) -> Self:
        """Validate the browser's input. Raises InvalidInput for the first invalid field."""
        try:
            return cls.model_validate(sent)
        except ValidationError as error:
            raise not_understood() from error


def limits(form: type[Form], field: str) -> dict[str, Any]:
    """The limits of a form's field, as props of its input."""
    found = [each for each in form.model_fields[field].metadata if isinstance(each, Limits)]
    names = ("max_length", "min_length", "min", "max", "required")
    return {name: value for each in found for name in names if (value := getattr(each, name)) is not None}


# -- before and after the login --


class LoginForm(Form):
    """Email and password. Their format is not checked here: they match an account or they don't."""

    email: str = ""
    password: str = ""


class SetupForm(Form):
    """The first admin."""

    name: PersonName = ""
    email: Email = ""
    password: Password = ""
    language: Language = ""
    timezone: TimeZone = ""


class PreferencesForm(Form):
    """The agent's own preferences."""

    name: PersonName = ""
    language: Language = ""
    timezone: TimeZone = ""


class PasswordForm(Form):
    """A new password for the agent's own account."""

    current: str = ""
    new: Password = ""


class MemberForm(Form):
    """A new member of the team. A password is generated if none is given."""

    name: PersonName = ""
    email: Email = ""
    password: str = ""
    role: Annotated[str, AfterValidator(role_of)] = ""


class DutyForm(Form):
    """A member's capacity and shift, and whether they may reply."""

    agent_id: Id
    #: None: the default capacity.
    capacity: OwnCapacity = EMPTY
    may_reply: Tick = False
    #: In the format of `domain.hours`; None: always on shift.
    shift_hours: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, sent: dict[str, Any]) -> dict[str, Any]:
        return {**sent, "shift_hours": read_hours(sent)}


# -- Settings → Assignment --


class CapacityForm(Form):
    """The default capacity."""

    capacity: Capacity = EMPTY


class NumberForm(Form):
    """How conversations of a number are assigned."""

    inbox_id: Id
    order: Annotated[str, AfterValidator(partial(fields.one_of, Order))] = ""
    is_sticky: Tick = False
    #: None: no response timer.
    response_minutes: Minutes = EMPTY
    escalate_after: Rounds = EMPTY
    business_hours: str | None = None
    timezone: TimeZone = ""

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, sent: dict[str, Any]) -> dict[str, Any]:
        return {**sent, "business_hours": fields.weekly_hours(read_hours(sent))}


class _Ticked(Form):
    """A form with a checkbox for each agent, named ``person-<id>``."""

    agent_ids: tuple[Id, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, sent: dict[str, Any]) -> dict[str, Any]:
        ticked = (name for name, value in sent.items() if name.startswith(PERSON_BOX) and value == "on")
        return {**sent, "agent_ids": tuple(name.removeprefix(PERSON_BOX) for name in ticked)}


class AnsweringForm(_Ticked):
    """The agents who answer a number."""

    inbox_id: Id


class NewTeamForm(_Ticked):
    """A team's name and members."""

    name: TeamName = ""


class TeamForm(NewTeamForm):
    """An existing team."""

    team_id: Id


class NewLabelForm(Form):
    """A label's name."""

    name: LabelName = ""


class LabelForm(NewLabelForm):
    """An existing label."""

    label_id: Id


class RuleForm(Form):
    """What a routing rule matches, and its team. The service checks the keywords and label that its kind needs."""

    kind: str = ""
    team_id: Id
    keywords: Annotated[str, Limits(max_length=MAX_KEYWORDS)] = ""
    #: 0: the rule uses no label.
    label_id: Id = 0

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, sent: dict[str, Any]) -> dict[str, Any]:
        return sent if sent.get("kind") == RuleKind.LABEL else {**sent, "label_id": 0}


class NewRuleForm(RuleForm):
    """A new rule of a number."""

    inbox_id: Id


class ChangedRuleForm(RuleForm):
    """An existing rule."""

    rule_id: Id


# -- Settings → WhatsApp --


class NewNumberForm(Form):
    """The name of a new number."""

    name: NumberName = ""


class RenameNumberForm(NewNumberForm):
    """A new name of a number."""

    inbox_id: Id


class CodeForm(Form):
    """The phone number of the phone on which the pairing code will be typed."""

    inbox_id: Id
    #: E.164.
    phone: Annotated[str, AfterValidator(fields.phone_number), Limits(required=True)] = ""


class OptionsForm(Form):
    """A number's options: groups, and when customers see that their messages were read."""

    inbox_id: Id
    has_groups: Tick = False
    read_receipts: Annotated[str, AfterValidator(partial(fields.one_of, ReadReceipts))] = ""


# -- the inbox --


class HandoverForm(Form):
    """The agent or team to whom a conversation is assigned, and a note for them."""

    #: "agent-3" or "team-2".
    to: str = ""
    note: Note = ""

    @property
    def target(self) -> tuple[Literal["agent", "team"], int]:
        """Agent or team, and its id. Raises InvalidInput."""
        kind, _, number = self.to.partition("-")
        if kind not in ("agent", "team") or not number.isdecimal() or len(number) > 15:
            raise InvalidInput("Nobody is chosen yet.", "Choose an agent or a team.")
        return kind, int(number)


class NoteForm(Form):
    """A note for the next agent."""

    note: Note = ""


class ContactForm(Form):
    """The team's name of a customer; an empty one restores the name from WhatsApp."""

    name: Annotated[str, Limits(max_length=fields.CONTACT_NAME_MAX)] = ""
