"""The doctor checks every part and shows a remedy for each failure."""

import time
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from sqlmodel import Session

from roms_app import database
from roms_app.config import Settings
from roms_app.models.inbox import Inbox
from roms_app.ops import doctor, self_check
from tests.cli.conftest import Roms
from tests.support.servers import RedisServer
from tests.worker.test_browser import executable
from wa_worker.contract import streams
from wa_worker.contract.commands import Channel
from wa_worker.storage.private_files import make_private

MISSING = "chrome: error while loading shared libraries: libnss3.so: cannot open shared object file"


@pytest.fixture
def settings(tmp_path: Path, redis_server: RedisServer, sqlite_url: str) -> Settings:
    with Redis.from_url(redis_server.url) as client:
        client.flushall()
    return Settings(data_dir=tmp_path, database_url=sqlite_url, redis_url=redis_server.url)


def finding(name: str, settings: Settings) -> doctor.Finding:
    return doctor._look(name, doctor.CHECKS[name], settings)


def test_a_fresh_folder_lists_what_is_missing_and_exits_1(roms: Roms) -> None:
    answer = roms("doctor", ROMS_CHROMIUM_PATH="/nowhere/chromium")
    assert answer.returncode == 1
    for name in doctor.CHECKS:
        assert name in answer.stdout
    assert "Run `make setup`" in answer.stdout
    assert "ROMS_CHROMIUM_PATH" in answer.stdout


@pytest.mark.parametrize("name", ["Data folder", "Disk", "Redis", "Database", "Migrations", "Clock", "Dead letters"])
def test_a_good_part_is_called_good(name: str, settings: Settings) -> None:
    assert finding(name, settings).is_good, finding(name, settings)


def test_dead_letters_are_counted(settings: Settings) -> None:
    with Redis.from_url(settings.redis_url, decode_responses=True) as client:
        letter: dict[Any, Any] = dict(streams.dead_entry("wa:7:events", "1-1", {"data": "{"}, "not JSON", 1))
        client.xadd(streams.dead_stream(7), letter)
    found = finding("Dead letters", settings)
    assert not found.is_good
    assert found.detail.startswith("1 entries")
    assert "roms dead" in found.mend


def test_a_redis_that_forgets_is_found(settings: Settings) -> None:
    with Redis.from_url(settings.redis_url) as client:
        client.config_set("appendonly", "no")
        try:
            found = finding("Redis", settings)
        finally:
            client.config_set("appendonly", "yes")
    assert not found.is_good
    assert "appendonly yes" in found.mend


def test_a_clock_that_is_wrong_is_found(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.time, "time", lambda real=time.time: real() + 60)
    found = finding("Clock", settings)
    assert not found.is_good
    assert "60" in found.detail


def test_a_full_disk_is_found(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "DISK_BYTES", 10**18)
    assert "GB are free" in finding("Disk", settings).detail


def test_an_unmigrated_database_is_found(settings: Settings, tmp_path: Path) -> None:
    empty = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/empty.db"})
    found = finding("Migrations", empty)
    assert "roms migrate" in found.mend
    database.migrate(empty)
    assert finding("Migrations", empty).is_good


def beat(settings: Settings, verdict: streams.Verdict | None) -> None:
    """Write a worker's heartbeat with its own verdict."""
    said = streams.Heartbeat(worker_id="a-worker", pid=1, inbox_ids=[], at=1, verdict=verdict)
    with Redis.from_url(settings.redis_url) as client:
        client.set(streams.heartbeat_key("a-worker"), said.model_dump_json(), ex=15)


def test_a_missing_worker_is_found(settings: Settings) -> None:
    assert "No worker" in finding("Worker", settings).detail
    beat(settings, streams.Verdict())
    assert finding("Worker", settings).is_good


def test_a_worker_that_can_start_no_browser_is_found_with_the_reason(settings: Settings) -> None:
    beat(settings, streams.Verdict(part="browser", reason=f"Chromium can't be started: {MISSING}"))
    found = finding("Worker", settings)
    assert not found.is_good
    assert "libnss3.so" in found.detail
    assert "Libraries of the system are missing" in found.mend


