"""The self-check: every part is really started, and each that fails is named with its reason."""

from pathlib import Path

import pytest

from tests.worker.test_browser import executable
from wa_worker import self_check
from wa_worker.browser import driver
from wa_worker.browser.chromium import find_chromium
from wa_worker.contract.streams import Verdict
from wa_worker.media import subprocess_decoder


@pytest.fixture
def chromium() -> str:
    found = find_chromium()
    assert found, "there is no Chromium: run `make setup`"
    return found


async def test_this_machine_passes_and_nothing_is_left_behind(chromium: str, tmp_path: Path) -> None:
    assert await self_check.check(chromium, tmp_path) == Verdict()
    assert list((tmp_path / "profiles").iterdir()) == []


async def test_a_chromium_without_its_libraries_is_named(tmp_path: Path) -> None:
    words = "chrome: error while loading shared libraries: libnss3.so: no such file"
    broken = executable(tmp_path / "chromium", f"echo '{words}' >&2; exit 127")
    verdict = await self_check.check(broken, tmp_path)
    assert verdict.part == "browser"
    assert "libnss3.so" in verdict.reason


async def test_a_chromium_that_ends_at_once_is_named(tmp_path: Path) -> None:
    verdict = await self_check.check("/bin/true", tmp_path)
    assert verdict.part == "browser"
    assert verdict.reason.startswith("Chromium can't be started")


async def test_a_chromium_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_check, "_SECONDS", 0.5)
    verdict = await self_check.check(executable(tmp_path / "chromium", "exec sleep 600"), tmp_path)
    assert verdict.part == "browser"
    assert "does not show a page" in verdict.reason


async def test_a_driver_that_does_not_start_is_named(
    chromium: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(driver.NODE_VARIABLE, str(tmp_path / "absent"))
    verdict = await self_check.check(chromium, tmp_path)
    assert verdict.part == "browser"
    assert "driver" in verdict.reason
    assert str(tmp_path / "absent") in verdict.reason


async def test_decoders_that_read_nothing_are_named(
    chromium: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess_decoder._stop()
    monkeypatch.setattr(subprocess_decoder, "_COMMAND", ("/bin/false",))
    verdict = await self_check.check(chromium, tmp_path)
    assert verdict.part == "media"


async def test_a_data_folder_that_is_a_file_is_named(chromium: str, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    assert (await self_check.check(chromium, tmp_path / "data")).part == "folder"
