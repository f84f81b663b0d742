"""Tests of the choice of Chromium, and of the errors when it hangs or can't start."""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright._impl._driver import compute_driver_executable

from devtools.waiting import PATIENCE
from wa_worker.browser import driver, keeper
from wa_worker.browser.chromium import find_chromium, list_chromiums
from wa_worker.browser.page_watch import Patience, QrRounds
from wa_worker.config import WorkerSettings
from wa_worker.contract.commands import Channel
from wa_worker.contract.events import Alert
from wa_worker.ownership.profile import Profile
from wa_worker.page.state import Observation


def executable(path: Path, program: str = "") -> str:
    """A shell script that can be started."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{program}\n")
    path.chmod(0o755)
    return str(path)


def test_the_named_one_wins_and_a_wrong_name_is_not_replaced(tmp_path: Path) -> None:
    mine = executable(tmp_path / "mine")
    own = {"PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "pw")}
    executable(tmp_path / "pw/chromium-1200/chrome-linux/chrome")
    assert find_chromium({"ROMS_CHROMIUM_PATH": mine, **own}) == mine
    assert find_chromium({"ROMS_CHROMIUM_PATH": str(tmp_path / "absent"), **own}) is None


def test_playwrights_own_before_the_machines(tmp_path: Path) -> None:
    own = executable(tmp_path / "pw/chromium-1200/chrome-linux64/chrome")
    executable(tmp_path / "bin/chromium")
    env = {"PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "pw"), "PATH": str(tmp_path / "bin")}
    assert find_chromium(env) == own


def test_the_machines_own(tmp_path: Path) -> None:
    own = executable(tmp_path / "bin/chromium")
    env = {"PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "pw"), "PATH": str(tmp_path / "bin")}
    assert find_chromium(env) == own


def test_ubuntus_stub_is_not_taken_for_a_chromium(tmp_path: Path) -> None:
    stub = Path(executable(tmp_path / "bin/chromium-browser"))
    stub.write_text("#!/bin/sh\necho \"Command '$0' requires the chromium snap to be installed.\" >&2\nexit 1\n")
    own = executable(tmp_path / "bin/google-chrome")
    env = {"PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "pw"), "PATH": str(tmp_path / "bin")}
    assert stub not in list(list_chromiums(env))
    assert own in list(list_chromiums(env))


class Nobody:
    """A number that only remembers what was said of its browser."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.alerts: list[tuple[bool, str]] = []

    def publish_status(self, observation: Observation) -> None:
        self.said.append(observation.reason)

    def alert(self, alert: Alert, is_on: bool, reason: str = "") -> None:
        assert alert is Alert.BROWSER_FAILING
        self.alerts.append((is_on, reason))


@contextlib.asynccontextmanager
async def kept(tmp_path: Path, program: str, *, may_lack_sandbox: bool = True) -> AsyncIterator[Nobody]:
    """A number whose Chromium is this shell script."""
    chromium = executable(tmp_path / "chromium", program)
    nobody: Any = Nobody()
    profile = Profile(tmp_path, 7)
    assert profile.try_lock()
    number = keeper.BrowserKeeper(
        nobody, profile, chromium=chromium, bundle=tmp_path, url="about:blank",
        rounds=QrRounds(1), patience=Patience.of(WorkerSettings()), may_lack_sandbox=may_lack_sandbox,
    )  # fmt: skip
    running = asyncio.create_task(number.run())
    yield nobody
    running.cancel()
    await asyncio.wait([running])


async def until(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not is_so():
            await asyncio.sleep(0.02)


async def test_a_chromium_that_never_comes_up_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "_START_SECONDS", 0.5)
    async with kept(tmp_path, "exec sleep 600") as nobody:
        await until(lambda: "browser_lost" in nobody.said)
    assert "does not start" in nobody.alerts[-1][1]
    assert not [child for child in psutil.Process().children() if "sleep" in child.cmdline()], "nothing is left behind"


async def test_a_real_number_is_not_started_where_chromium_has_no_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pretend to be root."""
    monkeypatch.setattr(keeper, "has_sandbox", lambda: False)
    async with kept(tmp_path, f"touch {tmp_path}/started", may_lack_sandbox=False) as nobody:
        await until(lambda: nobody.alerts)
    assert "as root, where Chromium has no sandbox" in nobody.alerts[0][1]
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize(
    ("channel", "allow", "may"),
    [(Channel.DEMO, False, True), (Channel.WHATSAPP, False, False), (Channel.WHATSAPP, True, True)],
)
def test_demo_phones_may_and_what_a_setting_says(channel: Channel, allow: bool, may: bool) -> None:
    settings = WorkerSettings(allow_no_sandbox=allow)
    assert settings.may_lack_sandbox(channel) is may


async def test_a_slow_chromium_is_told_while_it_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "_SLOW_SECONDS", 0.2)
    async with kept(tmp_path, "exec sleep 600") as nobody:
        await until(lambda: nobody.alerts)
        assert "browser_lost" not in nobody.said
        assert "has not started" in nobody.alerts[0][1]


async def test_a_missing_library_is_told_at_the_first_failure(tmp_path: Path) -> None:
    words = "chrome: error while loading shared libraries: libnss3.so: cannot open shared object file"
    async with kept(tmp_path, f"echo '{words}' >&2; exit 127") as nobody:
        await until(lambda: nobody.alerts)
    assert nobody.alerts[0] == (True, f"Chromium can't be started: {words}")


async def test_a_driver_that_does_not_start_is_told_at_the_first_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "node: error while loading shared libraries: libatomic.so.1: cannot open shared object file"
    monkeypatch.setenv(driver.NODE_VARIABLE, executable(tmp_path / "node", f"echo '{words}' >&2; exit 127"))
    async with kept(tmp_path, "exit 1") as nobody:
        await until(lambda: nobody.alerts)
    assert nobody.alerts[0] == (True, f"Playwright's driver can't be started: {words}")


def test_the_driver_needs_no_library_that_a_bare_machine_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(driver.NODE_VARIABLE, raising=False)
    assert "libatomic" in needed_libraries(compute_driver_executable()[0]), "Playwright's own Node would do"
    driver.use_bundled_node()
    everywhere = {
        "linux-vdso",
        "ld-linux-x86-64",
        "libc",
        "libm",
        "libdl",
        "libpthread",
        "libstdc++",
        "libgcc_s",
    }
    assert needed_libraries(compute_driver_executable()[0]) <= everywhere


def needed_libraries(program: str) -> set[str]:
    """As the loader lists them instead of starting the program."""
    env = {**os.environ, "LD_TRACE_LOADED_OBJECTS": "1"}
    said = subprocess.run([program], env=env, capture_output=True, text=True, check=True).stdout
    return {Path(line.split()[0]).name.split(".so")[0] for line in said.splitlines()}
