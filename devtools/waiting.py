"""Waits for a condition, with a deadline; never for a fixed time. A start that fails is undone."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import httpx
import psutil

T = TypeVar("T")
#: When a wait counts as a hang, in seconds. Far more than anything takes, also where others use all cores: a test that
#: meets it has found something that never comes.
PATIENCE = 240.0


def until(look: Callable[[], T | None], what: str = "", seconds: float = PATIENCE) -> T:
    """The first true result of `look`. An error because something is not up yet counts as no result.

    Raises TimeoutError, with `what`, when none comes in time.
    """
    deadline = time.monotonic() + seconds
    while True:
        last: object
        try:
            if last := look():
                return last
        except (httpx.HTTPError, OSError, psutil.Error) as error:
            last = error
        if time.monotonic() > deadline:
            raise TimeoutError(f"In {seconds:.0f} s never came: {what or look}; the last look: {last!r}")
        # More frequent looks of dozens of waiting tests would take a core from the processes that they wait for.
        time.sleep(0.05)


@contextmanager
def undone_by(undo: Callable[[], object]) -> Iterator[None]:
    """Call `undo` if the block fails for any reason, so that nothing that it started keeps running."""
    try:
        yield
    except BaseException:
        undo()
        raise


async def until_async(look: Callable[[], Awaitable[T]], what: str = "", seconds: float = PATIENCE) -> T:
    """The same for an asynchronous `look`."""
    deadline = time.monotonic() + seconds
    while not (seen := await look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"In {seconds:.0f} s never came: {what or look}; the last look: {seen!r}")
        await asyncio.sleep(0.01)
    return seen
