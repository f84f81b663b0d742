"""The forms of the pages: one model a form, read from what the browser sent.

What a field may hold, and the words when it is wrong, stand in `domain/fields.py`; components take the limits of their
inputs from here (`limits`).
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
    """What a field's input tells the browser: numbers of characters, or the least and the largest number."""

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


#: A field for a number that was left empty; validators read it (`Form.validate_default`).
EMPTY: Any = ""
#: The id in a hidden field or a choice.
Id = Annotated[int, BeforeValidator(_id)]
#: A box that may be ticked.
Tick = Annotated[bool, BeforeValidator(lambda value: value == "on")]
#: The boxes of agents are named so, and their ids.
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
    """The role of that name. Raises InvalidInput."""
    try:
        return Role(text)
    except ValueError as error:
        raise InvalidInput("There is no such role.", "Choose one of the list.") from error


class Form(BaseModel):
    """What all forms have in common. A field that the browser left out is empty."""

    model_config = ConfigDict(frozen=True, validate_default=True)

    @classmethod
    def read(cls, sent: dict[str, Any]) -> Self:
        """Check what the browser sent. Raises InvalidInput, of the first field that is wrong."""
        try:
            return cls.model_validate(sent)
        except ValidationError as error:
            raise not_understood() from error


def limits(form: type[Form], field: str) -> dict[str, Any]:
    """The limits of a form's field, as properties of its input."""
    found = [each for each in form.model_fields[field].metadata if isinstance(each, Limits)]
    names = ("max_length", "min_length", "min", "max", "required")
    return {name: value for each in found for name in names if (value := getattr(each, name)) is not None}


# -- before and after the login --


class LoginForm(Form):
    """Email and password. They are right or wrong; how they are made up is nobody's business here."""

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
    """What agents choose for themselves."""

    name: PersonName = ""
    language: Language = ""
    timezone: TimeZone = ""


class PasswordForm(Form):
    """Another password of one's own."""

    current: str = ""
    new: Password = ""


class MemberForm(Form):
    """A new member of the team. Without a password one is generated."""

    name: PersonName = ""
    email: Email = ""
    password: str = ""
    role: Annotated[str, AfterValidator(role_of)] = ""


class DutyForm(Form):
    """How many conversations a member is given, and when; whether they may reply."""

    agent_id: Id
    #: None: as many as the default says.
    capacity: OwnCapacity = EMPTY
    may_reply: Tick = False
    #: As `domain.hours` writes them; None: always.
    shift_hours: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, sent: dict[str, Any]) -> dict[str, Any]:
        return {**sent, "shift_hours": read_hours(sent)}


# -- Settings → Assignment --


class CapacityForm(Form):
    """As many open conversations as each agent is given at most."""

    capacity: Capacity = EMPTY


class NumberForm(Form):
    """How a number gives out its conversations."""

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
    """A form with a box for each agent, named ``person-<id>``."""

    agent_ids: tuple[Id, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, sent: dict[str, Any]) -> dict[str, Any]:
        ticked = (name for name, value in sent.items() if name.startswith(PERSON_BOX) and value == "on")
        return {**sent, "agent_ids": tuple(name.removeprefix(PERSON_BOX) for name in ticked)}


class AnsweringForm(_Ticked):
    """Who answers a number."""

    inbox_id: Id


class NewTeamForm(_Ticked):
    """A team's name and members."""

    name: TeamName = ""


class TeamForm(NewTeamForm):
    """A team that is there already."""

    team_id: Id


class NewLabelForm(Form):
    """A label's name."""

    name: LabelName = ""


class LabelForm(NewLabelForm):
    """A label that is there already."""

    label_id: Id


class RuleForm(Form):
    """What a routing rule looks at, and where it leads. The service knows which words and labels a kind needs."""

    kind: str = ""
    team_id: Id
    keywords: Annotated[str, Limits(max_length=MAX_KEYWORDS)] = ""
    #: 0: the rule looks for no label.
    label_id: Id = 0

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, sent: dict[str, Any]) -> dict[str, Any]:
        return sent if sent.get("kind") == RuleKind.LABEL else {**sent, "label_id": 0}


class NewRuleForm(RuleForm):
    """A rule that is added to a number."""

    inbox_id: Id


class ChangedRuleForm(RuleForm):
    """A rule that is there already."""

    rule_id: Id


# -- Settings → WhatsApp --


class NewNumberForm(Form):
    """What the team calls a number."""

    name: NumberName = ""


class RenameNumberForm(NewNumberForm):
    """Another name for a number."""

    inbox_id: Id


class CodeForm(Form):
    """The phone on which a pairing code will be typed."""

    inbox_id: Id
    #: E.164.
    phone: Annotated[str, AfterValidator(fields.phone_number), Limits(required=True)] = ""


class OptionsForm(Form):
    """How a number works: groups, and when customers see that they were read."""

    inbox_id: Id
    has_groups: Tick = False
    read_receipts: Annotated[str, AfterValidator(partial(fields.one_of, ReadReceipts))] = ""


# -- the inbox --


class GiveForm(Form):
    """Whom a conversation is given to, and what they should know."""

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
    """A note for whoever comes next."""

    note: Note = ""


class ContactForm(Form):
    """What the team calls a customer; an empty name returns to WhatsApp's."""

    name: Annotated[str, Limits(max_length=fields.CONTACT_NAME_MAX)] = ""
