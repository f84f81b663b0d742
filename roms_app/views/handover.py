"""Who can be given a conversation, as the dialog of handing over shows them."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent who answers the conversation's inbox."""

    id: int
    name: str
    #: available | busy | away
    availability: str
    #: A tab is open, or was within the grace.
    is_present: bool
    is_on_shift: bool
    #: Open conversations, and how many they may be given at most.
    open_count: int
    capacity: int


@dataclass(frozen=True, slots=True)
class CandidateTeam:
    """A team of which somebody answers the conversation's inbox."""

    id: int
    name: str
    #: How many of them do, and how many of those could be given it now.
    member_count: int
    available_count: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """Whom the dialog offers: those who could be given it now first."""

    agents: list[Candidate] = field(default_factory=list[Candidate])
    teams: list[CandidateTeam] = field(default_factory=list[CandidateTeam])
