"""Runs the worker's self-check outside the worker: a browser with a profile in the data folder, and the decoders."""

import sys
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from roms_app.errors import ConfigurationError
from roms_app.ops.commands import CommandFailed, run
from roms_app.ops.machine import is_debian, is_root
from roms_app.ops.paths import BIN, ROOT
from wa_worker.contract.streams import Verdict

_SECONDS: Final = 120.0
RUN_AS_A_USER: Final = (
    "Run ROMS as a user of its own, who owns the folder and its data (docs/operations.md shows it with systemd). "
    "ROMS_ALLOW_NO_SANDBOX=true starts it all the same: a page that breaks out of Chromium then owns the machine."
)
_LIBRARY_IS_MISSING: Final = ("shared libraries", "shared object")


def examine(chromium: Path, data_dir: Path) -> Verdict:
    """Start each part that the worker needs, once. Takes a second or two."""
    command = [sys.executable, "-m", "wa_worker.self_check", str(chromium), str(data_dir)]
    try:
        said = run(command, cwd=ROOT, timeout=_SECONDS)
        return Verdict.model_validate_json(said.strip().splitlines()[-1])
    except CommandFailed as error:
        return Verdict(part="media", reason=f"The worker's self-check does not run: {error.reason}")
    except (IndexError, ValidationError):
        return Verdict(part="media", reason="The worker's self-check gave no answer")


def require_good(verdict: Verdict) -> None:
    """Raises ConfigurationError with the fix for a part that does not start."""
    if verdict.part:
        raise ConfigurationError(f"{verdict.reason.rstrip('.')}.", mend_of(verdict))


def mend_of(verdict: Verdict) -> str:
    """What a person can do about a part that does not start, with or without root rights."""
    if verdict.part == "folder":
        return "Give this user the right to write there, or set ROMS_DATA_DIR to another folder."
    if verdict.part == "media":
        return f"Delete {ROOT / '.venv'} and run the command again: the packages are then installed anew."
    if "as root" in verdict.reason:
        return RUN_AS_A_USER
    if "driver" in verdict.reason:
        return (
            "Leave PLAYWRIGHT_NODEJS_PATH out of the environment and .env. If it isn't there, delete "
            f"{ROOT / '.venv'} and run the command again: the packages are then installed anew."
        )
    libraries = any(word in verdict.reason for word in _LIBRARY_IS_MISSING)
    return _install_libraries() if libraries else f"{install_chromium()} ROMS_CHROMIUM_PATH names one to use."


def install_chromium() -> str:
    """How to get a Chromium that starts, in one sentence."""
    if is_root():
        return f"Run `{_install_command()}`."
    return f"Ask somebody with administrator's rights to run `sudo {_install_command()}`."


def _install_libraries() -> str:
    return f"Libraries of the system are missing. {install_chromium()}"


def _install_command() -> str:
    if is_debian():
        return "apt-get install chromium"
    # Ubuntu's own package is a snap, which can't use a profile in ROMS's folder.
    node = f"env PLAYWRIGHT_NODEJS_PATH={BIN / 'node'}"
    return f"{node} {BIN / 'playwright'} install-deps chromium"
