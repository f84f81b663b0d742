"""Locks that nobody holds heal; whoever lives in a profile is respected."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from devtools.waiting import PATIENCE, until
from tests.worker.cast import INBOX
from tests.worker.conftest import Stage
from wa_worker.ownership.profile import Profile, ProfileInUse

NOBODY = 2**22 - 1


@pytest.fixture
def profile(tmp_path: Path) -> Iterator[Profile]:
    profile = Profile(tmp_path, INBOX)
    profile.browser.mkdir()
    assert profile.try_lock()
    yield profile
    profile.unlock()


def leave_locks(profile: Profile, host: str, pid: int) -> None:
    (profile.browser / "SingletonLock").symlink_to(f"{host}-{pid}")
    (profile.browser / "SingletonSocket").symlink_to("/tmp/nowhere/SingletonSocket")
    (profile.browser / "SingletonCookie").symlink_to("12345")


def locks(profile: Profile) -> list[str]:
    return sorted(path.name for path in profile.browser.glob("Singleton*") if path.is_symlink())


@pytest.fixture
def chromium(profile: Profile) -> Iterator[subprocess.Popen[bytes]]:
    """A process that looks like a Chromium in this profile."""
    program = "import sys,time; print('up', flush=True); time.sleep(60)"
    command = [sys.executable, "-c", program, f"--user-data-dir={profile.browser}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("host", [socket.gethostname(), "a-container"], ids=["dead owner", "another hostname"])
async def test_stale_locks_heal(profile: Profile, host: str) -> None:
    leave_locks(profile, host, NOBODY if host == socket.gethostname() else os.getpid())
    await profile.clear_leftovers()
    assert locks(profile) == []


async def test_a_number_that_another_program_has_now_is_no_owner(profile: Profile) -> None:
    leave_locks(profile, socket.gethostname(), os.getpid())
    await profile.clear_leftovers()
    assert locks(profile) == []


async def test_a_living_chromium_that_we_have_not_started_is_respected(
    profile: Profile, chromium: subprocess.Popen[bytes]
) -> None:
    leave_locks(profile, socket.gethostname(), chromium.pid)
    with pytest.raises(ProfileInUse):
        await profile.clear_leftovers()
    assert chromium.poll() is None
    assert len(locks(profile)) == 3


def test_a_chromium_without_a_lock_is_found_and_its_children_are_not(
    profile: Profile, chromium: subprocess.Popen[bytes]
) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", "input()", "--type=renderer", f"--user-data-dir={profile.browser}"],
        stdin=subprocess.PIPE,
    )
    try:
        assert profile.chromium_pid() == chromium.pid
        chromium.kill()
        chromium.wait()
        assert profile.chromium_pid() is None
    finally:
        child.communicate(b"\n")


@pytest.mark.parametrize("has_lock", [True, False], ids=["with a lock", "npm's Chromium leaves none"])
async def test_our_own_orphan_is_ended(profile: Profile, chromium: subprocess.Popen[bytes], has_lock: bool) -> None:
    if has_lock:
        leave_locks(profile, socket.gethostname(), chromium.pid)
    profile.note_launched()
    await profile.clear_leftovers()
    assert chromium.wait(PATIENCE) == -signal.SIGTERM
    assert locks(profile) == []


def test_another_process_has_the_folder(profile: Profile, tmp_path: Path) -> None:
    assert not Profile(tmp_path, INBOX).try_lock()
    profile.unlock()
    other = Profile(tmp_path, INBOX)
    assert other.try_lock()
    assert other.id == profile.id, "the folder's, not the process's"
    other.unlock()


def test_who_gets_the_folder_knows_what_the_last_one_paired(profile: Profile, tmp_path: Path) -> None:
    waiting = Profile(tmp_path, INBOX)
    profile.pairing.is_paired = True
    profile.pairing.paired_at = 5
    assert profile.remember()
    profile.unlock()
    assert waiting.try_lock()
    assert (waiting.pairing.is_paired, waiting.pairing.paired_at) == (True, 5)
    waiting.unlock()


def test_workers_that_come_at_once_agree_on_the_folders_id(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: Profile(tmp_path, INBOX).id, range(64)))
    assert len(set(ids)) == 1
    assert len(ids[0]) == 16
    assert [path.name for path in (tmp_path / "profiles" / str(INBOX)).glob("id*")] == ["id"]


def test_the_state_says_that_the_profile_is_in_use_and_goes_on_when_it_is_free(backstage: Stage) -> None:
    browser = backstage.folder / "profiles" / str(INBOX) / "browser"
    browser.mkdir(parents=True)
    program = "import time; time.sleep(120)"
    stranger = subprocess.Popen([sys.executable, "-c", program, f"--user-data-dir={browser}"])
    (browser / "SingletonLock").symlink_to(f"{socket.gethostname()}-{stranger.pid}")
    stage = backstage.start()
    try:
        until(lambda: stage.stream.events("SessionChanged"), "a word")
        until(lambda: stage.stream.events("SessionChanged")[-1].reason == "profile_in_use", "the reason")
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
    stage.stream.await_status("waiting_for_scan")
