"""Figures of the measured app (`devtools/fuzz/metered.py`), and the client that asks for them."""

from collections import Counter
from dataclasses import dataclass
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any, Final, NamedTuple

#: In the app's environment: the socket that it answers on; and, when not empty, that it shall have no rate limits.
SOCKET_VARIABLE: Final = "ROMS_FUZZ_SOCKET"
UNLIMITED_VARIABLE: Final = "ROMS_FUZZ_UNLIMITED"
#: The module that is served, in place of the app's own.
TARGET: Final = "devtools.fuzz.metered:app"
#: CPU of reading and checking one frame, and of passing it on or refusing it. The handler's CPU is counted apart.
FRAME: Final = "(frame)"


class Cost(NamedTuple):
    """CPU seconds of one frame, or of one run of a handler."""

    #: `FRAME`, or the handler as ``thread_state.retry``.
    what: str
    #: CPU seconds on the event loop, where all others wait.
    loop: float
    #: CPU seconds in the threads that it used: database, passwords.
    threads: float
    #: The longest part that blocked the event loop.
    longest: float


@dataclass
class Taken:
    """Figures since the last reading."""

    costs: list[Cost]
    #: Exceptions that the backend's exception handler was called with.
    failures: list[str]
    #: Events that reached the gate, by the agent (0: a visitor; -1: the socket was closed already) and what became of
    #: them: dispatched | refused.
    reached: Counter[tuple[int, str]]
    #: CPU seconds of each garbage collection; it holds up everything, and counts for whoever caused it.
    collections: list[float]


@dataclass(frozen=True)
class Rested:
    """Memory of the app's process after a garbage collection, once the allocator has returned free pages."""

    #: Bytes of the process.
    resident: int
    #: Python's allocations.
    blocks: int
    #: Objects that no garbage collection looks at.
    frozen: int


class Meter:
    """Asks a running app."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)

    def take(self) -> Taken:
        """Return the figures since the last reading; the app then starts counting anew."""
        return self._ask("take")

    def pending(self) -> set[str]:
        """Client tokens of the tabs whose events wait or run."""
        return self._ask("pending")

    def rest(self) -> Rested:
        """Let it collect its garbage first."""
        return self._ask("rest")

    def _ask(self, what: str) -> Any:
        with Client(self._path, "AF_UNIX") as connection:
            connection.send(what)
            return connection.recv()
