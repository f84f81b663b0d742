"""Waiting for what will be so, with a deadline; never for a time to pass."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


def until(look: Callable[[], T], *, seconds: float = 10.0, what: str = "") -> T:
    """Look again and again until the answer is true, and return it. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"Not within {seconds} s: {what or look}; last seen: {seen!r}")
        time.sleep(0.01)
    return seen


async def until_async(look: Callable[[], Awaitable[T]], *, seconds: float = 10.0, what: str = "") -> T:
    """The same for a look that is awaited."""
    deadline = time.monotonic() + seconds
    while not (seen := await look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"Not within {seconds} s: {what or look}; last seen: {seen!r}")
        await asyncio.sleep(0.01)
    return seen
