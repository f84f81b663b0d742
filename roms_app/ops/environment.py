"""The environment that all processes of one ROMS share: `.env`, the data folder, our own Redis's socket.

Runs before the settings are read. After it, all processes get the same settings.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from dotenv import dotenv_values

from roms_app.config import Settings, load_settings
from roms_app.errors import ConfigurationError
from roms_app.ops.paths import BIN, ENV_FILE, ROOT

#: The kernel limits a socket's path to 108 bytes, and some clients need a few bytes for themselves.
SOCKET_PATH_LIMIT = 100


def prepare(env_file: Path = ENV_FILE) -> Settings:
    """Complete `os.environ` from `.env` and read the settings. Existing environment variables win.

    ROMS_ENV_FILE names another file, or none if it is empty, so that tests never use a person's own database.
    Raises ConfigurationError for a value that can't be used.
    """
    named = os.environ.get("ROMS_ENV_FILE", str(env_file))
    for name, value in dotenv_values(named).items() if named else ():
        # `NAME=` in the file means the default, like a missing line.
        if value:
            os.environ.setdefault(name, value)
    if not os.environ.get("ROMS_DATA_DIR"):
        os.environ["ROMS_DATA_DIR"] = str(ROOT / "data")
    settings = load_settings()
    if is_own_redis(settings):
        os.environ["REDIS_URL"] = f"unix://{own_redis_socket(settings)}"
        settings = load_settings()
    return settings


def own_redis_socket(settings: Settings) -> Path:
    """The socket of our own Redis: in the data folder, or in a short temporary one if that path is too long."""
    wanted = settings.redis_socket
    if len(os.fsencode(wanted)) <= SOCKET_PATH_LIMIT:
        return wanted
    key = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"roms-{os.getuid()}-{key}" / "redis.sock"


def is_own_redis(settings: Settings) -> bool:
    """Whether we start Redis ourselves, because REDIS_URL names no other."""
    return settings.redis_url in (f"unix://{settings.redis_socket}", f"unix://{own_redis_socket(settings)}")


def child_environment(settings: Settings, **more: str) -> dict[str, str]:
    """A child process's environment: ours, absolute paths, and the virtual environment's commands first in PATH."""
    env = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONHOME")}
    env.update(
        PATH=f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
        PYTHONPATH=str(ROOT),
        PYTHONUNBUFFERED="1",
        ROMS_DATA_DIR=str(settings.data_dir),
        REDIS_URL=settings.redis_url,
        REFLEX_TELEMETRY_ENABLED="false",
        REFLEX_CHECK_LATEST_VERSION="false",
    )
    env.update(more)
    return env


def make_private_folder(folder: Path, setting: str = "ROMS_DATA_DIR") -> None:
    """Create `folder` for this user only, and try to write into it. Raises ConfigurationError."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"The folder {folder} can't be written ({error.strerror}).",
            f"Give this user the right to write there, or set {setting} to another folder.",
        ) from error
