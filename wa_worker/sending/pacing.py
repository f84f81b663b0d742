"""Limits how fast a number sends, and to whom. A real number must write like a person, or WhatsApp restricts it."""

import asyncio
import json
import random
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from wa_worker.contract.base import now_ms
from wa_worker.storage.state_file import read_json, write_atomically

_log: Final = structlog.get_logger(__name__)
_A_MINUTE: Final = 20
#: Shorter waits (s) are not reported.
_SHORTEST_REPORTED: Final = 1.0


class Pacing:
    """No pacing: for demo phones and benchmarks."""

    async def wait_turn(self, on_delay: Callable[[int], None]) -> None:
        """Wait until the next message may be sent. `on_delay` gets until when (epoch ms) if that is over a second."""

    def typing_seconds(self, body: str) -> float:
        """How long "typing…" is shown before a text of this length is sent."""
        return 0.0

    @property
    def limits_first_contacts(self) -> bool:
        """Whether `may_contact` must be asked about chats in which the customer never wrote."""
        return False

    def may_contact(self, chat: str) -> bool:
        """Whether a first message may be sent to this chat. Remembers the chat if so."""
        return True


class HumanPacing(Pacing):
    """Types for 1-3 s, waits 2-3 s between messages, sends 20 a minute, and limits first contacts a day (UTC).

    `scale` multiplies all waits.
    """

    def __init__(self, path: Path, first_contacts_a_day: int, scale: float = 1.0) -> None:
        self._path = path
        self._allowed = first_contacts_a_day
        self._scale = scale
        #: Times of the booked turns, in `time.monotonic` seconds; the last ones may be in the future.
        self._turns: deque[float] = deque(maxlen=_A_MINUTE)

    async def wait_turn(self, on_delay: Callable[[int], None]) -> None:
        wait = self._take_turn(time.monotonic())
        if wait > _SHORTEST_REPORTED * self._scale:
            on_delay(now_ms() + int(wait * 1000))
        await asyncio.sleep(wait)

    def _take_turn(self, now: float) -> float:
        """Book the next turn. Returns how many seconds away it is."""
        ready = now
        if self._turns:
            ready = max(ready, self._turns[-1] + random.uniform(2.0, 3.0) * self._scale)
        if len(self._turns) == _A_MINUTE:
            ready = max(ready, self._turns[0] + 60.0 * self._scale)
        self._turns.append(ready)
        return ready - now

    def typing_seconds(self, body: str) -> float:
        return min(3.0, 1.0 + 0.015 * len(body)) * self._scale

    @property
    def limits_first_contacts(self) -> bool:
        return True

    def may_contact(self, chat: str) -> bool:
        today = time.strftime("%Y-%m-%d", time.gmtime())
        stored = read_json(self._path)
        known = [str(one) for one in stored.get("chats", [])] if stored.get("day") == today else []
        if chat in known:
            return True
        if len(known) >= self._allowed:
            return False
        try:
            write_atomically(self._path, json.dumps({"day": today, "chats": [*known, chat]}))
        except OSError as error:
            # Not counted means not limited: refuse.
            _log.warning("first_contact.write_failed", error=str(error))
            return False
        return True
