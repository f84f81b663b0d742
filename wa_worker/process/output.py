"""Keeps printing from failing when nobody reads the output any more.

Ctrl-C in a terminal also ends a `tee` or `less` that reads our output, and a closed terminal removes its device.
Printing would then raise BrokenPipeError: a loop that logs would end, and the last log entries would be lost.
"""

import contextlib
import os
import sys
from typing import Any, TextIO


class _SteadyStream:
    """A text stream that never raises OSError: once a write fails, all further output is dropped."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            self._drop_output()
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            self._drop_output()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _drop_output(self) -> None:
        """Send all output to the null device, also the rest of the buffer, which the interpreter writes at its end."""
        with contextlib.suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


def steady_output() -> None:
    """Make printing and logging never fail in this process. Call it before anything keeps the streams of `sys`."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None and not isinstance(stream, _SteadyStream):
            setattr(sys, name, _SteadyStream(stream))
