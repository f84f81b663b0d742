"""The only module that commits. One thread writes; committed changes are announced afterwards, in the order of commits.

`reading` and `writing` run a service's function in a thread, with a session as its first argument. A cancelled caller
(a closed tab) does not cancel started work: the writer's thread hands its announcements to the loop by itself.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from roms_app.database import reading_session, writing_session
from roms_app.errors import TemporarilyUnavailable
from roms_app.live.announcements import make_announcements
from roms_app.live.announcer import Announcer
from roms_app.services import changes

P = ParamSpec("P")
T = TypeVar("T")

_writer = ThreadPoolExecutor(1, thread_name_prefix="roms-writer")
_readers = ThreadPoolExecutor(4, thread_name_prefix="roms-reader")
#: PostgreSQL rolled this transaction back because of a deadlock or a serialisation failure.
_RETRY_STATES = frozenset({"40001", "40P01"})
_TRIES = 4
#: The database is away, refuses writes (a stand-by server), or has no free connection.
_AWAY = (OperationalError, InternalError, InterfaceError, PoolTimeout)


class _PerLoop:
    """The objects of one event loop: its announcer and the events that wake its tasks."""

    def __init__(self) -> None:
        self.announcer = Announcer()
        #: A reply waits in the outbox (live/relay.py).
        self.outbox_woken = asyncio.Event()
        #: Something that waits must be looked at again (live/assigner.py).
        self.assigner_woken = asyncio.Event()
        #: A number was added, changed or archived (live/consumer.py and live/control.py have one each).
        self.consumers_woken = asyncio.Event()
        self.control_woken = asyncio.Event()


_loops: dict[asyncio.AbstractEventLoop, "_PerLoop"] = {}


def here() -> _PerLoop:
    """The objects of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _loops:
        for closed in [known for known in _loops if known.is_closed()]:
            del _loops[closed]
        _loops[loop] = _PerLoop()
    return _loops[loop]


async def reading(fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `fn(session, …)` in a reader's thread. Raises TemporarilyUnavailable when the database is away."""

    def read() -> T:
        with reading_session() as session:
            return fn(session, *args, **kwargs)

    try:
        return await asyncio.get_running_loop().run_in_executor(_readers, read)
    except _AWAY as error:
        raise _away() from error


async def writing(fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `fn(session, …)` as one transaction, commit, and announce. Returns what `fn` returns, after the commit.

    Raises what `fn` raises (rolled back, nothing announced), or TemporarilyUnavailable when the database is away.
    """
    loop = asyncio.get_running_loop()
    per_loop = here()

    def write() -> T:
        result, noted, announcements = _commit(lambda session: fn(session, *args, **kwargs))
        loop.call_soon_threadsafe(_after_commit, per_loop, noted, announcements)
        return result

    try:
        return await loop.run_in_executor(_writer, write)
    except _AWAY as error:
        raise _away() from error


async def settle() -> None:
    """Wait until everything that this loop has committed is announced. Waits as long as Redis is away."""
    await here().announcer.settle()


def _commit(fn: Callable[[Session], T]) -> tuple[T, changes.Changes, list[str]]:
    for attempt in range(_TRIES):
        try:
            with writing_session() as session:
                result = fn(session)
                noted = changes.settle(session)
                announcements = make_announcements(session, noted)
                session.commit()
                return result, noted, announcements
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _RETRY_STATES or attempt == _TRIES - 1:
                raise
            time.sleep(0.02 * 2**attempt)
    raise AssertionError("unreachable")


def _after_commit(per_loop: _PerLoop, noted: changes.Changes, announcements: list[str]) -> None:
    per_loop.announcer.put(announcements)
    if noted.has_outbox:
        per_loop.outbox_woken.set()
    if noted.must_drain:
        per_loop.assigner_woken.set()
    if noted.inboxes:
        per_loop.consumers_woken.set()
        per_loop.control_woken.set()


def _away() -> TemporarilyUnavailable:
    return TemporarilyUnavailable("The database does not answer.", "Nothing is lost; try again in a moment.")
