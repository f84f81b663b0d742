"""A number's folder: Chromium's profile, the lock on it, and the record of the pairing.

``{data}/profiles/{inbox}/`` holds ``browser/`` (Chromium's profile), ``browser.<time>/`` (profiles that a reset put
aside), ``lock``, ``id``, ``pairing.json``, ``chromium.json`` (the process that we started last), and the state files of
other parts (``checkpoint.json`` …).
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
    """What must survive a restart. Times in epoch ms; None: never."""

    paired_at: int | None = None
    phone_e164: str | None = None
    #: Paired, until the phone or ROMS unlinks it.
    is_paired: bool = False
    logged_out_reason: str | None = None
    reset_at: int | None = None


class ProfileInUse(Exception):
    """A running Chromium that we did not start uses this profile."""


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
        """The folder's unique id, wherever it is mounted. The first worker to ask makes it."""
        path = self.folder / "id"
        if not path.exists():
            mine = self.folder / f"id.{secrets.token_hex(8)}"
            mine.write_text(secrets.token_hex(8), "utf-8")
            # A link, unlike a rename, does not replace an id that another worker has made meanwhile.
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(mine)
            mine.unlink()
        return path.read_text("utf-8").strip()

    def reload(self) -> None:
        """Read `pairing` from disk again. Read without the lock, it may be outdated."""
        self.pairing = self._read_pairing()

    def _read_pairing(self) -> Pairing:
        stored = read_json(self._pairing_file)
        return Pairing(**{name: value for name, value in stored.items() if name in Pairing.__dataclass_fields__})

    def remember(self) -> bool:
        """Write `pairing` to disk. False if the disk refuses; the caller tries again."""
        try:
            self._write_pairing()
        except OSError as error:
            _log.warning("pairing.write_failed", error=str(error))
            return False
        return True

    def _write_pairing(self) -> None:
        write_atomically(self._pairing_file, json.dumps(asdict(self.pairing)))

    def try_lock(self) -> bool:
        """Lock the profile for this process, and read `pairing` again. False if another process has the lock."""
        if self._lock is not None:
            return True
        handle = (self.folder / "lock").open("w")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.close()
            return False
        self._lock = handle
        # Until now another process could change it.
        self.reload()
        return True

    def unlock(self) -> None:
        """Release the lock."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def clear_leftovers(self) -> None:
        """After a crash, end our orphaned Chromium and remove its locks. Call it only with the profile locked.

        Raises ProfileInUse if a Chromium runs there that we did not start.
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
        """Remember which Chromium we started in the profile, to know it as ours after a crash."""
        pid = self.chromium_pid()
        if pid is not None:
            write_atomically(self._chromium_file, json.dumps(_identity(pid)))

    def put_aside(self) -> None:
        """Rename Chromium's profile, keep the last few, and forget the pairing except for its time.

        Raises OSError if the disk refuses; nothing has changed then.
        """
        before, had_browser = self.pairing, self.browser.exists()
        aside = self.folder / f"browser.{now_ms()}"
        if had_browser:
            self.browser.rename(aside)
        # Written last: once written, the reset counts as done. A worker that dies before leaves it to the next one.
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
        """Return the process id of the Chromium that uses the profile, whoever started it; None if there is none.

        Chromium's lock in the profile is a symlink to ``host-pid``. With another host's name (another container, a
        copied folder) it is a leftover, because we hold the folder's lock. npm's Chromium makes no lock: it is found by
        its command line.
        """
        try:
            host, _, pid = str((self.browser / "SingletonLock").readlink()).rpartition("-")
            number = int(pid)
        except (OSError, ValueError):
            return _find_chromium(self.browser)
        is_here = host == socket.gethostname()
        return number if is_here and _is_alive(number, str(self.browser)) else None


def _find_chromium(browser: Path) -> int | None:
    """Find the process that was started with this profile, not one of its children."""
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
    """Identify a process by its id and its start (in clock ticks since boot): ids are used again."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return {"pid": pid}
    return {"pid": pid, "began": int(fields[19])}


def _is_alive(pid: int, marker: str) -> bool:
    """Whether the process runs and has `marker` in its command line: its id may be used again by another one."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return marker.encode() in command and state != "Z"


async def _end(pid: int, marker: str, grace: float = 3.0) -> None:
    """Wait for an orphan to end by itself when its pipe closes; after `grace` seconds, kill it."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    while _is_alive(pid, marker):
        waited = loop.time() - started
        if waited > grace:
            os.kill(pid, signal.SIGTERM if waited < 2 * grace else signal.SIGKILL)
        await asyncio.sleep(0.1)
