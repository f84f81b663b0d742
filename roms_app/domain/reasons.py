"""Reasons for a conversation's assignee: a code with parameters, as the database stores them.

`wording` turns them into a sentence when they are shown. A new code needs a class here and a sentence there. A class
may gain parameters that have defaults, so that older rows still fit.
"""

import json
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from roms_app.domain.rotation import AgentSlot, Choice, Skip


class ReasonCode(StrEnum):
    """The codes of all reasons that the app records."""

    #: The engine chose an agent: the next in turn, the one with the lightest load, the one who answered this customer
    #: before.
    IN_TURN = "in_turn"
    LIGHTEST_LOAD = "lightest_load"
    ANSWERED_BEFORE = "answered_before"
    #: An agent took it, by the button or by a reply.
    TAKEN = "taken"
    TAKEN_BY_REPLY = "taken_by_reply"
    #: A person assigned it to an agent or a team, unassigned it, or returned it to the queue.
    HANDED_OVER = "handed_over"
    HANDED_TO_TEAM = "handed_to_team"
    UNASSIGNED = "unassigned"
    RETURNED = "returned"
    RESOLVED = "resolved"
    #: The assignee can't answer any more.
    LEFT_TEAM = "left_team"
    WENT_AWAY = "went_away"
    LEFT_NUMBER = "left_number"
    MAY_NOT_REPLY = "may_not_reply"
    SHIFT_ENDED = "shift_ended"
    #: The response timer took it back, or escalated it to the admins.
    TIMED_OUT = "timed_out"
    ESCALATED = "escalated"
    #: A routing rule chose its team.
    ROUTED_BY_WORD = "routed_by_word"
    ROUTED_BY_LABEL = "routed_by_label"
    ROUTED_FIRST_CONTACT = "routed_first_contact"
    #: English text of an older version that no code fits.
    TEXT = "text"


def _clip(length: int) -> BeforeValidator:
    """Shorten a long name, so that it does not keep a decision from being stored."""
    return BeforeValidator(lambda value: value[:length] if isinstance(value, str) else value)


Name: TypeAlias = Annotated[str, _clip(120), Field(max_length=120)]
Count: TypeAlias = Annotated[int, Field(ge=0)]
#: The most skipped agents that are named, to keep the line readable.
MOST_SKIPPED: Final = 3


