"""The virtual environment of a checkout, and the versions of the locks that are installed in it.

An environment counts only if every installation into it has succeeded; an interrupted one is made anew. Therefore a
half-unpacked package is never taken for a complete one.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import advice
import installers
from advice import Stop


@dataclass(frozen=True)
class Lock:
    """A lock file, and the file in the environment that records which version of it is installed."""

    name: str
    stamp: str


RUN = Lock("requirements.lock", "roms-lock.sha256")
DEV = Lock("requirements-dev.lock", "roms-dev-lock.sha256")


def main(root: str, *, dev: bool) -> int:
    """Bring the environment up to date. Returns the exit code."""
    try:
        Environment(Path(root)).bring_up_to_date((RUN, DEV) if dev else (RUN,))
    except Stop as stop:
        sys.stderr.write(f"{stop.sentence}\n{stop.mend}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. Run the command again; it goes on.\n")
        return 130
    return 0


class Environment:
    """The `.venv` of the checkout at `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"
        #: The Python that made it, and its path. Commands in a copied or moved environment point elsewhere.
        self._origin = self.folder / "roms-origin"

    def bring_up_to_date(self, locks: tuple[Lock, ...]) -> None:
        """Install the locks that are missing or have changed. Raises Stop."""
        if all(map(self.is_current, locks)):
            return
        with _only_one(self.root):
            # Another process may have installed them meanwhile.
            if not all(map(self.is_current, locks)):
                try:
                    self._install(locks)
                except OSError as error:
                    raise advice.of(str(error), self.root) from error

    def is_current(self, lock: Lock) -> bool:
        return self._recorded().get(lock) == self.fingerprint(lock) and self.python.exists()

    def fingerprint(self, lock: Lock) -> str:
        """A hash of the requested packages, the path of the environment and the Python."""
        total = hashlib.sha256(f"{sys.version_info[:3]}\0{self.root}\0".encode())
        for name in (lock.name, "pyproject.toml"):
            total.update((self.root / name).read_bytes())
        return total.hexdigest()

    def _recorded(self) -> dict[Lock, str]:
        stamps = {lock: self.folder / lock.stamp for lock in (RUN, DEV)}
        return {lock: stamp.read_text() for lock, stamp in stamps.items() if stamp.is_file()}

    def _record(self, recorded: dict[Lock, str]) -> None:
        for lock, fingerprint in recorded.items():
            (self.folder / lock.stamp).write_text(fingerprint)

    def _install(self, locks: tuple[Lock, ...]) -> None:
        began = time.monotonic()
        if not self._is_usable():
            self._make()
        recorded = self._recorded()
        missing = [lock for lock in locks if recorded.get(lock) != self.fingerprint(lock)]
        before = self._state()
        # Nothing is recorded until all is installed: an interrupted installation must not count.
        for lock in recorded:
            (self.folder / lock.stamp).unlink()
        try:
            for lock in missing:
                installers.install(self.root, self.python, self.root / lock.name)
            if RUN in missing:
                installers.install_roms(self.root, self.python)
        except Stop:
            if recorded and self._state() == before:
                self._record(recorded)
            raise
        self._record({**recorded, **{lock: self.fingerprint(lock) for lock in missing}})
        installers.say(f"Installed in {time.monotonic() - began:.0f} s")

    def _state(self) -> int:
        """A number that changes when a package is added or removed; 0 without an environment."""
        return max((path.stat().st_mtime_ns for path in self.folder.glob("lib/python*/site-packages")), default=0)

    def _is_usable(self) -> bool:
        """Whether this Python made it at this path, and every installation into it succeeded."""
        return (
            RUN in self._recorded()
            and self._origin.is_file()
            and self._origin.read_text() == self._own_origin()
            and _succeeds([self.python, "-c", "import pip"])
        )

    def _own_origin(self) -> str:
        return f"{sys.implementation.cache_tag} {self.root}"

    def _make(self) -> None:
        if self.folder.exists():
            installers.say("Making the virtual environment anew: it was incomplete, or made by another Python")
        else:
            installers.say("Making the virtual environment")
        if not _succeeds([sys.executable, "-c", "import ensurepip, venv"]):
            _install_ensurepip()
        command = [sys.executable, "-m", "venv", "--clear", str(self.folder)]
        made = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
        if made.returncode != 0:
            sys.stderr.write(made.stdout + made.stderr)
            raise advice.of(made.stdout + made.stderr, self.root, "The virtual environment can't be made.")
        self._origin.write_text(self._own_origin())
        # Complete and empty: if the network fails now, the next run need not make it again.
        self._record({RUN: ""})


def _succeeds(command: list[str | Path]) -> bool:
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0
    except OSError:
        return False


def _install_ensurepip() -> None:
    """Install ensurepip, which Debian and Ubuntu package separately, if that needs no password. Raises Stop."""
    package = "python{}.{}-venv".format(*sys.version_info[:2])
    sudo: list[str | Path] = [] if os.geteuid() == 0 else ["sudo", "-n"]
    may = os.geteuid() == 0 or (shutil.which("sudo") and _succeeds([*sudo, "true"]))
    if may and shutil.which("apt-get"):
        installers.say(f"Installing {package}, which Debian and Ubuntu keep apart from Python")
        apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
        subprocess.run([*apt, "update", "-qq"], stdin=subprocess.DEVNULL)
        subprocess.run([*apt, "install", "-y", "-qq", "--no-install-recommends", package], stdin=subprocess.DEVNULL)
    if not _succeeds([sys.executable, "-c", "import ensurepip, venv"]):
        raise Stop(
            "ensurepip",
            "This Python can't make virtual environments.",
            f"Run `sudo apt-get install {package}` and try again.",
        )


@contextmanager
def _only_one(root: Path) -> Iterator[None]:
    """Allow one set-up of a checkout at a time. The kernel releases the lock when its owner dies. Raises Stop."""
    path = root / ".roms" / "packages.lock"
    try:
        path.parent.mkdir(exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise advice.of(str(error), root) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            installers.say("Another set-up of this checkout is running; waiting until it ends")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
