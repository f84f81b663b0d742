"""The supervisor's page: who waits, who answers, and who is next. Sentences are in all languages."""

from dataclasses import dataclass, field

from roms_app.domain.words import Words


@dataclass(frozen=True, slots=True)
class QueueChat:
    """One open conversation, in the queue or with an agent."""

    id: int
    #: By the order of names; "" while WhatsApp hides the number.
    name: str
    #: International format; "" while WhatsApp hides the number.
    phone: str
    inbox_name: str
    #: The name of its team; "" when it has none.
    team: str
    #: `Priority`: -1 low, 0 normal, 1 high, 2 urgent.
    priority: int
    #: Epoch ms: since when the customer waits, else when the last message came.
    since: int
    #: The customer waits for an answer.
    is_waiting: bool
    preview: str
    #: `MessageKind` of the newest message, for its glyph.
    preview_kind: str
    labels: list[str]
    #: 0 and "" when nobody has it.
    assignee_id: int
    assignee_name: str
    #: A person decided who has it, or that nobody has (then it is parked).
    is_by_hand: bool
    #: How often the response timer returned it.
    rounds: int
    is_escalated: bool
    #: Given by hand, and its customer waits for longer than the number's response time.
    is_overdue: bool
    #: Of a waiting one why it waits, else why it is whose it is.
    why: Words


@dataclass(frozen=True, slots=True)
class QueueAgent:
    """An active agent: whether they could be given a chat, and what they have."""

    id: int
    name: str
    #: available | busy | away
    availability: str
    is_present: bool
    #: They could be given a chat of one of their numbers now; else `why_not` says why they could not.
    is_ready: bool
    why_not: Words
    open_count: int
    capacity: int
    #: Epoch ms of the newest gift of the rotation; 0: never.
    last_turn_at: int
    #: Names.
    teams: list[str]
    #: Since when (epoch ms) the customer waits who waits longest for an answer of theirs; 0: nobody does.
    oldest_wait: int
    #: Escalated ones among theirs.
    escalated_count: int


@dataclass(frozen=True, slots=True)
class QueueTeam:
    """A team that conversations can be given to."""

    id: int
    name: str
    member_count: int
    waiting_count: int


@dataclass(frozen=True, slots=True)
class NextChat:
    """To whom a number's next chat would go, and why."""

    inbox_id: int
    inbox_name: str
    #: round_robin | balanced
    order: str
    #: 0 and "" when nobody can be given one.
    agent_id: int
    agent_name: str
    why: Words
    #: Who was passed over; empty when nobody was.
    skipped: Words


@dataclass(frozen=True, slots=True)
class LastAssignment:
    """What was given last, for a page on which nobody waits; `at` (epoch ms) 0: nothing ever was."""

    agent_name: str = ""
    customer: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True)
class QueueBoard:
    """Everything on the page but an agent's own conversations."""

    #: In the order in which they are given out; as many as fit, of `waiting_total`.
    waiting: list[QueueChat]
    waiting_total: int
    #: Escalated and overdue ones, whoever has them.
    urgent: list[QueueChat]
    #: Those with escalated ones first, then those who are ready, by name.
    agents: list[QueueAgent]
    #: How many of them could be given a chat.
    ready_count: int
    teams: list[QueueTeam]
    next: list[NextChat] = field(default_factory=list[NextChat])
    last: LastAssignment = LastAssignment()
