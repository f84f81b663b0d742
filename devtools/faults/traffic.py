"""A row's traffic on one number: customers write, agents answer, customers read. It keeps records of both sides."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import httpx

from devtools.faults import files
from devtools.faults.audit import Audit, Stored, audit
from devtools.faults.ground import Ground, until
from devtools.faults.plan import STEP_SECONDS, Line, Plan, greeting

#: The customer whose messages only measure the recovery.
PROBE: Final = "probe"
_STORED: Final = (
    "SELECT m.id, c.chat_jid, m.direction, m.wa_message_id, m.body, m.delivery_status FROM message m"
    " JOIN conversation c ON c.id = m.conversation_id WHERE m.inbox_id = :inbox_id ORDER BY m.sent_at, m.id"
)
_READ_SECONDS: Final = 1.0
#: The customer sees the typing indicator for one in this many answers.
_TYPING: Final = 0.3


class Traffic:
    """The customers of one number. A number may have several rounds, each with customers of its own."""

    def __init__(self, ground: Ground, inbox_id: int, plan: Plan, turn: int = 0) -> None:
        self._ground = ground
        self.inbox_id = inbox_id
        self.plan = plan
        self._turn = turn
        self._chance = random.Random(f"{plan.seed} carried out")
        #: Chat → bodies, in the order in which WhatsApp took them.
        self.written: defaultdict[str, list[str]] = defaultdict(list)
        #: Bodies that the app took.
        self.replied: list[str] = []
        self._conversations: dict[str, int] = {}
        self._read: set[str] = set()

    # ---- who

    def chat(self, customer: int | str) -> str:
        """A customer's jid. The numbers of a run share no customers."""
        number = 999 if customer == PROBE else int(customer)
        return f"{self._first_number + number}@lid"

    @property
    def _first_number(self) -> int:
        return 10**9 + self.inbox_id * 100_000 + self._turn * 1000

    def _is_of_an_earlier_turn(self, chat: str) -> bool:
        """Counted then."""
        digits = chat.partition("@")[0]
        return digits.isdecimal() and int(digits) < self._first_number

    async def meet(self) -> None:
        """Let every customer write once, so that each conversation exists."""
        everyone = [*range(self.plan.customers), PROBE]
        for customer in everyone:
            chat = self.chat(customer)
            number = f"62815{chat.partition('@')[0][-8:]}@c.us"
            await self._ground.ctl(self.inbox_id, "contact", id=chat, pn=number, pushname=f"Pelanggan {customer}")
        await self._write([Line(0, n, greeting(n)) for n in range(self.plan.customers)], is_bulk=True)
        await self._write_to(self.chat(PROBE), Line(0, 999, greeting(999)))
        for customer in self.plan.sleepers:
            await self._ground.ctl(self.inbox_id, "contact", id=self.chat(customer), online=False)

        def met() -> bool:
            rows = self._ground.read("SELECT chat_jid, id FROM conversation WHERE inbox_id = :id", id=self.inbox_id)
            self._conversations = {str(chat): int(id) for chat, id in rows if not self._is_of_an_earlier_turn(chat)}
            return len(self._conversations) == len(everyone)

        await until(met, "all customers to be known", 60)

    # ---- writing

    async def run(self) -> None:
        """Carry the plan out."""
        began = time.monotonic()
        reading = asyncio.create_task(self._keep_reading())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._write_all(began))
                for number in range(len(self._ground.desks)):
                    group.create_task(self._answer(number, began))
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        for customer in self.plan.sleepers:
            await self._ground.ctl(self.inbox_id, "contact", id=self.chat(customer), online=True)
        await self._read_answers()

    async def _write_all(self, began: float) -> None:
        lines, done = self.plan.inbound, 0
        while done < len(lines):
            now = time.monotonic() - began
            due = done
            while due < len(lines) and lines[due].at <= now:
                due += 1
            if due > done:
                await self._write(lines[done:due], is_bulk=self._chance.random() < 0.4)
                done = due
            await asyncio.sleep(STEP_SECONDS)

    async def _write(self, lines: Sequence[Line], *, is_bulk: bool) -> None:
        if is_bulk:
            drafts = [{"chat": self.chat(line.customer), **files.draft(line)} for line in lines]
            await self._ground.ctl(self.inbox_id, "messages", messages=drafts)
            for line in lines:
                self.written[self.chat(line.customer)].append(line.body)
        else:
            for line in lines:
                await self._write_to(self.chat(line.customer), line)

    async def _write_to(self, chat: str, line: Line) -> None:
        await self._ground.ctl(self.inbox_id, "message", chat=chat, **files.draft(line))
        self.written[chat].append(line.body)

    async def _answer(self, number: int, began: float) -> None:
        """Let one agent answer every n-th customer, so that each chat's answers have one order."""
        desks = self._ground.desks
        for line in self.plan.replies:
            if line.customer % len(desks) == number:
                await asyncio.sleep(max(0.0, line.at - (time.monotonic() - began)))
                await self._reply(number, self.chat(line.customer), line.body)

    async def _reply(self, desk: int, chat: str, body: str) -> None:
        if self._chance.random() < _TYPING:
            await self._ground.desks[desk].type(self._conversations[chat])
        key = f"{self.inbox_id}-{body.split()[0]}-{desk}-key"
        await self._ground.desks[desk].reply(self._conversations[chat], body, key)
        self.replied.append(body)

    async def _keep_reading(self) -> None:
        while True:
            await asyncio.sleep(_READ_SECONDS)
            await self._read_answers()

    async def _read_answers(self) -> None:
        """Let the reading customers read: this gives the third tick."""
        readers = {self.chat(customer) for customer in self.plan.readers}
        ids: list[str] = []
        for message in (await self._ground.phone(self.inbox_id, "sent"))["sent"]:
            if message["chat"] in readers and message["id"] not in self._read:
                self._read.add(message["id"])
                ids.append(message["id"])
        if ids:
            await self._ground.ctl(self.inbox_id, "receipt", ids=ids, ack=3)

    # ---- measuring

    async def probe(self, number: int, seconds: float) -> float | None:
        """Let a customer write and get an answer. Returns the seconds until the database and the phone have them."""
        began = time.monotonic()
        chat, question, answer = (
            self.chat(PROBE),
            f"c999-probe{number:04d} masih di sana?",
            f"r999-probe{number:04d} ya",
        )

        async def through() -> bool:
            rows = await asyncio.to_thread(
                self._ground.read,
                "SELECT COUNT(*) FROM message WHERE inbox_id = :id AND body = :body",
                id=self.inbox_id,
                body=question,
            )
            if not rows[0][0]:
                return False
            sent = (await self._ground.phone(self.inbox_id, "sent"))["sent"]
            return any(message.get("body") == answer for message in sent)

        await self._write_to(chat, Line(0, 999, question))
        replying = asyncio.create_task(self._reply(0, chat, answer))
        try:
            await until(through, "the probe", seconds, every=0.2)
            return round(time.monotonic() - began, 1)
        except TimeoutError:
            return None
        finally:
            await asyncio.wait([replying], timeout=10)
            replying.cancel()

    async def books(self) -> Audit:
        """Read the records of both sides."""
        rows = await asyncio.to_thread(self._ground.read, _STORED, inbox_id=self.inbox_id)
        stored = [
            Stored(id, chat, direction == "outbound", wa_id, body, status or "")
            for id, chat, direction, wa_id, body, status in rows
            if not self._is_of_an_earlier_turn(chat)
        ]
        all_sent: list[dict[str, Any]] = (await self._ground.phone(self.inbox_id, "sent"))["sent"]
        sent = [message for message in all_sent if not self._is_of_an_earlier_turn(message["chat"])]
        dead = await self._ground.dead_letters(self.inbox_id)
        return audit(self.written, self.replied, stored, sent, dead)

    async def settle(self, seconds: float = 180) -> Audit:
        """Compare until both sides agree, and once more a moment later. At the time-out the last comparison counts."""
        deadline = time.monotonic() + seconds
        clean_since: float | None = None
        while True:
            try:
                books = await self.books()
            except (httpx.HTTPError, OSError):
                # Redis or the simulator is not there yet.
                books = None
            now = time.monotonic()
            clean_since = (clean_since or now) if books and books.is_clean else None
            if books and ((clean_since and now - clean_since >= 2) or now > deadline):
                return books
            await asyncio.sleep(0.5)
