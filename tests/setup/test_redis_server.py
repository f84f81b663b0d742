"""Redis: ours is private and durable; somebody's is checked before anything starts."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from devtools.waiting import until
from roms_app.config import Settings
from roms_app.errors import ConfigurationError
from roms_app.ops import redis_server
from roms_app.ops.environment import own_redis_socket


def answers(url: str) -> bool:
    try:
        with Redis.from_url(url) as client:
            return bool(client.ping())
    except OSError:
        return False
    except Exception as error:
        return "NOAUTH" in str(error) or "Authentication" in str(error)


@pytest.fixture
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("d")


@pytest.fixture
def own(data_dir: Path) -> Iterator[str]:
    """Our own Redis, as the supervisor starts it."""
    settings = Settings(data_dir=data_dir)
    command = redis_server.server_command(settings)
    url = f"unix://{own_redis_socket(settings)}"
    with subprocess.Popen(command) as server:
        try:
            until(lambda: answers(url), what="our Redis answers")
            yield url
        finally:
            server.terminate()


def test_ours_is_durable_private_and_new_enough(own: str, data_dir: Path) -> None:
    info = redis_server.check_redis(own)
    assert info["aof_enabled"] == 1
    assert (data_dir / "redis").stat().st_mode & 0o077 == 0
    with Redis.from_url(own, decode_responses=True) as client:
        assert client.config_get("port") == {"port": "0"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


@pytest.fixture
def locked(own: str) -> str:
    """The same, with a password set while it runs."""
    with Redis.from_url(own) as client:
        client.config_set("requirepass", "rahasia")
    return own


def test_a_missing_password_is_told(locked: str) -> None:
    with pytest.raises(ConfigurationError, match="refuses us") as caught:
        redis_server.check_redis(locked)
    assert "password" in caught.value.mend


def test_a_wrong_password_is_told_and_not_printed(locked: str) -> None:
    url = locked.replace("unix://", "unix://:salah@")
    with pytest.raises(ConfigurationError, match="refuses us") as caught:
        redis_server.check_redis(url)
    assert "salah" not in str(caught.value)


def test_the_right_password_is_accepted(locked: str) -> None:
    assert redis_server.check_redis(locked.replace("unix://", "unix://:rahasia@"))


def test_a_redis_that_is_down_is_told_with_the_mend() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"127.0.0.1:{port}.* can't be reached") as caught:
            redis_server.check_redis(f"redis://127.0.0.1:{port}/0")
    assert "REDIS_URL" in caught.value.mend


@pytest.mark.parametrize("version", ["5.0.14", "6.0.20", "4", ""])
def test_an_old_redis_is_refused(version: str) -> None:
    with pytest.raises(ConfigurationError, match=r"6\.2 or newer"):
        redis_server.require_version("here", version)


@pytest.mark.parametrize("version", ["6.2.0", "7.2.4", "10.0.1-rc1"])
def test_a_newer_redis_is_accepted(version: str) -> None:
    redis_server.require_version("here", version)


def test_a_url_is_printed_without_its_password() -> None:
    assert redis_server.without_password("redis://roms:rahasia@host:6379/0") == "redis://host:6379/0"
