"""Paths in the checkout. No settings, no side effects."""

import os
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent.parent
#: The virtual environment's commands. Not resolved, because its `python` is a link to the machine's own.
BIN: Final = Path(sys.executable).parent
#: Files that Reflex generates and builds.
WEB: Final = ROOT / ".web"
CLIENT: Final = WEB / "build" / "client"
ENV_FILE: Final = ROOT / ".env"


def runnable(text: str) -> str:
    """Replace `roms` in the hints of a text by a command that works in this shell: `roms` is seldom on the PATH."""
    return re.sub(r"`roms(?= )", lambda _: f"`{_command()}", text)


def _command() -> str:
    ours = BIN / "roms"
    on_path = shutil.which("roms")
    if on_path and Path(on_path).resolve() == ours.resolve():
        return "roms"
    relative = os.path.relpath(ours)
    return shlex.quote(str(ours) if relative.startswith("..") else relative)
