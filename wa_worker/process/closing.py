"""What a cancelled task still has to do: it runs to its end, bounded by time, on every Python."""

import asyncio
import math
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def finish(work: Coroutine[Any, Any, T], seconds: float = math.inf) -> T:
    """Run `work` to its end in a task of its own; a cancellation meanwhile is raised once it has ended.

    A task of its own, because in a cancelled one a time-out that expires raises CancelledError instead of TimeoutError
    before Python 3.11.3, and redis-py has one expire each time it takes a connection from its pool.

    Without `seconds`, `work` has bounds of its own. Raises TimeoutError after `seconds`, and what `work` raises.
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
    # Its outcome is read in any case: otherwise asyncio reports an exception that was never retrieved.
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    is_late = not task.done()
    task.cancel()
    if cancelled:
        raise cancelled
    if is_late or task.cancelled():
        raise TimeoutError(f"not finished within {seconds:.0f} s")
    return task.result()
