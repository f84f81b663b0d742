"""Chromium with its libraries, from npm: for machines where nobody may install Debian packages.

The package (MIT; Chromium's own licence is BSD) is made for servers with only libc: it contains NSS, fonts and a
software renderer. It is used only if Playwright's download and the machine's packages gave no Chromium.
"""

import platform
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from roms_app.errors import ConfigurationError
from roms_app.ops import npm_package
from roms_app.ops.commands import CommandFailed, run
from roms_app.ops.paths import BIN
from wa_worker.browser.chromium import FROM_NPM

VERSION: Final = "153.0.0"
PACKAGE: Final = f"@sparticuz/chromium@{VERSION}"
#: The checksum in npm's registry.
SHA512: Final = "jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA=="
_ARCHIVES: Final = ("al2023", "swiftshader", "fonts")
#: Python's standard library has no Brotli; Node has it.
_UNPACK: Final = (
    "const fs = require('fs'), zlib = require('zlib');"
    "fs.createReadStream(process.argv[1]).pipe(zlib.createBrotliDecompress())"
    ".pipe(fs.createWriteStream(process.argv[2]));"
)
#: Without a separate process for new tabs: that one loses the path of the libraries, and the browser waits for ever.
_START: Final = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export FONTCONFIG_PATH="${FONTCONFIG_PATH:-$here/fonts}"
exec "$here/chromium.bin" --no-zygote "$@"
"""
_FONTS: Final = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""


def install(folder: Path = FROM_NPM) -> Path:
    """Download and unpack it completely or not at all (about 70 MB, 210 MB unpacked). Returns the program's path.

    Raises CommandFailed when the download fails, ConfigurationError for a wrong checksum.
    """
    if platform.machine() != "x86_64":
        raise CommandFailed(["npm"], f"{PACKAGE} has no build for {platform.machine()}")
    target = folder / VERSION
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as unfinished:
        work = Path(unfinished)
        archive = npm_package.fetch(PACKAGE, SHA512, work)
        made = work / VERSION
        with tarfile.open(archive) as package:
            _unpack(package, work, made)
        shutil.rmtree(target, ignore_errors=True)
        made.rename(target)
    return target / "chromium"


def _unpack(package: tarfile.TarFile, work: Path, made: Path) -> None:
    lib = made / "lib"
    for part in (made, lib, made / "fonts"):
        part.mkdir(parents=True)
    for name in _ARCHIVES:
        unpacked = _decompressed(package, f"package/bin/{name}.tar.br", work)
        with tarfile.open(unpacked) as archive:
            # `extractall` has this argument only from Python 3.11.4 on; Debian 12 has 3.11.2.
            archive.extraction_filter = getattr(tarfile, "data_filter", None)
            archive.extractall(made / "fonts" if name == "fonts" else lib)
        unpacked.unlink()
    # The libraries are in a separate folder of the archive.
    for library in [path for path in lib.rglob("*.so*") if path.parent != lib]:
        library.rename(lib / library.name)
    (made / "fonts" / "fonts.conf").write_text(_FONTS)
    _decompressed(package, "package/bin/chromium.br", work).rename(made / "chromium.bin")
    (made / "chromium").write_text(_START)
    for program in ("chromium", "chromium.bin"):
        (made / program).chmod(0o755)
    _lay(package, "package/LICENSE", made / "LICENSE")


def _decompressed(package: tarfile.TarFile, member: str, work: Path) -> Path:
    packed = work / "packed.br"
    _lay(package, member, packed)
    unpacked = work / "unpacked"
    run([str(BIN / "node"), "-e", _UNPACK, str(packed), str(unpacked)], timeout=120)
    packed.unlink()
    return unpacked


def _lay(package: tarfile.TarFile, member: str, path: Path) -> None:
    source = package.extractfile(member)
    if source is None:
        raise ConfigurationError(f"{PACKAGE} holds no {member}.", "ROMS needs another version; please report this.")
    with path.open("wb") as copy:
        shutil.copyfileobj(source, copy)
