"""One environment for all processes: `.env`, the data folder, where our own Redis listens."""

import os
from pathlib import Path

import pytest

from roms_app.config import Settings
from roms_app.errors import ConfigurationError
from roms_app.ops import environment


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """`prepare` writes to os.environ; nothing of that may stay."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("ROMS_") and k != "REDIS_URL"}
    monkeypatch.setattr(os, "environ", clean)


def test_env_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"ROMS_PORT=4000\nROMS_SIMULATOR_PORT=4001\nROMS_DATA_DIR={tmp_path}\nREDIS_URL=\n")
    os.environ["ROMS_PORT"] = "5000"
    environment.prepare(file)
    assert os.environ["ROMS_PORT"] == "5000"
    assert os.environ["ROMS_SIMULATOR_PORT"] == "4001"
    assert os.environ["REDIS_URL"] == f"unix://{tmp_path}/redis/redis.sock"


def test_another_env_file_or_none_may_be_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ROMS_PORT=4000\n")
    (tmp_path / "other").write_text("ROMS_PORT=4444\n")
    os.environ.update(ROMS_DATA_DIR=str(tmp_path), ROMS_ENV_FILE="")
    assert environment.prepare(tmp_path / ".env").port == 3000
    os.environ["ROMS_ENV_FILE"] = str(tmp_path / "other")
    assert environment.prepare(tmp_path / ".env").port == 4444


def test_a_wrong_value_is_one_sentence_with_its_name(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("ROMS_SIMULATOR_PORT=99999\n")
    with pytest.raises(ConfigurationError, match="ROMS_SIMULATOR_PORT"):
        environment.prepare(file)


def test_a_socket_path_that_is_too_long_moves_to_a_short_folder(tmp_path: Path) -> None:
    deep = Settings(data_dir=tmp_path / ("deep" * 30))
    socket = environment.own_redis_socket(deep)
    assert len(str(socket)) <= environment.SOCKET_PATH_LIMIT
    assert socket == environment.own_redis_socket(Settings(data_dir=tmp_path / ("deep" * 30)))
    assert socket != environment.own_redis_socket(Settings(data_dir=tmp_path / ("deep" * 31)))


def test_our_own_redis_is_known_also_with_a_long_path(tmp_path: Path) -> None:
    os.environ["ROMS_DATA_DIR"] = str(tmp_path / ("deep" * 30))
    settings = environment.prepare(tmp_path / "no-env-file")
    assert environment.is_own_redis(settings)
    assert settings.redis_url == f"unix://{environment.own_redis_socket(settings)}"


def test_somebodys_redis_is_not_ours(tmp_path: Path) -> None:
    os.environ.update(ROMS_DATA_DIR=str(tmp_path), REDIS_URL="redis://redis:6379/0")
    assert not environment.is_own_redis(environment.prepare(tmp_path / "no-env-file"))


def test_a_folder_that_cannot_be_written_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ConfigurationError, match="can't be written") as caught:
        environment.make_private_folder(tmp_path / "file" / "data")
    assert "ROMS_DATA_DIR" in caught.value.mend


def test_the_environments_own_commands_come_first(tmp_path: Path) -> None:
    env = environment.child_environment(Settings(data_dir=tmp_path))
    assert env["PATH"].split(os.pathsep)[0] == str(environment.BIN)
    assert env["ROMS_DATA_DIR"] == str(tmp_path)
