"""The supervisor's page: who waits, who answers, and who is next. Sentences are in all languages."""

from dataclasses import dataclass, field

from roms_app.domain.words import Words


@dataclass(frozen=True, slots=True)
class QueueChat:
    """One open conversation, in the queue or assigned."""

    id: int
    #: The best known name; "" while WhatsApp hides the number.
    name: str
    #: International format; "" while WhatsApp hides the number.
    phone: str
    inbox_name: str
    #: The name of its team; "" when it has none.
    team: str
    #: `Priority`: -1 low, 0 normal, 1 high, 2 urgent.
    priority: int
    #: Epoch ms: when the customer began to wait, else the time of the last message.
    since: int
    #: The customer waits for an answer.
    is_waiting: bool
    preview: str
    #: `MessageKind` of the newest message, for its icon.
    preview_kind: str
    labels: list[str]
    #: 0 and "": unassigned.
    assignee_id: int
    assignee_name: str
    #: A person assigned or unassigned it; if it is unassigned, it is parked.
    is_by_hand: bool
    #: How often the response timer returned it.
    rounds: int
    is_escalated: bool
    #: Assigned by hand, and the customer has waited longer than the number's response time.
    is_overdue: bool
    #: For a waiting conversation, why it waits; otherwise the reason for its assignee.
    why: Words


@dataclass(frozen=True, slots=True)
class QueueAgent:
    """An active agent: whether they are eligible, and their load."""

    id: int
    name: str
    #: available | busy | away
    availability: str
    is_present: bool
    #: They could be assigned a conversation of one of their numbers now; otherwise `why_not` has the reason.
    is_ready: bool
    why_not: Words
    open_count: int
    capacity: int
    #: Epoch ms of the rotation's newest assignment to them; 0: never.
    last_turn_at: int
    #: Names of their teams.
    teams: list[str]
    #: When the longest waiting of their customers began to wait (epoch ms); 0: none waits.
    oldest_wait: int
    #: The number of escalated conversations among theirs.
    escalated_count: int


@dataclass(frozen=True, slots=True)
class QueueTeam:
    """A team that conversations can be assigned to."""

    id: int
    name: str
    member_count: int
    waiting_count: int


@dataclass(frozen=True, slots=True)
class NextChat:
    """The agent who would be assigned a number's next conversation, and the reason."""

    inbox_id: int
    inbox_name: str
    #: round_robin | balanced
    order: str
    #: 0 and "": nobody is eligible.
    agent_id: int
    agent_name: str
    why: Words
    #: The skipped agents; empty if there are none.
    skipped: Words


@dataclass(frozen=True, slots=True)
class LastAssignment:
    """The last assignment, for a page without waiting conversations; `at` (epoch ms) 0: there was none."""

    agent_name: str = ""
    customer: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True)
class QueueBoard:
    """Everything on the page, except for agents' own conversations."""

    #: In the order of the queue; only the first of the `waiting_total`.
    waiting: list[QueueChat]
    waiting_total: int
    #: Escalated and overdue conversations of all assignees.
    urgent: list[QueueChat]
    #: Agents with escalated conversations first, then those who are ready, by name.
    agents: list[QueueAgent]
    #: The number of agents who could be assigned a conversation.
    ready_count: int
    teams: list[QueueTeam]
    next: list[NextChat] = field(default_factory=list[NextChat])
    last: LastAssignment = LastAssignment()
