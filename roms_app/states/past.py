"""A number's history on Settings → WhatsApp: a strip of one day, and the list behind it."""

from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from roms_app.domain import time, uptime
from roms_app.domain.uptime import Span
from roms_app.models import Agent
from roms_app.services.uptime import list_gaps, list_spans
from roms_app.views.settings import GapReceipt

DAY_MS: Final = 86_400_000
_LISTED_DAYS: Final = 7
_LISTED_LINES: Final = 40
#: A narrower part would be too thin to point at.
_THINNEST_PERCENT: Final = 0.6


@dataclass(frozen=True, slots=True)
class StripPart:
    """One span of the strip."""

    #: `SessionStatus`; "" before the number's first status.
    status: str
    #: For CSS: its share of the strip's width.
    grow: str
    #: "13:20-13:22", in the admin's timezone.
    times: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The last 24 hours."""

    parts: list[StripPart]
    #: "99.2 %" of the time in which it should have been live; "" if there was none.
    share: str
    #: If less than a day is known: its start, "14:05", and its length, "2 hours"; else "".
    known_since: str
    known_for: str


@dataclass(frozen=True, slots=True)
class PastLine:
    """A change of status, or a recovered gap (`recovered` is not 0)."""

    key: str
    status: str
    reason: str
    #: "21 Nov, 14:02 WIB"
    at: str
    #: "3 minutes"; for a gap "14:02-14:31".
    lasted: str
    recovered: int


def read_strip(session: Session, agent: Agent, inbox_id: int, now: int) -> Strip:
    """The strip of a number's last 24 hours."""
    spans = list_spans(session, inbox_id, now - DAY_MS, now)
    share = uptime.live_share(spans)
    unknown = [] if spans else [StripPart("", "100", "")]
    known_since = known_for = ""
    if spans and spans[0].since > now - DAY_MS:
        unknown = [StripPart("", _grow(spans[0].since - (now - DAY_MS)), "")]
    # The time before its first pairing does not show how reliable it is.
    since = uptime.expected_since(spans)
    if since is not None and since > now - DAY_MS:
        known_since = time.moment(since, now, timezone=agent.timezone, language=agent.language)
        known_for = time.lasted(now - since, agent.language)
    return Strip(
        parts=[*unknown, *(_part(span, agent) for span in spans)],
        share="" if share is None else time.percent(share, agent.language),
        known_since=known_since,
        known_for=known_for,
    )


def read_past(session: Session, agent: Agent, inbox_id: int, now: int) -> list[PastLine]:
    """A number's events of the last week, newest first."""
    since = now - _LISTED_DAYS * DAY_MS
    spans = list_spans(session, inbox_id, since, now)
    gaps = list_gaps(session, agent, since, _LISTED_LINES, inbox_id)
    lines = [(span.since, _state_line(span, agent, now)) for span in spans]
    lines += [(gap.away_until, _gap_line(gap, agent, now)) for gap in gaps]
    lines.sort(key=lambda line: line[0], reverse=True)
    return [line for _, line in lines[:_LISTED_LINES]]


def gap_times(gap: GapReceipt, agent: Agent) -> str:
    """The times of a gap, "14:02-14:31", in the agent's timezone."""
    return f"{_clock(gap.away_from, agent)}-{_clock(gap.away_until, agent)}"


def _part(span: Span, agent: Agent) -> StripPart:
    times = f"{_clock(span.since, agent)}-{_clock(span.until, agent)}"
    return StripPart(span.status.value, _grow(span.until - span.since), times)


def _grow(ms: int) -> str:
    return f"{max(_THINNEST_PERCENT, 100 * ms / DAY_MS):.3f}"


def _state_line(span: Span, agent: Agent, now: int) -> PastLine:
    return PastLine(
        key=f"s{span.since}",
        status=span.status.value,
        reason=span.reason,
        at=time.moment(span.since, now, timezone=agent.timezone, language=agent.language),
        lasted="" if span.until >= now else time.lasted(span.until - span.since, agent.language),
        recovered=0,
    )


def _gap_line(gap: GapReceipt, agent: Agent, now: int) -> PastLine:
    return PastLine(
        key=f"g{gap.id}",
        status="",
        reason="",
        at=time.moment(gap.away_until, now, timezone=agent.timezone, language=agent.language),
        lasted=gap_times(gap, agent),
        recovered=gap.recovered,
    )


def _clock(at: int, agent: Agent) -> str:
    return time.clock(at, agent.timezone, agent.language)
