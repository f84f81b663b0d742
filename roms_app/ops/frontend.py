"""The frontend build: made when its sources have changed, by one process at a time, with the environment's own Node."""

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
#: The folders that affect the pages. Services and the like run only on the server, but states import them. An
#: unnecessary build costs seconds; a missing one costs an afternoon.
_FOLDERS: Final = ("roms_app", "assets", "wa_worker/contract")
_FILES: Final = ("rxconfig.py", "requirements.lock")
#: Folders that affect no page.
_APART: Final = ("roms_app/cli", "roms_app/ops", "roms_app/services", "roms_app/api")
#: The JavaScript packages. Reflex writes this file when the pages need other packages.
_PACKAGES: Final = "reflex.lock/package-lock.json"


def source_files(root: Path = ROOT) -> Iterator[Path]:
    """All files that affect the build, sorted."""
    apart = tuple(root / folder for folder in _APART)
    for folder in _FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and not any(path.is_relative_to(a) for a in apart):
                yield path
    yield from (root / name for name in _FILES if (root / name).is_file())


def fingerprint(root: Path = ROOT) -> str:
    """A hash of everything that affects the build: sources, packages, and how the origin is rewritten."""
    packages = root / _PACKAGES
    return _hash([*source_files(root), *([packages] if packages.is_file() else [])], root)


def _hash(paths: Iterable[Path], root: Path) -> str:
    total = hashlib.sha256(Path(origin.__file__).read_bytes())
    for path in paths:
        total.update(f"{path.relative_to(root)}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def is_built() -> bool:
    """Whether the existing build was made from these sources."""
    return (CLIENT / "index.html").is_file() and STAMP.is_file() and STAMP.read_text() == fingerprint()


def build(say: Callable[[str], None], *, force: bool = False, frozen: bool = False) -> bool:
    """Build if something has changed. Returns whether it built. Raises ConfigurationError with the builder's output.

    `frozen`: with the packages of the lock and no others, like `npm ci`.
    """
    if is_built() and not force:
        return False
    with locks.held(ROOT / ".roms" / "build.lock", wait=True):
        if is_built() and not force:
            return False
        say("Building the pages (half a minute the first time)")
        # An interrupted build must not count as complete.
        STAMP.unlink(missing_ok=True)
        made_from = _hash(source_files(), ROOT)
        with _locked_packages(ROOT / _PACKAGES, frozen=frozen):
            _export()
        install_packages()
        origin.use_page_origin(CLIENT)
        # If a file was saved during the build, the next call builds again.
        if made_from == _hash(source_files(), ROOT):
            STAMP.write_text(fingerprint())
    return True


@contextmanager
def _locked_packages(path: Path, *, frozen: bool = False) -> Iterator[None]:
    """Reject a build for which npm chose another version of a package in the lock. The lock stays unchanged.

    Reflex asks npm for single packages after it has installed the lock. New packages that a new component needs are
    allowed, unless the build is `frozen`.
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
    """The version and checksum of each package in npm's lock. The app itself has neither."""
    return {
        name: (package.get("version", ""), package.get("integrity", ""))
        for name, package in json.loads(lock)["packages"].items()
        if name
    }


def tool_environment() -> dict[str, str]:
    """The environment for Reflex: our own Node and npm, the person's npm settings, and no setting of ROMS."""
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
        # The lock files are committed, so they must also work for people with another registry.
        npm_config_omit_lockfile_registry_resolved="true",
    )
    # Reflex writes its own .npmrc, which would override the person's, and probes registries for the fastest.
    if registry := _npm_registry(kept):
        kept["NPM_CONFIG_REGISTRY"] = registry
    return kept


def install_packages(root: Path = ROOT) -> None:
    """Sort the keys of package.json: Reflex writes them in a different order each time."""
    path = root / "reflex.lock" / "package.json"
    if path.is_file():
        path.write_text(json.dumps(json.loads(path.read_text()), indent=2, sort_keys=True) + "\n")


def _npm_registry(env: dict[str, str]) -> str:
    try:
        said = run([str(BIN / "npm"), "config", "get", "registry"], cwd=Path.home(), env=env, timeout=30)
    except CommandFailed:
        return ""
    # npm may print warnings about other settings before its answer.
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
