"""`roms up`: starts all processes in order, restarts those that end, and stops all in the right order.

Redis starts first and stops last. The app and the worker stop first, because they still write to it.
"""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from types import FrameType

from roms_app.errors import ConfigurationError
from roms_app.ops.backoff import Backoff
from roms_app.ops.processes import GRACE_SECONDS, Process, Service, sweep

Say = Callable[[str], None]
#: How often a process may end before the first start is given up: it won't get better by itself.
DEATHS_BEFORE_READY = 3


@dataclass(frozen=True)
class Plan:
    """The processes to run. `layers` start in order, each when the one before is ready, and stop in reverse order."""

    #: See `processes.run_mark`.
    run: str
    layers: list[list[Service]]
    #: Service name → a function that returns once the service is usable.
    ready: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    #: Seconds until all must be ready after the first start.
    patience: float = 90.0
    grace: float = GRACE_SECONDS


class Supervisor:
    """Runs one plan until it is told to stop."""

    def __init__(self, plan: Plan, say: Say) -> None:
        self._plan = plan
        self._say = say
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()
        self._is_up = False
        self._gave_up: asyncio.Future[ConfigurationError] | None = None
        self._processes: dict[str, Process] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Start, call `on_ready`, and supervise until SIGTERM or SIGINT.

        Raises ConfigurationError when the start fails; then no process is left running.
        """
        loop = asyncio.get_running_loop()
        self._gave_up = loop.create_future()

        def stop(_number: int, _frame: FrameType | None) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self.request_stop)

        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            # Not `add_signal_handler`: the loop removes its handlers when it closes, and a second Ctrl-C would reach
            # Python's own handler a moment before the process ends.
            signal.signal(number, stop)
        if count := await asyncio.to_thread(sweep, self._plan.run):
            self._say(f"Ended {count} processes that an earlier run had left behind.")
        try:
            if await self._unless_stopped(self._start_all()):
                self._is_up = True
                on_ready()
                await self._stopping.wait()
        finally:
            await self._stop_all()

    def request_stop(self) -> None:
        """Stop all processes in order; a second call stops them at once."""
        if self._stopping.is_set():
            self._hurry.set()
        self._stopping.set()

    async def _unless_stopped(self, starting: Awaitable[None]) -> bool:
        """Whether `starting` finished. Raises its error, or that of a process that does not stay up."""
        assert self._gave_up is not None
        task = asyncio.ensure_future(starting)
        stop = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({task, stop, self._gave_up}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if task.done():
            await task
            return True
        task.cancel()
        # Reads the error, whatever it is: the reason for the end is the stop, or the process that gave up.
        await asyncio.gather(task, return_exceptions=True)
        if self._gave_up.done():
            raise self._gave_up.result()
        return False

    async def _start_all(self) -> None:
        try:
            async with asyncio.timeout(self._plan.patience):
                for layer in self._plan.layers:
                    for service in layer:
                        self._keepers[service.name] = asyncio.create_task(self._keep(service))
                    await asyncio.gather(*(self._plan.ready[s.name]() for s in layer if s.name in self._plan.ready))
        except TimeoutError:
            raise ConfigurationError(
                f"ROMS did not become ready within {self._plan.patience:.0f} s.",
                "The lines above say which part is at fault; `roms doctor` checks each.",
            ) from None

    async def _keep(self, service: Service) -> None:
        backoff = Backoff()
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                process = self._processes[service.name] = await Process.start(service, self._plan.run)
                code = await process.wait()
                how = _how_it_ended(code)
            except OSError as error:
                code = os.EX_CONFIG
                how = f"could not be started ({error.strerror})"
            if self._stopping.is_set():
                return
            delay = backoff.after(time.monotonic() - began)
            if not self._is_up and (backoff.failures >= DEATHS_BEFORE_READY or code == os.EX_CONFIG):
                self._give_up(service, how)
                return
            self._say(f"{service.name} {how}; starting it again in {delay:.1f} s.")
            await self._pause(delay)
            service = replace(service, env={**service.env, **service.env_again})

    def _give_up(self, service: Service, how: str) -> None:
        if self._gave_up is not None and not self._gave_up.done():
            error = ConfigurationError(
                f"ROMS can't start: {service.name} {how}.",
                "The lines above say why; `roms doctor` checks each part.",
            )
            self._gave_up.set_result(error)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    async def _stop_all(self) -> None:
        self._stopping.set()
        for layer in reversed(self._plan.layers):
            running = [self._processes[s.name] for s in layer if s.name in self._processes]
            stopping = asyncio.gather(*(process.stop(self._plan.grace) for process in running))
            hurry = asyncio.create_task(self._hurry.wait())
            await asyncio.wait({stopping, hurry}, return_when=asyncio.FIRST_COMPLETED)
            if not stopping.done():
                await asyncio.gather(*(process.stop(0) for process in running))
            hurry.cancel()
            await stopping
            # A process may have been starting when the stop was requested.
            for service in layer:
                if keeper := self._keepers.get(service.name):
                    keeper.cancel()
        await asyncio.gather(*self._keepers.values(), return_exceptions=True)
        await asyncio.to_thread(sweep, self._plan.run, 2.0)


def _how_it_ended(code: int) -> str:
    if code < 0:
        try:
            return f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"was ended by signal {-code}"
    return f"ended with exit code {code}"
