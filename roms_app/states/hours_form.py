"""Weekly hours in a form: seven days, each with up to two spans."""

import re
from dataclasses import dataclass
from typing import Any, Final

from roms_app.domain import hours
from roms_app.domain.hours import Span
from roms_app.errors import InvalidInput

#: The days as the form's field names use them, Monday first.
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPANS: Final = 2
_TYPED: Final = re.compile(r"([0-9]{1,2})(?:[:.]?([0-9]{2}))?")
#: The initial span of a day that was closed before.
_USUAL: Final = ("09:00", "17:00")


@dataclass(frozen=True, slots=True)
class DayHours:
    """One day of the form. Times are ``HH:MM``; "" where there is no second span."""

    #: One of `DAYS`.
    day: str
    is_open: bool
    since: str
    until: str
    since2: str
    until2: str


def show_hours(text: str) -> list[DayHours]:
    """Hours in the format of `domain.hours`, converted for the form.

    A day with more than two spans shows the first two.
    """
    parsed = hours.parse(text or None)
    days = parsed.days if parsed else ((Span(540, 1020),),) * 5 + ((),) * 2
    return [_show_day(name, spans) for name, spans in zip(DAYS, days, strict=True)]


def read_hours(form: dict[str, Any]) -> str | None:
    """A form's hours in the format of `domain.hours`; None: always. Raises InvalidInput."""
    if form.get("hours-limited") != "on":
        return None
    days = [_read_day(form, day) for day in DAYS]
    if not any(days):
        raise InvalidInput("No day is chosen.", "Choose at least one day, or leave the hours open.")
    return ";".join(days)


def _show_day(name: str, spans: tuple[Span, ...]) -> DayHours:
    first = (_clock(spans[0].since), _clock(spans[0].until)) if spans else _USUAL
    second = (_clock(spans[1].since), _clock(spans[1].until)) if len(spans) > 1 else ("", "")
    return DayHours(name, bool(spans), *first, *second)


def _read_day(form: dict[str, Any], day: str) -> str:
    if form.get(f"hours-{day}") != "on":
        return ""
    spans: list[str] = []
    for nth in range(1, _SPANS + 1):
        since, until = (_typed(str(form.get(f"hours-{day}-{end}{nth}", ""))) for end in ("since", "until"))
        if since or until or nth == 1:
            # A time input has 00:00 for the end of the day.
            spans.append(f"{since}-{'24:00' if until == '00:00' else until}")
    return ",".join(spans)


def _typed(text: str) -> str:
    """A typed time (``9``, ``9.30``, ``0930``) as ``HH:MM``. Text that is not a time is returned unchanged."""
    found = _TYPED.fullmatch(text.strip()[:8])
    return f"{int(found[1]):02d}:{found[2] or '00'}" if found else text.strip()[:8]


def _clock(minutes: int) -> str:
    minutes %= 24 * 60
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
