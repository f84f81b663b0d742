"""Plans the traffic and the moment of the fault. Pure: the same seed gives the same plan."""

import random
from dataclasses import dataclass, replace
from typing import Final

WORDS: Final = (
    "apakah pesanan saya sudah dikirim?", "terima kasih kak 🙏", "kapan buka?\nbesok ya", "ok", "ukuran M masih ada?",
    "<b>tolong</b> dicek", "مرحبا", "saya sudah transfer", "alamatnya masih sama", "boleh minta fotonya?",
)  # fmt: skip
#: Steps in which traffic is handed out; within one, a seed decides between one call for all and one for each.
STEP_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Line:
    """A message in a customer's chat, from or to the customer. `body` is unique in the run."""

    #: Seconds after the traffic's beginning.
    at: float
    customer: int
    body: str
    #: "chat", or the kind of the file that it comes with.
    kind: str = "chat"


@dataclass(frozen=True, slots=True)
class Plan:
    """One row's traffic, in the order of time."""

    customers: int
    inbound: list[Line]
    replies: list[Line]
    #: Seconds after the beginning.
    fault_at: float
    seconds: float
    #: Customers who read each answer; the others' phones only receive it, or are off for a while.
    readers: frozenset[int]
    sleepers: frozenset[int]
    #: Seed of the random decisions during the run.
    seed: str


def make_plan(seed: str, *, messages: int, replies: int, customers: int, rate: float, files: float = 0) -> Plan:
    """`messages` at `rate` a second on average, in gusts; `files` of them (a share) bring one.

    `replies` go to customers by chance over the same time.
    """
    chance = random.Random(seed)
    seconds = messages / rate
    inbound = [_with_file(chance, line, files) for line in _lines(chance, "c", messages, customers, seconds)]
    everyone = list(range(customers))
    chance.shuffle(everyone)
    third = max(1, customers // 3)
    return Plan(
        customers=customers,
        inbound=inbound,
        replies=_lines(chance, "r", replies, customers, seconds),
        fault_at=seconds * chance.uniform(0.25, 0.6),
        seconds=seconds,
        readers=frozenset(everyone[:third]),
        sleepers=frozenset(everyone[third : third + 3]),
        seed=seed,
    )


def greeting(customer: int) -> str:
    """A customer's first message, which creates the conversation."""
    return f"c{customer:03d}-hello selamat pagi"


def _lines(chance: random.Random, side: str, count: int, customers: int, seconds: float) -> list[Line]:
    times = sorted(chance.uniform(0, seconds) for _ in range(count))
    numbers = [0] * customers
    lines: list[Line] = []
    for at in times:
        # A few chats are busy, most are quiet, as in life.
        customer = min(chance.randrange(customers), chance.randrange(customers))
        numbers[customer] += 1
        body = f"{side}{customer:03d}-{numbers[customer]:04d} {chance.choice(WORDS)}"
        lines.append(Line(at, customer, body))
    return lines


def _with_file(chance: random.Random, line: Line, files: float) -> Line:
    return replace(line, kind=chance.choice(("image", "document"))) if chance.random() < files else line
