"""Which Chromium is taken."""

from pathlib import Path

from wa_worker.browser import find_chromium


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
