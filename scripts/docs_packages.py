"""Makes `.venv-docs`, the environment of `make docs`, from requirements-docs.lock, by uv or pip like `.venv`.

It is separate, because nobody who runs or tests ROMS needs it. Quick if nothing has changed.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

import installers
from advice import Stop

_ROOT = Path(__file__).resolve().parent.parent
_FOLDER = _ROOT / ".venv-docs"


def main() -> int:
    """Bring the environment up to date. Returns the exit code."""
    lock = _ROOT / "requirements-docs.lock"
    stamp = _FOLDER / "roms-lock.sha256"
    wanted = hashlib.sha256(f"{sys.version}\0{_ROOT}\0".encode() + lock.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return 0
    # Made anew, so that a package that left the lock does not stay.
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(_FOLDER)], check=True)
    try:
        installers.install(_ROOT, _FOLDER / "bin" / "python", lock)
    except Stop as stop:
        sys.stderr.write(f"{stop.sentence}\n{stop.mend}\n")
        return 1
    stamp.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
