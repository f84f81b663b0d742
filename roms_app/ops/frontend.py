"""The frontend build: made when its sources changed, by one process at a time, with the environment's own Node."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from roms_app.errors import ConfigurationError
from roms_app.ops import locks, origin
from roms_app.ops.commands import CommandFailed, run
from roms_app.ops.paths import BIN, CLIENT, ROOT, WEB

STAMP: Final = WEB / "roms-build.sha256"
#: What decides how the pages look and behave. Services and the like run on the server only, but states import
#: them, and a build too many costs seconds where one too few costs an afternoon.
_FOLDERS: Final = ("roms_app", "assets", "wa_worker/contract")
_FILES: Final = ("rxconfig.py", "requirements.lock")
#: Not part of any page.
_APART: Final = ("roms_app/cli", "roms_app/ops", "roms_app/services", "roms_app/api")
#: The JavaScript packages. Reflex writes it when the pages want other ones.
_PACKAGES: Final = "reflex.lock/package-lock.json"


def source_files(root: Path = ROOT) -> Iterator[Path]:
    """All files that the build depends on, sorted."""
    apart = tuple(root / folder for folder in _APART)
    for folder in _FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and not any(path.is_relative_to(a) for a in apart):
                yield path
    yield from (root / name for name in _FILES if (root / name).is_file())


def fingerprint(root: Path = ROOT) -> str:
    """A hash of all that decides the build: sources, packages, and how the origin is rewritten."""
    packages = root / _PACKAGES
    return _hash([*source_files(root), *([packages] if packages.is_file() else [])], root)


def _hash(paths: Iterable[Path], root: Path) -> str:
    total = hashlib.sha256(Path(origin.__file__).read_bytes())
    for path in paths:
        total.update(f"{path.relative_to(root)}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def is_built() -> bool:
    """Whether the build that is there was made from these sources."""
    return (CLIENT / "index.html").is_file() and STAMP.is_file() and STAMP.read_text() == fingerprint()


def build(say: Callable[[str], None], *, force: bool = False, frozen: bool = False) -> bool:
    """Build unless nothing changed; returns whether it did. Raises ConfigurationError with the builder's words.

    `frozen`: with the packages of the lock and no other, as `npm ci` would.
    """
    if is_built() and not force:
        return False
    with locks.held(ROOT / ".roms" / "build.lock", wait=True):
        if is_built() and not force:
            return False
        say("Building the pages (half a minute the first time)")
        # A build that is broken off is not taken for a whole one.
        STAMP.unlink(missing_ok=True)
        made_from = _hash(source_files(), ROOT)
        with _locked_packages(ROOT / _PACKAGES, frozen=frozen):
            _export()
        settle_packages()
        origin.follow_the_page(CLIENT)
        # Somebody who saved a file meanwhile gets another build.
        if made_from == _hash(source_files(), ROOT):
            STAMP.write_text(fingerprint())
    return True


@contextmanager
def _locked_packages(path: Path, *, frozen: bool = False) -> Iterator[None]:
    """Refuse a build for which npm chose another version of a package that the lock names; the lock stays as it was.

    Reflex asks npm for single packages after it installed the lock. What a new component needs may be added, unless the
    build is `frozen`.
    """
    before = path.read_text() if path.is_file() else '{"packages": {}}'
    yield
    after = _versions(path.read_text()) if path.is_file() else {}
    known = _versions(before)
    changed = {name for name, what in known.items() if after.get(name, what) != what}
    if frozen:
        changed |= known.keys() ^ after.keys()
    if changed:
        path.write_text(before)
        raise ConfigurationError(
            f"The pages were built with other packages than the lock names: {', '.join(sorted(changed))}.",
            "Run `git checkout reflex.lock && make clean run`. To choose versions anew on purpose, delete "
            f"{_PACKAGES} before.",
        )


def _versions(lock: str) -> dict[str, tuple[str, str]]:
    """Version and checksum of each package that npm's lock names; the app itself has neither."""
    return {
        name: (package.get("version", ""), package.get("integrity", ""))
        for name, package in json.loads(lock)["packages"].items()
        if name
    }


def tool_environment() -> dict[str, str]:
    """For Reflex: the environment's own Node and npm, the person's npm settings, no setting of ROMS."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ROMS_", "REFLEX_", "__REFLEX")) and name not in ("REDIS_URL", "CI")
    }
    kept.update(
        PATH=f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
        PYTHONPATH=str(ROOT),
        REFLEX_USE_NPM="1",
        REFLEX_TELEMETRY_ENABLED="false",
        REFLEX_CHECK_LATEST_VERSION="false",
        ROMS_PORT=str(origin.BUILD_PORT),
        # The lock files are committed and serve whoever has another registry.
        npm_config_omit_lockfile_registry_resolved="true",
    )
    # Reflex writes an .npmrc of its own, which would overrule the person's, and tries registries for the fastest.
    if registry := _npm_registry(kept):
        kept["NPM_CONFIG_REGISTRY"] = registry
    return kept


def settle_packages(root: Path = ROOT) -> None:
    """Reflex writes the keys of package.json in another order each time; committed, that would be a change a day."""
    path = root / "reflex.lock" / "package.json"
    if path.is_file():
        path.write_text(json.dumps(json.loads(path.read_text()), indent=2, sort_keys=True) + "\n")


def _npm_registry(env: dict[str, str]) -> str:
    try:
        said = run([str(BIN / "npm"), "config", "get", "registry"], cwd=Path.home(), env=env, timeout=30)
    except CommandFailed:
        return ""
    # npm may warn about other settings before it answers.
    return next((line for line in reversed(said.split()) if line.startswith("http")), "")


def _export() -> None:
    command = [str(BIN / "reflex"), "export", "--frontend-only", "--no-zip"]
    try:
        run(command, cwd=ROOT, env=tool_environment(), timeout=600)
    except CommandFailed as error:
        raise ConfigurationError(
            f"The pages can't be built: {error.reason}.",
            f"The builder's last words:\n{error.tail}",
        ) from error
