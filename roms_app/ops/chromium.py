"""Finds a Chromium that starts, or installs one.

The order: ROMS_CHROMIUM_PATH → an installed one (Playwright's, the machine's, npm's) → Playwright's download → Debian's
package → the npm package, which brings its libraries and needs no administrator.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from roms_app.config import Settings
from roms_app.errors import ConfigurationError
from roms_app.ops import npm_chromium, self_check
from roms_app.ops.commands import CommandFailed, apt_install, as_root, run
from roms_app.ops.machine import is_debian
from roms_app.ops.paths import BIN
from roms_app.ops.progress import Say
from wa_worker.browser.chromium import list_chromiums
from wa_worker.browser.driver import use_bundled_node
from wa_worker.contract.streams import Verdict


def named_chromium() -> Path | None:
    """The Chromium of ROMS_CHROMIUM_PATH, or None. Raises ConfigurationError when it is not an executable program."""
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
    """The first Chromium on this machine, or None. Does not try to start it.

    Raises ConfigurationError for a wrong ROMS_CHROMIUM_PATH.
    """
    return named_chromium() or next(map(Path, list_chromiums()), None)


def ensure_chromium(settings: Settings, say: Say) -> Path:
    """Find a Chromium that starts, or install one.

    Raises ConfigurationError, which says what a person can do.
    """
    if named := named_chromium():
        self_check.require_good(_examine(named, settings))
        return named
    search = _Search(settings)
    if found := search.next_good():
        return found
    for name, install in _SOURCES.items():
        say(f"Fetching Chromium {name}")
        try:
            install()
        except CommandFailed as error:
            search.reasons.append(error.reason)
        if found := search.next_good():
            return found
        say("", failed=True)
    raise ConfigurationError(
        f"There is no Chromium on this machine that starts, and none could be installed ({search.why()}).",
        f"{self_check.install_chromium()} Or set ROMS_CHROMIUM_PATH to a Chromium.",
    )


class _Search:
    """The Chromiums tried so far, and why each was rejected."""

    def __init__(self, settings: Settings) -> None:
        self.reasons: list[str] = []
        self._settings = settings
        self._tried: set[str] = set()

    def next_good(self) -> Path | None:
        """The first untried Chromium that starts, or None.

        Raises ConfigurationError for a problem that another Chromium would not solve.
        """
        for candidate in list_chromiums():
            if candidate in self._tried:
                continue
            self._tried.add(candidate)
            verdict = _examine(Path(candidate), self._settings)
            if not verdict.part:
                return Path(candidate)
            if verdict.part != "browser":
                self_check.require_good(verdict)
            self.reasons.append(verdict.reason)
        return None

    def why(self) -> str:
        """The reasons for the rejections, without duplicates."""
        return "; ".join(dict.fromkeys(self.reasons)) or "nothing here installs programs"


def _examine(path: Path, settings: Settings) -> Verdict:
    """Run the self-check once for each build of a Chromium: the worker repeats it at each start anyway."""
    if not settings.self_check:
        return Verdict()
    passed = settings.data_dir / "chromium-passed.json"
    about = path.resolve().stat()
    build = [str(path), about.st_size, about.st_mtime_ns]
    try:
        if json.loads(passed.read_text()) == build:
            return Verdict()
    except (OSError, ValueError):
        pass
    verdict = self_check.examine(path, settings.data_dir)
    if not verdict.part:
        passed.write_text(json.dumps(build))
    return verdict


def _install_playwrights() -> None:
    use_bundled_node()
    deps = as_root([str(BIN / "playwright"), "install-deps", "chromium"])
    run([sys.executable, "-m", "playwright", "install", "chromium"], timeout=600)
    if deps:
        run(deps, timeout=600)


def _install_debians() -> None:
    if not is_debian():
        # Ubuntu's package of that name is only a stub that asks for the snap.
        raise CommandFailed(["apt-get"], "this is not Debian")
    apt_install("chromium")


_SOURCES: Final[dict[str, Callable[[], object]]] = {
    "(Playwright's build)": _install_playwrights,
    "(Debian's package)": _install_debians,
    "(npm's package)": npm_chromium.install,
}
