"""Which Chromium is taken, and what becomes of one that hangs."""

import asyncio
from pathlib import Path
from typing import Any

import psutil
import pytest

from wa_worker import browser_keeper
from wa_worker.browser import find_chromium
from wa_worker.config import WorkerSettings
from wa_worker.contract.events import Alert
from wa_worker.page_watch import Patience, QrRounds
from wa_worker.profile import Profile
from wa_worker.state import Observation


def executable(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh")
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


class Nobody:
    """A number that only remembers what was said of its browser."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, observation: Observation) -> None:
        self.said.append(observation.reason)

    def alert(self, alert: Alert, is_on: bool) -> None:
        return


async def test_a_chromium_that_never_comes_up_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser_keeper, "_START_SECONDS", 0.5)
    hanging = tmp_path / "chromium"
    hanging.write_text("#!/bin/sh\nexec sleep 600")
    hanging.chmod(0o755)
    nobody: Any = Nobody()
    profile = Profile(tmp_path, 7)
    assert profile.try_lock()
    keeper = browser_keeper.BrowserKeeper(
        nobody, profile, chromium=str(hanging), bundle=tmp_path, url="about:blank",
        rounds=QrRounds(1), patience=Patience.of(WorkerSettings()),
    )  # fmt: skip
    running = asyncio.create_task(keeper.run())
    async with asyncio.timeout(20):
        while "browser_lost" not in nobody.said:
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.wait([running])
    assert not [child for child in psutil.Process().children() if "sleep" in child.cmdline()], "nothing is left behind"
