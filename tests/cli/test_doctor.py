"""The doctor: every part is looked at, and each failure comes with its mend."""

import time
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from roms_app import database
from roms_app.config import Settings
from roms_app.ops import doctor
from tests.cli.conftest import Roms
from tests.support.servers import RedisServer
from wa_worker.contract import streams


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


def test_a_missing_worker_is_found(settings: Settings) -> None:
    assert "No worker" in finding("Worker", settings).detail
    with Redis.from_url(settings.redis_url) as client:
        client.set(streams.heartbeat_key("a-worker"), "{}", ex=15)
    assert finding("Worker", settings).is_good
