"""Waiting for what will be so, with a deadline; never for a time to pass. What never came is stopped again."""

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
    """The first answer of `look` that is true. A look that fails because something is not up yet is no answer.

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
        # Looked at oftener, dozens of waiting tests would take a core of those that they wait for.
        time.sleep(0.05)


@contextmanager
def undone_by(undo: Callable[[], object]) -> Iterator[None]:
    """Around a start: call `undo` if it fails, for whatever reason, so that nothing it started goes on."""
    try:
        yield
    except BaseException:
        undo()
        raise


async def until_async(look: Callable[[], Awaitable[T]], what: str = "", seconds: float = PATIENCE) -> T:
    """The same for a look that is awaited."""
    deadline = time.monotonic() + seconds
    while not (seen := await look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"In {seconds:.0f} s never came: {what or look}; the last look: {seen!r}")
        await asyncio.sleep(0.01)
    return seen
