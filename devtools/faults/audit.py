"""Compares the messages that WhatsApp has with those of the database. Pure; `traffic.py` reads both."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from roms_app.domain.delivery import status_of_ack


@dataclass(frozen=True, slots=True)
class Stored:
    """A message of the database, read in the order in which the thread shows it."""

    id: int
    chat: str
    is_ours: bool
    wa_message_id: str
    body: str
    status: str


@dataclass(slots=True)
class Count:
    """The counts of one direction's messages."""

    expected: int = 0
    found: int = 0
    lost: int = 0
    doubled: int = 0
    disordered: int = 0
    #: Some of the affected messages, for the investigation.
    examples: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """True if each message is there once and in order."""
        return not (self.lost or self.doubled or self.disordered)

    def add(self, chat: str, expected: Sequence[str], found: Sequence[str]) -> None:
        """Compare the bodies of one chat as written with those found."""
        self.expected += len(expected)
        self.found += len(found)
        there = Counter(found)
        place = {body: index for index, body in enumerate(expected)}
        for body in expected:
            if not there[body]:
                self.lost += 1
                self._note(f"{chat}: lost {body!r}")
        # A message that nobody wrote counts like a doubled one.
        for body, count in there.items():
            extra = count - (1 if body in place else 0)
            if extra:
                self.doubled += extra
                self._note(f"{chat}: {extra} too many of {body!r}")
        furthest = -1
        for body in found:
            if body in place and place[body] < furthest:
                self.disordered += 1
                self._note(f"{chat}: {body!r} stands too late")
            furthest = max(furthest, place.get(body, -1))

    def _note(self, line: str) -> None:
        if len(self.examples) < 40:
            self.examples.append(line)


@dataclass(slots=True)
class Audit:
    """The result of one comparison."""

    inbound: Count
    outbound: Count
    wrong_ticks: int
    dead_letters: int
    examples: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """True if no message is lost, doubled, out of order or ticked wrongly, and no dead letter was written."""
        return self.inbound.is_clean and self.outbound.is_clean and not (self.wrong_ticks or self.dead_letters)


def audit(
    written: Mapping[str, Sequence[str]],
    replied: Iterable[str],
    stored: Sequence[Stored],
    sent: Sequence[Mapping[str, Any]],
    dead_letters: int,
) -> Audit:
    """`written`: chat → bodies in the order in which WhatsApp took them. `replied`: bodies that the app took.
    `sent`: what the page sent, as the simulator's `/state` tells it, in its order.
    """
    inbound = Count()
    shown: defaultdict[str, list[str]] = defaultdict(list)
    for message in stored:
        if not message.is_ours:
            shown[message.chat].append(message.body)
    for chat in {*written, *shown}:
        inbound.add(chat, written.get(chat, ()), shown.get(chat, ()))
    outbound = _replies(replied, stored, sent)
    wrong, examples = _ticks(stored, sent)
    return Audit(inbound, outbound, wrong, dead_letters, examples)


def _replies(replied: Iterable[str], stored: Sequence[Stored], sent: Sequence[Mapping[str, Any]]) -> Count:
    """Check that the customer's phone has each reply once, in the order in which its chat's replies were queued."""
    queued: defaultdict[str, list[str]] = defaultdict(list)
    for message in sorted(stored, key=lambda message: message.id):
        if message.is_ours:
            queued[message.chat].append(message.body)
    arrived: defaultdict[str, list[str]] = defaultdict(list)
    for message in sent:
        arrived[message["chat"]].append(str(message.get("body", "")))
    count = Count()
    for chat in {*queued, *arrived}:
        count.add(chat, queued.get(chat, ()), arrived.get(chat, ()))
    in_database = Counter(message.body for message in stored if message.is_ours)
    for body in replied:
        if in_database[body] != 1:
            count.lost += in_database[body] == 0
            count.doubled += max(0, in_database[body] - 1)
            count.examples.append(f"the app took {body!r} and has it {in_database[body]} times")
    return count


def _ticks(stored: Sequence[Stored], sent: Sequence[Mapping[str, Any]]) -> tuple[int, list[str]]:
    ticks = {message["id"]: int(message["ack"]) for message in sent}
    examples: list[str] = []
    for message in stored:
        if not message.is_ours:
            continue
        ack = ticks.get(message.wa_message_id)
        wanted = str(status_of_ack(ack)) if ack is not None else "sent by WhatsApp"
        if message.status != wanted:
            examples.append(f"{message.chat}: {message.body!r} is {message.status}, at WhatsApp {wanted} ({ack})")
    return len(examples), examples[:40]
