"""The app's settings, from the environment. A leaf: of ROMS it imports the errors and the list of languages.

`.env` is read by the `roms` command before it starts anything, not here, so that every process sees one environment.
"""

import ipaddress
import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from roms_app.errors import ConfigurationError
from roms_app.i18n.catalog import CATALOGUES, SOURCE

Port = Annotated[int, Field(ge=1, le=65_535)]

#: Under `make dev` the pages have a port of their own: the app's and this.
DEV_PAGES_OFFSET = 1000
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _origins(hosts: Iterable[str], port: int) -> list[str]:
    """As browsers write them, of http."""
    named = [f"[{host}]" if ":" in host else host for host in hosts]
    return [f"http://{host}" if port == 80 else f"http://{host}:{port}" for host in named]


def _language(value: str) -> str:
    if value not in CATALOGUES.codes:
        raise ValueError(f"must be one of {', '.join(CATALOGUES.codes)}")
    return value


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise ValueError("must be an address that begins with http:// or https://")
    return value.rstrip("/")


def _public_url(value: str) -> str:
    """As browsers write an origin: the host in lower case and ASCII, no usual port."""
    if not (value := _http_url(value)):
        return value
    parts = urlsplit(value)
    try:
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        host, port = "", None
    if not host or "@" in parts.netloc or any(sign in host for sign in " \\%,;"):
        raise ValueError("must be an address such as https://roms.toko.id or https://toko.id:8443")
    if parts.path or parts.query or parts.fragment:
        raise ValueError(
            "must end after the host name or the port, for ROMS can't be served below a path: "
            "give it a name of its own such as https://roms.toko.id, or a port as in https://toko.id:8443"
        )
    host = f"[{host}]" if ":" in host else host
    is_usual = port in (None, {"http": 80, "https": 443}[parts.scheme])
    return f"{parts.scheme}://{host}" if is_usual else f"{parts.scheme}://{host}:{port}"


def _proxies(value: Any) -> Any:
    """Addresses and networks, from a list with commas; "none" is none. An IPv4 one also in its IPv6 form."""
    if not isinstance(value, str):
        return value
    found: list[str] = []
    for entry in value.split(",") if value.strip().lower() != "none" else ():
        try:
            network = ipaddress.ip_network(entry.strip())
        except ValueError:
            raise ValueError(
                'must be addresses or networks such as 127.0.0.1,10.0.0.0/8, with commas between, or "none"'
            ) from None
        found.append(str(network))
        if network.version == 4:
            found.append(f"::ffff:{network.network_address}/{96 + network.prefixlen}")
    return tuple(found)


