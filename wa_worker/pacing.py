"""How fast a number sends. Real numbers write like a person, because WhatsApp restricts those that don't."""

import asyncio
import random
from collections import deque
from typing import Final

_A_MINUTE: Final = 20
_ERRORS_IN_A_ROW: Final = 3
_BREAK_SECONDS: Final = 300.0


class Pacing:
    """No pacing: demo phones and benchmarks."""

    async def wait_turn(self) -> None:
        """Wait until the next message may go."""

    def typing_ms(self, body: str) -> int:
        """How long "is typing" shows before a text goes."""
        return 0

    def note(self, *, is_ok: bool) -> None:
        """How the send ended."""


class HumanPacing(Pacing):
    """Typing 1-3 s, 2-3 s between messages, 20 a minute; a rest after three refusals in a row."""

    def __init__(self) -> None:
        self._sent: deque[float] = deque(maxlen=_A_MINUTE)
        self._refusals = 0
        self._rest_until = 0.0

    async def wait_turn(self) -> None:
        loop = asyncio.get_running_loop()
        ready = self._rest_until
        if self._sent:
            ready = max(ready, self._sent[-1] + random.uniform(2.0, 3.0))
        if len(self._sent) == _A_MINUTE:
            ready = max(ready, self._sent[0] + 60.0)
        await asyncio.sleep(max(0.0, ready - loop.time()))
        self._sent.append(loop.time())

    def typing_ms(self, body: str) -> int:
        return int(min(3000, 1000 + 15 * len(body)))

    def note(self, *, is_ok: bool) -> None:
        self._refusals = 0 if is_ok else self._refusals + 1
        if self._refusals >= _ERRORS_IN_A_ROW:
            self._refusals = 0
            self._rest_until = asyncio.get_running_loop().time() + _BREAK_SECONDS
