"""The app with a meter: `make fuzz` and its test serve this module in place of `roms_app.roms_app`.

It counts the CPU time of each frame and of each run of a handler, and each call of the backend's exception handler. The
product itself knows nothing of it.
"""

import ctypes
import gc
import os
import sys
import threading
import types
from collections import Counter
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from multiprocessing.connection import Listener
from time import thread_time
from typing import Any

import psutil
from reflex_base.event.processor import BaseStateEventProcessor as Processor

from devtools.fuzz.meter import FRAME, SOCKET_VARIABLE, UNLIMITED_VARIABLE, Cost, Rested, Taken
from roms_app.live import gate
from roms_app.live.frames import Frames
from roms_app.live.gate import Gate


@dataclass(slots=True)
class _Tally:
    loop: float = 0.0
    threads: float = 0.0
    longest: float = 0.0

    def add_step(self, seconds: float) -> None:
        self.loop += seconds
        self.longest = max(self.longest, seconds)


_taken = Taken([], [], Counter(), [])
_collection_began = 0.0
#: The tally of the frame or handler that runs now.
_current: ContextVar[_Tally | None] = ContextVar("tally", default=None)


@types.coroutine
def _stepped(coroutine: Coroutine[Any, Any, Any], tally: _Tally) -> Generator[Any, Any, Any]:
    """Run it, and count the time of each step between two waits."""
    resume: Callable[[Any], Any] = coroutine.send
    value: Any = None
    while True:
        began = thread_time()
        try:
            awaited = resume(value)
        except StopIteration as done:
            return done.value
        finally:
            tally.add_step(thread_time() - began)
        try:
            resume, value = coroutine.send, (yield awaited)
        except BaseException as error:
            resume, value = coroutine.throw, error


async def _measured(what: str, coroutine: Coroutine[Any, Any, Any]) -> Any:
    tally = _Tally()
    former = _current.set(tally)
    try:
        return await _stepped(coroutine, tally)
    finally:
        _current.reset(former)
        _taken.costs.append(Cost(what, tally.loop, tally.threads, tally.longest))


def _measure_frames() -> None:
    receive = Frames._message

    async def measured(self: Frames, key: str, data: Any) -> None:
        await _measured(FRAME, receive(self, key, data))

    Frames._message = measured


def _measure_handlers() -> None:
    process, fail = Processor._process_event_queue_entry, Processor._handle_backend_exception

    async def measured(self: Processor, *, entry: Any, registered_handler: Any) -> None:
        name = ".".join(entry.event.name.split(".")[-2:]).rpartition("____")[2]
        await _measured(name, process(self, entry=entry, registered_handler=registered_handler))

    async def noted(self: Processor, ex: Exception, ev_ctx: Any = None) -> None:
        _taken.failures.append(f"{type(ex).__qualname__}: {str(ex)[:300]}")
        await fail(self, ex, ev_ctx)

    Processor._process_event_queue_entry = measured
    Processor._handle_backend_exception = noted


def _measure_threads() -> None:
    submit = ThreadPoolExecutor.submit

    def measured(self: ThreadPoolExecutor, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if (tally := _current.get()) is None:
            return submit(self, fn, *args, **kwargs)

        def counted() -> Any:
            began = thread_time()
            try:
                return fn(*args, **kwargs)
            finally:
                tally.threads += thread_time() - began

        return submit(self, counted)

    ThreadPoolExecutor.submit = measured


def _count_events() -> None:
    receive = Gate.on_event

    async def counted(self: Gate, sid: str, data: Any) -> None:
        socket = self._sockets.get(sid)
        if socket is not None and socket.owner is not None:
            agent_id = socket.owner.agent_id
        else:
            # A socket with a cookie has lost its session: its own events may have ended that.
            agent_id = 0 if socket is not None and not socket.has_cookie else -1
        refused = socket.refused if socket else 0
        await receive(self, sid, data)
        is_refused = socket is None or socket.refused > refused
        _taken.reached[agent_id, "refused" if is_refused else "dispatched"] += 1

    Gate.on_event = counted


def _timed(phase: str, info: dict[str, int]) -> None:
    """A callback for `gc.callbacks`."""
    global _collection_began
    if phase == "start":
        _collection_began = thread_time()
    else:
        _taken.collections.append(thread_time() - _collection_began)


def _lift_limits() -> None:
    gate._AGENT_RATE = gate._VISITOR_RATE = (1e9, 1e9)  # pyright: ignore[reportAttributeAccessIssue]
    gate.MAX_REFUSED = 10**9  # pyright: ignore[reportAttributeAccessIssue]


def _take() -> Taken:
    global _taken
    taken, _taken = _taken, Taken([], [], Counter(), [])
    return taken


def _pending() -> set[str]:
    processor = app.event_processor
    queue = processor._queue
    waiting = {"(queue)"} if queue is not None and not queue.empty() else set[str]()
    return waiting | set(processor._token_queues)


def _rest() -> Rested:
    # The collection that is requested here does not disturb the measurement.
    gc.callbacks.remove(_timed)
    gc.collect()
    gc.callbacks.append(_timed)
    trim: Any = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    # A list of all objects would hold some that another thread is still making.
    return Rested(psutil.Process().memory_info().rss, sys.getallocatedblocks(), gc.get_freeze_count())


def _answer(listener: Listener) -> None:
    answers: dict[str, Callable[[], Any]] = {"take": _take, "pending": _pending, "rest": _rest}
    while True:
        with listener.accept() as connection:
            connection.send(answers[connection.recv()]())


_measure_frames()
_measure_handlers()
_measure_threads()
_count_events()
gc.callbacks.append(_timed)
if os.environ.get(UNLIMITED_VARIABLE):
    _lift_limits()

# Its import creates objects that must be measured from the beginning.
from roms_app.roms_app import app  # noqa: E402

threading.Thread(target=_answer, args=[Listener(os.environ[SOCKET_VARIABLE], "AF_UNIX")], daemon=True).start()
