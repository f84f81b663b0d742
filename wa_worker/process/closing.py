"""Finishes work in a cancelled task, within a time limit, on every supported Python."""

import asyncio
import math
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def finish(work: Coroutine[Any, Any, T], seconds: float = math.inf) -> T:
    """Run `work` to its end in its own task. A cancellation meanwhile is raised once `work` has ended.

    In a cancelled task, before Python 3.11.3, a time-out that expires raises CancelledError instead of TimeoutError,
    and redis-py has one expire each time it takes a connection from its pool. So `work` gets its own task.

    Raises TimeoutError after `seconds`, and what `work` raises. Without `seconds`, `work` must have its own time limit.
    """
    task = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    cancelled: asyncio.CancelledError | None = None
    while not task.done() and (left := deadline - loop.time()) > 0:
        try:
            await asyncio.wait({task}, timeout=left)
        except asyncio.CancelledError as error:
            cancelled = error
    # The result is always read: otherwise asyncio reports an exception that was never retrieved.
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    is_late = not task.done()
    task.cancel()
    if cancelled:
        raise cancelled
    if is_late or task.cancelled():
        raise TimeoutError(f"not finished within {seconds:.0f} s")
    return task.result()
