"""How the worker calls the injected bridge: every call has a time-out; every failure is a PageError."""

import asyncio
import json
from typing import Any, Final

from playwright._impl._errors import TargetClosedError
from playwright.async_api import Error, Page

#: The answer comes as one text: Playwright wraps each value of an object, which made a look-back's answer many times
#: as large, here and in its driver, and neither gave the memory back.
_CALL: Final = """async ([name, argument]) => {
    if (!window.__romsBridge) throw new Error('no __romsBridge yet');
    return JSON.stringify((await window.__romsBridge[name](argument)) ?? null);
}"""
#: The page is between two loads: asking again shortly is right.
_BETWEEN_LOADS: Final = ("destroyed", "navigat", "__romsBridge", "frame was detached")


class PageError(Exception):
    """Base: the page could not do what was asked."""


class PageUnavailable(PageError):
    """The page is loading, crashed or closed. Nothing is known about what was asked."""


class PageGone(PageUnavailable):
    """The page, its Chromium or Playwright's driver has ended: this page will never answer again."""


class PageTimeout(PageError):
    """The page did not answer in time. What was asked may still happen."""


class PageCallFailed(PageError):
    """The page answered with an error."""


class PageCalls:
    """One page of one number, as its callers share it."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def _call(self, name: str, argument: Any, seconds: float) -> Any:
        try:
            async with asyncio.timeout(seconds):
                return json.loads(await self._page.evaluate(_CALL, [name, argument]))
        except TimeoutError as error:
            raise PageTimeout(f"{name} did not answer in {seconds:.0f} s") from error
        except Error as error:
            line = first_line(error)
            # By its class: the death of the driver closes no page, and the words of our own scripts may say "closed".
            if isinstance(error, TargetClosedError) or self._page.is_closed() or "crashed" in line:
                raise PageGone(line) from error
            if any(word in line for word in _BETWEEN_LOADS):
                raise PageUnavailable(line) from error
            raise PageCallFailed(line) from error


def first_line(error: Exception) -> str:
    """An error of Playwright without its call log."""
    return str(error).split("\n", 1)[0][:300]