class _Params(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Skipped(_Params):
    """An agent who was before the chosen one but was skipped.

    `open`, `capacity`: open conversations and capacity, if the agent was at capacity.
    """

    agent: Name
    skip: Skip
    open: Count = 0
    capacity: Count = 0


class _Chosen(_Params):
    """It was assigned to `agent`, who has `open` open conversations and this capacity."""

    agent: Name
    open: Count
    capacity: Count


class _InOrder(_Chosen):
    """The `skipped` agents were before the chosen one, and `more` others."""

    skipped: Annotated[tuple[Skipped, ...], Field(max_length=MOST_SKIPPED)] = ()
    more: Count = 0


class InTurn(_InOrder):
    """The agent waited longest for a turn."""

    code: Literal[ReasonCode.IN_TURN] = ReasonCode.IN_TURN


class LightestLoad(_InOrder):
    """The agent has the lowest number of open conversations relative to capacity."""

    code: Literal[ReasonCode.LIGHTEST_LOAD] = ReasonCode.LIGHTEST_LOAD


class AnsweredBefore(_Chosen):
    """The agent answered this customer before."""

    code: Literal[ReasonCode.ANSWERED_BEFORE] = ReasonCode.ANSWERED_BEFORE


class _ByAgent(_Params):
    """`agent`: the person who decided, or the previous assignee."""

    agent: Name


class Taken(_ByAgent):
    """An agent took it."""

    code: Literal[ReasonCode.TAKEN] = ReasonCode.TAKEN


class TakenByReply(_ByAgent):
    """An agent replied to an unassigned conversation."""

    code: Literal[ReasonCode.TAKEN_BY_REPLY] = ReasonCode.TAKEN_BY_REPLY


class HandedOver(_ByAgent):
    """A person assigned it to the agent `to`."""

    code: Literal[ReasonCode.HANDED_OVER] = ReasonCode.HANDED_OVER
    to: Name


class HandedToTeam(_ByAgent):
    """A person assigned it to a team; the engine chooses the agent."""

    code: Literal[ReasonCode.HANDED_TO_TEAM] = ReasonCode.HANDED_TO_TEAM
    team: Name


class Unassigned(_ByAgent):
    """A person unassigned it."""

    code: Literal[ReasonCode.UNASSIGNED] = ReasonCode.UNASSIGNED


class Returned(_ByAgent):
    """A person returned it to the queue."""

    code: Literal[ReasonCode.RETURNED] = ReasonCode.RETURNED


class Resolved(_ByAgent):
    """A person resolved it."""

    code: Literal[ReasonCode.RESOLVED] = ReasonCode.RESOLVED


class LeftTeam(_ByAgent):
    """The assignee was removed from the team."""

    code: Literal[ReasonCode.LEFT_TEAM] = ReasonCode.LEFT_TEAM


class WentAway(_ByAgent):
    """The assignee went away and returned it."""

    code: Literal[ReasonCode.WENT_AWAY] = ReasonCode.WENT_AWAY


class LeftNumber(_ByAgent):
    """The assignee no longer answers the number."""

    code: Literal[ReasonCode.LEFT_NUMBER] = ReasonCode.LEFT_NUMBER


class MayNotReply(_ByAgent):
    """The assignee may no longer reply."""

    code: Literal[ReasonCode.MAY_NOT_REPLY] = ReasonCode.MAY_NOT_REPLY


class ShiftEnded(_ByAgent):
    """The assignee's shift ended."""

    code: Literal[ReasonCode.SHIFT_ENDED] = ReasonCode.SHIFT_ENDED


class TimedOut(_ByAgent):
    """The response timer took it back after this many minutes."""

    code: Literal[ReasonCode.TIMED_OUT] = ReasonCode.TIMED_OUT
    minutes: Count


class Escalated(_Params):
    """It was escalated to the admins. `rounds`: how often the timer took it back."""

    code: Literal[ReasonCode.ESCALATED] = ReasonCode.ESCALATED
    rounds: Count


class _Routed(_Params):
    """A routing rule sent it to `team`."""

    team: Name


class RoutedByWord(_Routed):
    """By a word or phrase of the customer."""

    code: Literal[ReasonCode.ROUTED_BY_WORD] = ReasonCode.ROUTED_BY_WORD
    word: Annotated[str, _clip(500), Field(max_length=500)]


class RoutedByLabel(_Routed):
    """By one of its labels."""

    code: Literal[ReasonCode.ROUTED_BY_LABEL] = ReasonCode.ROUTED_BY_LABEL
    label: Name


class RoutedFirstContact(_Routed):
    """Because the customer writes for the first time."""

    code: Literal[ReasonCode.ROUTED_FIRST_CONTACT] = ReasonCode.ROUTED_FIRST_CONTACT


class Text(_Params):
    """Text of an older version, in English; there are no other languages."""

    code: Literal[ReasonCode.TEXT] = ReasonCode.TEXT
    text: Annotated[str, _clip(1000), Field(max_length=1000)]


Reason: TypeAlias = (
    InTurn
    | LightestLoad
    | AnsweredBefore
    | Taken
    | TakenByReply
    | HandedOver
    | HandedToTeam
    | Unassigned
    | Returned
    | Resolved
    | LeftTeam
    | WentAway
    | LeftNumber
    | MayNotReply
    | ShiftEnded
    | TimedOut
    | Escalated
    | RoutedByWord
    | RoutedByLabel
    | RoutedFirstContact
    | Text
)
_REASONS: Final[TypeAdapter[Reason]] = TypeAdapter(Annotated[Reason, Field(discriminator="code")])
#: Reasons worth naming. An agent who is away is no surprise, and `/queue` shows it.
_SURPRISING: Final = frozenset({Skip.AT_CAPACITY, Skip.HAD_IT})


def of_choice(choice: Choice, order: str) -> InTurn | LightestLoad | AnsweredBefore:
    """The reason of the engine's choice: the agent, why this one, and who was skipped.

    The counts are those before the assignment. `order`: ``round_robin`` or ``balanced``. `choice` must have a place.
    """
    slot = choice.slot
    assert slot is not None
    if choice.is_sticky:
        return AnsweredBefore(agent=slot.name, open=slot.open_count, capacity=slot.capacity)

    def rank(one: AgentSlot) -> tuple[float, int, int]:
        return (one.load if order == "balanced" else 0.0), one.last_turn, one.agent_id

    before = [(one, skip) for one, skip in choice.skipped if skip in _SURPRISING and rank(one) < rank(slot)]
    before.sort(key=lambda pair: rank(pair[0]))
    named = tuple(_skipped(one, skip) for one, skip in before[:MOST_SKIPPED])
    kind = LightestLoad if order == "balanced" else InTurn
    return kind(
        agent=slot.name,
        open=slot.open_count,
        capacity=slot.capacity,
        skipped=named,
        more=len(before) - len(named),
    )


def _skipped(slot: AgentSlot, skip: Skip) -> Skipped:
    if skip is not Skip.AT_CAPACITY:
        return Skipped(agent=slot.name, skip=skip)
    return Skipped(agent=slot.name, skip=skip, open=slot.open_count, capacity=slot.capacity)


def params_of(reason: Reason) -> str:
    """A reason's parameters as JSON, at most about 3 kB. The code is stored next to them."""
    return reason.model_dump_json(exclude={"code"}, exclude_defaults=True)


def read(code: str, params: str) -> Reason | None:
    """A stored reason; None for one that this version does not know."""
    try:
        stored: Any = json.loads(params)
        return _REASONS.validate_python({**stored, "code": code})
    except (ValueError, TypeError, ValidationError):
        return None
