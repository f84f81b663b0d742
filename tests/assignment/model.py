"""A second, simple implementation of the assignment rules, with which the engine is compared.

Knows nothing of the product's code: what it shares with it is the issue's text. Everything is gone through one by one.
"""

from dataclasses import dataclass, field

URGENT = 2


@dataclass
class ModelAgent:
    """One agent, as the rules see them."""

    id: int
    capacity: int
    intent: str = "available"
    is_present: bool = True
    is_on_shift: bool = True
    may_reply: bool = True
    is_active: bool = True


@dataclass
class ModelInbox:
    """One number: who answers it, and how."""

    id: int
    members: list[int]
    is_balanced: bool
    is_sticky: bool
    #: Agent id → number of the last turn.
    turns: dict[int, int] = field(default_factory=dict)
    counter: int = 0


@dataclass
class ModelChat:
    """One conversation."""

    id: int
    inbox_id: int
    #: Of the newest message.
    last_at: int
    #: Since when the customer waits for an answer.
    waits_from: int | None
    is_open: bool = True
    assignee: int | None = None
    is_by_hand: bool = False
    team: int | None = None
    priority: int = 0
    returned_from: int | None = None
    rounds: int = 0
    is_escalated: bool = False
    is_timed: bool = False
    #: The answers since the engine gave it to who has it; None: a person decided.
    answers: set[int] | None = None
    first_choice: int | None = None

    @property
    def is_unanswered(self) -> bool:
        """Whether the engine assigned it to its assignee, and no answer has been or will be sent since."""
        return self.answers is not None and not self.answers

    @property
    def place(self) -> tuple[int, int, int]:
        """The position in the queue: the lowest is next."""
        since = self.last_at if self.waits_from is None else self.waits_from
        return -(URGENT if self.is_escalated else self.priority), since, self.id


@dataclass(frozen=True)
class Gift:
    """An assignment by the engine."""

    chat: int
    agent: int
    is_turn: bool


class Model:
    """Agents, numbers and conversations. `drain` assigns everything that can be assigned."""

    def __init__(self, agents: list[ModelAgent], inboxes: list[ModelInbox], teams: dict[int, set[int]], rounds: int):
        self.agents = {agent.id: agent for agent in agents}
        self.inboxes = {inbox.id: inbox for inbox in inboxes}
        self.teams = teams
        self.rounds = rounds
        self.chats: dict[int, ModelChat] = {}
        self.has_timer = False

    def open_of(self, agent_id: int) -> int:
        return sum(chat.is_open and chat.assignee == agent_id for chat in self.chats.values())

    def may_have(self, agent: ModelAgent, chat: ModelChat) -> bool:
        """Check every condition of the rules, one after the other."""
        return (
            agent.is_active
            and agent.id in self.inboxes[chat.inbox_id].members
            and (chat.team is None or agent.id in self.teams[chat.team])
            and agent.may_reply
            and agent.is_on_shift
            and agent.intent == "available"
            and agent.is_present
            and agent.id != chat.returned_from
            and self.open_of(agent.id) < agent.capacity
        )

    def waiting(self) -> list[ModelChat]:
        """The conversations of all numbers that the engine may assign, in the queue's order."""
        found = [chat for chat in self.chats.values() if chat.is_open and chat.assignee is None and not chat.is_by_hand]
        return sorted(found, key=lambda chat: chat.place)

    def drain(self) -> list[Gift]:
        """Assign: urgent conversations first, then the oldest."""
        gifts: list[Gift] = []
        for chat in self.waiting():
            able = [agent for agent in self.agents.values() if self.may_have(agent, chat)]
            if able:
                gifts.append(self._give(self.inboxes[chat.inbox_id], chat, able))
        for chat in self.chats.values():
            chat.first_choice = None
        return gifts

    def _give(self, inbox: ModelInbox, chat: ModelChat, able: list[ModelAgent]) -> Gift:
        before = chat.first_choice if inbox.is_sticky else None
        is_turn = before not in [agent.id for agent in able]
        if is_turn:
            chosen = min(able, key=lambda agent: self._rank(inbox, agent))
            inbox.counter += 1
            inbox.turns[chosen.id] = inbox.counter
        else:
            chosen = self.agents[before or 0]
        chat.assignee = chosen.id
        chat.answers = set()
        chat.is_timed = self.has_timer and chat.waits_from is not None
        return Gift(chat.id, chosen.id, is_turn)

    def _rank(self, inbox: ModelInbox, agent: ModelAgent) -> tuple[float, int, int]:
        load = self.open_of(agent.id) / agent.capacity if inbox.is_balanced else 0
        return load, inbox.turns.get(agent.id, 0), agent.id

    def wait(self, chat: ModelChat, at: int) -> None:
        """The customer wrote, and waits from now on if they did not wait already."""
        if chat.waits_from is None:
            chat.waits_from = at
            chat.is_timed = self.has_timer and chat.is_unanswered and chat.assignee is not None

    def answer(self, chat: ModelChat, message: int) -> None:
        """The customer was answered, or an answer is queued."""
        chat.waits_from = None
        if chat.answers is not None:
            chat.answers.add(message)
        self.forget_timer(chat)

    def lose_answer(self, chat: ModelChat, message: int) -> None:
        """A reply will never be sent."""
        if chat.answers is not None:
            chat.answers.discard(message)

    def give_by_hand(self, chat: ModelChat, agent_id: int) -> None:
        """A person took it, or assigned it to a colleague."""
        chat.assignee, chat.is_by_hand, chat.answers = agent_id, True, None

    def let_go(self, chat: ModelChat, *, by_hand: bool = False, returned_from: int | None = None) -> None:
        """It is unassigned."""
        chat.assignee, chat.is_by_hand, chat.returned_from, chat.is_timed = None, by_hand, returned_from, False

    def forget_timer(self, chat: ModelChat) -> None:
        """Stop the timer: a person took it, or it was answered."""
        chat.rounds, chat.returned_from, chat.is_escalated, chat.is_timed = 0, None, False, False