class Settings(BaseSettings):
    """Everything that can be configured. Names in the environment: ``ROMS_`` and the field's in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="ROMS_", env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

    data_dir: Path = Path("data")
    host: str = "127.0.0.1"
    port: Port = 3000
    #: The address that people use; "" is http://localhost:{port}.
    public_url: Annotated[str, AfterValidator(_public_url)] = ""
    #: Proxies whose X-Forwarded-For names the client: networks.
    trusted_proxies: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_proxies)] = _proxies("127.0.0.0/8,::1")
    #: "" is SQLite in the data folder.
    database_url: str = ""
    #: "" is our own Redis on a socket in the data folder.
    redis_url: str = Field(default="", validation_alias="REDIS_URL")
    #: Where files lie: "" is the data folder's `media`, else s3://bucket/prefix (with the usual AWS_* settings).
    media_url: str = ""
    #: Of an S3 that is not Amazon's.
    media_endpoint: Annotated[str, AfterValidator(_http_url)] = ""
    #: No larger file is sent or kept.
    media_max_mb: Annotated[int, Field(ge=1, le=2048)] = 64
    #: What one agent, and all together, may upload within a day, sent or not.
    upload_agent_mb: Annotated[int, Field(ge=1)] = 4096
    upload_total_mb: Annotated[int, Field(ge=1)] = 32_768
    simulator_port: Port = 3001
    simulator_url: Annotated[str, AfterValidator(_http_url)] = ""
    #: Whether a real number's Chromium may run as root, where it has no sandbox.
    allow_no_sandbox: bool = False
    #: Start what can't be missing (Chromium, the decoders) once at set-up and at the worker's start; off for tests.
    self_check: bool = True
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    #: Needed to make the first admin from another machine; "" lets the start make one and print it.
    setup_token: str = ""
    session_days: Annotated[int, Field(ge=1, le=365)] = 30
    #: How long an agent without an open tab keeps their place in the rotation.
    presence_grace_seconds: Annotated[int, Field(ge=5, le=3600)] = 90
    default_language: Annotated[str, AfterValidator(_language)] = SOURCE
    default_timezone: str = "Asia/Jakarta"

    @field_validator("log_level", "log_format", "default_language", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        for prefix in ("postgresql://", "postgres://"):
            if value.startswith(prefix):
                value = "postgresql+psycopg://" + value.removeprefix(prefix)
        try:
            is_known = not value or make_url(value).drivername in ("sqlite", "postgresql+psycopg")
        except ArgumentError:
            is_known = False
        if not is_known:
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return value

    @field_validator("media_url")
    @classmethod
    def _media(cls, value: str) -> str:
        if value and (not value.startswith("s3://") or not urlsplit(value).netloc):
            raise ValueError("must begin with s3:// and name a bucket")
        return value.rstrip("/")

    @field_validator("default_timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("must be a time zone such as Asia/Jakarta")
        return ZoneInfo(value).key

    def model_post_init(self, context: Any, /) -> None:
        """Fill what depends on other settings."""
        derived = {
            "public_url": f"http://localhost:{self.port}",
            "database_url": f"sqlite:///{self.data_dir / 'roms.db'}",
            "redis_url": f"unix://{self.redis_socket}",
            "simulator_url": f"http://127.0.0.1:{self.simulator_port}",
        }
        for name, value in derived.items():
            if not getattr(self, name):
                object.__setattr__(self, name, value)

    @property
    def public_host(self) -> str:
        """The host name or address of `public_url`."""
        return urlsplit(self.public_url).hostname or ""

    @property
    def is_https(self) -> bool:
        """Whether people come over https: the cookies are sent over nothing else."""
        return self.public_url.startswith("https://")

    @property
    def is_direct(self) -> bool:
        """Whether ROMS is for this machine alone: `public_url` is the port that it listens on, under a loopback name.

        Any other address is one that a proxy serves.
        """
        return self.public_url in _origins(_LOOPBACK, self.port)

    @property
    def origins(self) -> list[str]:
        """The origins of our own pages, without this machine's other addresses: those `api/security.py` knows."""
        own = self.origins_at(*_LOOPBACK)
        return own if self.is_direct else [self.public_url, *own]

    def origins_at(self, *hosts: str) -> list[str]:
        """The origins of the pages that are served under these names of this machine, without a proxy."""
        found = _origins(hosts, self.port) if self.is_direct else []
        # Set by `make dev` (ops/services.py) and never in production.
        if os.environ.get("REFLEX_ENV_MODE") == "dev":
            found += _origins(hosts, self.port + DEV_PAGES_OFFSET)
        return found

    @property
    def redis_socket(self) -> Path:
        """Where our own Redis listens when no REDIS_URL is set."""
        return self.data_dir / "redis" / "redis.sock"

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file of ours."""
        return self.database_url.startswith("sqlite")

    @property
    def media_max_bytes(self) -> int:
        """`media_max_mb` in bytes."""
        return self.media_max_mb * 1024 * 1024

    @property
    def presence_grace_ms(self) -> int:
        """`presence_grace_seconds` in the unit of our times."""
        return self.presence_grace_seconds * 1000


def load_settings() -> Settings:
    """Read the environment. Raises ConfigurationError with one sentence about the first wrong value."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "?"
        name = field if field == "REDIS_URL" else f"ROMS_{field.upper()}"
        why = first["msg"].removeprefix("Value error, ")
        raise ConfigurationError(
            f"{name} has a value that can't be used: {why[:1].lower()}{why[1:]}.",
            "Correct it in the environment or in .env; .env.example explains each setting.",
        ) from None


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return load_settings()
