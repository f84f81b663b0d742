"""Weekly hours in a timezone: an agent's shift, a number's business hours.

The text format: days from Monday to Sunday, separated by semicolons. The spans of a day are separated by commas, in
local time. ``09:00-17:00;09:00-12:00,13:00-17:00;;;;;`` means Monday and Tuesday. A span may end at 24:00. One that
crosses midnight (``22:00-06:00``) belongs to the day on which it begins.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

_DAYS: Final = 7
_SPAN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_DAY_MINUTES: Final = 24 * 60
_MINUTE_MS: Final = 60_000
#: The longest gap between weekly hours. The limit ends a search in hours that are never open.
_HORIZON_DAYS: Final = 15


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes after midnight; `until` is beyond 1440 when the span ends on the next day."""

    since: int
    until: int


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """Spans of seven days, Monday first. Those of a day are sorted and do not overlap."""

    days: tuple[tuple[Span, ...], ...]

    def to_text(self) -> str:
        """The hours in the text format, as the database stores them."""
        return ";".join(",".join(f"{_clock(span.since)}-{_end(span.until)}" for span in day) for day in self.days)

    def is_open(self, at: int, zone: str) -> bool:
        """Whether `at` (epoch ms) is within the hours."""
        return any(since <= at < until for since, until in self._around(at, zone, ahead=1))

    def next_opening(self, after: int, zone: str) -> int | None:
        """The next opening after `after` (both epoch ms); None when there is none."""
        return next((since for since, _ in self._around(after, zone) if since > after), None)

    def last_closing(self, before: int, zone: str) -> int | None:
        """The last closing at or before `before` (both epoch ms); None when there is none within a fortnight."""
        return max(
            (until for _, until in self._around(before, zone, back=_HORIZON_DAYS) if until <= before), default=None
        )

    def add(self, at: int, ms: int, zone: str) -> int | None:
        """The time at which `ms` of open time have passed since `at` (epoch ms); None when it is never open."""
        left = ms
        cursor = at
        while (following := self._piece(cursor, zone)) is not None:
            since, until = following
            if until - since >= left:
                return since + left
            left -= until - since
            cursor = until
        return None

    def between(self, since: int, until: int, zone: str) -> int:
        """The ms of open time in [since, until) (epoch ms)."""
        total, cursor = 0, since
        while cursor < until and (following := self._piece(cursor, zone)) is not None:
            begins, ends = following
            total += max(0, min(ends, until) - begins)
            cursor = ends
        return total

    def _piece(self, at: int, zone: str) -> tuple[int, int] | None:
        """The rest of the open span around `at`, else the next span."""
        return next(((max(since, at), until) for since, until in self._around(at, zone) if until > at), None)

    def _around(self, at: int, zone: str, back: int = 1, ahead: int = _HORIZON_DAYS) -> Iterator[tuple[int, int]]:
        """Spans as (since, until) in epoch ms, from `back` days before the day of `at`. Adjacent spans are joined."""
        today = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(zone)).date()
        pending: tuple[int, int] | None = None
        for offset in range(-back, ahead):
            day = today + timedelta(days=offset)
            for since, until in _spans(self.days[day.weekday()], day, zone):
                if pending is not None and since <= pending[1]:
                    pending = pending[0], max(pending[1], until)
                    continue
                if pending is not None:
                    yield pending
                pending = since, until
        if pending is not None:
            yield pending


@lru_cache(maxsize=512)
def parse(text: str | None) -> WeeklyHours | None:
    """Parse hours; None for None and for text without any hours (always open).

    Raises ValueError, which describes the problem: not seven days, an invalid span, overlapping spans.
    """
    if text is None or not text.strip(" ;"):
        return None
    days = text.split(";")
    if len(days) != _DAYS:
        raise ValueError("A week has seven days.")
    return WeeklyHours(tuple(_day(day) for day in days))


def is_open(text: str | None, at: int, zone: str) -> bool:
    """Whether hours in text format are open at `at` (epoch ms). Without hours it is always open."""
    hours = parse(text)
    return hours is None or hours.is_open(at, zone)


def due(at: int, minutes: int | None, business_hours: str | None, zone: str) -> int | None:
    """The time at which `minutes` of business hours (in text format) have passed since `at` (epoch ms); None: never."""
    if not minutes:
        return None
    business, ms = parse(business_hours), minutes * _MINUTE_MS
    return at + ms if business is None else business.add(at, ms, zone)


def _day(text: str) -> tuple[Span, ...]:
    spans = sorted((_span(piece.strip()) for piece in text.split(",") if piece.strip()), key=lambda span: span.since)
    for one, other in itertools.pairwise(spans):
        if other.since < one.until:
            raise ValueError("Two spans of a day overlap.")
    return tuple(spans)


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:20]} is no span such as 09:00-17:00.")
    since, until = (int(found[hour]) * 60 + int(found[hour + 1]) for hour in (1, 3))
    if until > _DAY_MINUTES:
        raise ValueError("A day ends at 24:00.")
    if until == since:
        raise ValueError("A span ends later than it begins.")
    return Span(since, until if until > since else until + _DAY_MINUTES)


def _spans(spans: tuple[Span, ...], day: date, zone: str) -> list[tuple[int, int]]:
    """A day's spans in epoch ms, in order.

    Where a clock is put forward, a span may vanish, or begin after the next one.
    """
    epochs = ((_epoch(day, span.since, zone), _epoch(day, span.until, zone)) for span in spans)
    return sorted((since, until) for since, until in epochs if since < until)


@lru_cache(maxsize=4096)
def _epoch(day: date, minutes: int, zone: str) -> int:
    """A local time of a day in epoch ms; correct also where a clock is put forward or back."""
    days, minute = divmod(minutes, _DAY_MINUTES)
    clock = datetime.combine(day + timedelta(days=days), time(minute // 60, minute % 60), ZoneInfo(zone))
    return int(clock.timestamp() * 1000)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _end(minutes: int) -> str:
    return _clock(minutes if minutes <= _DAY_MINUTES else minutes - _DAY_MINUTES)
