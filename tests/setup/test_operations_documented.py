"""The commands of docs/operations.md do what it says."""

import configparser
import re
import shlex
import sqlite3
import subprocess
from pathlib import Path

import pytest
import yaml

from roms_app.ops.paths import ROOT
from wa_worker.storage.private_files import make_private, open_to_others

DOCS = (ROOT / "docs" / "operations.md").read_text()


def blocks(heading: str) -> list[str]:
    """The indented blocks of a chapter."""
    chapter = DOCS[DOCS.index(heading) :].split("\n## ")[0].removeprefix("## ")
    found: list[list[str]] = [[]]
    for line in chapter.splitlines():
        if line.startswith("    "):
            found[-1].append(line[4:])
        elif line and found[-1]:
            found.append([])
        elif found[-1]:
            found[-1].append("")
    return ["\n".join(lines).strip() for lines in found if lines]


def run(commands: str, folder: Path) -> None:
    script = commands.replace("/backup", str(folder / "backup"))
    subprocess.run(["bash", "-euc", script], cwd=folder, check=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout whose ROMS is running: the newest row is only in the database's log."""
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    for name in ("media/1/ab.jpg", "profiles/1/Cookies"):
        (tmp_path / "data" / name).parent.mkdir(parents=True)
        (tmp_path / "data" / name).write_text(name)
    make_private(tmp_path / "data")
    return tmp_path


def rows(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        found = [row[0] for row in connection.execute("SELECT body FROM message")]
    connection.close()
    return found


def test_the_back_up_restores(folder: Path) -> None:
    data = folder / "data"
    running = sqlite3.connect(data / "roms.db", isolation_level=None)
    running.execute("PRAGMA journal_mode = WAL")
    running.execute("CREATE TABLE message (body TEXT)")
    running.execute("INSERT INTO message VALUES ('Halo')")
    while_running, while_stopped, restore = blocks("## Back-up")
    run(while_running, folder)
    assert list(open_to_others(folder / "backup")) == []
    # It is lost after this: newer rows, of which some are in the log, and the files.
    running.execute("INSERT INTO message VALUES ('Newer')")
    run(while_stopped, folder)
    for name in ("media/1/ab.jpg", "profiles/1/Cookies"):
        (data / name).write_text("broken")
    (data / "media/1/newer.jpg").write_text("newer")
    assert (data / "roms.db-wal").stat().st_size > 0, "the premise"
    run(restore, folder)
    running.close()
    assert rows(data / "roms.db") == ["Halo"]
    assert (data / "media/1/ab.jpg").read_text() == "media/1/ab.jpg"
    assert (data / "profiles/1/Cookies").read_text() == "profiles/1/Cookies"
    assert not (data / "media/1/newer.jpg").exists()


def test_a_back_up_without_sessions_restores_too(folder: Path) -> None:
    sqlite3.connect(folder / "data" / "roms.db").execute("CREATE TABLE message (body TEXT)").connection.close()
    while_running, _, restore = blocks("## Back-up")
    run(while_running, folder)
    run(restore, folder)
    assert rows(folder / "data" / "roms.db") == []
    assert (folder / "data/profiles/1/Cookies").read_text() == "profiles/1/Cookies"


def test_the_files_of_older_containers_come_to_the_volume_that_both_share(tmp_path: Path) -> None:
    command = blocks("## Upgrade")[-1]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    project, volumes = compose["name"], compose["volumes"]
    mounted = dict(re.findall(r"-v (\S+?):([^\s:]+)", command))
    assert {name.removeprefix(f"{project}_") for name in mounted} == {"app-data", "worker-profiles", "media"}
    assert mounted.keys() <= {f"{project}_{name}" for name in volumes}
    assert f" {project}-app " in command
    for place, name in (("old/app/media", "a.jpg"), ("old/worker/media", "b.ogg"), ("data/media", "b.ogg")):
        (tmp_path / place / "1").mkdir(parents=True)
        (tmp_path / place / "1" / name).write_text(place)
    (tmp_path / "old/worker/profiles").mkdir()
    copy = shlex.split(command)[-1]
    for path in ("/old/", "/data/"):
        copy = copy.replace(f" {path}", f" {tmp_path}{path}")
    for _ in range(2):
        subprocess.run(["sh", "-euc", copy], check=True)
    copied = {path.name: path.read_text() for path in (tmp_path / "data/media").rglob("*") if path.is_file()}
    assert copied == {"a.jpg": "old/app/media", "b.ogg": "data/media"}


def test_the_unit_of_systemd_is_whole() -> None:
    unit = configparser.ConfigParser(delimiters=("=",), strict=True, interpolation=None)
    unit.optionxform = str  # pyright: ignore[reportAttributeAccessIssue]
    unit.read_string(next(block for block in blocks("## One machine") if block.startswith("[Unit]")))
    assert unit.sections() == ["Unit", "Service", "Install"]
    service = unit["Service"]
    assert service["ExecStart"] == f"{service['WorkingDirectory']}/.venv/bin/roms up"
    assert service["User"] not in ("", "root"), "as root Chromium has no sandbox"
    assert unit["Install"]["WantedBy"] == "multi-user.target"
    assert unit["Unit"]["Description"]
