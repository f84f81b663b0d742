"""Settings → Assignment: teams, labels, and each number's assignment rules. For admins."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Person:
    """An active agent who can be chosen."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class TeamCard:
    """A team, its active members by name, and the counts of its conversations and rules."""

    id: int
    name: str
    members: list[Person]
    rule_count: int
    #: The number of the team's open conversations.
    open_count: int


@dataclass(frozen=True, slots=True)
class LabelCard:
    """A label, and the count of its conversations."""

    id: int
    name: str
    count: int
    rule_count: int


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule of a number's routing rules."""

    id: int
    #: From 1, without gaps.
    number: int
    #: `RuleKind`
    kind: str
    #: For a rule that searches for words: the words as they were typed.
    keywords: str
    label_id: int
    label: str
    team_id: int
    team: str
    is_active: bool
    is_last: bool
    #: No active member of the team answers this number, so its conversations would wait for ever.
    is_unanswered: bool


@dataclass(frozen=True, slots=True)
class NumberAssignment:
    """How conversations of one number are assigned."""

    inbox_id: int
    name: str
    #: round_robin | balanced
    order: str
    is_sticky: bool
    #: 0: the response timer is off.
    response_minutes: int
    escalate_after: int
    #: In the format of `domain.hours`; "": always open.
    business_hours: str
    timezone: str
    #: The agents who answer it, by name.
    members: list[Person]
    rules: list[RuleRow]


@dataclass(frozen=True, slots=True)
class TriedLine:
    """A past conversation, and the team that today's rules would have chosen."""

    conversation_id: int
    name: str
    #: The customer's first text, shortened.
    text: str
    #: Epoch ms.
    at: int
    #: The rule's number in the list; 0: no rule matches.
    rule_number: int
    team: str
    #: The word that matched, for a rule that searches for words.
    word: str


@dataclass(frozen=True, slots=True)
class TriedRule:
    """The number of past conversations that a rule would have sent to its team. Rule number 0: no rule."""

    number: int
    team: str
    count: int


@dataclass(frozen=True, slots=True)
class DryRun:
    """The result of a dry run of a number's rules; `inbox_id` 0: there was no dry run."""

    inbox_id: int = 0
    days: int = 0
    lines: list[TriedLine] = field(default_factory=list[TriedLine])
    counts: list[TriedRule] = field(default_factory=list[TriedRule])
