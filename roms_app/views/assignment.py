"""Settings → Assignment: teams, labels, and how each number gives out its conversations. For admins."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Person:
    """An active agent, to be chosen."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class TeamCard:
    """A team, its active members by name, and what hangs on it."""

    id: int
    name: str
    members: list[Person]
    rule_count: int
    #: Open conversations that are for this team.
    open_count: int


@dataclass(frozen=True, slots=True)
class LabelCard:
    """A label, and on how many conversations it is."""

    id: int
    name: str
    count: int
    rule_count: int


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One line of a number's routing rules."""

    id: int
    #: From 1, without gaps.
    number: int
    #: `RuleKind`
    kind: str
    #: Of a rule that looks for words, as they were written.
    keywords: str
    label_id: int
    label: str
    team_id: int
    team: str
    is_active: bool
    is_last: bool
    #: No active member of the team answers this number: what goes there waits for ever.
    is_unanswered: bool


@dataclass(frozen=True, slots=True)
class NumberAssignment:
    """How one number gives out its conversations."""

    inbox_id: int
    name: str
    #: round_robin | balanced
    order: str
    is_sticky: bool
    #: 0: the response timer is off.
    response_minutes: int
    escalate_after: int
    #: As `domain.hours` writes them; "" is always.
    business_hours: str
    timezone: str
    #: Who answers it, by name.
    members: list[Person]
    rules: list[RuleRow]


@dataclass(frozen=True, slots=True)
class TriedLine:
    """A past conversation, and where today's rules would have sent it."""

    conversation_id: int
    name: str
    #: What the customer wrote first; shortened.
    text: str
    #: Epoch ms.
    at: int
    #: The rule's number in the list; 0: none fits.
    rule_number: int
    team: str
    #: The word that was found, of a rule that looks for words.
    word: str


@dataclass(frozen=True, slots=True)
class TriedRule:
    """How many past conversations a rule would have sent to its team; number 0: no rule."""

    number: int
    team: str
    count: int


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a number's rules would have done; `inbox_id` 0: nothing was tried."""

    inbox_id: int = 0
    days: int = 0
    lines: list[TriedLine] = field(default_factory=list[TriedLine])
    counts: list[TriedRule] = field(default_factory=list[TriedRule])
