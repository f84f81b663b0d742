"""Which Chromium is used, and what is said when there is none."""

from pathlib import Path

import pytest

from roms_app.errors import ConfigurationError
from roms_app.ops import chromium
from roms_app.ops.commands import CommandFailed


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any Chromium; programs put into the returned folder are on its PATH."""
    monkeypatch.delenv("ROMS_CHROMIUM_PATH", raising=False)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "playwright"))
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def program(path: Path, text: str = "#!/bin/sh\necho '<html></html>'\n") -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_the_named_one_wins(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bare / "chromium")
    named = program(bare / "mine")
    monkeypatch.setenv("ROMS_CHROMIUM_PATH", str(named))
    assert chromium.find_chromium() == named


def test_a_name_that_is_no_program_is_told(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (bare / "text").write_text("not a program")
    monkeypatch.setenv("ROMS_CHROMIUM_PATH", str(bare / "text"))
    with pytest.raises(ConfigurationError, match="ROMS_CHROMIUM_PATH"):
        chromium.find_chromium()


def test_the_machines_own_is_found(bare: Path) -> None:
    own = program(bare / "chromium-browser")
    assert chromium.find_chromium() == own


def test_debians_package_is_tried_when_the_download_fails(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_download() -> None:
        raise CommandFailed(["playwright"], "no network")

    monkeypatch.setattr(chromium, "_install_playwrights", no_download)
    monkeypatch.setattr(chromium, "_install_debians", lambda: program(bare / "chromium"))
    assert chromium.ensure_chromium(lambda _: None) == bare / "chromium"


def test_without_any_way_the_mend_is_told(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise CommandFailed(["apt-get"], "Unable to locate package")

    monkeypatch.setattr(chromium, "_install_playwrights", refuse)
    monkeypatch.setattr(chromium, "_install_debians", refuse)
    with pytest.raises(ConfigurationError, match="Unable to locate package") as caught:
        chromium.ensure_chromium(lambda _: None)
    assert "apt-get install chromium" in caught.value.mend


def test_one_that_does_not_start_is_told(bare: Path) -> None:
    broken = program(bare / "chromium", "#!/bin/sh\necho 'libnss3.so: cannot open' >&2\nexit 127\n")
    with pytest.raises(ConfigurationError, match=r"libnss3\.so"):
        chromium.start_once(broken)


def test_the_one_of_this_machine_starts() -> None:
    chromium.start_once(chromium.ensure_chromium(lambda _: None))
