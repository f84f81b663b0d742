"""Runs a page's watch together with the tasks that must not outlive it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog

from wa_worker.browser.page_watch import BrowserLost

_log: Final = structlog.get_logger(__name__)


async def watched(watch: Coroutine[Any, Any, None], beside: list[Coroutine[Any, Any, None]]) -> None:
    """Run `watch` to its end, and the others for as long, then cancel them.

    Raises BrowserLost if one of the others ends by itself: the page would look live and not be.
    """
    main = asyncio.create_task(watch)
    others = [asyncio.create_task(work) for work in beside]
    try:
        await asyncio.wait([main, *others], return_when=asyncio.FIRST_COMPLETED)
        if not main.done():
            ended = next(task for task in others if task.done())
            error = None if ended.cancelled() else ended.exception()
            _log.error("page.task_failed", work=str(ended.get_coro()), exc_info=error)
            raise BrowserLost(f"what runs beside the page ended: {error!r}")
        main.result()
    finally:
        for task in (main, *others):
            task.cancel()
        await asyncio.gather(main, *others, return_exceptions=True)
