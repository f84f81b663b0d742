"""The agents and teams to whom a conversation can be assigned by hand, for the dialog."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent who answers the conversation's inbox."""

    id: int
    name: str
    #: available | busy | away
    availability: str
    #: A tab is open, or was within the grace period.
    is_present: bool
    is_on_shift: bool
    #: Open conversations, and the capacity.
    open_count: int
    capacity: int


@dataclass(frozen=True, slots=True)
class CandidateTeam:
    """A team with members who answer the conversation's inbox."""

    id: int
    name: str
    #: The number of these members, and the number of eligible ones among them.
    member_count: int
    available_count: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """The dialog's choices; eligible agents come first."""

    agents: list[Candidate] = field(default_factory=list[Candidate])
    teams: list[CandidateTeam] = field(default_factory=list[CandidateTeam])
