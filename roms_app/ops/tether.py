"""Ties a child process to us: the kernel sends it SIGTERM when we die in any way (Linux)."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
# Loaded before any fork: between fork and exec nothing may be imported.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def terminate_with_parent() -> Callable[[], None]:
    """A function for `preexec_fn`.

    The child is tied to the thread that starts it, so that thread must outlive it.
    """
    parent = os.getpid()

    def tie() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            # We may have died between the fork and this line.
            if os.getppid() != parent:
                os._exit(1)

    return tie
