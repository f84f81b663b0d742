"""How commands speak: progress that moves on a terminal and stays readable in a log; errors in one sentence."""

import time
from types import TracebackType

from rich.console import Console
from rich.status import Status

from roms_app.errors import RomsError

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


class Steps:
    """One line for each step, with how long it took if that was noticeable. Use as a context manager."""

    def __init__(self) -> None:
        self._status: Status | None = out.status("") if out.is_terminal else None
        self._current = ""
        self._began = 0.0

    def __enter__(self) -> "Steps":
        if self._status:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finish(failed=kind is not None)
        if self._status:
            self._status.stop()

    def say(self, step: str) -> None:
        """The step before is done; this one begins."""
        self._finish()
        self._current, self._began = step, time.monotonic()
        if self._status:
            self._status.update(f"{step} …")

    def _finish(self, *, failed: bool = False) -> None:
        if not self._current:
            return
        seconds = time.monotonic() - self._began
        took = f" [dim]{seconds:.1f} s[/dim]" if seconds >= 1 else ""
        out.print(f"{'[red]✗[/red]' if failed else '[green]✓[/green]'} {self._current}{took}")
        self._current = ""


def show_error(error: RomsError) -> None:
    """What happened, and what the person can do."""
    err.print(f"[bold red]{_plain(error.message)}[/bold red]", soft_wrap=True)
    if error.mend:
        err.print(_plain(error.mend), soft_wrap=True)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
