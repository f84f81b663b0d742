"""Downloads an npm package with the virtual environment's own npm, and uses it only if its checksum is right."""

import base64
import hashlib
import os
from pathlib import Path

from roms_app.errors import ConfigurationError
from roms_app.ops.commands import run
from roms_app.ops.paths import BIN


def fetch(package: str, sha512: str, folder: Path) -> Path:
    """Download `package` (``name@version``) into `folder`. Returns the path of its archive.

    `sha512` is in base64, as in npm's registry. Raises CommandFailed when npm fails, and ConfigurationError for a wrong
    checksum.
    """
    env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    run([str(BIN / "npm"), "pack", package, "--silent"], cwd=folder, env=env, timeout=600)
    archive = next(folder.glob("*.tgz"))
    verify(archive, package, sha512)
    return archive


def verify(archive: Path, package: str, sha512: str) -> None:
    """Raises ConfigurationError when the archive is not the one that ROMS was tested with."""
    if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != sha512:
        raise ConfigurationError(
            f"The package {package} that npm gave has a wrong checksum; it was not used.",
            "Check npm's registry setting; nobody should be able to change this package.",
        )
