"""A number's past as spans with one status each. Pure: the caller passes the time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from wa_worker.contract.events import SessionStatus

#: A person paused or unpaired it, or it was never paired, so this is not an outage.
_NOT_EXPECTED_LIVE: Final = frozenset(
    {
        SessionStatus.NOT_PAIRED,
        SessionStatus.WAITING_FOR_SCAN,
        SessionStatus.SCANNED,
        SessionStatus.CONFIRM_ON_PHONE,
        SessionStatus.PAUSED,
    }
)


@dataclass(frozen=True, slots=True)
class Transition:
    """The number has had this status since `at` (epoch ms)."""

    status: SessionStatus
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class Span:
    """The number had one status from `since` to `until` (epoch ms)."""

    status: SessionStatus
    reason: str
    since: int
    until: int


def spans(transitions: Iterable[Transition], since: int, until: int) -> list[Span]:
    """The spans between `since` and `until`, oldest first, without gaps from the first known status on.

    `transitions`: oldest first; the last one before `since` gives the first status. Neighbouring spans with the same
    status are joined and keep the first one's reason. Spans without length are left out.
    """
    found: list[Span] = []
    for transition in transitions:
        at = min(max(transition.at, since), until)
        if found:
            found[-1] = replace(found[-1], until=max(at, found[-1].since))
            at = found[-1].until
        found.append(Span(transition.status, transition.reason, at, until))
    joined: list[Span] = []
    for span in found:
        if span.until <= span.since:
            continue
        if joined and joined[-1].status is span.status:
            joined[-1] = replace(joined[-1], until=span.until)
        else:
            joined.append(span)
    return joined


def live_share(found: Iterable[Span]) -> float | None:
    """The share (0 to 1) of the time that the number was live, of the time that it should have been. None: never."""
    live = expected = 0
    for span in found:
        lasted = span.until - span.since
        if span.status not in _NOT_EXPECTED_LIVE:
            expected += lasted
        if span.status is SessionStatus.LIVE:
            live += lasted
    return live / expected if expected else None


def expected_since(found: Iterable[Span]) -> int | None:
    """The time (epoch ms) since which the number should have been live: where `live_share` begins to count.

    None: never.
    """
    return next((span.since for span in found if span.status not in _NOT_EXPECTED_LIVE), None)
