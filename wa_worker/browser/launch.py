"""Starts Chromium on a number's profile."""

import asyncio
import re
from pathlib import Path
from typing import Final

from playwright.async_api import BrowserContext, Playwright
from playwright.async_api import Error as PlaywrightError

from wa_worker.browser.chromium import switches
from wa_worker.browser.driver import BrowserUnavailable, reason_in

_ARGS: Final = (
    # navigator.webdriver stays false, as in a person's browser.
    "--disable-blink-features=AutomationControlled",
    "--password-store=basic",
)
#: By executable: asking it takes as long as starting it.
_user_agents: dict[str, str] = {}


async def launch_context(playwright: Playwright, executable: str, user_data_dir: Path) -> BrowserContext:
    """Start one persistent context: a number's whole browser. Close the context, not the browser.

    Raises BrowserUnavailable. Has no time-out of its own.
    """
    try:
        return await playwright.chromium.launch_persistent_context(
            str(user_data_dir),
            executable_path=executable,
            headless=True,
            args=[*switches(), *_ARGS],
            user_agent=await _user_agent(executable),
            service_workers="block",
            viewport={"width": 1280, "height": 800},
            # The process that started us handles signals; Playwright must not end Chromium before we say so.
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
        )
    except (PlaywrightError, OSError) as error:
        raise BrowserUnavailable(f"Chromium can't be started: {reason_in(str(error))}") from error


async def _user_agent(executable: str) -> str:
    """Return headless Chromium's own user agent without "Headless", with which WhatsApp never starts."""
    if executable in _user_agents:
        return _user_agents[executable]
    process = await asyncio.create_subprocess_exec(
        executable, "--version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    match = re.search(rb"(\d+)\.\d+\.\d+", output)
    major = match[1].decode() if match else "140"
    agent = f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36"
    _user_agents[executable] = agent
    return agent