def test_a_number_without_a_browser_is_found_with_the_reason(settings: Settings) -> None:
    beat(settings, streams.Verdict())
    with Session(database.make_engine(settings.database_url)) as session:
        reason = f"Chromium can't be started: {MISSING}"
        session.add(Inbox(name="Shop", browser_error=reason, created_at=1, status_at=1))
        session.commit()
    found = finding("Worker", settings)
    assert "Shop" in found.detail
    assert "libnss3.so" in found.detail


def test_a_chromium_without_its_libraries_is_found(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = executable(settings.data_dir / "chromium", f"echo '{MISSING}' >&2; exit 127")
    monkeypatch.setenv("ROMS_CHROMIUM_PATH", broken)
    found = finding("Chromium", settings)
    assert "libnss3.so" in found.detail
    assert "Libraries of the system are missing" in found.mend


def test_a_driver_without_its_library_is_found(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    words = "node: error while loading shared libraries: libatomic.so.1: cannot open shared object file"
    node = executable(settings.data_dir / "node", f"echo '{words}' >&2; exit 127")
    monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", node)
    found = finding("Chromium", settings)
    assert "libatomic.so.1" in found.detail
    assert "PLAYWRIGHT_NODEJS_PATH" in found.mend


def test_the_chromium_of_this_machine_is_good(settings: Settings) -> None:
    assert finding("Chromium", settings).is_good, finding("Chromium", settings)


def test_files_that_others_can_read_are_found(settings: Settings) -> None:
    path = settings.data_dir / "media" / "1.jpg"
    path.parent.mkdir(mode=0o700)
    path.write_text("x")
    path.chmod(0o644)
    found = finding("File modes", settings)
    assert not found.is_good
    assert str(path) in found.detail
    assert "start it again" in found.mend
    make_private(settings.data_dir)
    assert finding("File modes", settings).is_good


def test_a_number_without_a_sandbox_is_found(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "is_root", lambda: True)
    assert "Demo phones work" in finding("Sandbox", settings).detail
    with Session(database.make_engine(settings.database_url)) as session:
        session.add(Inbox(name="Toko", channel=Channel.WHATSAPP, created_at=1, status_at=1))
        session.commit()
    found = finding("Sandbox", settings)
    assert not found.is_good
    assert "Toko" in found.detail
    assert "a user of its own" in found.mend
    allowed = finding("Sandbox", settings.model_copy(update={"allow_no_sandbox": True}))
    assert allowed.is_good
    assert "ROMS_ALLOW_NO_SANDBOX" in allowed.detail
    monkeypatch.setattr(doctor, "is_root", lambda: False)
    assert finding("Sandbox", settings).is_good


def test_the_mend_of_a_missing_sandbox_is_no_other_chromium() -> None:
    verdict = streams.Verdict(part="browser", reason="ROMS runs as root, where Chromium has no sandbox")
    assert self_check.mend_of(verdict) == self_check.RUN_AS_A_USER


def test_a_redis_that_may_not_be_written_is_found(settings: Settings) -> None:
    with Redis.from_url(settings.redis_url) as client:
        client.acl_setuser("reader", enabled=True, nopass=True, keys=["*"], categories=["+@all", "-@write"])
        reader = settings.model_copy(update={"redis_url": f"{settings.redis_url}?username=reader&password=any"})
        found = finding("Redis", reader)
        client.acl_deluser("reader")
    assert "can't be written" in found.detail
    assert "ACL SETUSER" in found.mend


def test_a_redis_that_is_a_replica_is_found(settings: Settings, killable_redis: RedisServer) -> None:
    with Redis.from_url(killable_redis.url) as client:
        client.replicaof("127.0.0.1", 1)
        found = finding("Redis", settings.model_copy(update={"redis_url": killable_redis.url}))
    assert "set REDIS_URL to the primary" in found.mend


def test_a_database_that_may_not_be_written_is_found(settings: Settings) -> None:
    # Root may write every file, so the file says itself that it is only to be read.
    path = settings.database_url.removeprefix("sqlite:///")
    with Session(database.make_engine(settings.database_url)) as session:
        session.connection().exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE UPDATE ON alembic_version BEGIN SELECT RAISE(ABORT, 'read only'); END"
        )
        session.commit()
    found = finding("Database", settings)
    assert "can be read but not written" in found.detail
    assert path in found.detail
