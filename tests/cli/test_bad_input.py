"""Wrong input stops the start with one sentence and a remedy, before anything is started."""

import fcntl
import os
import signal
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devtools.system import free_port
from roms_app.cli import main
from roms_app.config import Settings
from roms_app.ops import wa_js
from roms_app.ops.paths import ROOT
from roms_app.ops.processes import run_mark, sweep
from tests.cli.conftest import Roms

Refused = Callable[..., str]


@pytest.fixture
def refused(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., str]]:
    """The error of `roms up`: a sentence and a remedy. It runs in this process, which is quicker."""
    before = signal.getsignal(signal.SIGTERM)

    def run(**settings: str) -> str:
        own = {"ROMS_DATA_DIR": str(data_dir), "ROMS_PORT": str(free_port()), "ROMS_SIMULATOR_PORT": str(free_port())}
        clean = {k: v for k, v in os.environ.items() if not k.startswith("ROMS_") and k != "REDIS_URL"}
        monkeypatch.setattr(os, "environ", {**clean, **own, "COLUMNS": "200", "ROMS_ENV_FILE": "", **settings})
        monkeypatch.setattr(sys, "argv", ["roms", "up"])
        with pytest.raises(SystemExit) as left:
            main.main()
        assert left.value.code == 1
        said = capsys.readouterr().err
        assert len(said.strip().splitlines()) == 2, said
        return said

    yield run
    signal.signal(signal.SIGTERM, before)
    assert sweep(run_mark(data_dir), 0.0) == 0, "something was started"


def test_the_command_itself_ends_with_a_sentence_and_no_traceback(roms: Roms) -> None:
    answer = roms("up", ROMS_PORT="eighty")
    assert answer.returncode == 1
    assert "ROMS_PORT" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROMS_PORT", "eighty"),
        ("ROMS_PORT", "70000"),
        ("ROMS_SESSION_DAYS", "0"),
        ("ROMS_DEFAULT_TIMEZONE", "Asia/Atlantis"),
        ("ROMS_DATABASE_URL", "mysql://somewhere"),
        ("ROMS_PUBLIC_URL", "inbox.example"),
        ("REDIS_URL", "localhost:6379"),
        ("ROMS_LOG_LEVEL", "loud"),
    ],
)
def test_a_wrong_setting(refused: Refused, name: str, value: str) -> None:
    said = refused(**{name: value})
    assert name in said
    assert ".env" in said


def test_a_taken_port(refused: Refused) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = refused(ROMS_PORT=port)
    assert f"Port {port}" in said
    assert "ROMS_PORT=" in said


def test_a_taken_port_of_the_simulator(refused: Refused) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = refused(ROMS_SIMULATOR_PORT=str(taken.getsockname()[1]))
    assert "ROMS_SIMULATOR_PORT=" in said


def test_a_host_that_is_not_ours(refused: Refused) -> None:
    assert "ROMS_HOST" in refused(ROMS_HOST="192.0.2.1")


def test_a_redis_that_is_down(refused: Refused) -> None:
    said = refused(REDIS_URL="redis://127.0.0.1:1/0")
    assert "can't be reached" in said
    assert "REDIS_URL" in said


def test_a_data_folder_that_cannot_be_written(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = refused(ROMS_DATA_DIR=str(tmp_path / "file" / "data"))
    assert "can't be written" in said
    assert "ROMS_DATA_DIR" in said


def test_a_chromium_that_is_not_there(refused: Refused) -> None:
    assert "ROMS_CHROMIUM_PATH" in refused(ROMS_CHROMIUM_PATH="/nowhere/chromium")


def test_a_bundle_with_a_wrong_checksum(refused: Refused, data_dir: Path) -> None:
    bundle = data_dir / "wa-js" / "wppconnect-wa.js"
    bundle.parent.mkdir(parents=True)
    bundle.write_text("stealsTokens()")
    said = refused()
    assert "wrong checksum" in said
    assert "make setup" in said


def test_a_database_of_a_newer_version(refused: Refused, data_dir: Path, bundle: Path) -> None:
    data_dir.mkdir()
    with sqlite3.connect(data_dir / "roms.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999_from_the_future')")
    said = refused(ROMS_WA_JS_PATH=str(bundle))
    assert "newer version" in said


def test_a_database_that_is_away(refused: Refused, bundle: Path) -> None:
    said = refused(ROMS_WA_JS_PATH=str(bundle), ROMS_DATABASE_URL="postgresql://roms:rahasia@127.0.0.1:1/roms")
    assert "ROMS_DATABASE_URL" in said
    assert "rahasia" not in said


def test_a_second_start_on_the_same_folder(refused: Refused, data_dir: Path) -> None:
    data_dir.mkdir()
    with (data_dir / "roms.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = refused()
    assert "already runs" in said
    assert "ROMS_DATA_DIR" in said


@pytest.fixture(scope="module")
def bundle() -> Path:
    """The real one, as set-up laid it for these tests."""
    settings = Settings(data_dir=ROOT / "data")
    return wa_js.ensure_bundle(settings, lambda _: None)
