"""Finds the Chromium to use. Set-up uses it too, so it imports only the standard library."""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

_ON_PATH: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
#: Ubuntu's chromium-browser is a shell script of a few lines that only asks for the snap; it never starts a browser.
_STUB_BYTES: Final = 16_384
_STUB_WORD: Final = b"snap"
#: Also where PATH is cut short, as in a service's environment.
ALWAYS_SEARCHED: Final = "/usr/bin"
#: Where set-up puts the Chromium of the npm package (`roms_app.ops.npm_chromium`).
FROM_NPM: Final = Path(__file__).parents[1] / ".roms" / "chromium"
#: Chromium takes the last list of features only, so the ones that Playwright 1.65 switches off stand here again. The
#: address bar's popups are pages of their own: unseen, they cost each start half of its processor time and a process
#: (measured with Chromium 156: 1.2 instead of 0.5 s, 400 instead of 345 MB).
_WITHOUT: Final = (
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "WebUIOmniboxPopup",
)
#: Switches of every Chromium that ROMS starts: no features that nobody sees, and no connections of its own.
SWITCHES: Final = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(_WITHOUT)}",
)


def find_chromium(environment: Mapping[str, str] | None = None) -> str | None:
    """Return the path of the Chromium to use; None if there is none.

    ``ROMS_CHROMIUM_PATH``, else Playwright's own Chromium, else the machine's, else the one that set-up fetched by npm.
    """
    env = os.environ if environment is None else environment
    if wanted := env.get("ROMS_CHROMIUM_PATH", ""):
        return wanted if os.access(wanted, os.X_OK) else None
    return next(list_chromiums(env), None)


def has_sandbox() -> bool:
    """Whether Chromium can run its sandbox: as root it refuses to."""
    return os.geteuid() != 0


def switches() -> list[str]:
    """Return `SWITCHES`, and what root needs. In Docker no part of ROMS runs as root."""
    return [*SWITCHES, *([] if has_sandbox() else ["--no-sandbox"])]


def list_chromiums(environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """Return the paths of all Chromiums on this machine, the best one first. Ignores ``ROMS_CHROMIUM_PATH``."""
    env = os.environ if environment is None else environment
    folder = env.get("PLAYWRIGHT_BROWSERS_PATH") or "~/.cache/ms-playwright"
    yield from sorted(map(str, Path(folder).expanduser().glob("chromium-*/chrome-linux*/chrome")), reverse=True)
    for name in _ON_PATH:
        found = shutil.which(name, path=env.get("PATH", os.defpath) + os.pathsep + ALWAYS_SEARCHED)
        if found and not _is_snap_stub(Path(found)):
            yield found
    yield from sorted(map(str, FROM_NPM.glob("*/chromium")), reverse=True)


def _is_snap_stub(program: Path) -> bool:
    try:
        if program.stat().st_size > _STUB_BYTES:
            return False
        text = program.read_bytes()
    except OSError:
        return True
    # The snap itself is started by a script too; it exists where /snap does.
    return _STUB_WORD in text and not Path("/snap/bin/chromium").exists()
