"""Weekly hours are right at any moment in any zone, also when clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from roms_app.domain.hours import Span, WeeklyHours, is_open, parse

MINUTE = 60_000
HOUR = 60 * MINUTE
ZONES = ["Asia/Jakarta", "Asia/Kolkata", "Europe/Amsterdam", "America/New_York", "UTC"]
OFFICE = "09:00-17:00;09:00-17:00;09:00-17:00;09:00-17:00;09:00-11:30,13:00-17:00;;"


@st.composite
def days(draw: st.DrawFn) -> tuple[Span, ...]:
    """Up to two spans of a day; the last one may end on the next day."""
    ends = sorted(draw(st.lists(st.integers(0, 1440), min_size=4, max_size=4, unique=True)))
    spans = [Span(ends[0], ends[1]), Span(ends[2], ends[3])][: draw(st.integers(0, 2))]
    if spans and draw(st.booleans()):
        last = spans[-1]
        assume(last.since > 0)
        spans[-1] = Span(last.since, 1440 + draw(st.integers(0, last.since - 1)))
    return tuple(spans)


WEEKS = st.tuples(*[days()] * 7).map(WeeklyHours)
#: Around the years in which ROMS is used; two clock changes of each zone with summer time are among them.
MOMENTS = st.integers(1_780_000_000_000 // MINUTE, 1_815_000_000_000 // MINUTE).map(lambda minute: minute * MINUTE)
#: Near the moments when Amsterdam's clocks change: 29 March and 25 October 2026, 01:00 UTC.
CHANGES = st.sampled_from([1_774_746_000_000, 1_792_890_000_000])
NEAR_CHANGES = st.builds(lambda at, off: at + off * MINUTE, CHANGES, st.integers(-2000, 2000))


def local(at: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(zone))


def by_the_clock(week: WeeklyHours, at: int, zone: str) -> bool:
    """The expected answer, read from a wall clock and the list of hours."""
    now = local(at, zone)
    minute = now.hour * 60 + now.minute
    today, yesterday = week.days[now.weekday()], week.days[now.weekday() - 1]
    return any(span.since <= minute < span.until for span in today) or any(
        minute + 1440 < span.until for span in yesterday
    )


@given(WEEKS)
def test_text_says_the_same_hours(week: WeeklyHours) -> None:
    again = parse(week.to_text())
    assert again == week if any(week.days) else again is None


@given(WEEKS, MOMENTS, st.sampled_from(ZONES))
def test_open_is_what_the_clock_on_the_wall_says(week: WeeklyHours, at: int, zone: str) -> None:
    before, after = (local(at + off * HOUR, zone).utcoffset() for off in (-30, 30))
    assume(before == after)
    assert week.is_open(at, zone) == by_the_clock(week, at, zone)


@given(WEEKS, st.one_of(MOMENTS, NEAR_CHANGES), st.integers(0, 3 * 24 * 60), st.sampled_from(ZONES))
def test_adding_open_time_is_the_counterpart_of_counting_it(
    week: WeeklyHours, at: int, minutes: int, zone: str
) -> None:
    ms = minutes * MINUTE
    reached = week.add(at, ms, zone)
    if reached is None:
        assert not any(week.days)
        return
    assert reached >= at + ms
    assert week.between(at, reached, zone) == ms
    if ms:
        assert week.is_open(reached - 1, zone)
        assert week.between(at, reached - MINUTE, zone) < ms


@given(WEEKS, st.one_of(MOMENTS, NEAR_CHANGES), st.integers(0, 4000), st.integers(0, 4000), st.sampled_from(ZONES))
def test_counting_in_two_parts_is_counting_the_whole(week: WeeklyHours, at: int, one: int, two: int, zone: str) -> None:
    middle, end = at + one * MINUTE, at + (one + two) * MINUTE
    whole = week.between(at, end, zone)
    assert 0 <= whole <= end - at
    assert whole == week.between(at, middle, zone) + week.between(middle, end, zone)


@given(WEEKS, st.one_of(MOMENTS, NEAR_CHANGES), st.sampled_from(ZONES))
def test_openings_and_closings_are_where_it_changes(week: WeeklyHours, at: int, zone: str) -> None:
    opening, closing = week.next_opening(at, zone), week.last_closing(at, zone)
    if opening is not None:
        assert opening > at
        assert week.is_open(opening, zone)
        assert not week.is_open(opening - 1, zone)
        if not week.is_open(at, zone):
            assert week.between(at, opening, zone) == 0
    if closing is not None:
        assert closing <= at
        assert week.is_open(closing - 1, zone)
        assert not week.is_open(closing, zone)
        if not week.is_open(at, zone):
            assert week.between(closing, at, zone) == 0


def at(text: str, zone: str = "Asia/Jakarta") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("begins", "minutes", "ends"),
    [
        ("2026-11-23T09:00", 10, "2026-11-23T09:10"),
        ("2026-11-23T16:55", 10, "2026-11-24T09:05"),
        ("2026-11-27T11:25", 10, "2026-11-27T13:05"),
        ("2026-11-27T17:00", 10, "2026-11-30T09:10"),
        ("2026-11-28T03:00", 0, "2026-11-30T09:00"),
    ],
)
def test_ten_minutes_of_an_office(begins: str, minutes: int, ends: str) -> None:
    office = parse(OFFICE)
    assert office is not None
    assert office.add(at(begins), minutes * MINUTE, "Asia/Jakarta") == at(ends)


def test_a_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    nights = parse(";;;;22:00-06:00;;")
    assert nights is not None
    for moment, is_within in (("27T22:00", True), ("28T05:59", True), ("28T06:00", False), ("28T22:00", False)):
        assert nights.is_open(at(f"2026-11-{moment}"), "Asia/Jakarta") == is_within


def test_clocks_put_forward_and_back() -> None:
    zone = "Europe/Amsterdam"
    night = parse("01:00-04:00;" * 6 + "01:00-04:00")
    assert night is not None
    spring, autumn, usual = (at(f"{day}T00:00", zone) for day in ("2026-03-29", "2026-10-25", "2026-06-01"))
    lengths = [night.between(day, day + 12 * HOUR, zone) // HOUR for day in (spring, autumn, usual)]
    assert lengths == [2, 4, 3]


def test_a_span_within_the_hour_that_is_left_out_takes_nothing_from_the_others() -> None:
    zone = "Europe/Amsterdam"
    gone = parse(";;;;;;02:30-03:00,03:00-04:00")
    assert gone is not None
    midnight = at("2026-03-29T00:00", zone)
    assert gone.between(midnight, midnight + 12 * HOUR, zone) == HOUR
    assert gone.add(midnight, 30 * MINUTE, zone) == at("2026-03-29T03:30", zone)


def test_without_hours_it_is_always_open() -> None:
    assert parse(None) is parse("") is parse(" ;;;;;; ") is None
    assert is_open(None, 0, "UTC")
    always = parse(";".join(["00:00-24:00"] * 7))
    assert always is not None
    assert always.last_closing(at("2026-11-23T09:00"), "UTC") is None
    assert always.add(0, timedelta(days=40) // timedelta(milliseconds=1), "UTC") == 40 * 24 * HOUR


@pytest.mark.parametrize(
    "text",
    [
        "09:00-17:00",
        "9-17;;;;;;",
        "09:00-24:01;;;;;;",
        "25:00-26:00;;;;;;",
        "09:00-09:00;;;;;;",
        "09:00-12:00,11:59-13:00;;;;;;",
        "22:00-06:00,23:00-23:30;;;;;;",
        ";;;;;;;09:00-17:00",
        "09:00-;;;;;;",
    ],
)
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse(text)
