"""Which Chromium drives WhatsApp Web, and how to get one.

ROMS_CHROMIUM_PATH → Playwright's own, if it is there → the machine's → Playwright's download → Debian's package.
"""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from roms_app.errors import ConfigurationError
from roms_app.ops.commands import CommandFailed, apt_install, as_root, run

NAMES: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_PLAYWRIGHTS_OWN = (
    "from playwright.sync_api import sync_playwright\nwith sync_playwright() as p: print(p.chromium.executable_path)"
)
#: As root there is no sandbox; that is Chromium's own rule.
_START_FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--dump-dom", "about:blank")


def named_chromium() -> Path | None:
    """The one of ROMS_CHROMIUM_PATH. Raises ConfigurationError when it can't be started as a program."""
    named = os.environ.get("ROMS_CHROMIUM_PATH")
    if not named:
        return None
    path = Path(named).expanduser()
    if not path.is_file() or not os.access(path, os.X_OK):
        raise ConfigurationError(
            f"ROMS_CHROMIUM_PATH names {path}, which is not a program.",
            "Correct it, or leave it out: ROMS then finds a Chromium by itself.",
        )
    return path


def find_chromium() -> Path | None:
    """A Chromium that is already on this machine. Raises ConfigurationError for a wrong ROMS_CHROMIUM_PATH."""
    if named := named_chromium():
        return named
    if (folder := _playwright_folder()).is_dir() and any(folder.glob("chromium-*")):
        own = Path(_ask_playwright())
        if own.is_file():
            return own
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return Path(found) if found else None


def ensure_chromium(say: Callable[[str], None]) -> Path:
    """Find a Chromium, or install one. Raises ConfigurationError with what is left for a person to do."""
    if found := find_chromium():
        return found
    say("Fetching Chromium")
    reasons: list[str] = []
    for install in (_install_playwrights, _install_debians):
        try:
            install()
        except CommandFailed as error:
            reasons.append(error.reason)
        if found := find_chromium():
            return found
    why = f" ({'; '.join(reasons)})" if reasons else ""
    raise ConfigurationError(
        f"There is no Chromium on this machine and none could be installed{why}.",
        "Install it (on Debian: `sudo apt-get install chromium`), or set ROMS_CHROMIUM_PATH to one.",
    )


def start_once(path: Path) -> None:
    """Start Chromium and let it print an empty page. Raises ConfigurationError when it does not."""
    try:
        page = run([str(path), *_START_FLAGS], timeout=30)
    except CommandFailed as error:
        raise ConfigurationError(
            f"{path} does not start: {error.reason}.",
            "Install its libraries (`.venv/bin/playwright install-deps chromium` as root), or use another one.",
        ) from error
    if "<html" not in page:
        raise ConfigurationError(f"{path} starts but shows no page.", "Set ROMS_CHROMIUM_PATH to another one.")


def _playwright_folder() -> Path:
    named = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    return Path(named).expanduser() if named not in ("", "0") else Path.home() / ".cache" / "ms-playwright"


def _ask_playwright() -> str:
    try:
        return run([sys.executable, "-c", _PLAYWRIGHTS_OWN], timeout=30).strip().splitlines()[-1]
    except (CommandFailed, IndexError):
        return ""


def _install_playwrights() -> None:
    deps = as_root([sys.executable, "-m", "playwright", "install-deps", "chromium"])
    run([sys.executable, "-m", "playwright", "install", "chromium"], timeout=600)
    if deps and shutil.which("apt-get"):
        run(deps, timeout=600)


def _install_debians() -> None:
    apt_install("chromium")
