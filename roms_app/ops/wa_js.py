"""The wa-js bundle: downloaded from npm, checked twice, never committed.

Its licence (Apache-2.0) is stored next to it.
"""

import hashlib
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from roms_app.config import Settings
from roms_app.errors import ConfigurationError
from roms_app.ops import npm_package
from roms_app.ops.commands import CommandFailed

PACKAGE: Final = "@wppconnect/wa-js@4.6.0"
#: The checksum of the package in npm's registry, and that of its bundle when ROMS was tested with it.
PACKAGE_SHA512: Final = "epf+ucZO9c25dCaGraslVNHB1mRjid7rfijZhKbalXed/gbDzi6u69wdHCgPbcZW9McVpKmVW+3AzffI39p2SQ=="
BUNDLE_SHA256: Final = "5bfb88027f14a4d8c9e319374e8bb4083201906881cf8c74f75789b32e4106bd"


def bundle_path(settings: Settings) -> Path:
    """The path of the bundle: ROMS_WA_JS_PATH, or in the data folder."""
    named = os.environ.get("ROMS_WA_JS_PATH")
    return Path(named).expanduser().absolute() if named else settings.data_dir / "wa-js" / "wppconnect-wa.js"


def check_bundle(path: Path) -> None:
    """Raises ConfigurationError when the bundle is missing or is not the one that ROMS was tested with."""
    if not path.is_file():
        raise ConfigurationError(f"The WhatsApp Web library is missing at {path}.", "Run `make setup`.")
    if hashlib.sha256(path.read_bytes()).hexdigest() != BUNDLE_SHA256:
        raise ConfigurationError(
            f"The WhatsApp Web library at {path} has a wrong checksum.",
            "Delete the file and run `make setup`, which fetches it again.",
        )


def ensure_bundle(settings: Settings, say: Callable[[str], None]) -> Path:
    """Download the bundle if it is missing. Raises ConfigurationError, also for a bundle that was changed."""
    path = bundle_path(settings)
    if not path.exists():
        say("Fetching the WhatsApp Web library (wa-js 4.6.0)")
        _fetch(path)
    check_bundle(path)
    return path


def _fetch(path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            package = npm_package.fetch(PACKAGE, PACKAGE_SHA512, Path(folder))
        except CommandFailed as error:
            raise ConfigurationError(
                f"The WhatsApp Web library can't be fetched from npm: {error.reason}.",
                "Check this machine's network and npm's settings, or put the file at "
                f"{path} (from {PACKAGE}, dist/wppconnect-wa.js).",
            ) from error
        unpack(package, path)


def unpack(package: Path, path: Path) -> None:
    """Unpack the bundle and its licence to `path`, completely or not at all.

    Raises ConfigurationError for a package with a wrong checksum.
    """
    npm_package.verify(package, PACKAGE, PACKAGE_SHA512)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(package) as archive:
        _lay(archive, "package/LICENSE", path.parent / "LICENSE")
        _lay(archive, "package/dist/wppconnect-wa.js", path)


def _lay(archive: tarfile.TarFile, member: str, target: Path) -> None:
    source = archive.extractfile(member)
    if source is None:
        raise ConfigurationError(f"{PACKAGE} holds no {member}.", "ROMS needs another version; please report this.")
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    with unfinished.open("wb") as copy:
        shutil.copyfileobj(source, copy)
    unfinished.replace(target)
