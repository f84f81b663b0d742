"""A number's folder: Chromium's profile, the lock on it, and what we remember of the pairing.

Layout: ``{data}/profiles/{inbox}/`` holds ``browser/`` (Chromium's), ``browser.<time>/`` (put aside by a reset),
``lock``, ``id``, ``pairing.json``, ``checkpoint.json`` and ``chromium.json`` (which process we started last).
"""

import asyncio
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Final

import structlog

from wa_worker.contract.base import now_ms
from wa_worker.storage.state_file import read_json, write_atomically

_log: Final = structlog.get_logger(__name__)
_ARCHIVES_KEPT: Final = 3


@dataclass
class Pairing:
    """What must be remembered over restarts. Epoch ms; None: never."""

    paired_at: int | None = None
    phone_e164: str | None = None
    #: Linked until the phone, or we, unlinked it.
    is_paired: bool = False
    logged_out_reason: str | None = None
    reset_at: int | None = None


class ProfileInUse(Exception):
    """A living Chromium that is not ours works in this profile."""


class Profile:
    """One number's folder. Only the process that holds the lock may touch the browser's part."""

    def __init__(self, data: Path, inbox_id: int) -> None:
        self.folder = data / "profiles" / str(inbox_id)
        self.browser = self.folder / "browser"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._pairing_file = self.folder / "pairing.json"
        self.pairing = self._read_pairing()
        self._chromium_file = self.folder / "chromium.json"
        self._lock: IO[str] | None = None

    @cached_property
    def id(self) -> str:
        """Tells this folder from every other, wherever it is reached from. Made once, whoever comes first."""
        path = self.folder / "id"
        if not path.exists():
            mine = self.folder / f"id.{secrets.token_hex(8)}"
            mine.write_text(secrets.token_hex(8), "utf-8")
            # A link, unlike a rename, does not replace what another worker has made meanwhile.
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(mine)
            mine.unlink()
        return path.read_text("utf-8").strip()

    def reload(self) -> None:
        """Read `pairing` as it is on disk now. What was read without the lock may be old already."""
        self.pairing = self._read_pairing()

    def _read_pairing(self) -> Pairing:
        stored = read_json(self._pairing_file)
        return Pairing(**{name: value for name, value in stored.items() if name in Pairing.__dataclass_fields__})

    def remember(self) -> bool:
        """Write `pairing` to disk. False: it can't be written now; whoever asked tries again."""
        try:
            self._write_pairing()
        except OSError as error:
            _log.warning("pairing.write_failed", error=str(error))
            return False
        return True

    def _write_pairing(self) -> None:
        write_atomically(self._pairing_file, json.dumps(asdict(self.pairing)))

    def try_lock(self) -> bool:
        """Take the profile for this process, and read `pairing` again. False: another living process has it."""
        if self._lock is not None:
            return True
        handle = (self.folder / "lock").open("w")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.close()
            return False
        self._lock = handle
        # Until now another process could write it.
        self.reload()
        return True

    def unlock(self) -> None:
        """Give the profile free."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def clear_leftovers(self) -> None:
        """After a crash: end our orphaned Chromium and remove its locks. Only while we hold the lock.

        Raises ProfileInUse when a Chromium lives there that we have not started.
        """
        if self._lock is None:
            raise RuntimeError("the profile is not locked")
        pid = self.chromium_pid()
        if pid is not None:
            if _identity(pid) != read_json(self._chromium_file):
                raise ProfileInUse(f"process {pid}")
            await _end(pid, marker=str(self.browser))
        for name in ("SingletonLock", "SingletonSocket", "SingletonCookie"):
            (self.browser / name).unlink(missing_ok=True)

    def note_launched(self) -> None:
        """A Chromium of ours runs in the profile now: after a crash it is known as ours by this."""
        pid = self.chromium_pid()
        if pid is not None:
            write_atomically(self._chromium_file, json.dumps(_identity(pid)))

    def put_aside(self) -> None:
        """Rename Chromium's profile, keep the last few, and forget the pairing (but not when it first was).

        Raises OSError when the disk does not let it: then all is as before.
        """
        before, had_browser = self.pairing, self.browser.exists()
        aside = self.folder / f"browser.{now_ms()}"
        if had_browser:
            self.browser.rename(aside)
        # Last: a reset that is remembered is not done again, so who dies before this leaves it to the next worker.
        self.pairing = replace(before, is_paired=False, logged_out_reason=None, reset_at=now_ms())
        try:
            self._write_pairing()
        except OSError:
            self.pairing = before
            if had_browser:
                aside.rename(self.browser)
            raise
        for old in sorted(self.folder.glob("browser.*"))[:-_ARCHIVES_KEPT]:
            shutil.rmtree(old, ignore_errors=True)

    def chromium_pid(self) -> int | None:
        """Of the living Chromium that has the profile, whoever started it.

        Its lock in the profile is a symlink to ``host-pid``. On another host (a container's name, a copied folder) it
        can't live while the folder's lock is ours. npm's Chromium leaves no lock: it is known by its command line.
        """
        try:
            host, _, pid = str((self.browser / "SingletonLock").readlink()).rpartition("-")
            number = int(pid)
        except (OSError, ValueError):
            return _find_chromium(self.browser)
        is_here = host == socket.gethostname()
        return number if is_here and _is_alive(number, str(self.browser)) else None


def _find_chromium(browser: Path) -> int | None:
    """The process that was started with this profile, not one of its children."""
    profile = f"--user-data-dir={browser}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        is_child = any(argument.startswith(b"--type=") for argument in arguments)
        if profile in arguments and not is_child and _is_alive(int(folder.name), str(browser)):
            return int(folder.name)
    return None


def _identity(pid: int) -> dict[str, Any]:
    """Tells a process from a later one with the same number: when it began, in ticks since the machine's start."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return {"pid": pid}
    return {"pid": pid, "began": int(fields[19])}


def _is_alive(pid: int, marker: str) -> bool:
    """The process lives and is the one that was started with our profile, not a newcomer with its number."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return marker.encode() in command and state != "Z"


async def _end(pid: int, marker: str, grace: float = 3.0) -> None:
    """An orphan ends by itself when its pipe closes; help it when it doesn't."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    while _is_alive(pid, marker):
        waited = loop.time() - started
        if waited > grace:
            os.kill(pid, signal.SIGTERM if waited < 2 * grace else signal.SIGKILL)
        await asyncio.sleep(0.1)
