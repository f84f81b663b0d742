"""How fast a number sends, and to whom. Real numbers write like a person: WhatsApp restricts those that don't."""

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
_SHORTEST_TOLD: Final = 1.0


class Pacing:
    """No pacing: demo phones and benchmarks."""

    async def wait_turn(self, tell: Callable[[int], None]) -> None:
        """Wait until the next message may go. `tell` gets until when (epoch ms), when it is more than a second."""

    def typing_seconds(self, body: str) -> float:
        """How long "is typing" shows before a text goes."""
        return 0.0

    @property
    def asks_for_first_contacts(self) -> bool:
        """Chats in which the customer never wrote need leave."""
        return False

    def may_contact(self, chat: str) -> bool:
        """Whether this chat may be the first contact with somebody; remembered when it may."""
        return True


class HumanPacing(Pacing):
    """Typing 1-3 s, 2-3 s between messages, 20 a minute, and only so many first contacts a day (UTC)."""

    def __init__(self, path: Path, first_contacts_a_day: int, scale: float = 1.0) -> None:
        self._path = path
        self._allowed = first_contacts_a_day
        self._scale = scale
        #: Turns given away, in `time.monotonic` seconds; the last ones may lie ahead.
        self._turns: deque[float] = deque(maxlen=_A_MINUTE)

    async def wait_turn(self, tell: Callable[[int], None]) -> None:
        wait = self._take_turn(time.monotonic())
        if wait > _SHORTEST_TOLD * self._scale:
            tell(now_ms() + int(wait * 1000))
        await asyncio.sleep(wait)

    def _take_turn(self, now: float) -> float:
        """Book the next turn; how many seconds away it is."""
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
    def asks_for_first_contacts(self) -> bool:
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
            # What can't be counted is not allowed.
            _log.warning("first_contact.write_failed", error=str(error))
            return False
        return True
