"""ROMS' files are readable for its own user only, also those that an older version or a back-up left open."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from roms_app.cli import run
from roms_app.config import Settings
from tests.simulator.cast import SimulatorProcess
from wa_worker import main as worker
from wa_worker.config import SettingsError, WorkerSettings
from wa_worker.storage.private_files import make_private, open_to_others


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """A careless one, as most machines have."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def write(path: Path, mode: int = 0o644) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("private")
    path.chmod(mode)
    return path


def modes(data: Path) -> set[str]:
    return {f"{path.stat().st_mode & 0o777:o}" for path in (data, *data.rglob("*"))}


def test_what_is_there_is_closed_to_others(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for name in ("roms.db", "roms.db-wal", "media/1/ab/cd.jpg", "redis/appendonly.aof", "simulator/sim.db"):
        write(data / name)
    write(data / "profiles/1/browser/Cookies", 0o666)
    assert data in open_to_others(data)
    assert make_private(data) == []
    assert list(open_to_others(data)) == []
    assert modes(data) == {"600", "700"}


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    """The data folder may be a home by mistake; and a link out of it leads anywhere."""
    strange, link = write(tmp_path / "index.html"), tmp_path / "profiles" / "1" / "link"
    elsewhere = write(tmp_path / "elsewhere" / "x")
    write(tmp_path / "roms.db")
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere.parent)
    tmp_path.chmod(0o755)
    make_private(tmp_path)
    assert [path.stat().st_mode & 0o777 for path in (tmp_path, strange, elsewhere)] == [0o755, 0o644, 0o644]
    assert (tmp_path / "roms.db").stat().st_mode & 0o777 == 0o600


def test_a_folder_on_another_disk_is_closed_too(tmp_path: Path) -> None:
    elsewhere = write(tmp_path / "disk" / "media" / "1.jpg")
    data = tmp_path / "data"
    data.mkdir()
    (data / "media").symlink_to(elsewhere.parent)
    make_private(data)
    assert modes(elsewhere.parent) == {"600", "700"}


def test_what_may_not_be_changed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = write(tmp_path / "roms.db")

    def refuse(*_args: object, **_options: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "chmod", refuse)
    assert theirs in make_private(tmp_path)


def test_the_worker_closes_what_is_there_and_makes_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "profiles/1/browser/Cookies")
    bundle = write(tmp_path / "wa-js" / "bundle.js")
    monkeypatch.setattr(worker, "find_chromium", lambda: "/bin/true")
    worker._check(WorkerSettings(data_dir=tmp_path, wa_js_path=str(bundle)))
    assert list(open_to_others(tmp_path)) == []

    def refused() -> WorkerSettings:
        raise SettingsError("Stop here.")

    monkeypatch.setattr(worker, "load_settings", refused)
    worker.main()
    assert made_privately(tmp_path)


def made_privately(folder: Path) -> bool:
    (folder / "new").write_text("x")
    return (folder / "new").stat().st_mode & 0o777 == 0o600


def test_the_app_in_a_container_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "media/1/ab.jpg")
    monkeypatch.setattr(run.environment, "prepare", lambda: Settings(data_dir=tmp_path))
    monkeypatch.setattr(run.database, "migrate", lambda _settings: None)
    monkeypatch.setattr(run.os, "execvpe", lambda *_command: None)
    monkeypatch.chdir(tmp_path)
    run.serve()
    assert list(open_to_others(tmp_path)) == []
    assert made_privately(tmp_path)


def test_the_simulator_too(tmp_path: Path) -> None:
    write(tmp_path / "simulator" / "old")
    simulator = SimulatorProcess(tmp_path)
    simulator.start()
    try:
        assert len(list((tmp_path / "simulator").iterdir())) > 1
        assert list(open_to_others(tmp_path)) == []
    finally:
        simulator.end()
