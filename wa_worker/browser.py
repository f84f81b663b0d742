"""Which Chromium to use, and how it is started. `find_chromium` is also used by set-up: importing is cheap."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Playwright

_ON_PATH: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_ARGS: Final = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # navigator.webdriver stays false, as in a person's browser.
    "--disable-blink-features=AutomationControlled",
    "--password-store=basic",
)


#: By executable: asking it takes as long as starting it.
_user_agents: dict[str, str] = {}


def find_chromium(environment: Mapping[str, str] | None = None) -> str | None:
    """``ROMS_CHROMIUM_PATH``, else Playwright's own Chromium, else the machine's. None: there is none."""
    env = os.environ if environment is None else environment
    wanted = env.get("ROMS_CHROMIUM_PATH", "")
    if wanted:
        return wanted if os.access(wanted, os.X_OK) else None
    own = _playwrights_own(env)
    if own:
        return own
    for name in _ON_PATH:
        found = shutil.which(name, path=env.get("PATH", os.defpath) + os.pathsep + "/usr/bin")
        if found:
            return found
    return None


def _playwrights_own(env: Mapping[str, str]) -> str | None:
    folder = env.get("PLAYWRIGHT_BROWSERS_PATH") or "~/.cache/ms-playwright"
    candidates = sorted(Path(folder).expanduser().glob("chromium-*/chrome-linux*/chrome"))
    return str(candidates[-1]) if candidates else None


async def launch_context(playwright: Playwright, executable: str, user_data_dir: Path) -> BrowserContext:
    """One persistent context: a number's whole browser. Close the context, not the browser."""
    args = [*_ARGS]
    if os.geteuid() == 0:
        # Chromium refuses its sandbox to root; in Docker the worker is not root.
        args.append("--no-sandbox")
    return await playwright.chromium.launch_persistent_context(
        str(user_data_dir),
        executable_path=executable,
        headless=True,
        args=args,
        user_agent=await _user_agent(executable),
        service_workers="block",
        viewport={"width": 1280, "height": 800},
        # The process that started us handles signals; Playwright must not end Chromium before we say so.
        handle_sigint=False,
        handle_sigterm=False,
        handle_sighup=False,
    )


async def _user_agent(executable: str) -> str:
    """As headless Chromium's own, without "Headless": with it WhatsApp never boots."""
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
