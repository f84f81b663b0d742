"""A number's past as stretches of time in one state. Pure: the clock is handed in."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from wa_worker.contract.events import SessionStatus

#: A person paused or unpaired it, or it was never paired: that is nobody's outage.
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
    """From `at` (epoch ms) on the number was in this state."""

    status: SessionStatus
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` to `until` (epoch ms) the number was in one state."""

    status: SessionStatus
    reason: str
    since: int
    until: int


def spans(transitions: Iterable[Transition], since: int, until: int) -> list[Span]:
    """The stretches between `since` and `until`, oldest first, without gaps from the first known state on.

    `transitions`: oldest first; the last one before `since` says in what state the time begins. Neighbours in one
    state are one stretch, with the first one's reason; what lasted no time is left out.
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
    """Of the time in which the number should have been live, the share in which it was: 0 to 1. None: never."""
    live = expected = 0
    for span in found:
        lasted = span.until - span.since
        if span.status not in _NOT_EXPECTED_LIVE:
            expected += lasted
        if span.status is SessionStatus.LIVE:
            live += lasted
    return live / expected if expected else None


def expected_since(found: Iterable[Span]) -> int | None:
    """Since when (epoch ms) the number should have been live: the begin of what `live_share` counts. None: never."""
    return next((span.since for span in found if span.status not in _NOT_EXPECTED_LIVE), None)
