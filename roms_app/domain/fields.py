"""Validation of form fields: the limits, and the messages for invalid input. One function for each kind of field.

Each returns the value as it is stored, or raises InvalidInput. Forms (`states/forms.py`) and services both call them,
because a command line or a test calls a service without a form.
"""

import re
from enum import StrEnum
from typing import Final, TypeVar
from zoneinfo import available_timezones

import phonenumbers

from roms_app.domain import hours
from roms_app.domain.text import clean_name, is_visible, storable
from roms_app.errors import InvalidInput
from roms_app.i18n.catalog import is_known

PERSON_NAME_MAX: Final = 120
TEAM_NAME_MAX: Final = 60
LABEL_NAME_MAX: Final = 40
NUMBER_NAME_MAX: Final = 120
CONTACT_NAME_MAX: Final = 256
PASSWORD_MIN: Final = 10
#: Argon2 reads all of it; a longer password would only keep the server busy.
PASSWORD_MAX: Final = 200
NOTE_MAX: Final = 1000
#: The largest capacity: open conversations of one agent.
CAPACITY_MAX: Final = 1000
#: The longest response time: a week.
MINUTES_MAX: Final = 7 * 24 * 60
#: The largest number of agents who may let a customer wait before the admins are told.
ROUNDS_MAX: Final = 20
#: The longest email address (RFC 5321).
_EMAIL_MAX: Final = 254
_EMAIL: Final = re.compile(r"[^@\s\x00]{1,64}@[^@\s\x00.]+(\.[^@\s\x00.]+)*")

Choice = TypeVar("Choice", bound=StrEnum)


def person_name(text: str) -> str:
    """The name of an agent."""
    name = clean_name(text)
    if not is_visible(name) or len(name) > PERSON_NAME_MAX:
        raise InvalidInput("A name has 1 to 120 characters.", "Write the name that colleagues know.")
    return name


def team_name(text: str) -> str:
    """The name of a team."""
    name = clean_name(text)
    if not is_visible(name) or len(name) > TEAM_NAME_MAX:
        raise InvalidInput("A team needs a name of 1 to 60 characters.", "For example: Billing.")
    return name


def label_name(text: str) -> str:
    """The name of a label."""
    name = clean_name(text)
    if not is_visible(name) or len(name) > LABEL_NAME_MAX:
        raise InvalidInput("A label needs a name of 1 to 40 characters.", "For example: Refund.")
    return name


def number_name(text: str) -> str:
    """The team's own name of one of its numbers."""
    name = clean_name(text)
    if not is_visible(name) or len(name) > NUMBER_NAME_MAX:
        raise InvalidInput("A number needs a name of 1 to 120 characters.", "For example: Shop.")
    return name


def contact_name(text: str) -> str | None:
    """The team's own name of a customer; None for a name without visible characters."""
    name = clean_name(text)
    if len(name) > CONTACT_NAME_MAX:
        raise InvalidInput("A name can have {limit} characters at most.", "Shorten it.", limit=CONTACT_NAME_MAX)
    return name if is_visible(name) else None


def email_address(text: str) -> str:
    """An email address in lower case."""
    email = text.strip().lower()
    if len(email) > _EMAIL_MAX or not _EMAIL.fullmatch(email):
        raise InvalidInput("This is not an email address.", "Write it like name@example.com.")
    return email


def new_password(text: str) -> str:
    """A new password."""
    if len(text) < PASSWORD_MIN:
        raise InvalidInput("A password has at least 10 characters.", "Several words are easy to remember.")
    if len(text) > PASSWORD_MAX:
        raise InvalidInput("A password has at most 200 characters.", "Use a shorter one.")
    return text


def language(text: str) -> str:
    """A language code that ROMS supports."""
    if not is_known(text):
        raise InvalidInput("ROMS does not speak this language.", "Choose one of the list.")
    return text


def time_zone(text: str) -> str:
    """An IANA timezone, like ``Asia/Jakarta``."""
    if text not in available_timezones():
        raise InvalidInput("There is no such time zone.", "Choose one of the list.")
    return text


def phone_number(text: str) -> str:
    """A phone number in E.164. A number without a country code is Indonesian."""
    try:
        number = phonenumbers.parse(text, "ID")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise InvalidInput("This is not a phone number.", "Write it with its country code, like +62 812-3456-7890.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def note(text: str) -> str:
    """A note about a conversation for colleagues; "" for none."""
    stripped = storable(text).strip()
    if len(stripped) > NOTE_MAX:
        raise InvalidInput("A note can have {limit} characters at most.", "Shorten it.", limit=NOTE_MAX)
    return stripped


def whole_number(text: str) -> int | None:
    """The number that was typed; None for an empty field."""
    digits = text.strip()
    if not digits:
        return None
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        raise InvalidInput("This is not a whole number.", "Write it in digits.")
    return int(digits)


def in_range(number: int, least: int, most: int) -> int:
    """A number from `least` to `most`."""
    if not least <= number <= most:
        raise InvalidInput("This number is from {least} to {most}.", "Write another one.", least=least, most=most)
    return number


def weekly_hours(text: str | None) -> str | None:
    """Weekly hours in the format of `domain.hours`; None: always open."""
    try:
        parsed = hours.parse(text)
    except ValueError as error:
        raise InvalidInput("These hours can't be: a time is missing, or two overlap.", "Mend the day.") from error
    return parsed.to_text() if parsed else None


def one_of(choices: type[Choice], text: str) -> Choice:
    """One of the values of the enum."""
    try:
        return choices(text)
    except ValueError as error:
        raise InvalidInput("There is no such choice.", "Choose one of the list.") from error
