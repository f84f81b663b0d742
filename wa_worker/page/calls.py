"""Calls the injected bridge: every call has a time-out, and every failure is a PageError."""

import asyncio
import json
from typing import Any, Final

from playwright._impl._errors import TargetClosedError
from playwright.async_api import Error, Page

#: The answer is one string: Playwright wraps each value of an object, which makes the answer of a backfill many times
#: as large, here and in its driver, and neither gives the memory back.
_CALL: Final = """async ([name, argument]) => {
    if (!window.__romsBridge) throw new Error('no __romsBridge yet');
    return JSON.stringify((await window.__romsBridge[name](argument)) ?? null);
}"""
#: Words in Playwright's errors which mean that the page is between two loads: the caller asks again soon.
_BETWEEN_LOADS: Final = ("destroyed", "navigat", "__romsBridge", "frame was detached")


class PageError(Exception):
    """Base of the page's errors: it could not do what was asked."""


class PageUnavailable(PageError):
    """The page is loading, crashed or closed. Nothing is known about what was asked."""


class PageGone(PageUnavailable):
    """The page, its Chromium or Playwright's driver has ended: this page will never answer again."""


class PageTimeout(PageError):
    """The page did not answer in time. What was asked may still happen."""


class PageCallFailed(PageError):
    """The page answered with an error."""


class PageCalls:
    """Base of the typed calls to one page."""

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
            # By its class: the driver's death closes no page, and errors of our own scripts may contain "closed".
            if isinstance(error, TargetClosedError) or self._page.is_closed() or "crashed" in line:
                raise PageGone(line) from error
            if any(word in line for word in _BETWEEN_LOADS):
                raise PageUnavailable(line) from error
            raise PageCallFailed(line) from error


def first_line(error: Exception) -> str:
    """Return the text of a Playwright error without its call log."""
    return str(error).split("\n", 1)[0][:300]
