"""How commands speak: progress that moves on a terminal and stays readable in a log; errors in one sentence."""

import threading
import time
from types import TracebackType

from rich.console import Console
from rich.status import Status

from roms_app.errors import RomsError
from roms_app.ops.paths import runnable

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


#: Seconds between two lines in a log that tell which steps still run.
_PAUSE = 10


class Steps:
    """One line for each step when it ends, with how long it took if that was noticeable. Use as a context manager.

    Threads may do steps side by side: each thread's steps follow one another.
    """

    def __init__(self) -> None:
        self._status: Status | None = out.status("") if out.is_terminal else None
        #: What each thread does, and since when.
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
        """This step begins; the one before in this thread is done, or `failed`. "" begins none."""
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
    """What happened, and what the person can do."""
    err.print(f"[bold red]{_plain(runnable(error.message))}[/bold red]", soft_wrap=True)
    if error.mend:
        err.print(_plain(runnable(error.mend)), soft_wrap=True)


def hint(text: str) -> None:
    """A line that may name a command of ours: see `runnable`."""
    out.print(runnable(text), markup=False, soft_wrap=True)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
