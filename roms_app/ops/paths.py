"""Where things are in the checkout. No settings, no side effects."""

import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent.parent
#: The virtual environment's commands. Not resolved: its `python` is a link to the machine's own.
BIN: Final = Path(sys.executable).parent
#: What Reflex generates and builds.
WEB: Final = ROOT / ".web"
CLIENT: Final = WEB / "build" / "client"
ENV_FILE: Final = ROOT / ".env"
