"""Output of commands: progress that moves on a terminal and stays readable in a log; errors in one sentence."""

import threading
import time
from types import TracebackType

from rich.console import Console
from rich.status import Status

from roms_app.errors import RomsError
from roms_app.ops.paths import runnable

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


#: Seconds between two log lines that name the running steps.
_PAUSE = 10


class Steps:
    """Prints one line when a step ends, with its duration if noticeable. Use as a context manager.

    Threads may run steps in parallel. The steps of one thread follow one another.
    """

    def __init__(self) -> None:
        self._status: Status | None = out.status("") if out.is_terminal else None
        #: The current step of each thread and its beginning.
        self._current: dict[int, tuple[str, float]] = {}
        self._lock = threading.Lock()
        self._is_over = threading.Event()

    def __enter__(self) -> "Steps":
        if self._status:
            self._status.start()
        else:
            threading.Thread(target=self._tell_now_and_then, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        with self._lock:
            for thread in list(self._current):
                self._finish(thread, failed=kind is not None)
        if self._status:
            self._status.stop()

    def say(self, step: str, /, *, failed: bool = False) -> None:
        """Begin a step. The previous step of this thread is done, or `failed`. "" only ends the previous one."""
        thread = threading.get_ident()
        with self._lock:
            self._finish(thread, failed=failed)
            if step and not self._is_over.is_set():
                self._current[thread] = (step, time.monotonic())
            if self._status:
                self._status.update(f"{self._running()} …")

    def _finish(self, thread: int, *, failed: bool) -> None:
        if thread not in self._current:
            return
        step, began = self._current.pop(thread)
        seconds = time.monotonic() - began
        took = f" [dim]{seconds:.1f} s[/dim]" if seconds >= 1 else ""
        out.print(f"{'[red]✗[/red]' if failed else '[green]✓[/green]'} {step}{took}")

    def _running(self) -> str:
        return ", ".join(step for step, _ in self._current.values())

    def _tell_now_and_then(self) -> None:
        began = time.monotonic()
        while not self._is_over.wait(_PAUSE):
            with self._lock:
                if self._current:
                    out.print(f"  {time.monotonic() - began:.0f} s: {self._running()}", markup=False)


def show_error(error: RomsError) -> None:
    """Print what happened and what the person can do."""
    err.print(f"[bold red]{_plain(runnable(error.message))}[/bold red]", soft_wrap=True)
    if error.mend:
        err.print(_plain(runnable(error.mend)), soft_wrap=True)


def hint(text: str) -> None:
    """Print a hint. Commands of ours are shown as `runnable` gives them."""
    out.print(runnable(text), markup=False, soft_wrap=True)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
