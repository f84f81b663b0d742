"""The circuit breaker: stops a number's sending when WhatsApp shows signs of a ban, then tries one message.

While it is closed, everything is sent. While it is open, nothing is sent until its rest is over or, after a ban, until
an admin resumes sending. After the rest one message is sent on trial: its result closes the breaker or opens it again.
A reaction's result tells nothing about a ban, so reactions only wait for the end of the rest. The state is kept on
disk, because a restart does not end a ban.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import structlog

from wa_worker.contract.base import now_ms
from wa_worker.storage.state_file import read_json, write_atomically

_log: Final = structlog.get_logger(__name__)
_REFUSALS_IN_A_ROW: Final = 3
#: How long a message is reported as delayed during a ban: nobody knows how long a ban lasts.
_BAN_MS: Final = 24 * 3_600_000


class Breaker:
    """One number's circuit breaker.

    `on_change` gets whether it is open after each change; it is not called for the state that was read from disk.
    `clock` returns the time in epoch ms.
    """

    def __init__(
        self,
        path: Path,
        rest_seconds: float,
        on_change: Callable[[bool], None],
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self._path = path
        self._clock = clock
        self._rest_ms = int(rest_seconds * 1000)
        self._on_change = on_change
        stored = read_json(path)
        #: When the rest is over (epoch ms); None: closed.
        self._until: int | None = _number(stored.get("until"))
        self._is_ban = stored.get("is_ban") is True
        self._refusals = 0
        self._is_probing = False
        self._changed = asyncio.Event()

    @property
    def is_open(self) -> bool:
        """Whether sending is stopped, or limited to one message on trial."""
        return self._until is not None

    async def admit(self, on_delay: Callable[[int], None]) -> bool:
        """Wait until a message may be sent. Returns True if it is sent on trial.

        `on_delay` gets until when it waits (epoch ms), at first and after each change. The caller must report the
        result with `note`, whatever happens.
        """
        reported: int | None = None
        while self._until is not None:
            if self._is_rested():
                self._is_probing = True
                return True
            if reported != self._until:
                reported = self._until
                on_delay(reported)
            await self._await_change()
        return False

    async def wait_rested(self) -> None:
        """Wait until the breaker is closed or its rest is over: for commands whose result tells nothing about a ban.

        It does not wait for a closed breaker: the message on trial may be queued behind the caller.
        """
        while self._until is not None and not self._is_rested():
            await self._await_change()

    def note(self, *, is_good: bool | None, is_trial: bool) -> None:
        """Note the result of a message: True if sent, False if refused as before a ban, None if it tells nothing."""
        if is_trial:
            self._is_probing = False
            self._changed.set()
        if is_good:
            self._refusals = 0
            if is_trial and not self._is_ban:
                self.close()
        elif is_good is False and not self._is_ban:
            self._refusals += 1
            if is_trial or (self._until is None and self._refusals >= _REFUSALS_IN_A_ROW):
                self._open(self._rest_ms, is_ban=False)

    def open_for_ban(self) -> None:
        """Open because WhatsApp says that the account is restricted: only an admin closes it again."""
        if not self._is_ban:
            self._open(_BAN_MS, is_ban=True)

    def close(self) -> None:
        """Send everything again."""
        if self._until is None:
            return
        _log.info("sending.resumed")
        self._until, self._is_ban, self._is_probing, self._refusals = None, False, False, 0
        self._on_changed()

    def _open(self, rest_ms: int, *, is_ban: bool) -> None:
        _log.warning("sending.paused", is_ban=is_ban, seconds=rest_ms // 1000)
        self._until, self._is_ban, self._refusals = self._clock() + rest_ms, is_ban, 0
        self._on_changed()

    def _on_changed(self) -> None:
        state = {"until": self._until, "is_ban": self._is_ban}
        try:
            write_atomically(self._path, json.dumps(state))
        except OSError as error:
            _log.warning("breaker.write_failed", error=str(error))
        self._changed.set()
        self._on_change(self.is_open)

    def _is_rested(self) -> bool:
        """Whether it is open and the next message may be sent on trial."""
        is_over = self._until is not None and self._clock() >= self._until
        return is_over and not self._is_ban and not self._is_probing

    async def _await_change(self) -> None:
        """Wait until something changes or the rest is over."""
        self._changed.clear()
        is_timed = self._until is not None and not self._is_ban and not self._is_probing
        seconds = max(0.01, ((self._until or 0) - self._clock()) / 1000) if is_timed else None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
