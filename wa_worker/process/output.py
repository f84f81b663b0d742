"""What a process prints when nobody reads it any more.

Ctrl-C in a terminal also ends the `tee` or `less` that read our output, and a closed terminal takes its device along.
Writing then raises BrokenPipeError in whatever wanted to print: a loop that logs would die, last words be left out.
"""

import contextlib
import os
import sys
from typing import Any, TextIO


class _SteadyStream:
    """A text stream that never raises OSError: where it can't be written, what follows goes nowhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            self._let_go()
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            self._let_go()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _let_go(self) -> None:
        """Also what is left in the buffer goes nowhere: the interpreter writes it at its end."""
        with contextlib.suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


def steady_output() -> None:
    """From now on printing and logging can't fail in this process. Before anything keeps the streams of `sys`."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None and not isinstance(stream, _SteadyStream):
            setattr(sys, name, _SteadyStream(stream))
